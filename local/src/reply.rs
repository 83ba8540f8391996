//! Replies that more than one door gives.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;

/// A JSON reply.
pub fn json(status: StatusCode, value: &impl Serialize) -> Response {
    // Only types of ours come here, and they hold nothing that JSON cannot.
    let body = serde_json::to_vec(value).unwrap_or_default();
    typed(status, HeaderValue::from_static("application/json"), body)
}

/// A reply without a body.
pub fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// A reply under its request's id, in the header that this service has for it.
#[must_use]
pub fn numbered(mut response: Response, header: &'static str, request_id: &str) -> Response {
    // The ids are of our own making, and fit.
    if let Ok(id) = HeaderValue::from_str(request_id) {
        response.headers_mut().insert(HeaderName::from_static(header), id);
    }
    response
}

/// The header of a request's id, for all but HTTP APIs.
pub const REQUEST_ID: &str = "x-amzn-requestid";

/// The header of the id that API Gateway's own logs and events have for a request.
pub const GATEWAY_REQUEST_ID: &str = "x-amz-apigw-id";

/// A reply of a given content type.
pub fn typed(status: StatusCode, content_type: HeaderValue, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}
