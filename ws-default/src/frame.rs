//! What is read from a message, and the frames that go out.

use std::borrow::Cow;
use std::collections::BTreeMap;

use connections::Connection;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

/// The longest frame that can be posted: 128 KB ("Quotas for configuring and running a WebSocket API
/// in API Gateway", message payload size).
pub const MAXIMUM_FRAME_BYTES: usize = 131_072;

/// The message `{"type":"ping","id":ID}`.
pub(crate) struct Ping<'a> {
    /// As it was written; `None` where there is none, which is not the same as `null`.
    id: Option<&'a RawValue>,
}

impl<'a> Ping<'a> {
    /// The message as a ping, if it is one.
    pub(crate) fn read(message: &'a str) -> Option<Self> {
        // serde would take an array for the fields of an object.
        let keys: PingKeys<'_> = match message.trim_start().starts_with('{') {
            true => serde_json::from_str(message).ok()?,
            false => return None,
        };
        (keys.kind == "ping").then_some(Self { id: keys.id })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PingKeys<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
}

/// A value that is there, be it `null`.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

/// A frame that goes out.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Frame<'a> {
    #[serde(rename_all = "camelCase")]
    Echo {
        message: &'a str,
        connection: Shown<'a>,
        request_id: &'a str,
    },
    Pong(Pong<'a>),
    #[serde(rename_all = "camelCase")]
    Error {
        error: FrameError,
        request_id: &'a str,
    },
}

/// The frame `{"type":"pong","id":ID}`.
#[derive(Serialize)]
#[serde(tag = "type", rename = "pong")]
pub(crate) struct Pong<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a RawValue>,
}

/// A frame as it goes out.
pub(crate) struct Written {
    pub(crate) text: String,
    pub(crate) kind: Kind,
}

/// What a frame says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Echo,
    Pong,
    Error,
}

/// What a client is shown of its own connection.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shown<'a> {
    connection_id: &'a str,
    connected_at: i64,
    granted: &'a BTreeMap<String, String>,
    requested: &'a BTreeMap<String, String>,
}

/// Why there is no echo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FrameError {
    UnknownConnection,
    MessageTooLarge,
}

impl<'a> Frame<'a> {
    pub(crate) fn echo(message: &'a str, connection: &'a Connection, request_id: &'a str) -> Self {
        let connection = Shown {
            connection_id: &connection.connection_id,
            connected_at: connection.connected_at,
            granted: &connection.granted,
            requested: &connection.requested,
        };
        Self::Echo { message, connection, request_id }
    }

    pub(crate) fn pong(ping: &Ping<'a>) -> Self {
        Self::Pong(Pong { id: ping.id })
    }

    /// The frame as text; where it would be too long to be posted, an error in its place.
    pub(crate) fn written(self, request_id: &str) -> Result<Written, serde_json::Error> {
        let written = self.at_any_length()?;
        if written.text.len() <= MAXIMUM_FRAME_BYTES {
            return Ok(written);
        }
        Frame::Error { error: FrameError::MessageTooLarge, request_id }.at_any_length()
    }

