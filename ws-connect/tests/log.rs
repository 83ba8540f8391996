//! What log and metrics say of handshakes: ids and reasons, never a value.

use connections::MemoryStore;
use lambda_entry::captured_log::CapturedLog;
use lambda_entry::configuration::Variables;
use lambda_entry::counted::Counted;
use lambda_entry::metrics::Metrics;
use lambda_entry::read_event;
use serde_json::{Value, json};
use ws_connect::{Config, handle};

const CONNECT: &str = include_str!("../../tests/fixtures/events/websocket/connect.json");
const HEADER_AUTH: &str =
    include_str!("../../tests/fixtures/events/websocket/connect-header-auth.json");

/// What none but the signer and the gateway may know of the fixtures' URL.
const SECRETS: [&str; 5] = [
    "4fbadac187f8f9fdf77cb52d16c0b763cc4bcd70860b4a000f4fe024ff6cfd88",
    "IQoJb3JpZ2luX2VjEXAMPLETOKEN",
    "q83vEjRWeJCrze8SNFZ4kA",
    "ASIAIOSFODNN7EXAMPLE",
    "u-1",
];

#[tokio::test]
async fn log_and_metrics_have_reasons_and_no_values() {
    let mut expired: Value = serde_json::from_str(CONNECT).expect("the fixture is JSON");
    expired["requestContext"]["requestTimeEpoch"] = json!(1_767_323_105_000_i64);
    let mut stranger: Value = serde_json::from_str(CONNECT).expect("the fixture is JSON");
    stranger["requestContext"]["identity"]["caller"] = json!("AIDAEXAMPLE");
    let fixture = |text| serde_json::from_str(text).expect("the fixture is JSON");
    let events = [fixture(CONNECT), fixture(CONNECT), fixture(HEADER_AUTH), expired, stranger];

    let lines = CapturedLog::default();
    let _capture = lines.capture();
    let (config, store) = (config(), MemoryStore::default());
    let counted = CapturedLog::default();
    let variables = Variables::new(|_: &str| Some("connect".to_owned()));
    let metrics = Metrics::new(&variables, counted.clone()).expect("the name is good");
    for event in events {
        let event = read_event(event).expect("the event is one of $connect");
        handle(&config, &store, &metrics, event).await.expect("the store in memory answers");
    }

    let (text, counted) = (lines.text(), counted.text());
    for expected in [
        "admitted connection_id=\"WqXyzcbHDoECJrw=\"",
        "refused connection_id=\"WqXyzcbHDoECJrw=\" reason=\"nonce_spent\"",
        "reason=\"url_expired\"",
        "reason=\"caller_not_signer\"",
    ] {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} is in\n{text}");
        assert!(!counted.contains(secret), "{secret} is in\n{counted}");
    }
    let counted: Vec<_> = Counted::read_all(&counted).iter().map(Counted::what).collect();
    // The two fixtures have one nonce.
    let expected = [
        "Connected",
        "Refused nonce_spent",
        "Refused nonce_spent",
        "Refused url_expired",
        "Refused caller_not_signer",
    ];
    assert_eq!(counted, expected);
}

fn config() -> Config {
    let variables = Variables::new(|name: &str| {
        let value = match name {
            "CONNECTIONS_TABLE" => "connections",
            "NONCES_TABLE" => "nonces",
            "SIGNER_ROLE_ID" => "AROAIOSFODNN7EXAMPLE1",
            "KEPT_HEADERS" => "x-client-version",
            "SUBPROTOCOLS" => "chat.v1",
            "ALLOWED_ORIGINS" => "https://app.example.com",
            _ => return None,
        };
        Some(value.to_owned())
    });
    Config::read(&variables).expect("the configuration is good")
}
