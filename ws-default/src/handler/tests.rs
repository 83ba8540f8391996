//! Messages, from the JSON of the event to the frame, over the store in memory.

use std::sync::Mutex;

use connections::contract::connection;
use connections::{Connection, MemoryStore};
use lambda_entry::captured_log::CapturedLog;
use lambda_entry::configuration::Variables;
use lambda_entry::counted::Counted;
use lambda_entry::metrics::Metrics;
use lambda_entry::{chain, read_event};
use serde_json::{Value, json};

use super::*;
use crate::MAXIMUM_FRAME_BYTES;

const MESSAGE: &str = include_str!("../../../tests/fixtures/events/websocket/message.json");

/// The connection of the fixture.
const CONNECTION_ID: &str = "WqXyzcbHDoECJrw=";

/// Whatever posts, and to whom.
struct Client {
    posted: Option<Posted>,
    frames: Mutex<Vec<(String, String)>>,
}

impl Client {
    /// A client that has this become of every frame; `None`: the post fails.
    fn new(posted: Option<Posted>) -> Self {
        Self { posted, frames: Mutex::default() }
    }

    /// The frame that was posted, if it was one, to the connection of the fixture.
    fn frame(&self) -> Option<String> {
        match self.frames.lock().expect("no test panicked").as_slice() {
            [(connection_id, frame)] if connection_id == CONNECTION_ID => Some(frame.clone()),
            _ => None,
        }
    }
}

impl PostToConnection for Client {
    async fn post(&self, connection_id: &str, frame: String) -> Result<Posted, PostError> {
        self.frames.lock().expect("no test panicked").push((connection_id.to_owned(), frame));
        self.posted.ok_or_else(|| PostError::new("no"))
    }
}

/// A store that does not answer.
struct Unavailable;

const SILENCE: StoreError = StoreError::TimeLimit { operation: "GetItem", milliseconds: 1 };

impl Find for Unavailable {
    async fn find(&self, _: &str) -> Result<Option<Connection>, StoreError> {
        Err(SILENCE)
    }
}

impl Remove for Unavailable {
    async fn remove(&self, _: &str) -> Result<(), StoreError> {
        Err(SILENCE)
    }
}

fn store() -> MemoryStore {
    MemoryStore::with([connection(CONNECTION_ID), connection("another=")])
}

fn event(body: &str) -> MessageEvent {
    let mut event: Value = serde_json::from_str(MESSAGE).expect("the fixture is JSON");
    event["body"] = body.into();
    read_event(event).expect("the event is one of a message")
}

/// Has the event handled: what becomes of it, and what was counted.
async fn outcome(
    store: &(impl Find + Remove + Sync),
    client: &Client,
    event: MessageEvent,
) -> (Result<WebSocketReply, MessageError>, Vec<Counted>) {
    let lines = CapturedLog::default();
    let variables = Variables::new(|_: &str| Some("default".to_owned()));
    let metrics = Metrics::new(&variables, lines.clone()).expect("the name is good");
    let outcome = handle(store, client, &metrics, event).await;
    (outcome, Counted::read_all(&lines.text()))
}

/// The message is taken, and this is counted of it, at the time of the event.
async fn check_counted(
    store: &(impl Find + Remove + Sync),
    client: &Client,
    message: &str,
    expected: &[&str],
) {
    let (reply, counted) = outcome(store, client, event(message)).await;
    assert_eq!(reply.expect("it is no error"), WebSocketReply::ok());
    let expected = expected.iter().map(|metric| Counted {
        metric: (*metric).to_owned(),
        function_name: "default".to_owned(),
        reason: None,
        at: 1_767_323_100_123,
    });
    assert_eq!(counted, expected.collect::<Vec<_>>());
}

/// The message is answered with this frame, which is no echo, and the gateway with 200.
async fn check(store: &(impl Find + Remove + Sync), message: &str, expected: &str) {
    let client = Client::new(Some(Posted::Delivered));
    check_counted(store, &client, message, &[]).await;
    assert_eq!(client.frame().as_deref(), Some(expected));
}

