//! Plays `@connections`: what a function asks of an open connection.
//! (API Gateway Developer Guide, "Use @connections commands in your backend service")
//!
//! | request | answer |
//! |---|---|
//! | `POST …/@connections/ID` with the text | 200, empty |
//! | `GET …/@connections/ID` | 200, `{"identity": {…}, "connectedAt": …, "lastActiveAt": …}` |
//! | `DELETE …/@connections/ID` | 204 |
//! | any, the connection is gone | 410, empty |
//! | any, not signed or not allowed | 403 |
//! | `POST` of more than 128 KB | 413 |
//! | `POST`, and the client does not read what it was sent before | 429 |

use axum::body::{self, Body};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;
use time::{OffsetDateTime, UtcOffset};

use crate::limits::WEBSOCKET_MESSAGE_BYTES;
use crate::rule::GatewayRule;
use crate::websocket::gateway::Gateway;
use crate::websocket::refusal::{Body as RefusalBody, Refusal};
use crate::websocket::registry::Description;
use crate::websocket::session::{Ending, Posted};
use crate::wire::Head;
use crate::{percent, reply, report};

/// The connection's id in a path behind the stage: `/@connections/ID`, in both spellings.
pub fn connection_id(path: &str) -> Option<String> {
    let path = path.strip_prefix('/')?;
    let (keyword, id) = path.split_once('/')?;
    (percent::decode(keyword) == "@connections" && !id.is_empty() && !id.contains('/'))
        .then(|| percent::decode(id))
}

/// Answers one request.
pub async fn handle(
    gateway: &Gateway,
    stage: &str,
    connection_id: &str,
    head: &Head,
    body: Body,
) -> Response {
    // @connections numbers its requests as AWS's own APIs do, not as the gateway does.
    let request_id = gateway.services.randomness.uuid();
    let answer = answer(gateway, stage, connection_id, head, body).await;
    match answer {
        Ok(response) => reply::numbered(response, reply::REQUEST_ID, &request_id),
        Err(refusal) => refusal.into_response(&request_id),
    }
}

async fn answer(
    gateway: &Gateway,
    stage: &str,
    connection_id: &str,
    head: &Head,
    body: Body,
) -> Result<Response, Refusal> {
    let services = &gateway.services;
    let body = body::to_bytes(body, WEBSOCKET_MESSAGE_BYTES).await.map_err(|_| too_large())?;
    // The functions' SDK signs by the machine's clock.
    let now = OffsetDateTime::now_utc();
    let key = services.access.authenticate(head, &body, "execute-api", now).map_err(|refusal| {
        report::refused_signature("@connections", head, &refusal);
        Refusal::signature(&refusal)
    })?;
    // The resource ends in this literal text: a policy cannot name single connections.
    let path = format!("{stage}/{}/@connections/{{connectionId}}", head.method);
    let resource = services.execute_api_arn(&gateway.api.id, &path);
    services
        .access
        .authorize(key.caller(), "execute-api:ManageConnections", &resource, head, now)
        .map_err(|denied| {
            report::refused("@connections", head, GatewayRule::Policy, &denied);
            Refusal::policy(denied.execute_api_message())
        })?;
    let registry = &services.registry;
    let found = registry.describe(&gateway.api.id, stage, connection_id).ok_or_else(gone)?;
    match head.method.as_str() {
        "POST" => {
            let text = String::from_utf8_lossy(&body).into_owned();
            match registry.post(connection_id, text).await {
                Some(Posted::Taken) => {
                    let json = HeaderValue::from_static("application/json");
                    Ok(reply::typed(StatusCode::OK, json, Body::empty()))
                }
                Some(Posted::TooMuch) => Err(too_much()),
                None => Err(gone()),
            }
        }
        "GET" => Ok(describe(&found)),
        "DELETE" => {
            if !registry.close_one(connection_id, Ending::closed_normally()).await {
                return Err(gone());
            }
            Ok(reply::empty(StatusCode::NO_CONTENT))
        }
        _ => Err(Refusal::forbidden()),
    }
}

fn describe(found: &Description) -> Response {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Details<'a> {
        identity: Identity<'a>,
        connected_at: String,
        last_active_at: String,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Identity<'a> {
        source_ip: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        user_agent: Option<&'a str>,
    }
    let connection = &found.connection;
    let details = Details {
        identity: Identity {
            source_ip: &connection.source_ip,
            user_agent: connection.user_agent.as_deref(),
        },
        connected_at: iso_8601(connection.connected_at),
        last_active_at: iso_8601(found.last_active),
    };
    reply::json(StatusCode::OK, &details)
}

/// `2020-11-15T12:23:14.726Z`
fn iso_8601(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    let (hour, minute, second) = at.time().as_hms();
    format!("{}T{hour:02}:{minute:02}:{second:02}.{:03}Z", at.date(), at.millisecond())
}

fn gone() -> Refusal {
    Refusal {
        status: StatusCode::GONE,
        error_type: Some("GoneException"),
        body: RefusalBody::Empty,
    }
}

/// The client does not read what it is sent.
fn too_much() -> Refusal {
    let status = StatusCode::TOO_MANY_REQUESTS;
    Refusal::message(status, Some("LimitExceededException"), "Limit Exceeded")
}

fn too_large() -> Refusal {
    let status = StatusCode::PAYLOAD_TOO_LARGE;
    Refusal::message(status, Some("PayloadTooLargeException"), "Message too long")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_milliseconds() {
        let at = OffsetDateTime::from_unix_timestamp_nanos(1_605_442_994_726_000_000).unwrap();
        assert_eq!(iso_8601(at), "2020-11-15T12:23:14.726Z");
    }

    #[test]
    fn both_spellings_name_a_connection() {
        let check = |path, expected: Option<&str>| {
            assert_eq!(connection_id(path).as_deref(), expected, "{path}");
        };
        check("/@connections/P-S_9e-7liACH9A=", Some("P-S_9e-7liACH9A="));
        check("/%40connections/P-S_9e-7liACH9A%3D", Some("P-S_9e-7liACH9A="));
        check("/@connections/", None);
        check("/@connections", None);
        check("/@connections/a/b", None);
        check("/other/a", None);
        check("", None);
    }
}
