//! The events of a WebSocket API, as a function gets them.

use std::collections::BTreeSet;
use std::time::SystemTime;

use serde_json::{Value, json};
use sigv4_sign::Signer;
use tests::probe::Probe;
use tests::stack::{Options, REGION, Stack};
use tests::template;
use tests::websocket::{Handshake, Socket, split_url};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use url::Url;

/// A stack whose three routes are answered by the test.
struct Routes {
    stack: Stack,
    probe: Probe,
}

impl Routes {
    async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    async fn start_with(options: Options) -> Self {
        let probe = Probe::listen(env!("CARGO_BIN_EXE_probe")).await;
        let functions = ["ConnectFunction", "DefaultFunction", "DisconnectFunction"];
        let stack = Stack::start_with(probe.replace(options, &functions)).await;
        Self { stack, probe }
    }

    /// The next event, which is answered with 200.
    async fn answered_event(&self) -> Value {
        let mut invocation = self.probe.invoked().await;
        let event = invocation.event.take();
        invocation.answer(&json!({"statusCode": 200})).await;
        event
    }

    /// A connection that was opened with these parameters and headers, and its `$connect` event.
    async fn connect(&self, query: Value, headers: &[(&str, &str)]) -> (Socket, Value) {
        let (authority, target) = split_url(&self.stack.sign(query).await);
        let handshake = Handshake::begin(&authority, &target, headers).await;
        let event = self.answered_event().await;
        (handshake.answer().await.expect("connected"), event)
    }
}

#[track_caller]
fn keys(value: &Value) -> Vec<&str> {
    let object = value.as_object().unwrap_or_else(|| panic!("no object"));
    let keys: BTreeSet<_> = object.keys().map(String::as_str).collect();
    keys.into_iter().collect()
}

/// What the request context of every event has.
const CONTEXT: [&str; 13] = [
    "apiId",
    "connectedAt",
    "connectionId",
    "domainName",
    "eventType",
    "extendedRequestId",
    "identity",
    "messageDirection",
    "requestId",
    "requestTime",
    "requestTimeEpoch",
    "routeKey",
    "stage",
];

/// The keys of an event and of its context, and nothing beside them.
#[track_caller]
fn check_keys(event: &Value, top: &[&str], of_context: &[&str]) {
    assert_eq!(keys(event), top);
    let expected: BTreeSet<_> = CONTEXT.iter().chain(of_context).copied().collect();
    assert_eq!(keys(&event["requestContext"]), expected.into_iter().collect::<Vec<_>>());
}

/// 15 characters of base64url, and `=`.
#[track_caller]
fn check_id(id: &Value) {
    let id = id.as_str().expect("a text");
    let (characters, end) = id.split_at(15);
    assert_eq!(end, "=", "{id}");
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    assert!(characters.bytes().all(is_allowed), "{id}");
}

#[tokio::test]
async fn each_event_has_its_keys_and_no_others() {
    let routes = Routes::start().await;
    let maps = ["headers", "multiValueHeaders"];
    let query = ["multiValueQueryStringParameters", "queryStringParameters"];
    let (mut socket, connect) = routes.connect(json!({"room": "lobby"}), &[]).await;
    let expected = [maps[0], "isBase64Encoded", maps[1], query[0], query[1], "requestContext"];
    check_keys(&connect, &expected, &[]);
    assert_eq!(connect["requestContext"]["eventType"], "CONNECT");
    assert_eq!(connect["requestContext"]["routeKey"], "$connect");

    socket.send("hello").await;
    let message = routes.answered_event().await;
    check_keys(&message, &["body", "isBase64Encoded", "requestContext"], &["messageId"]);
    assert_eq!((&message["body"], &message["isBase64Encoded"]), (&json!("hello"), &json!(false)));
    assert_eq!(message["requestContext"]["eventType"], "MESSAGE");

    socket.send_message(close(4_001, "done")).await;
    let disconnect = routes.answered_event().await;
    let of_context = ["disconnectReason", "disconnectStatusCode"];
    check_keys(&disconnect, &[maps[0], "isBase64Encoded", maps[1], "requestContext"], &of_context);
    assert_eq!(disconnect["requestContext"]["eventType"], "DISCONNECT");
    assert_eq!(disconnect["requestContext"]["disconnectStatusCode"], 4_001);
    assert_eq!(disconnect["requestContext"]["disconnectReason"], "done");
    routes.stack.stop().await;
}

