//! The event of `$disconnect`: of AWS's shape, the part that is read.

use serde::Deserialize;

/// An event of a WebSocket API's `$disconnect` route ("Manage connected users and client apps: the
/// $connect and $disconnect routes", API Gateway developer guide).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DisconnectEvent {
    pub(crate) request_context: RequestContext,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestContext {
    pub(crate) connection_id: String,
    #[expect(dead_code, reason = "reading it is the check")]
    event_type: EventType,
    /// Milliseconds since the epoch.
    pub(crate) request_time_epoch: i64,
}

/// No other event is read: a message that named this route must not forget a live connection.
#[derive(Deserialize)]
enum EventType {
    #[serde(rename = "DISCONNECT")]
    Disconnect,
}
