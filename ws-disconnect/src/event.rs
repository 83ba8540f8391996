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
    /// The close code of RFC 6455, where API Gateway knows it.
    pub(crate) disconnect_status_code: Option<u16>,
}