fn close(code: u16, reason: &'static str) -> Message {
    Message::Close(Some(CloseFrame { code: code.into(), reason: reason.into() }))
}

#[tokio::test]
async fn ids_and_times_have_their_forms() {
    let routes = Routes::start().await;
    let (mut socket, connect) = routes.connect(json!({}), &[]).await;
    socket.send("hello").await;
    let message = routes.answered_event().await;
    let now = routes.stack.clock.now();
    for event in [&connect, &message] {
        let context = &event["requestContext"];
        check_id(&context["connectionId"]);
        check_id(&context["requestId"]);
        assert_eq!(context["requestId"], context["extendedRequestId"]);
        assert_eq!(context["messageDirection"], "IN");
        let milliseconds = i64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap();
        assert_eq!(context["connectedAt"], milliseconds);
        assert_eq!(context["requestTimeEpoch"], milliseconds);
        let date = now.date().to_string();
        let (year, day) = (&date[..4], &date[8..]);
        let month = &now.month().to_string()[..3];
        let (hour, minute, second) = now.to_hms();
        let time = format!("{day}/{month}/{year}:{hour:02}:{minute:02}:{second:02} +0000");
        assert_eq!(context["requestTime"], time);
    }
    let of = |event: &Value, key: &str| event["requestContext"][key].clone();
    assert_eq!(of(&connect, "connectionId"), of(&message, "connectionId"));
    assert_ne!(of(&connect, "requestId"), of(&message, "requestId"));
    check_id(&of(&message, "messageId"));
    socket.close().await;
    routes.answered_event().await;
    routes.stack.stop().await;
}

#[tokio::test]
async fn a_messages_id_ends_as_its_connections() {
    let routes = Routes::start().await;
    let (mut socket, _) = routes.connect(json!({}), &[]).await;
    socket.send("hello").await;
    let context = routes.answered_event().await["requestContext"].take();
    let end = |key: &str| context[key].as_str().unwrap()[9..].to_owned();
    assert_eq!(end("messageId"), end("connectionId"));
    socket.close().await;
    routes.answered_event().await;
    routes.stack.stop().await;
}

#[tokio::test]
async fn who_signed_is_told_to_connect_alone() {
    let routes = Routes::start().await;
    let agent = "Somebody/1.0";
    let (mut socket, connect) = routes.connect(json!({}), &[("User-Agent", agent)]).await;
    let identity = &connect["requestContext"]["identity"];
    let expected = ["accessKey", "accountId", "caller", "sourceIp", "user", "userAgent", "userArn"];
    assert_eq!(keys(identity), expected);
    let role = routes.stack.role("SignerRole");
    let session = format!("{}:sign-websocket-url", role.id);
    let arn = format!("arn:aws:sts::111122223333:assumed-role/{}/sign-websocket-url", role.name);
    assert_eq!((&identity["caller"], &identity["user"]), (&json!(session), &json!(session)));
    assert_eq!(identity["userArn"], arn);
    assert_eq!(identity["accountId"], "111122223333");
    assert!(identity["accessKey"].as_str().is_some_and(|key| key.starts_with("ASIA")));

    let expected = json!({"sourceIp": "127.0.0.1", "userAgent": agent});
    socket.send("hello").await;
    assert_eq!(routes.answered_event().await["requestContext"]["identity"], expected);
    socket.close().await;
    assert_eq!(routes.answered_event().await["requestContext"]["identity"], expected);
    routes.stack.stop().await;
}

