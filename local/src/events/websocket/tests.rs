//! Whole events, key for key, against fixtures of AWS's shape. What those have and an account of
//! its own has not is `principalOrgId`: only an organization's accounts have one.

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use time::Duration;

use super::*;

/// The event is the fixture, no key more and none less, and one that other functions read.
#[track_caller]
fn check(event: &[u8], fixture: &str) {
    let read: ApiGatewayWebsocketProxyRequest = serde_json::from_slice(event).unwrap();
    assert_eq!(read.request_context.connection_id.as_deref(), Some("WqXyzcbHDoECJrw="));
    let event: serde_json::Value = serde_json::from_slice(event).unwrap();
    let mut expected: serde_json::Value = serde_json::from_str(fixture).unwrap();
    if let Some(identity) = expected["requestContext"]["identity"].as_object_mut() {
        identity.remove("principalOrgId");
    }
    assert_eq!(event, expected);
}

/// The connection of all fixtures.
fn connection() -> Connection {
    Connection {
        connection_id: "WqXyzcbHDoECJrw=".to_owned(),
        api_id: "abc123".to_owned(),
        stage: "prod".to_owned(),
        domain_name: "abc123.execute-api.eu-west-1.amazonaws.com".to_owned(),
        connected_at: at(1_767_323_045_670),
        source_ip: "192.0.2.44".to_owned(),
        user_agent: Some(
            "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0".to_owned(),
        ),
        stage_variables: BTreeMap::new(),
    }
}

fn occasion(request_id: &str, milliseconds: i64) -> Occasion {
    Occasion { request_id: request_id.to_owned(), at: at(milliseconds) }
}

fn at(milliseconds: i64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::milliseconds(milliseconds)
}

fn identity() -> IamIdentity {
    IamIdentity {
        user_arn: "arn:aws:sts::123456789012:assumed-role/countersign-SignerRole-1ABC/sign-fn"
            .to_owned(),
        account_id: "123456789012".to_owned(),
        caller: "AROAIOSFODNN7EXAMPLE1:sign-fn".to_owned(),
        user: "AROAIOSFODNN7EXAMPLE1:sign-fn".to_owned(),
        access_key: "ASIAIOSFODNN7EXAMPLE".to_owned(),
    }
}

/// The `$connect` event with these headers beside those of every handshake.
fn connect_event(
    connection: &Connection,
    headers: &[(&str, &str)],
    query: Option<&str>,
) -> Vec<u8> {
    let of_every_handshake = [
        ("Host", "abc123.execute-api.eu-west-1.amazonaws.com"),
        ("Connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Version", "13"),
        ("X-Amzn-Trace-Id", "Root=1-69573725-0123456789abcdef01234567"),
        ("X-Forwarded-For", "192.0.2.44"),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
    ];
    let headers: Vec<_> = of_every_handshake
        .iter()
        .chain(headers)
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let occasion = occasion("WqXyzE0hDoEFabc=", 1_767_323_045_678);
    connect(connection, &occasion, Some(&identity()), &headers, query)
}

#[test]
fn a_browsers_handshake() {
    let headers = [
        ("Origin", "https://app.example.com"),
        ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
        ("Sec-WebSocket-Protocol", "chat.v2, chat.v1"),
        ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"),
        ("X-Client-Version", "3.1"),
    ];
    let query = "room=lobby&grant.userId=u-1&grant.expires=1767323105\
        &grant.nonce=q83vEjRWeJCrze8SNFZ4kA&X-Amz-Algorithm=AWS4-HMAC-SHA256\
        &X-Amz-Credential=ASIAIOSFODNN7EXAMPLE%2F20260102%2Feu-west-1%2Fexecute-api%2Faws4_request\
        &X-Amz-Date=20260102T030405Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host\
        &X-Amz-Security-Token=IQoJb3JpZ2luX2VjEXAMPLETOKEN%2F%2B%3D%3D\
        &X-Amz-Signature=4fbadac187f8f9fdf77cb52d16c0b763cc4bcd70860b4a000f4fe024ff6cfd88";
    check(
        &connect_event(&connection(), &headers, Some(query)),
        include_str!("../../../../tests/fixtures/events/websocket/connect.json"),
    );
}