/// The message is not answered, for this reason.
async fn check_failed(
    store: &(impl Find + Remove + Sync),
    posted: Option<Posted>,
    event: MessageEvent,
    expected: &str,
) {
    let (outcome, counted) = outcome(store, &Client::new(posted), event).await;
    let error = outcome.expect_err("it fails");
    assert_eq!(chain(&error).to_string(), expected);
    let gone = posted == Some(Posted::Gone);
    assert_eq!(
        counted.len(),
        usize::from(gone),
        "a gone connection is counted before it is removed"
    );
}

const UNKNOWN: &str = r#"{"error":"unknown_connection","requestId":"WqX15HzzjoEFdEf="}"#;

#[tokio::test]
async fn a_message_is_echoed_with_its_connection() {
    let client = Client::new(Some(Posted::Delivered));
    check_counted(&store(), &client, "hello", &["Echoed"]).await;
    let frame = client.frame().expect("one frame was posted");
    let frame: Value = serde_json::from_str(&frame).expect("a frame is JSON");
    let stored = connection(CONNECTION_ID);
    let expected = json!({
        "message": "hello",
        "connection": {
            "connectionId": CONNECTION_ID,
            "connectedAt": stored.connected_at,
            "granted": stored.granted,
            "requested": stored.requested,
        },
        "requestId": "WqX15HzzjoEFdEf=",
    });
    assert_eq!(frame, expected);
}

#[tokio::test]
async fn a_ping_is_answered_without_the_store() {
    check(&Unavailable, r#"{"type":"ping","id":"p-1"}"#, r#"{"type":"pong","id":"p-1"}"#).await;
}

#[tokio::test]
async fn an_unknown_connection_is_told_so() {
    check(&MemoryStore::default(), "hello", UNKNOWN).await;
}

#[tokio::test]
async fn a_record_past_its_time_is_unknown() {
    let now = 1_767_323_100;
    let expiring =
        |expires_at| MemoryStore::with([Connection { expires_at, ..connection(CONNECTION_ID) }]);
    check(&expiring(now), "hello", UNKNOWN).await;
    let client = Client::new(Some(Posted::Delivered));
    check_counted(&expiring(now + 1), &client, "hello", &["Echoed"]).await;
    assert_ne!(client.frame().as_deref(), Some(UNKNOWN));
}

#[tokio::test]
async fn an_echo_that_is_too_long_is_answered_with_an_error() {
    let too_large = r#"{"error":"message_too_large","requestId":"WqX15HzzjoEFdEf="}"#;
    check(&store(), &"a".repeat(MAXIMUM_FRAME_BYTES), too_large).await;
}

#[tokio::test]
async fn a_connection_that_is_gone_is_removed() {
    for message in ["hello", r#"{"type":"ping","id":1}"#] {
        let store = store();
        let client = Client::new(Some(Posted::Gone));
        check_counted(&store, &client, message, &["Gone"]).await;
        assert_eq!(store.find(CONNECTION_ID).await.expect("it answers"), None);
        assert_eq!(store.connection_count(), 1, "the other one stays");
    }
}

#[tokio::test]
async fn a_connection_that_was_answered_stays() {
    let store = store();
    let client = Client::new(Some(Posted::Delivered));
    check_counted(&store, &client, "hello", &["Echoed"]).await;
    assert_eq!(store.connection_count(), 2);
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_a_fault() {
    let silence = "GetItem was not answered by DynamoDB within 1 ms";
    let find = format!("the connection cannot be looked up: {silence}");
    check_failed(&Unavailable, Some(Posted::Delivered), event("hello"), &find).await;
    let remove = format!("the connection is gone and cannot be removed: {silence}");
    let ping = event(r#"{"type":"ping"}"#);
    check_failed(&Unavailable, Some(Posted::Gone), ping, &remove).await;
}

#[tokio::test]
async fn a_post_that_fails_is_a_fault() {
    let expected = "the frame cannot be sent: PostToConnection failed in API Gateway: no";
    check_failed(&store(), None, event("hello"), expected).await;
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_a_fault() {
    let mut event: Value = serde_json::from_str(MESSAGE).expect("the fixture is JSON");
    event["isBase64Encoded"] = true.into();
    event["body"] = "MARKER!".into();
    let event = read_event(event).expect("the event is one of a message");
    let expected = "the message cannot be read: the body of the event is not the base64 of a text";
    check_failed(&store(), Some(Posted::Delivered), event, expected).await;
}
