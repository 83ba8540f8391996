//! Handshakes, from the JSON of the event to the JSON of the reply, over the store in memory.

use connections::{Find, MemoryStore};
use lambda_entry::captured_log::CapturedLog;
use lambda_entry::configuration::Variables;
use lambda_entry::counted::Counted;
use lambda_entry::metrics::Metrics;
use lambda_entry::read_event;
use serde_json::{Value, json};

use super::*;

const CONNECT: &str = include_str!("../../../tests/fixtures/events/websocket/connect.json");
const HEADER_AUTH: &str =
    include_str!("../../../tests/fixtures/events/websocket/connect-header-auth.json");

/// The connection of both fixtures.
const CONNECTION_ID: &str = "WqXyzcbHDoECJrw=";

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

fn json(fixture: &str) -> Value {
    serde_json::from_str(fixture).expect("the fixture is JSON")
}

/// The fixture, with this value at this place.
fn connect_with(pointer: &str, value: Value) -> Value {
    let mut event = json(CONNECT);
    *event.pointer_mut(pointer).expect("the fixture has the place") = value;
    event
}

fn metrics(lines: &CapturedLog) -> Metrics<CapturedLog> {
    let variables = Variables::new(|_: &str| Some("connect".to_owned()));
    Metrics::new(&variables, lines.clone()).expect("the name is good")
}

/// The reply to an event, and what it was counted as.
async fn reply(store: &MemoryStore, event: Value) -> (Value, Counted) {
    let event = read_event(event).expect("the event is one of $connect");
    let lines = CapturedLog::default();
    let reply = handle(&config(), store, &metrics(&lines), event).await;
    let reply = reply.expect("the store in memory answers");
    let counted = Counted::read(lines.text().trim_end());
    (serde_json::to_value(reply).expect("a reply is JSON"), counted)
}

/// The event is answered with this reply, counted, and its connection stored.
async fn check_admitted(event: Value, expected: Value) -> Connection {
    let store = MemoryStore::default();
    let (reply, counted) = reply(&store, event).await;
    assert_eq!((reply, counted.what().as_str()), (expected, "Connected"));
    assert_eq!((store.connection_count(), store.nonce_count()), (1, 1));
    let found = store.find(CONNECTION_ID).await.expect("the store in memory answers");
    found.expect("the connection is stored")
}

/// The event is refused with this status and nothing else, and nothing is written. The metric has the reason.
async fn check_refused(event: Value, status: u16) {
    let store = MemoryStore::default();
    let examined = read_event(event.clone()).expect("the event is one of $connect");
    let refusal = examine(&config(), examined).err().expect("it is refused");
    let (reply, counted) = reply(&store, event).await;
    assert_eq!(reply, json!({"statusCode": status}));
    assert_eq!(counted.what(), format!("Refused {}", refusal.reason()));
    assert_eq!((store.connection_count(), store.nonce_count()), (0, 0), "something was written");
}

/// The event is examined and refused for this reason.
#[track_caller]
fn check_reason(event: Value, expected: Refusal) {
    let event = read_event(event).expect("the event is one of $connect");
    assert_eq!(examine(&config(), event).err(), Some(expected));
}

