//! The events of a WebSocket API's three routes.
//! (API Gateway Developer Guide, "Set up a WebSocket API integration request"; captures of 2024)

use std::collections::BTreeMap;

use serde::Serialize;
use time::OffsetDateTime;

use super::{common_log_time, query};
use crate::clock::epoch_milliseconds;

/// What stays the same for the life of a connection.
#[derive(Clone, Debug)]
pub struct Connection {
    /// 16 characters: base64url and `=`.
    pub connection_id: String,
    /// The API's id.
    pub api_id: String,
    /// The stage's name.
    pub stage: String,
    /// The Host that the client named.
    pub domain_name: String,
    /// When the handshake arrived.
    pub connected_at: OffsetDateTime,
    /// The client's address.
    pub source_ip: String,
    /// The client's User-Agent, if it sent one.
    pub user_agent: Option<String>,
    /// The stage's variables.
    pub stage_variables: BTreeMap<String, String>,
}

/// Who signed the handshake. Only `$connect` is told.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IamIdentity {
    /// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`
    pub user_arn: String,
    /// The account of the caller.
    pub account_id: String,
    /// `AROA…:SESSION`
    pub caller: String,
    /// The same as `caller`.
    pub user: String,
    /// The access key that signed.
    pub access_key: String,
}

/// What is new with each event.
#[derive(Clone, Debug)]
pub struct Occasion {
    /// 16 characters, as a connection id.
    pub request_id: String,
    /// When it happened.
    pub at: OffsetDateTime,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<BTreeMap<&'a str, &'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    multi_value_headers: Option<BTreeMap<&'a str, Vec<&'a str>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query_string_parameters: Option<BTreeMap<&'a str, &'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    multi_value_query_string_parameters: Option<BTreeMap<&'a str, Vec<&'a str>>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    stage_variables: &'a BTreeMap<String, String>,
    request_context: RequestContext<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a str>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    route_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect_status_code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect_reason: Option<&'a str>,
    event_type: &'a str,
    extended_request_id: &'a str,
    request_time: String,
    message_direction: &'a str,
    stage: &'a str,
    connected_at: i64,
    request_time_epoch: i64,
    identity: Identity<'a>,
    request_id: &'a str,
    domain_name: &'a str,
    connection_id: &'a str,
    api_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    iam: Option<&'a IamIdentity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'a str>,
    source_ip: &'a str,
}

/// The `$connect` event. `headers` are the wire's; those that concern one hop only are left out.
/// `query` is the raw query string; without one the event has no query maps.
pub fn connect(
    connection: &Connection,
    occasion: &Occasion,
    identity: Option<&IamIdentity>,
    headers: &[(String, String)],
    raw_query: Option<&str>,
) -> Vec<u8> {
    let kept: Vec<_> = headers.iter().filter(|(name, _)| !is_left_out(name)).collect();
    let mut multi_value_headers = BTreeMap::<&str, Vec<&str>>::new();
    for (name, value) in &kept {
        // One header is one entry, as it was first spelt. What AWS does with a name that comes in two spellings
        // is not known.
        let first = kept.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        let name = first.map_or(name, |(first, _)| first);
        multi_value_headers.entry(name).or_default().push(value);
    }
    let last = multi_value_headers
        .iter()
        .filter_map(|(name, values)| Some((*name, *values.last()?)))
        .collect();
    let parameters = raw_query.map(query::parameters).filter(|parameters| !parameters.is_empty());
    let mut context = request_context(connection, occasion, "$connect", "CONNECT");
    context.identity.iam = identity;
    to_json(&Event {
        headers: Some(last),
        multi_value_headers: Some(multi_value_headers),
        query_string_parameters: parameters.as_deref().map(query::last_values),
        multi_value_query_string_parameters: parameters.as_deref().map(query::all_values),
        ..without_request(connection, context)
    })
}

/// The event of a message that went to `$default`.
pub fn message(
    connection: &Connection,
    occasion: &Occasion,
    message_id: &str,
    body: &str,
) -> Vec<u8> {
    let mut context = request_context(connection, occasion, "$default", "MESSAGE");
    context.message_id = Some(message_id);
    to_json(&Event { body: Some(body), ..without_request(connection, context) })
}

/// The `$disconnect` event, with the close code and reason that API Gateway saw.
pub fn disconnect(
    connection: &Connection,
    occasion: &Occasion,
    status_code: u16,
    reason: &str,
) -> Vec<u8> {
    let mut context = request_context(connection, occasion, "$disconnect", "DISCONNECT");
    context.disconnect_status_code = Some(status_code);
    context.disconnect_reason = Some(reason);
    // The real ones carry these four, empty but for Host.
    let headers = [
        ("Host", connection.domain_name.as_str()),
        ("x-api-key", ""),
        ("X-Forwarded-For", ""),
        ("x-restapi", ""),
    ];
    to_json(&Event {
        headers: Some(headers.into_iter().collect()),
        multi_value_headers: Some(
            headers.into_iter().map(|(name, value)| (name, vec![value])).collect(),
        ),
        ..without_request(connection, context)
    })
}

fn without_request<'a>(
    connection: &'a Connection,
    request_context: RequestContext<'a>,
) -> Event<'a> {
    Event {
        headers: None,
        multi_value_headers: None,
        query_string_parameters: None,
        multi_value_query_string_parameters: None,
        stage_variables: &connection.stage_variables,
        request_context,
        body: None,
        is_base64_encoded: false,
    }
}

fn request_context<'a>(
    connection: &'a Connection,
    occasion: &'a Occasion,
    route_key: &'a str,
    event_type: &'a str,
) -> RequestContext<'a> {
    RequestContext {
        route_key,
        message_id: None,
        disconnect_status_code: None,
        disconnect_reason: None,
        event_type,
        extended_request_id: &occasion.request_id,
        request_time: common_log_time(occasion.at),
        message_direction: "IN",
        stage: &connection.stage,
        connected_at: epoch_milliseconds(connection.connected_at),
        request_time_epoch: epoch_milliseconds(occasion.at),
        identity: Identity {
            iam: None,
            user_agent: connection.user_agent.as_deref(),
            source_ip: &connection.source_ip,
        },
        request_id: &occasion.request_id,
        domain_name: &connection.domain_name,
        connection_id: &connection.connection_id,
        api_id: &connection.api_id,
    }
}

/// What concerns one hop only, and what the gateway itself has checked. Whatever else was signed is
/// handed on: certain of headers (the session token among them), not known of `X-Amz-*` in the query.
fn is_left_out(name: &str) -> bool {
    ["connection", "upgrade", "content-length", "authorization"]
        .iter()
        .any(|left_out| name.eq_ignore_ascii_case(left_out))
}

fn to_json(event: &Event<'_>) -> Vec<u8> {
    // Nothing in an event can fail to serialize: its keys are strings.
    serde_json::to_vec(event).unwrap_or_default()
}

#[cfg(test)]
mod tests;
