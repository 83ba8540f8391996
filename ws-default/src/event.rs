//! The event of a message: of AWS's shape, the part that is read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

/// An event of a WebSocket API's route for messages ("WebSocket API mapping template and access log
/// variables", API Gateway developer guide). It has no `Debug`: a message is nobody's business.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageEvent {
    pub(crate) request_context: RequestContext,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestContext {
    pub(crate) connection_id: String,
    pub(crate) request_id: String,
    #[expect(dead_code, reason = "reading it is the check")]
    event_type: EventType,
    /// Milliseconds since the epoch.
    pub(crate) request_time_epoch: i64,
}

/// No other event is read: what is no message is not echoed.
#[derive(Deserialize)]
enum EventType {
    #[serde(rename = "MESSAGE")]
    Message,
}

impl MessageEvent {
    /// The text of the message, and the rest of the event. No body is an empty text.
    pub(crate) fn into_parts(self) -> Result<(String, RequestContext), MalformedBody> {
        let body = self.body.unwrap_or_default();
        let text = match self.is_base64_encoded {
            true => String::from_utf8(STANDARD.decode(body).map_err(|_| MalformedBody)?)
                .map_err(|_| MalformedBody)?,
            false => body,
        };
        Ok((text, self.request_context))
    }
}

/// A body that is said to be in base64 and is not, or does not hold UTF-8. Messages are text (API
/// Gateway closes a connection that sends binary frames), so this is no fault of the client.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body of the event is not the base64 of a text")]
pub struct MalformedBody;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[track_caller]
    fn check(mut event: Value, expected: Result<&str, MalformedBody>) {
        event["requestContext"] = json!({
            "connectionId": "c=",
            "requestId": "r=",
            "eventType": "MESSAGE",
            "requestTimeEpoch": 1_767_323_100_123_i64,
        });
        let event: MessageEvent = lambda_entry::read_event(event).expect("an event of a message");
        let text = event.into_parts().map(|(text, _)| text);
        assert_eq!(text.as_deref(), expected.as_ref().map(|text| *text));
    }

    #[test]
    fn an_event_of_another_type_is_not_read() {
        for event_type in ["CONNECT", "DISCONNECT", "message", ""] {
            let event = json!({"requestContext": {
                "connectionId": "c=",
                "requestId": "r=",
                "eventType": event_type,
                "requestTimeEpoch": 1_767_323_100_123_i64,
            }});
            let error = lambda_entry::read_event::<MessageEvent>(event).err();
            let path = error.map(|error| error.path);
            assert_eq!(path.as_deref(), Some("requestContext.eventType"), "{event_type}");
        }
    }

    #[test]
    fn a_body_is_text() {
        check(json!({"body": "hello", "isBase64Encoded": false}), Ok("hello"));
        check(json!({"body": "aGVsbG8="}), Ok("aGVsbG8="));
    }

    #[test]
    fn a_body_may_be_in_base64() {
        check(json!({"body": "aMOkbGzDtg==", "isBase64Encoded": true}), Ok("h\u{e4}ll\u{f6}"));
    }

    #[test]
    fn no_body_is_an_empty_text() {
        check(json!({}), Ok(""));
        check(json!({"body": null}), Ok(""));
    }

    #[test]
    fn what_is_no_base64_of_a_text_is_malformed() {
        check(json!({"body": "hello!", "isBase64Encoded": true}), Err(MalformedBody));
        check(json!({"body": "/w==", "isBase64Encoded": true}), Err(MalformedBody));
    }
}
