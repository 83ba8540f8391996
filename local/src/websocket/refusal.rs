//! What a refused request is told, by a WebSocket API and by `@connections`: status, error type
//! and body, all in this one place. The statuses and texts of signature and policy are AWS's own;
//! that a handshake shows them just so is likely, not certain, as nobody has published a capture.
//! `docs/fidelity.md` has a row for each.

use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;

use super::conversation::error_frame;
use super::routes::RouteError;
use crate::report::Broken;
use crate::{percent, reply};

/// A refusal, as the client sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// `x-amzn-ErrorType`, where there is one.
    pub error_type: Option<&'static str>,
    /// The body.
    pub body: Body,
}

/// A refusal's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// None at all.
    Empty,
    /// `{"message":…}`
    Message(String),
    /// `{"Message":…}`, as policies refuse.
    CapitalMessage(String),
    /// As the frame that tells an open connection of an error: this text.
    ErrorFrame(String),
}

/// A handshake that is refused: what its client is told, and what was broken in truth.
pub(super) struct Refused {
    pub(super) refusal: Refusal,
    /// `None` where nothing was: `local` is at its end, or at fault.
    pub(super) broken: Option<Broken>,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, broken: None }
    }
}

impl Refusal {
    /// For what was broken.
    pub(super) fn of(self, broken: Broken) -> Refused {
        Refused { refusal: self, broken: Some(broken) }
    }

    /// The API has no such stage.
    pub fn unknown_stage() -> Self {
        Self::forbidden()
    }

    /// The path goes on behind the stage.
    pub fn unknown_path() -> Self {
        Self::forbidden()
    }

    /// The API's default endpoint is switched off.
    pub fn disabled_endpoint() -> Self {
        Self::forbidden()
    }

    /// The path leads nowhere, as API Gateway's other APIs say it.
    pub(crate) fn forbidden() -> Self {
        Self::message(StatusCode::FORBIDDEN, Some("ForbiddenException"), "Forbidden")
    }

    /// A custom domain of WebSocket APIs has no such base path, or the path goes on behind it. The text is API
    /// Gateway's own for the latter; that it comes with this status, and for the former too, is not published.
    pub fn no_method(method: &str, path: &str) -> Self {
        let route = percent::decode(path.strip_prefix('/').unwrap_or(path));
        let message = format!("No method found matching route {route} for http method {method}.");
        Self::message(StatusCode::NOT_FOUND, Some("NotFoundException"), &message)
    }

    /// A GET that does not ask for an upgrade, or another method.
    pub fn upgrade_required() -> Self {
        Self { status: StatusCode::UPGRADE_REQUIRED, error_type: None, body: Body::Empty }
    }

    /// A handshake that RFC 6455 does not allow.
    pub fn no_handshake(why: &str) -> Self {
        Self::message(StatusCode::BAD_REQUEST, Some("BadRequestException"), why)
    }

    /// Headers beyond the limit.
    pub fn headers_too_large() -> Self {
        let message = "Request headers are too large";
        Self::message(StatusCode::BAD_REQUEST, Some("BadRequestException"), message)
    }

    /// A URL beyond the limit.
    pub fn uri_too_long() -> Self {
        Self::message(StatusCode::URI_TOO_LONG, None, "Request-URI Too Long")
    }

    /// More than the stage lets in.
    pub fn too_many_requests() -> Self {
        let status = StatusCode::TOO_MANY_REQUESTS;
        Self::message(status, Some("TooManyRequestsException"), "Too Many Requests")
    }

    /// A handshake's signature, or what belongs to it.
    pub fn signature(refusal: &sigv4_verify::Refusal) -> Self {
        Self::message(StatusCode::FORBIDDEN, Some(refusal.code()), &refusal.to_string())
    }