    fn at_any_length(&self) -> Result<Written, serde_json::Error> {
        let kind = match self {
            Self::Echo { .. } => Kind::Echo,
            Self::Pong(_) => Kind::Pong,
            Self::Error { .. } => Kind::Error,
        };
        Ok(Written { text: serde_json::to_string(self)?, kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST_ID: &str = "r=";

    /// The message is a ping, and this is its pong.
    #[track_caller]
    fn check_ping(message: &str, pong: &str) {
        let ping = Ping::read(message).expect("it is a ping");
        let written = Frame::pong(&ping).written(REQUEST_ID).expect("a frame is JSON");
        assert_eq!((written.text.as_str(), written.kind), (pong, Kind::Pong));
    }

    #[track_caller]
    fn check_no_ping(message: &str) {
        assert!(Ping::read(message).is_none(), "{message}");
    }

    fn connection() -> Connection {
        let none = BTreeMap::new;
        Connection {
            connection_id: "c=".to_owned(),
            granted: [("userId".to_owned(), "u-1".to_owned())].into(),
            requested: none(),
            headers: [("x-secret".to_owned(), "MARKER".to_owned())].into(),
            connected_at: 1_767_323_045_670,
            source_ip: "MARKER".to_owned(),
            user_agent: Some("MARKER".to_owned()),
            caller: "MARKER".to_owned(),
            api_id: "MARKER".to_owned(),
            stage: "MARKER".to_owned(),
            expires_at: 1_767_330_845,
        }
    }

    fn echo(message: &str) -> String {
        let written = Frame::echo(message, &connection(), REQUEST_ID).written(REQUEST_ID);
        let Written { text, kind } = written.expect("a frame is JSON");
        let expected = if text.starts_with(r#"{"error":"#) { Kind::Error } else { Kind::Echo };
        assert_eq!(kind, expected);
        text
    }

    /// An echo of `message` is `expected` bytes long, or an error.
    #[track_caller]
    fn check_length(message: &str, expected: Option<usize>) {
        let text = echo(message);
        let too_large = r#"{"error":"message_too_large","requestId":"r="}"#;
        assert_eq!((text != too_large).then_some(text.len()), expected);
    }

    #[test]
    fn a_pong_gives_back_the_id() {
        check_ping(r#"{"type":"ping","id":7}"#, r#"{"type":"pong","id":7}"#);
        check_ping(r#"{"type":"\u0070ing","id":7}"#, r#"{"type":"pong","id":7}"#);
        check_ping(
            r#" { "id" : "a\u0062" , "type" : "ping" } "#,
            r#"{"type":"pong","id":"a\u0062"}"#,
        );
    }

    #[test]
    fn an_id_may_be_any_json() {
        for id in ["null", "true", "1e400", "12345678901234567890123.0", "[1, {\"a\":[]}]", "\"\""]
        {
            let pong = format!(r#"{{"type":"pong","id":{id}}}"#);
            check_ping(&format!(r#"{{"type":"ping","id":{id}}}"#), &pong);
        }
    }

    #[test]
    fn a_ping_without_an_id_has_a_pong_without_one() {
        check_ping(r#"{"type":"ping"}"#, r#"{"type":"pong"}"#);
    }

    #[test]
    fn what_only_looks_like_a_ping_is_none() {
        for message in [
            "",
            "ping",
            "\"ping\"",
            "[\"ping\"]",
            "[\"ping\",1]",
            "{}",
            r#"{"id":1}"#,
            r#"{"type":"Ping"}"#,
            r#"{"type":"pong","id":1}"#,
            r#"{"type":["ping"]}"#,
            r#"{"type":{"ping":null}}"#,
            r#"{"type":"ping","id":1,"room":"lobby"}"#,
            r#"{"type":"ping","type":"ping"}"#,
            r#"{"type":"ping","id":1} {}"#,
            r#"{"type":"ping","id":}"#,
        ] {
            check_no_ping(message);
        }
    }

    #[test]
    fn an_echo_shows_what_the_client_may_know() {
        assert_eq!(
            echo("hello"),
            r#"{"message":"hello","connection":{"connectionId":"c=","connectedAt":1767323045670,"granted":{"userId":"u-1"},"requested":{}},"requestId":"r="}"#
        );
    }

    #[test]
    fn a_message_comes_back_whatever_its_characters() {
        let message = "\u{0}\u{1f}\"\\/\u{7f}\u{e4}\u{2028}\u{1f6aa}\n";
        let frame: serde_json::Value = serde_json::from_str(&echo(message)).expect("JSON");
        assert_eq!(frame["message"], message);
    }

    #[test]
    fn a_frame_may_be_as_long_as_can_be_posted() {
        let room = MAXIMUM_FRAME_BYTES - echo("").len();
        check_length(&"a".repeat(room), Some(MAXIMUM_FRAME_BYTES));
        check_length(&"a".repeat(room + 1), None);
    }

    #[test]
    fn the_length_is_that_of_the_frame_in_bytes() {
        let room = MAXIMUM_FRAME_BYTES - echo("").len();
        check_length(&"\n".repeat(room / 2), Some(echo("").len() + room / 2 * 2));
        check_length(&"\n".repeat(room / 2 + 1), None);
        check_length(&"\u{e4}".repeat(room / 2 + 1), None);
    }
}
