//! What the functions are invoked with: the events of the tests, at the present time, with a nonce of their own.

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

const SIGN: &str = include_str!("../../../tests/fixtures/events/http/sign-jwt-cognito.json");
const CONNECT: &str = include_str!("../../../tests/fixtures/events/websocket/connect.json");
const MESSAGE: &str = include_str!("../../../tests/fixtures/events/websocket/message.json");
const DISCONNECT: &str = include_str!("../../../tests/fixtures/events/websocket/disconnect.json");

/// The connection of the events.
pub(super) const CONNECTION_ID: &str = "WqXyzcbHDoECJrw=";
/// The role that signed the URL of the handshake.
pub(super) const SIGNER_ROLE_ID: &str = "AROAIOSFODNN7EXAMPLE1";
/// Its session.
pub(super) const SIGNER_SESSION_ARN: &str =
    "arn:aws:sts::123456789012:assumed-role/countersign-SignerRole-1ABC/sign-fn";

/// For how long a URL is good, in seconds.
const URL_TTL: u64 = 60;

/// What is asked of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// A signed URL, with so many parameters.
    Sign {
        /// How many the caller chooses.
        parameters: usize,
    },
    /// To admit a connection, with so many parameters.
    Connect {
        /// How many the caller chose.
        parameters: usize,
    },
    /// To echo a message of so many bytes.
    Message {
        /// How long its text is.
        bytes: usize,
    },
    /// To forget a connection.
    Disconnect,
}

impl Work {
    /// What one user does once.
    pub(super) const USUAL: [Self; 4] = [
        Self::Sign { parameters: 1 },
        Self::Connect { parameters: 1 },
        Self::Message { bytes: 5 },
        Self::Disconnect,
    ];

    /// An event, of which there has been no like: `number` is another for each.
    pub(super) fn event(self, number: u64) -> Vec<u8> {
        let now = now();
        let event = match self {
            Self::Sign { parameters: count } => {
                let mut event = SIGN_EVENT.clone();
                let query: Map<String, Value> =
                    parameters(count).map(|(name, value)| (name, value.into())).collect();
                event["requestContext"]["timeEpoch"] = now.into();
                event["body"] = json!({"query": query}).to_string().into();
                event
            }
            Self::Connect { parameters: count } => {
                let mut event = CONNECT_EVENT.clone();
                let own = [
                    ("grant.expires".to_owned(), (now / 1_000 + URL_TTL).to_string()),
                    ("grant.nonce".to_owned(), nonce(number)),
                ];
                for (name, value) in parameters(count).chain(own) {
                    event["multiValueQueryStringParameters"][&name] = json!([value]);
                    event["queryStringParameters"][&name] = value.into();
                }
                event["requestContext"]["connectedAt"] = now.into();
                event["requestContext"]["requestTimeEpoch"] = now.into();
                event
            }
            Self::Message { bytes } => {
                let mut event = MESSAGE_EVENT.clone();
                event["requestContext"]["requestTimeEpoch"] = now.into();
                event["body"] = message(bytes).into();
                event
            }
            Self::Disconnect => DISCONNECT_EVENT.clone(),
        };
        event.to_string().into_bytes()
    }
}

/// The text of a message.
pub(super) fn message(bytes: usize) -> String {
    "hello".chars().cycle().take(bytes).collect()
}

/// Names and values of so many parameters: one is `room=lobby`.
pub(super) fn parameters(count: usize) -> impl Iterator<Item = (String, String)> {
    let further = (1..count).map(|number| (format!("parameter{number}"), format!("value{number}")));
    std::iter::once(("room".to_owned(), "lobby".to_owned())).chain(further)
}

/// Milliseconds since the epoch.
pub(super) fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

/// 128 bits, as sign-fn writes them.
fn nonce(number: u64) -> String {
    URL_SAFE_NO_PAD.encode(u128::from(number).to_be_bytes())
}

static SIGN_EVENT: LazyLock<Value> = LazyLock::new(|| read(SIGN));
static CONNECT_EVENT: LazyLock<Value> = LazyLock::new(|| read(CONNECT));
static MESSAGE_EVENT: LazyLock<Value> = LazyLock::new(|| read(MESSAGE));
static DISCONNECT_EVENT: LazyLock<Value> = LazyLock::new(|| read(DISCONNECT));

fn read(fixture: &str) -> Value {
    serde_json::from_str(fixture).expect("the fixture is JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(work: Work, number: u64) -> Value {
        serde_json::from_slice(&work.event(number)).unwrap()
    }

    #[test]
    fn each_handshake_has_a_nonce_of_its_own() {
        let nonce = |number| {
            let event = event(Work::Connect { parameters: 1 }, number);
            event["queryStringParameters"]["grant.nonce"].as_str().unwrap().to_owned()
        };
        assert_ne!(nonce(1), nonce(2));
        assert_eq!(nonce(1).len(), 22);
    }

    #[test]
    fn there_are_as_many_parameters_and_bytes_as_are_asked_for() {
        let sign = event(Work::Sign { parameters: 100 }, 1);
        let body: Value = serde_json::from_str(sign["body"].as_str().unwrap()).unwrap();
        assert_eq!(body["query"].as_object().unwrap().len(), 100);
        let usual = event(Work::Connect { parameters: 1 }, 1);
        let more = event(Work::Connect { parameters: 10 }, 1);
        let count = |event: &Value| event["queryStringParameters"].as_object().unwrap().len();
        assert_eq!(count(&more), count(&usual) + 9);
        let message = event(Work::Message { bytes: 1_000 }, 1);
        assert_eq!(message["body"].as_str().unwrap().len(), 1_000);
    }
}
