//! What a route's function answers, in the proxy format.
//! (API Gateway Developer Guide, "Output format of a Lambda function for proxy integration")

use std::collections::BTreeMap;

use serde::Deserialize;

/// A well-formed answer. An object with keys that the format does not know is malformed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Answer {
    /// Decides about a handshake; without meaning on the other routes.
    pub(super) status_code: u16,
    #[serde(default)]
    headers: Option<BTreeMap<String, serde_json::Value>>,
    // Known to the format, and without meaning on a WebSocket API's one-way routes.
    #[serde(default, rename = "multiValueHeaders")]
    _multi_value_headers: Option<serde_json::Value>,
    #[serde(default, rename = "body")]
    _body: Option<serde_json::Value>,
    #[serde(default, rename = "isBase64Encoded")]
    _is_base64_encoded: Option<bool>,
}

impl Answer {
    /// Reads an answer.
    ///
    /// # Errors
    ///
    /// serde's, when it is malformed: API Gateway calls that an internal error.
    pub(super) fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        // Read as an object first: a structure would be read from a list, too.
        let object: serde_json::Map<_, _> = serde_json::from_slice(json)?;
        serde_json::from_value(object.into())
    }

    /// What counts as the answer where the API has no `$connect` route.
    pub(super) fn accepting() -> Self {
        Self {
            status_code: 200,
            headers: None,
            _multi_value_headers: None,
            _body: None,
            _is_base64_encoded: None,
        }
    }

    /// Whether a handshake goes through.
    pub(super) fn accepts(&self) -> bool {
        (200..300).contains(&self.status_code)
    }

    /// The chosen subprotocol: the one header that reaches the client.
    pub(super) fn subprotocol(&self) -> Option<&str> {
        self.headers
            .as_ref()?
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-protocol"))?
            .1
            .as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: Option<(u16, Option<&str>)>) {
        let answer = Answer::parse(json.as_bytes()).ok();
        let actual = answer.as_ref().map(|answer| (answer.status_code, answer.subprotocol()));
        assert_eq!(actual, expected, "{json}");
    }

    #[test]
    fn only_the_proxy_format_counts() {
        check(r#"{"statusCode":200}"#, Some((200, None)));
        check(r#"{"statusCode":200,"body":"ok","isBase64Encoded":false}"#, Some((200, None)));
        check(
            r#"{"statusCode":200,"headers":{"sec-websocket-protocol":"chat"}}"#,
            Some((200, Some("chat"))),
        );
        check(r#"{"statusCode":200,"ConnectionId":"x"}"#, None);
        check(r#"{"statusCode":"200"}"#, None);
        check("{}", None);
        check("null", None);
        check("[200]", None);
        check("", None);
    }
}
