//! Plays `@connections`: what a function asks of an open connection.
//! (API Gateway Developer Guide, "Use @connections commands in your backend service")
//!
//! | request | answer |
//! |---|---|
//! | `POST …/@connections/ID` with the text | 200, empty |
//! | `GET …/@connections/ID` | 200, `{"identity": {…}, "connectedAt": …, "lastActiveAt": …}` |
//! | `DELETE …/@connections/ID` | 204 |
//! | any, the connection is gone, or not up yet | 410, empty |
//! | any, no connection has such an id | 400 |
//! | any, not signed or not allowed, or another path | 403 |
//! | `POST` of more than 128 KB | 413 |
//! | `POST`, and the client does not read what it was sent before | 429 |
//! | any, more than the account may ask | 429 |

mod details;

use axum::body::{self, Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use time::OffsetDateTime;

use crate::faults::ConnectionsFault;
use crate::limits::WEBSOCKET_MESSAGE_BYTES;
use crate::rule::GatewayRule;
use crate::websocket::gateway::Gateway;
use crate::websocket::refusal::{Body as RefusalBody, Refusal};
use crate::websocket::session::{Ending, Posted};
use crate::wire::Head;
use crate::{percent, reply, report};

/// What a refusal's line in the log says that it is about.
pub(crate) const WHAT: &str = "@connections";

/// The methods that mean something here.
pub(crate) const METHODS: [&str; 3] = ["POST", "GET", "DELETE"];

/// What a path below `/@connections` leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum Target {
    /// A connection, by its id.
    Connection(String),
    /// Nothing, as when `@connections` is there twice.
    Nothing,
}

/// Where a path behind the stage leads, if it is one of these: `/@connections/ID`, in both spellings.
pub fn target(path: &str) -> Option<Target> {
    let path = path.strip_prefix('/')?;
    let (keyword, id) = path.split_once('/').unwrap_or((path, ""));
    if !is_keyword(keyword) {
        return None;
    }
    let is_one_segment = !id.is_empty() && !id.contains('/');
    Some(if is_one_segment { Target::Connection(percent::decode(id)) } else { Target::Nothing })
}

/// Whether a segment of a path leads here, in either spelling.
pub(crate) fn is_keyword(segment: &str) -> bool {
    percent::decode(segment) == "@connections"
}

/// Answers one request, whose path behind the stage is `path` and leads to `target`.
pub async fn handle(
    gateway: &Gateway,
    stage: &str,
    path: &str,
    target: Target,
    head: &Head,
    body: Body,
) -> Response {
    let randomness = &gateway.services.randomness;
    // @connections numbers its requests as AWS's own APIs do, and as the gateway does too.
    let request_id = randomness.uuid();
    let mut response = match admit(gateway, stage, path, target, head, body).await {
        Ok((connection_id, body)) => {
            let answer = carry_out(gateway, stage, &connection_id, &head.method, &body).await;
            let answer = answer.unwrap_or_else(|refusal| refusal.into_response(&request_id));
            let seconds = gateway.services.clock.now().unix_timestamp();
            reply::numbered(answer, "x-amzn-trace-id", &randomness.trace_id(seconds))
        }
        Err(refusal) => refusal.into_response(&request_id),
    };
    if response.status() != StatusCode::NO_CONTENT {
        // Without a body as well.
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().entry(header::CONTENT_TYPE).or_insert(json);
    }
    let response = reply::numbered(response, reply::REQUEST_ID, &request_id);
    reply::numbered(response, reply::GATEWAY_REQUEST_ID, &randomness.gateway_id())
}

/// Who asks, whether he may, and of which connection: its id, and the request's body.
async fn admit(
    gateway: &Gateway,
    stage: &str,
    path: &str,
    target: Target,
    head: &Head,
    body: Body,
) -> Result<(String, Bytes), Refusal> {
    let services = &gateway.services;
    if !gateway.throttles.admit_callback(services.clock.now()) {
        return Err(too_much());
    }
    let body = body::to_bytes(body, WEBSOCKET_MESSAGE_BYTES).await.map_err(|_| too_large())?;
    // The functions' SDK signs by the machine's clock.
    let now = OffsetDateTime::now_utc();
    let key = services.access.authenticate(head, &body, "execute-api", now).map_err(|refusal| {
        report::refused_call(WHAT, head, &refusal);
        unsigned(&refusal)
    })?;
    let (action, path) = match &target {
        // The resource ends in this literal text: a policy cannot name single connections.
        Target::Connection(_) => ("execute-api:ManageConnections", "/@connections/{connectionId}"),
        // As with any other path of an API.
        Target::Nothing => ("execute-api:Invoke", path),
    };
    let resource = format!("{stage}/{}{path}", head.method);
    let resource = services.execute_api_arn(&gateway.api.id, &resource);
    services.access.authorize(key.caller(), action, &resource, head).map_err(|denied| {
        report::refused(WHAT, head, GatewayRule::Policy, &denied);
        denied_by(denied.execute_api_message())
    })?;
    match target {
        Target::Connection(id) if is_connection_id(&id) => Ok((id, body)),
        Target::Connection(id) => Err(invalid_id(&id)),
        Target::Nothing => Err(nowhere()),
    }
}