#[test]
fn a_handshake_signed_in_headers() {
    let headers = [
        ("authorization", "AWS4-HMAC-SHA256 Credential=ASIAIOSFODNN7EXAMPLE/20260102/…"),
        (
            "x-amz-content-sha256",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ),
        ("x-amz-date", "20260102T030405Z"),
        ("x-amz-security-token", "IQoJb3JpZ2luX2VjEXAMPLETOKEN/+=="),
        ("x-client-version", "3.1"),
    ];
    let query = "grant.userId=u-1&grant.expires=1767323105&grant.nonce=q83vEjRWeJCrze8SNFZ4kA";
    let connection = Connection { user_agent: None, ..connection() };
    check(
        &connect_event(&connection, &headers, Some(query)),
        include_str!("../../../../tests/fixtures/events/websocket/connect-header-auth.json"),
    );
}

#[test]
fn repeated_parameters_and_headers() {
    let headers = [
        ("X-Client-Version", "3.1"),
        ("X-Client-Version", "3.2"),
        ("x-amz-date", "20260102T030405Z"),
    ];
    let query = "room=lobby&a.b&plus=1%2B1&t%C3%B6ne=%2541&room=lo+unge";
    let connection = Connection { user_agent: None, ..connection() };
    check(
        &connect_event(&connection, &headers, Some(query)),
        include_str!("../../../../tests/fixtures/events/websocket/connect-repeated.json"),
    );
}

#[test]
fn a_handshake_without_a_query_has_no_query_maps() {
    for query in [None, Some("")] {
        let event = connect_event(&connection(), &[], query);
        let event: serde_json::Value = serde_json::from_slice(&event).unwrap();
        let mut keys: Vec<_> = event.as_object().unwrap().keys().collect();
        keys.sort();
        assert_eq!(keys, ["headers", "isBase64Encoded", "multiValueHeaders", "requestContext"]);
    }
}

#[test]
fn a_handshake_that_nobody_signed_has_only_where_it_came_from() {
    let occasion = occasion("WqXyzE0hDoEFabc=", 1_767_323_045_678);
    let connection = Connection { user_agent: None, ..connection() };
    let event = connect(&connection, &occasion, None, &[], None);
    let event: serde_json::Value = serde_json::from_slice(&event).unwrap();
    let identity = &event["requestContext"]["identity"];
    assert_eq!(*identity, serde_json::json!({"sourceIp": "192.0.2.44"}));
}

#[test]
fn a_header_in_two_spellings_is_one() {
    let headers = [("X-Client-Version", "3.1"), ("x-client-version", "3.2")];
    let event = connect_event(&connection(), &headers, None);
    let event: serde_json::Value = serde_json::from_slice(&event).unwrap();
    assert_eq!(event["multiValueHeaders"]["X-Client-Version"], serde_json::json!(["3.1", "3.2"]));
    assert_eq!(event["headers"]["X-Client-Version"], "3.2");
    assert_eq!(event["headers"].get("x-client-version"), None);
}

#[test]
fn every_event_has_the_stages_variables_if_there_are_any() {
    let stage_variables = BTreeMap::from([("colour".to_owned(), "blue".to_owned())]);
    let connection = Connection { stage_variables, ..connection() };
    let occasion = occasion("WqX15HzzjoEFdEf=", 1_767_323_100_123);
    for event in [
        connect_event(&connection, &[], None),
        message(&connection, &occasion, "WqX15eVHDoECJrw=", "hello"),
        disconnect(&connection, &occasion, 1000, ""),
    ] {
        let event: serde_json::Value = serde_json::from_slice(&event).unwrap();
        assert_eq!(event["stageVariables"], serde_json::json!({"colour": "blue"}));
    }
}

#[test]
fn a_message() {
    let occasion = occasion("WqX15HzzjoEFdEf=", 1_767_323_100_123);
    check(
        &message(&connection(), &occasion, "WqX15eHVDoECJrw=", "hello"),
        include_str!("../../../../tests/fixtures/events/websocket/message.json"),
    );
}

#[test]
fn a_disconnect() {
    let occasion = occasion("WqX2CGhIjoEFkLm=", 1_767_323_160_456);
    let reason = "Client-side close frame status not set";
    check(
        &disconnect(&connection(), &occasion, 1005, reason),
        include_str!("../../../../tests/fixtures/events/websocket/disconnect.json"),
    );
}
