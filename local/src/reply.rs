//! Replies that more than one door gives.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;

/// A JSON reply.
pub fn json(status: StatusCode, value: &impl Serialize) -> Response {
    // Only types of ours come here, and they hold nothing that JSON cannot.
    let body = serde_json::to_vec(value).unwrap_or_default();
    typed(status, HeaderValue::from_static("application/json"), body)
}

/// A reply of a given content type.
pub fn typed(status: StatusCode, content_type: HeaderValue, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}
