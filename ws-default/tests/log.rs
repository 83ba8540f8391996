//! What log and metrics say of messages: ids and reasons, never a value.

use connections::contract::connection;
use connections::{Connection, MemoryStore};
use lambda_entry::captured_log::CapturedLog;
use lambda_entry::configuration::Variables;
use lambda_entry::counted::Counted;
use lambda_entry::metrics::Metrics;
use lambda_entry::read_event;
use serde_json::Value;
use ws_default::{MessageEvent, PostError, PostToConnection, Posted, handle};

const MESSAGE: &str = include_str!("../../tests/fixtures/events/websocket/message.json");

/// The connection of the fixture.
const CONNECTION_ID: &str = "WqXyzcbHDoECJrw=";

/// What becomes of every frame.
struct Client(Posted);

impl PostToConnection for Client {
    async fn post(&self, _: &str, _: String) -> Result<Posted, PostError> {
        Ok(self.0)
    }
}

fn event() -> MessageEvent {
    let mut event: Value = serde_json::from_str(MESSAGE).expect("the fixture is JSON");
    event["body"] = "MARKER".into();
    read_event(event).expect("the event is one of a message")
}

#[tokio::test]
async fn the_log_has_ids_the_metrics_have_none_and_neither_has_contents() {
    let lines = CapturedLog::default();
    let _capture = lines.capture();
    let marked = Connection {
        granted: [("userId".to_owned(), "MARKER".to_owned())].into(),
        ..connection(CONNECTION_ID)
    };
    let store = MemoryStore::with([marked]);
    let counted = CapturedLog::default();
    let variables = Variables::new(|_: &str| Some("default".to_owned()));
    let metrics = Metrics::new(&variables, counted.clone()).expect("the name is good");
    for posted in [Posted::Delivered, Posted::Gone, Posted::Delivered] {
        handle(&store, &Client(posted), &metrics, event()).await.expect("it is answered");
    }

    let text = lines.text();
    for expected in ["answered", "the connection is gone", "the connection is unknown"] {
        let line = format!("{expected} connection_id=\"{CONNECTION_ID}\"");
        assert!(text.contains(&line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("MARKER"), "{text}");
    let counted = counted.text();
    assert!(!counted.contains("MARKER") && !counted.contains(CONNECTION_ID), "{counted}");
    let counted: Vec<_> = Counted::read_all(&counted).iter().map(Counted::what).collect();
    assert_eq!(counted, ["Echoed", "Gone"], "the third is told that it is unknown");
}
