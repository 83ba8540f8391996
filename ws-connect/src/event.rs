//! The event of `$connect`: of AWS's shape, the part that is read. The rest of it, signature and
//! session token among others, is dropped on reading; what is left has no `Debug`.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

/// An event of a WebSocket API's `$connect` route ("WebSocket API mapping template and access log
/// variables" and "Manage connected users and client apps", API Gateway developer guide).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectEvent {
    headers: Option<HashMap<String, String>>,
    multi_value_headers: Option<HashMap<String, Vec<String>>>,
    query_string_parameters: Option<BTreeMap<String, String>>,
    multi_value_query_string_parameters: Option<BTreeMap<String, Vec<String>>>,
    pub(crate) request_context: RequestContext,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestContext {
    pub(crate) connection_id: String,
    pub(crate) api_id: String,
    pub(crate) stage: String,
    #[expect(dead_code, reason = "reading it is the check")]
    event_type: EventType,
    /// Milliseconds since the epoch.
    pub(crate) connected_at: i64,
    /// Milliseconds since the epoch.
    pub(crate) request_time_epoch: i64,
    pub(crate) identity: Identity,
}

/// No other event is read: a message that named this route is no handshake.
#[derive(Deserialize)]
enum EventType {
    #[serde(rename = "CONNECT")]
    Connect,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Identity {
    pub(crate) source_ip: String,
    pub(crate) user_agent: Option<String>,
    /// Only under IAM authorization, as the next.
    pub(crate) caller: Option<String>,
    pub(crate) user_arn: Option<String>,
}

impl ConnectEvent {
    /// The parameters of the URL, decoded, each with all its values; and the rest of the event.
    pub(crate) fn into_parts(self) -> (BTreeMap<String, Vec<String>>, RequestContext) {
        let parameters = self.multi_value_query_string_parameters.unwrap_or_else(|| {
            let single = self.query_string_parameters.unwrap_or_default();
            single.into_iter().map(|(name, value)| (name, vec![value])).collect()
        });
        (parameters, self.request_context)
    }

    /// All values of the headers with this name, in whatever case they came.
    pub(crate) fn header_values(&self, name: &str) -> impl Iterator<Item = &str> {
        let multiple = self.multi_value_headers.iter().flatten();
        let multiple =
            multiple.flat_map(|(key, values)| values.iter().map(move |value| (key, value)));
        // API Gateway gives every header in both maps; the first holds all values.
        let single = self.headers.iter().flatten().filter(|_| self.multi_value_headers.is_none());
        multiple
            .chain(single)
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}