#[tokio::test]
async fn a_user_of_iam_is_named_by_his_own_id_and_arn() {
    let routes = Routes::start().await;
    let developer = routes.stack.running.iam.developer();
    let credentials = tests::aws::credentials(developer);
    let url = routes.stack.signed_url(&credentials, "prod", "AAAAAAAAAAAAAAAAAAAAAA");
    let (authority, target) = split_url(&url);
    let handshake = Handshake::begin(&authority, &target, &[]).await;
    let event = routes.answered_event().await;
    let identity = &event["requestContext"]["identity"];
    let caller = identity["caller"].as_str().unwrap();
    assert!(caller.starts_with("AIDA") && !caller.contains(':'), "{caller}");
    assert_eq!(identity["user"], caller);
    let arn = identity["userArn"].as_str().unwrap();
    assert!(arn.starts_with("arn:aws:iam::111122223333:user/"), "{arn}");
    assert_eq!(identity["accessKey"], credentials.access_key_id());
    handshake.answer().await.expect("connected").close().await;
    routes.answered_event().await;
    routes.stack.stop().await;
}

#[tokio::test]
async fn header_names_keep_the_case_of_the_wire() {
    let routes = Routes::start().await;
    let headers = [("customHeader", "1"), ("X-UPPER", "2"), ("x-lower", "3")];
    let (socket, event) = routes.connect(json!({}), &headers).await;
    let expected = [
        "Host",
        "Sec-WebSocket-Key",
        "Sec-WebSocket-Version",
        "X-Amzn-Trace-Id",
        "X-Forwarded-For",
        "X-Forwarded-Port",
        "X-Forwarded-Proto",
        "X-UPPER",
        "customHeader",
        "x-lower",
    ];
    assert_eq!(keys(&event["headers"]), expected);
    assert_eq!(keys(&event["multiValueHeaders"]), expected);
    for (name, value) in headers {
        assert_eq!(event["headers"][name], *value);
        assert_eq!(event["multiValueHeaders"][name], json!([value]));
    }
    socket.close().await;
    routes.answered_event().await;
    routes.stack.stop().await;
}