    /// The policies, of a handshake.
    pub fn policy(message: String) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            error_type: Some("AccessDeniedException"),
            body: Body::CapitalMessage(message),
        }
    }

    /// What `$connect`'s function decided; nothing of its answer but the status gets through. `None`
    /// where that is no status which could end a handshake.
    pub fn by_function(status_code: u16) -> Option<Self> {
        let status = StatusCode::from_u16(status_code).ok()?;
        let ends = status.is_redirection() || status.is_client_error() || status.is_server_error();
        ends.then_some(Self { status, error_type: None, body: Body::Empty })
    }

    /// `$connect`'s function gave no answer that counts.
    pub(super) fn by_route(error: &RouteError, connection_id: &str, request_id: &str) -> Self {
        let internal = Some("InternalServerErrorException");
        let message = "Internal server error";
        let (status, error_type, message) = match error {
            RouteError::NoPermission { .. } => {
                (StatusCode::INTERNAL_SERVER_ERROR, internal, message)
            }
            RouteError::TimedOut(_) => {
                (StatusCode::GATEWAY_TIMEOUT, None, "Endpoint request timed out")
            }
            RouteError::Invocation(_) | RouteError::Malformed(_) | RouteError::NoStatus(_) => {
                (StatusCode::BAD_GATEWAY, internal, message)
            }
        };
        let frame = error_frame(message, connection_id, request_id);
        Self { status, error_type, body: Body::ErrorFrame(frame) }
    }

    /// `local` itself is at fault, or at its end.
    pub fn internal(status: StatusCode) -> Self {
        Self::message(status, Some("InternalServerErrorException"), "Internal server error")
    }

    /// Any other, with a message.
    pub fn message(status: StatusCode, error_type: Option<&'static str>, message: &str) -> Self {
        Self { status, error_type, body: Body::Message(message.to_owned()) }
    }

    /// The response, under `request_id`.
    pub fn into_response(self, request_id: &str) -> Response {
        #[derive(Serialize)]
        struct Small<'a> {
            message: &'a str,
        }
        #[derive(Serialize)]
        struct Capital<'a> {
            #[serde(rename = "Message")]
            message: &'a str,
        }
        let mut response = match &self.body {
            Body::Empty => reply::empty(self.status),
            Body::Message(message) => reply::json(self.status, &Small { message }),
            Body::CapitalMessage(message) => reply::json(self.status, &Capital { message }),
            Body::ErrorFrame(frame) => {
                let json = HeaderValue::from_static("application/json");
                reply::typed(self.status, json, frame.clone())
            }
        };
        if let Some(error_type) = self.error_type {
            let name = HeaderName::from_static("x-amzn-errortype");
            response.headers_mut().insert(name, HeaderValue::from_static(error_type));
        }
        reply::numbered(response, reply::REQUEST_ID, request_id)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::functions::InvocationError;

    #[test]
    fn what_became_of_the_function_decides_the_status() {
        let check = |error: RouteError, status: u16, message: &str| {
            let refusal = Refusal::by_route(&error, "Abc=", "Def=");
            let body = error_frame(message, "Abc=", "Def=");
            assert_eq!((refusal.status.as_u16(), refusal.body), (status, Body::ErrorFrame(body)));
        };
        let (function_arn, source_arn) = (String::new(), String::new());
        let second = Duration::from_secs(1);
        let internal = "Internal server error";
        check(RouteError::NoPermission { function_arn, source_arn }, 500, internal);
        check(RouteError::TimedOut(second), 504, "Endpoint request timed out");
        check(RouteError::Invocation(InvocationError::TimedOut(second)), 502, internal);
        check(RouteError::Invocation(InvocationError::Exited(String::new())), 502, internal);
        check(RouteError::Invocation(InvocationError::Throttled(1)), 502, internal);
        check(RouteError::NoStatus(101), 502, internal);
    }

    #[test]
    fn what_the_function_says_is_a_status_that_ends_a_handshake() {
        let check = |status: u16, expected: bool| {
            assert_eq!(Refusal::by_function(status).is_some(), expected, "{status}");
        };
        check(301, true);
        check(401, true);
        check(599, true);
        check(101, false);
        check(199, false);
        check(600, false);
        check(0, false);
    }
}
