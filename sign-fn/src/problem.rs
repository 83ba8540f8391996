//! What a refused caller is told: `application/problem+json` (RFC 9457).
//!
//! ```json
//! {"type":"about:blank","title":"Bad Request","status":400,"code":"reserved_name",
//!  "detail":"the parameter `grant.user` is reserved, expected …"}
//! ```
//!
//! `code` is stable and for programs (the metric `Refused` has it as its reason), `detail` is for people and absent where the fault is ours.

use lambda_http::http::StatusCode;
use serde::Serialize;

use crate::refusal::Refusal;

/// Status and code of a refusal: the one table of both.
pub fn status_and_code(refusal: &Refusal) -> (StatusCode, &'static str) {
    const BAD: StatusCode = StatusCode::BAD_REQUEST;
    match refusal {
        Refusal::ClaimMissing { .. } => (StatusCode::FORBIDDEN, "claim_missing"),
        Refusal::ClaimUnusable { .. } => (StatusCode::FORBIDDEN, "claim_unusable"),
        Refusal::BodyTooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
        Refusal::InvalidJson { .. } => (BAD, "invalid_json"),
        Refusal::RepeatedKey { .. } => (BAD, "repeated_key"),
        Refusal::UnknownField { .. } => (BAD, "unknown_field"),
        Refusal::WrongType { .. } => (BAD, "wrong_type"),
        Refusal::UnknownAuthMethod { .. } => (BAD, "unknown_auth_method"),
        Refusal::WrongUrl { .. } => (BAD, "wrong_url"),
        Refusal::InvalidEncoding { .. } => (BAD, "invalid_encoding"),
        Refusal::EmptyName => (BAD, "empty_name"),
        Refusal::ControlCharacter { .. } => (BAD, "control_character"),
        Refusal::ReservedName { .. } => (BAD, "reserved_name"),
        Refusal::NameNotAllowed { .. } => (BAD, "name_not_allowed"),
        Refusal::RepeatedName { .. } => (BAD, "repeated_name"),
        Refusal::HeadersWithQueryMethod { .. } => (BAD, "headers_with_query_method"),
        Refusal::InvalidHeaderName { .. } => (BAD, "invalid_header_name"),
        Refusal::ReservedHeader { .. } => (BAD, "reserved_header"),
        Refusal::HeaderNotAllowed { .. } => (BAD, "header_not_allowed"),
        Refusal::RepeatedHeader { .. } => (BAD, "repeated_header"),
        Refusal::InvalidHeaderValue { .. } => (BAD, "invalid_header_value"),
        Refusal::UrlTooLong { .. } => (BAD, "url_too_long"),
        Refusal::HeadersTooLong { .. } => (BAD, "headers_too_long"),
        Refusal::Credentials(_) => (StatusCode::SERVICE_UNAVAILABLE, "credentials_unavailable"),
        Refusal::EventTime { .. }
        | Refusal::EventContext
        | Refusal::Randomness(_)
        | Refusal::Signing(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal_error"),
    }
}

/// The body of the reply, as JSON text.
pub fn problem_json(refusal: &Refusal) -> String {
    #[derive(Serialize)]
    struct Problem<'a> {
        r#type: &'a str,
        title: Option<&'a str>,
        status: u16,
        code: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
    }
    let (status, code) = status_and_code(refusal);
    let detail = match status {
        StatusCode::INTERNAL_SERVER_ERROR => None,
        StatusCode::SERVICE_UNAVAILABLE => {
            Some("nothing can be signed at the moment, try again later".to_owned())
        }
        _ => Some(refusal.to_string()),
    };
    let title = status.canonical_reason();
    let status = status.as_u16();
    // Strings and a number under string keys: this cannot fail.
    serde_json::to_string(&Problem { r#type: "about:blank", title, status, code, detail })
        .unwrap_or_default()
}
