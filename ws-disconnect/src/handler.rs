//! From the event of a closed connection to the reply.

use connections::{Remove, StoreError};
use lambda_entry::WebSocketReply;
use lambda_entry::metrics::{Count, Metric};

use crate::DisconnectEvent;

/// Forgets one connection, counts that, and answers `{"statusCode":200}`.
///
/// # Errors
///
/// [`StoreError`] where the store does not answer.
pub async fn handle(
    connections: &impl Remove,
    metrics: &impl Count,
    event: DisconnectEvent,
) -> Result<WebSocketReply, StoreError> {
    let context = event.request_context;
    connections.remove(&context.connection_id).await?;
    tracing::debug!(connection_id = context.connection_id, "forgotten");
    metrics.count(Metric::Disconnected, context.request_time_epoch);
    Ok(WebSocketReply::ok())
}

#[cfg(test)]
mod tests {
    use connections::MemoryStore;
    use connections::contract::connection;
    use lambda_entry::captured_log::CapturedLog;
    use lambda_entry::configuration::Variables;
    use lambda_entry::counted::Counted;
    use lambda_entry::metrics::Metrics;
    use serde_json::Value;

    use super::*;

    const DISCONNECT: &str = include_str!("../../tests/fixtures/events/websocket/disconnect.json");

    /// The connection of the fixture.
    const CONNECTION_ID: &str = "WqXyzcbHDoECJrw=";

    fn event() -> Value {
        serde_json::from_str(DISCONNECT).expect("the fixture is JSON")
    }

    fn metrics(lines: &CapturedLog) -> Metrics<CapturedLog> {
        let variables = Variables::new(|_: &str| Some("disconnect".to_owned()));
        Metrics::new(&variables, lines.clone()).expect("the name is good")
    }

    /// After the event this many connections are left in the store, and it is counted.
    async fn check(store: &MemoryStore, event: Value, left: usize) {
        let event = lambda_entry::read_event(event).expect("the event is one of $disconnect");
        let lines = CapturedLog::default();
        let reply = handle(store, &metrics(&lines), event).await;
        assert_eq!(reply.expect("the store in memory answers"), WebSocketReply::ok());
        assert_eq!(store.connection_count(), left);
        let expected = Counted {
            metric: "Disconnected".to_owned(),
            function_name: "disconnect".to_owned(),
            reason: None,
            at: 1_767_323_160_456,
        };
        assert_eq!(Counted::read_all(&lines.text()), [expected]);
    }

    #[tokio::test]
    async fn the_connection_is_removed_and_no_other() {
        let store = MemoryStore::with([connection(CONNECTION_ID), connection("another=")]);
        check(&store, event(), 1).await;
    }

    #[tokio::test]
    async fn a_second_time_is_no_error() {
        let store = MemoryStore::with([connection(CONNECTION_ID)]);
        check(&store, event(), 0).await;
        check(&store, event(), 0).await;
    }

    #[tokio::test]
    async fn whatever_the_close_code_the_connection_is_removed() {
        for code in [Value::Null, (-1).into(), 100_000.into(), 1000.5.into(), "1000".into()] {
            let store = MemoryStore::with([connection(CONNECTION_ID)]);
            let mut event = event();
            event["requestContext"]["disconnectStatusCode"] = code;
            check(&store, event, 0).await;
        }
    }

    #[test]
    fn an_event_of_another_type_is_not_read() {
        for event_type in ["MESSAGE", "CONNECT", "disconnect", ""] {
            let mut event = event();
            event["requestContext"]["eventType"] = event_type.into();
            let error = lambda_entry::read_event::<DisconnectEvent>(event).err();
            let path = error.map(|error| error.path);
            assert_eq!(path.as_deref(), Some("requestContext.eventType"), "{event_type}");
        }
    }

    /// A store that does not answer.
    struct Unavailable;

    impl Remove for Unavailable {
        async fn remove(&self, _: &str) -> Result<(), StoreError> {
            Err(StoreError::TimeLimit { operation: "DeleteItem", milliseconds: 1 })
        }
    }

    #[tokio::test]
    async fn a_store_that_does_not_answer_is_a_fault() {
        let event = lambda_entry::read_event(event()).expect("the event is one of $disconnect");
        let lines = CapturedLog::default();
        let error = handle(&Unavailable, &metrics(&lines), event).await.expect_err("no answer");
        assert_eq!(error.to_string(), "DeleteItem was not answered by DynamoDB within 1 ms");
        assert_eq!(lines.text(), "", "what was not done is not counted");
    }
}