async fn carry_out(
    gateway: &Gateway,
    stage: &str,
    connection_id: &str,
    method: &str,
    body: &[u8],
) -> Result<Response, Refusal> {
    match gateway.services.faults.strike_connections(method) {
        Some(ConnectionsFault::Gone) => return Err(gone()),
        Some(ConnectionsFault::Throttled) => return Err(too_much()),
        None => {}
    }
    let registry = &gateway.services.registry;
    let found = registry.describe(&gateway.api.id, stage, connection_id).ok_or_else(gone)?;
    match method {
        "POST" => {
            let text = String::from_utf8_lossy(body).into_owned();
            match registry.post(connection_id, text).await {
                Some(Posted::Taken) => Ok(reply::empty(StatusCode::OK)),
                Some(Posted::TooMuch) => Err(too_much()),
                None => Err(gone()),
            }
        }
        "GET" => {
            let json = HeaderValue::from_static("application/json");
            Ok(reply::typed(StatusCode::OK, json, details::of(&found)))
        }
        "DELETE" => {
            if !registry.close_one(connection_id, Ending::closed_normally()).await {
                return Err(gone());
            }
            Ok(reply::empty(StatusCode::NO_CONTENT))
        }
        _ => Err(other_method()),
    }
}

/// Whether API Gateway could have given this id. What it takes for one is not published, only that
/// an id with more behind its last `=` is none: here all in the letters of base64url, with `=` at the
/// end alone. Whether they decode is not asked.
fn is_connection_id(id: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let letters = id.trim_end_matches('=');
    !letters.is_empty() && letters.bytes().all(is_letter)
}

/// The path leads to no connection.
fn nowhere() -> Refusal {
    Refusal::forbidden()
}

/// A method that means nothing here, of whoever may use it.
fn other_method() -> Refusal {
    Refusal::forbidden()
}

/// The signature, or what belongs to it.
fn unsigned(refusal: &sigv4_verify::Refusal) -> Refusal {
    Refusal::signature(refusal)
}

/// The policies.
fn denied_by(message: String) -> Refusal {
    Refusal::policy(message)
}

/// No connection can have this id.
fn invalid_id(id: &str) -> Refusal {
    let message = format!("Invalid connectionId: {id}");
    Refusal::message(StatusCode::BAD_REQUEST, Some("BadRequestException"), &message)
}

/// The connection is closed, or its `$connect` has not answered yet.
fn gone() -> Refusal {
    Refusal {
        status: StatusCode::GONE,
        error_type: Some("GoneException"),
        body: RefusalBody::Empty,
    }
}

/// Too many requests, or the client does not read what it is sent: AWS has one error for both.
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
    fn both_spellings_name_a_connection() {
        let check = |path, expected: Option<Target>| assert_eq!(target(path), expected, "{path}");
        let connection = || Some(Target::Connection("P-S_9e-7liACH9A=".to_owned()));
        check("/@connections/P-S_9e-7liACH9A=", connection());
        check("/%40connections/P-S_9e-7liACH9A%3D", connection());
        check("/@connections/", Some(Target::Nothing));
        check("/@connections", Some(Target::Nothing));
        check("/@connections/a/b", Some(Target::Nothing));
        check("/@connections/@connections/a", Some(Target::Nothing));
        check("/other/a", None);
        check("/", None);
        check("", None);
    }

    #[test]
    fn an_id_has_the_letters_of_base64url() {
        let check = |id, expected| assert_eq!(is_connection_id(id), expected, "{id}");
        check("WDGT8fY4joECJrQ=", true);
        check("P-S_9e-7liACH9A=", true);
        check("WqX15HzzjoEFdEf=", true);
        check("WDGT8fY4joECJrQ", true);
        check("WDGT8fY4joECJrQ=test", false);
        check("=", false);
        check("P+S/9e+7liACH9A=", false);
        check("not an id", false);
    }
}
