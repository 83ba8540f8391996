//! What a function answers to API Gateway's WebSocket proxy integration.

use std::collections::BTreeMap;

use serde::Serialize;

/// The reply of a route's function: `{"statusCode":200}`, or with headers
/// `{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"chat.v1"}}`.
///
/// A key that the proxy format does not know would make API Gateway take the whole reply for
/// malformed, so there is none but these two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WebSocketReply {
    status_code: u16,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<&'static str, String>,
}

impl WebSocketReply {
    /// The reply of success, 200.
    pub fn ok() -> Self {
        Self::status(200)
    }

    /// The reply with this status, which on `$connect` becomes the handshake's where it is not 2xx.
    pub fn status(status_code: u16) -> Self {
        Self { status_code, headers: BTreeMap::new() }
    }

    /// The same reply with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.insert(name, value.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(reply: WebSocketReply, expected: &str) {
        assert_eq!(serde_json::to_string(&reply).expect("a reply is JSON"), expected);
    }

    #[test]
    fn a_reply_without_headers_has_no_headers_key() {
        check(WebSocketReply::ok(), r#"{"statusCode":200}"#);
        check(WebSocketReply::status(403), r#"{"statusCode":403}"#);
    }

    #[test]
    fn a_header_keeps_its_case() {
        check(
            WebSocketReply::ok().with_header("Sec-WebSocket-Protocol", "chat.v1"),
            r#"{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"chat.v1"}}"#,
        );
    }
}