#[tokio::test]
async fn names_are_those_of_the_handshake_whatever_came_before_it_on_the_connection() {
    let routes = Routes::start().await;
    let (authority, target) = split_url(&routes.stack.sign(json!({})).await);
    let handshake = |name: &str| {
        format!(
            "GET {target} HTTP/1.1\r\nHost: {authority}\r\n{name}: 1\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
    };
    // The body of a request that is refused looks like what comes behind it.
    let body = handshake("X-FALSE");
    let length = body.len();
    let post = format!("POST /prod/@connections/x HTTP/1.1\r\nHost: {authority}\r\n");
    let post = format!("{post}Content-Length: {length}\r\n\r\n{body}");
    for before in [String::new(), post] {
        let mut stream = TcpStream::connect(&authority).await.unwrap();
        let sent = format!("{before}{}", handshake("x-TRUE"));
        stream.write_all(sent.as_bytes()).await.unwrap();
        let event = routes.answered_event().await;
        assert_eq!(event["headers"]["x-TRUE"], "1", "behind {} bytes", before.len());
        assert_eq!(event["headers"].get("x-true"), None);
        drop(stream);
        assert_eq!(routes.answered_event().await["requestContext"]["eventType"], "DISCONNECT");
    }
    routes.stack.stop().await;
}

#[tokio::test]
async fn a_header_in_two_spellings_is_one() {
    let routes = Routes::start().await;
    let headers = [("X-Tag", "1"), ("x-tag", "2"), ("X-Tag", "3")];
    let (socket, event) = routes.connect(json!({}), &headers).await;
    assert_eq!(event["multiValueHeaders"]["X-Tag"], json!(["1", "2", "3"]));
    assert_eq!(event["headers"]["X-Tag"], "3");
    assert_eq!(event["headers"].get("x-tag"), None);
    socket.close().await;
    routes.answered_event().await;
    routes.stack.stop().await;
}

#[tokio::test]
async fn what_a_client_says_of_proxies_is_replaced() {
    let routes = Routes::start().await;
    let headers = [("x-forwarded-for", "192.0.2.1"), ("X-Amzn-Trace-Id", "Root=1-0-0")];
    let (socket, event) = routes.connect(json!({}), &headers).await;
    assert_eq!(event["multiValueHeaders"]["X-Forwarded-For"], json!(["127.0.0.1"]));
    assert_eq!(event["headers"].get("x-forwarded-for"), None);
    assert_ne!(event["headers"]["X-Amzn-Trace-Id"], "Root=1-0-0");
    assert_eq!(event["multiValueHeaders"]["X-Amzn-Trace-Id"].as_array().map(Vec::len), Some(1));
    socket.close().await;
    routes.answered_event().await;
    routes.stack.stop().await;
}

#[tokio::test]
async fn the_signature_in_the_query_is_handed_on() {
    let routes = Routes::start().await;
    let (socket, event) = routes.connect(json!({"room": "a b"}), &[]).await;
    let parameters = [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-Security-Token",
        "X-Amz-Signature",
        "X-Amz-SignedHeaders",
        "grant.expires",
        "grant.nonce",
        "room",
    ];
    assert_eq!(keys(&event["queryStringParameters"]), parameters);
    assert_eq!(keys(&event["multiValueQueryStringParameters"]), parameters);
    assert_eq!(event["queryStringParameters"]["room"], "a b");
    socket.close().await;
    routes.answered_event().await;
    routes.stack.stop().await;
}

#[tokio::test]
async fn of_a_signature_in_headers_all_but_authorization_is_handed_on() {
    let routes = Routes::start().await;
    let credentials = routes.stack.function_credentials("SignFunctionRole");
    let role = &routes.stack.role("SignerRole").arn;
    let session = tests::aws::assume_role(&routes.stack.aws_url(), &credentials, role).await;
    let time = SystemTime::from(routes.stack.clock.now());
    let signer = Signer { credentials: &session, region: REGION, time };
    let endpoint = Url::parse(routes.stack.websocket_url()).unwrap();
    let signed = signer.signed_headers::<&str, &str>(&endpoint, &[], &[]).unwrap();
    let headers: Vec<_> =
        signed.secret_pairs().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let (authority, target) = split_url(endpoint.as_str());
    let handshake = Handshake::begin(&authority, &target, &headers).await;
    let event = routes.answered_event().await;
    handshake.answer().await.expect("connected").close().await;
    assert_eq!(event.get("queryStringParameters"), None);
    assert_eq!(event.get("multiValueQueryStringParameters"), None);
    assert_eq!(event["headers"].get("authorization"), None);
    for (name, value) in headers.iter().filter(|(name, _)| *name != "authorization") {
        // Not shown: one of them is a token.
        assert!(event["headers"][name] == *value, "{name}");
    }
    assert!(event["headers"].get("x-amz-security-token").is_some());
    routes.answered_event().await;
    routes.stack.stop().await;
}

#[tokio::test]
async fn a_disconnect_has_four_headers_of_which_host_alone_says_something() {
    let routes = Routes::start().await;
    let (socket, _) = routes.connect(json!({}), &[("X-Tag", "1")]).await;
    socket.close().await;
    let event = routes.answered_event().await;
    let headers =
        json!({"Host": "127.0.0.1", "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""});
    assert_eq!(event["headers"], headers);
    for (name, value) in headers.as_object().unwrap() {
        assert_eq!(event["multiValueHeaders"][name], json!([value]));
    }
    assert_eq!(event["requestContext"]["disconnectStatusCode"], 1005);
    let reason = "Client-side close frame status not set";
    assert_eq!(event["requestContext"]["disconnectReason"], reason);
    routes.stack.stop().await;
}

#[tokio::test]
async fn the_stages_variables_come_with_every_event() {
    let template = template::with(|tree| {
        template::set(tree, "WebSocketStage", "StageVariables", "{colour: blue}");
    });
    let routes = Routes::start_with(Options::default().template(template)).await;
    let (mut socket, connect) = routes.connect(json!({}), &[]).await;
    socket.send("hello").await;
    let message = routes.answered_event().await;
    socket.close().await;
    let disconnect = routes.answered_event().await;
    for event in [connect, message, disconnect] {
        assert_eq!(event["stageVariables"], json!({"colour": "blue"}));
    }
    routes.stack.stop().await;
}