#[tokio::test]
async fn what_the_gateway_knows_is_stored() {
    let reply = json!({"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "chat.v1"}});
    let connection = check_admitted(json(CONNECT), reply).await;
    let text = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let expected = Connection {
        connection_id: CONNECTION_ID.to_owned(),
        granted: [text("userId", "u-1")].into(),
        requested: [text("room", "lobby")].into(),
        headers: [text("x-client-version", "3.1")].into(),
        connected_at: 1_767_323_045_670,
        source_ip: "192.0.2.44".to_owned(),
        user_agent: Some(
            "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0".to_owned(),
        ),
        caller: "arn:aws:sts::123456789012:assumed-role/countersign-SignerRole-1ABC/sign-fn"
            .to_owned(),
        api_id: "abc123".to_owned(),
        stage: "prod".to_owned(),
        expires_at: 1_767_323_045 + 7_200 + 600,
    };
    assert_eq!(connection, expected);
}

#[tokio::test]
async fn a_client_that_signs_headers_is_let_in() {
    let connection = check_admitted(json(HEADER_AUTH), json!({"statusCode": 200})).await;
    assert_eq!(connection.headers, [("x-client-version".to_owned(), "3.1".to_owned())].into());
    assert_eq!(connection.user_agent, None);
    assert!(connection.requested.is_empty());
}

#[tokio::test]
async fn an_event_with_single_values_alone_is_enough() {
    let mut event = json(CONNECT);
    let event_keys = event.as_object_mut().expect("an object");
    event_keys.remove("multiValueHeaders");
    event_keys.remove("multiValueQueryStringParameters");
    let reply = json!({"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "chat.v1"}});
    let connection = check_admitted(event, reply).await;
    assert_eq!(connection.granted, [("userId".to_owned(), "u-1".to_owned())].into());
}

#[tokio::test]
async fn a_second_use_is_refused_and_changes_nothing() {
    let store = MemoryStore::default();
    reply(&store, json(CONNECT)).await;
    let again = connect_with("/requestContext/connectionId", json!("Another1DoECJrw="));
    let (reply, counted) = reply(&store, again).await;
    assert_eq!(reply, json!({"statusCode": 403}));
    let expected = Counted {
        metric: "Refused".to_owned(),
        function_name: "connect".to_owned(),
        reason: Some("nonce_spent".to_owned()),
        at: 1_767_323_045_678,
    };
    assert_eq!(counted, expected);
    assert_eq!((store.connection_count(), store.nonce_count()), (1, 1));
}

#[tokio::test]
async fn another_signer_is_refused() {
    for caller in ["AROAANOTHERROLE:sign-fn", "AIDAIOSFODNN7EXAMPLE1", ""] {
        check_refused(connect_with("/requestContext/identity/caller", json!(caller)), 403).await;
    }
}

#[tokio::test]
async fn a_connection_that_nobody_signed_is_refused() {
    check_refused(connect_with("/requestContext/identity/caller", Value::Null), 403).await;
    check_refused(connect_with("/requestContext/identity/userArn", Value::Null), 403).await;
    let anonymous = json!({"sourceIp": "192.0.2.44"});
    check_refused(connect_with("/requestContext/identity", anonymous), 403).await;
}

#[tokio::test]
async fn a_foreign_origin_is_refused() {
    for origins in [json!(["https://evil.example"]), json!(["null"]), json!([""])] {
        check_refused(connect_with("/multiValueHeaders/Origin", origins), 403).await;
    }
}

#[tokio::test]
async fn every_origin_must_be_allowed() {
    let both = json!(["https://app.example.com", "https://evil.example"]);
    check_refused(connect_with("/multiValueHeaders/Origin", both), 403).await;
}

#[tokio::test]
async fn the_case_of_a_header_does_not_count() {
    let headers = json!({"oRIGIN": ["https://evil.example"]});
    check_refused(connect_with("/multiValueHeaders", headers), 403).await;
    let headers =
        json!({"SEC-WEBSOCKET-PROTOCOL": ["chat.v1"], "origin": ["https://app.example.com"]});
    let reply = json!({"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "chat.v1"}});
    check_admitted(connect_with("/multiValueHeaders", headers), reply).await;
}

#[tokio::test]
async fn an_offer_without_an_allowed_subprotocol_is_refused() {
    let offer = json!(["chat.v2, chat.v3"]);
    check_refused(connect_with("/multiValueHeaders/Sec-WebSocket-Protocol", offer), 400).await;
}

#[tokio::test]
async fn a_url_that_is_over_is_refused() {
    let late = connect_with("/requestContext/requestTimeEpoch", json!(1_767_323_105_000_i64));
    check_refused(late, 403).await;
}

#[tokio::test]
async fn a_url_without_its_end_or_nonce_is_refused() {
    let parameters = json!({"grant.nonce": ["q83vEjRWeJCrze8SNFZ4kA"]});
    check_refused(connect_with("/multiValueQueryStringParameters", parameters), 403).await;
    let parameters = json!({"grant.expires": ["1767323105"]});
    check_refused(connect_with("/multiValueQueryStringParameters", parameters), 403).await;
    check_refused(connect_with("/multiValueQueryStringParameters", json!({})), 403).await;
}

#[tokio::test]
async fn a_repeated_parameter_is_refused() {
    let values = json!(["1", "2"]);
    for name in ["grant.userId", "room"] {
        let pointer = format!("/multiValueQueryStringParameters/{name}");
        check_refused(connect_with(&pointer, values.clone()), 403).await;
    }
}

#[test]
fn refusals_come_in_their_order() {
    let mut event = json(CONNECT);
    event["requestContext"]["requestTimeEpoch"] = json!(1_767_323_105_000_i64);
    check_reason(event.clone(), Refusal::UrlExpired);
    event["multiValueHeaders"]["Sec-WebSocket-Protocol"] = json!(["chat.v9"]);
    check_reason(event.clone(), Refusal::SubprotocolNotAllowed);
    event["multiValueHeaders"]["Origin"] = json!(["https://evil.example"]);
    check_reason(event.clone(), Refusal::OriginNotAllowed);
    event["requestContext"]["identity"]["caller"] = json!("AROAANOTHERROLE:sign-fn");
    check_reason(event, Refusal::CallerNotSigner);
}

#[test]
fn an_event_of_another_type_is_not_read() {
    for event_type in ["MESSAGE", "DISCONNECT", "connect", ""] {
        let event = connect_with("/requestContext/eventType", json!(event_type));
        let error = read_event::<ConnectEvent>(event).err();
        let path = error.map(|error| error.path);
        assert_eq!(path.as_deref(), Some("requestContext.eventType"), "{event_type}");
    }
}

/// A store that does not answer.
struct Unavailable;

impl Admit for Unavailable {
    async fn admit(&self, _: &Connection, _: &Nonce) -> Result<Admission, StoreError> {
        Err(StoreError::TimeLimit { operation: "TransactWriteItems", milliseconds: 4_500 })
    }
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_a_fault_and_no_refusal() {
    let event = read_event(json(CONNECT)).expect("the event is one of $connect");
    let lines = CapturedLog::default();
    let error = handle(&config(), &Unavailable, &metrics(&lines), event).await;
    assert!(matches!(error, Err(StoreError::TimeLimit { .. })));
    assert_eq!(lines.text(), "", "Lambda counts it as an error");
}
