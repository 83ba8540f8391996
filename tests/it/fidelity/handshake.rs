//! The handshake of a WebSocket API: who gets the 101, and what the others are told. `$connect`'s
//! function is the test itself.

use std::time::Duration;

use futures_util::FutureExt;
use serde_json::{Value, json};
use tests::http::{self, Reply};
use tests::probe::{Invocation, Probe};
use tests::stack::{Options, Stack};
use tests::template;
use tests::websocket::{self, Handshake, Socket, split_url};

/// A stack whose `$connect` is answered by the test, and a URL that the gateway lets through.
struct Gateway {
    stack: Stack,
    probe: Probe,
    authority: String,
    target: String,
}

impl Gateway {
    async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    async fn start_with(options: Options) -> Self {
        let probe = Probe::listen(env!("CARGO_BIN_EXE_probe")).await;
        let stack = Stack::start_with(probe.replace(options, &["ConnectFunction"])).await;
        let (authority, target) = split_url(&stack.sign(json!({})).await);
        Self { stack, probe, authority, target }
    }

    /// A handshake with these further headers, and its invocation.
    async fn begin(&self, headers: &[(&str, &str)]) -> (Handshake, Invocation) {
        let handshake = Handshake::begin(&self.authority, &self.target, headers).await;
        (handshake, self.probe.invoked().await)
    }

    /// How a handshake ends that the function answers so.
    async fn answered(&self, answer: &Value) -> Result<Socket, Reply> {
        let (handshake, invocation) = self.begin(&[]).await;
        invocation.answer(answer).await;
        handshake.answer().await
    }

    /// A handshake whose head ends with these lines.
    async fn raw(&self, version: &str, lines: &[&str]) -> Reply {
        let Self { authority, target, .. } = self;
        let head = format!(
            "GET {target} HTTP/{version}\r\nHost: {authority}\r\nConnection: Upgrade, close\r\n{}\r\n\r\n",
            lines.join("\r\n")
        );
        http::raw(authority, head.as_bytes()).await
    }
}

/// The refusal has this status, this type and the text that frames have for errors, with the ids of the event.
#[track_caller]
fn check_failed(what: &str, reply: &Reply, event: &Value, status: u16, message: &str) {
    let context = &event["requestContext"];
    let (connection_id, request_id) = (&context["connectionId"], &context["requestId"]);
    let body = format!(
        r#"{{"message": "{message}", "connectionId":{connection_id}, "requestId":{request_id}}}"#
    );
    assert_eq!((reply.status, reply.text()), (status, body), "{what}");
    assert_eq!(reply.header("content-type"), Some("application/json"), "{what}");
    assert_eq!(reply.header("x-amz-apigw-id"), request_id.as_str(), "{what}");
}

#[tokio::test]
async fn the_101_waits_for_the_functions_yes() {
    let gateway = Gateway::start().await;
    for status in [200, 201, 204, 299] {
        let (handshake, invocation) = gateway.begin(&[]).await;
        let mut answer = std::pin::pin!(handshake.answer());
        assert!(answer.as_mut().now_or_never().is_none(), "an answer before the function's");
        invocation.answer(&json!({"statusCode": status})).await;
        answer.await.unwrap_or_else(|reply| panic!("{status}: {}", reply.status)).close().await;
    }
    gateway.stack.stop().await;
}

#[tokio::test]
async fn any_other_status_is_the_handshakes_and_nothing_else_gets_through() {
    let gateway = Gateway::start().await;
    for status in [301, 400, 401, 403, 404, 500, 501, 599] {
        let headers = json!({"X-Reason": "none", "Set-Cookie": "a=b", "Location": "/"});
        let answer = json!({"statusCode": status, "headers": headers, "body": "for the client"});
        let reply = gateway.answered(&answer).await.expect_err("refused");
        assert_eq!((reply.status, reply.text().as_str()), (status, ""));
        for name in ["x-reason", "set-cookie", "location", "x-amzn-errortype"] {
            assert_eq!(reply.header(name), None, "{status}: {name}");
        }
    }
    gateway.stack.stop().await;
}

#[tokio::test]
async fn what_is_no_answer_of_a_proxy_is_an_internal_error() {
    check_malformed(&["", "\"yes\"", "[200]", "{\"statusCode\":200"]).await;
}

#[tokio::test]
async fn an_answer_with_keys_that_the_format_does_not_know_is_an_internal_error() {
    check_malformed(&[
        "{\"statusCode\":200,\"ConnectionId\":\"x\"}",
        "{\"statusCode\":200,\"Data\":\"x\"}",
    ])
    .await;
}

#[tokio::test]
async fn an_answer_without_a_status_is_an_internal_error() {
    check_malformed(&["null", "{}", "{\"body\":\"x\"}"]).await;
}

#[tokio::test]
async fn a_status_that_is_a_text_is_an_internal_error() {
    check_malformed(&["{\"statusCode\":\"200\"}"]).await;
}

/// That none of these answers of the function counts as one.
async fn check_malformed(answers: &[&str]) {
    let gateway = Gateway::start().await;
    for answer in answers {
        let (handshake, invocation) = gateway.begin(&[]).await;
        let event = invocation.event.clone();
        invocation.answer_text(answer).await;
        let reply = handshake.answer().await.expect_err("malformed");
        check_failed(answer, &reply, &event, 502, "Internal server error");
        assert_eq!(reply.header("x-amzn-errortype"), Some("InternalServerErrorException"));
    }
    gateway.stack.stop().await;
}

#[tokio::test]
async fn a_status_that_ends_no_handshake_is_an_internal_error() {
    let gateway = Gateway::start().await;
    for status in [0, 99, 100, 101, 199, 600, 1000] {
        let (handshake, invocation) = gateway.begin(&[]).await;
        let event = invocation.event.clone();
        invocation.answer(&json!({"statusCode": status})).await;
        let reply = handshake.answer().await.expect_err("no status");
        check_failed(&status.to_string(), &reply, &event, 502, "Internal server error");
    }
    gateway.stack.stop().await;
}

#[tokio::test]
async fn a_function_that_fails_or_crashes_is_an_internal_error() {
    let gateway = Gateway::start().await;
    let (handshake, invocation) = gateway.begin(&[]).await;
    let event = invocation.event.clone();
    invocation.fail("Error", "something went wrong").await;
    let reply = handshake.answer().await.expect_err("failed");
    check_failed("it fails", &reply, &event, 502, "Internal server error");

    let (handshake, invocation) = gateway.begin(&[]).await;
    let event = invocation.event.clone();
    invocation.crash();
    let reply = handshake.answer().await.expect_err("crashed");
    check_failed("it crashes", &reply, &event, 502, "Internal server error");

    gateway.answered(&json!({"statusCode": 200})).await.expect("the next one").close().await;
    gateway.stack.stop().await;
}

#[tokio::test]
async fn a_late_function_is_an_endpoint_timeout() {
    // The shortest that AWS allows.
    let template =
        template::with(|tree| template::set(tree, "ConnectIntegration", "TimeoutInMillis", "50"));
    let gateway = Gateway::start_with(Options::default().template(template)).await;
    let (handshake, invocation) = gateway.begin(&[]).await;
    gateway.stack.clock.advance(Duration::from_millis(50));
    let reply = handshake.answer().await.expect_err("late");
    check_failed("late", &reply, &invocation.event, 504, "Endpoint request timed out");
    gateway.stack.stop().await;
}

/// Lambda ends it before API Gateway stops waiting.
#[tokio::test]
async fn a_function_past_its_own_timeout_is_an_internal_error() {
    let gateway = Gateway::start().await;
    let (handshake, invocation) = gateway.begin(&[]).await;
    gateway.stack.clock.advance(gateway.stack.function_timeout());
    let reply = handshake.answer().await.expect_err("ended");
    check_failed("ended", &reply, &invocation.event, 502, "Internal server error");
    gateway.stack.stop().await;
}

#[tokio::test]
async fn a_function_that_is_throttled_is_an_internal_error() {
    let template = template::with(|tree| {
        template::set(tree, "ConnectFunction", "ReservedConcurrentExecutions", "0");
    });
    let stack = Stack::start_with(Options::default().template(template)).await;
    let reply = websocket::open(&stack.sign(json!({})).await).await.expect_err("throttled");
    assert_eq!((reply.status, &reply.json()["message"]), (502, &json!("Internal server error")));
    stack.stop().await;
}

#[tokio::test]
async fn without_permission_to_invoke_it_is_an_internal_error() {
    let template = template::with(|tree| {
        let source = "Resources.ConnectPermission.Properties.SourceArn";
        *template::at(tree, source) = "arn:aws:execute-api:eu-west-1:111122223333:another/*".into();
    });
    let stack = Stack::start_with(Options::default().template(template)).await;
    let url = stack.sign(json!({})).await;
    let reply = websocket::open(&url).await.expect_err("no permission");
    assert_eq!((reply.status, &reply.json()["message"]), (500, &json!("Internal server error")));
    assert_eq!(stack.invocations("ConnectFunction"), 0);
    stack.stop().await;
}

#[tokio::test]
async fn an_api_without_a_connect_route_lets_anybody_in() {
    let template = template::with(|tree| {
        let resources = template::at(tree, "Resources").as_mapping_mut().unwrap();
        for resource in ["ConnectRoute", "ConnectPermission", "ConnectIntegration"] {
            resources.remove(resource).unwrap();
        }
        *template::at(tree, "Resources.WebSocketStage.DependsOn") = "DefaultRoute".into();
        template::unset(tree, "WebSocketStage", "RouteSettings");
    });
    let stack = Stack::start_with(Options::default().template(template)).await;
    let socket = websocket::open(stack.websocket_url()).await.expect("nobody asks");
    socket.close().await;
    stack.stop().await;
}

#[tokio::test]
async fn an_open_connection_outlives_the_credentials_that_opened_it() {
    let stack = Stack::start().await;
    let url = stack.sign(json!({})).await;
    let mut socket = websocket::open(&url).await.unwrap();
    // A session lasts an hour; a connection must say something every ten minutes.
    for minute in (0..90).step_by(9) {
        assert_eq!(socket.ask("hello").await["message"], "hello", "minute {minute}");
        stack.pass(Duration::from_secs(9 * 60)).await;
    }
    websocket::open(&url).await.expect_err("a new connection");
    socket.close().await;
    stack.stop().await;
}

/// As many as the account may open at once, none of them signed; and then one that is.
#[tokio::test]
async fn a_handshake_that_is_refused_is_no_new_connection() {
    let stack = Stack::start().await;
    let url = stack.sign(json!({})).await;
    for _ in 0..500 {
        let refused = websocket::open(stack.websocket_url()).await.expect_err("not signed");
        assert_eq!(refused.status, 403);
    }
    websocket::open(&url).await.expect("connected").close().await;
    stack.stop().await;
}

#[tokio::test]
async fn a_slash_behind_the_stage_connects_as_well() {
    let template = template::with(|tree| {
        let url = "Resources.SignFunction.Properties.Environment.Variables.WEBSOCKET_URL";
        let host = "${WebSocketApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}";
        let slashed = format!("!Sub wss://{host}/${{StageName}}/");
        *template::at(tree, url) = yaml_serde::from_str(&slashed).unwrap();
    });
    let gateway = Gateway::start_with(Options::default().template(template)).await;
    assert!(gateway.target.starts_with("/prod/?"));
    gateway.answered(&json!({"statusCode": 200})).await.expect("connected").close().await;
    gateway.stack.stop().await;
}

#[tokio::test]
async fn a_url_has_at_most_4096_characters() {
    let gateway = Gateway::start().await;
    let Gateway { stack, authority, .. } = &gateway;
    let url = |target: &str| format!("ws://{authority}{target}");
    let (_, empty) = split_url(&stack.sign(json!({"room": ""})).await);
    let room = "a".repeat(4_096 - url(&empty).len());
    let (_, longest) = split_url(&stack.sign(json!({"room": room})).await);
    assert_eq!(url(&longest).len(), 4_096);
    let handshake = Handshake::begin(authority, &longest, &[]).await;
    gateway.probe.invoked().await.answer(&json!({"statusCode": 200})).await;
    handshake.answer().await.expect("the longest").close().await;

    let longer = format!("{longest}a");
    let reply = websocket::open_raw(authority, &longer, &[]).await.expect_err("too long");
    assert_eq!(reply.status, 414);
    gateway.stack.stop().await;
}

#[tokio::test]
async fn headers_have_at_most_10240_bytes() {
    let gateway = Gateway::start().await;
    let Gateway { authority, target, .. } = &gateway;
    // As the test's client sends them, each line with its end.
    let others = format!(
        "Host: {authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX: \r\n"
    );
    let most = "a".repeat(10_240 - others.len());
    let (handshake, invocation) = gateway.begin(&[("X", &most)]).await;
    invocation.answer(&json!({"statusCode": 200})).await;
    handshake.answer().await.expect("the most").close().await;

    let more = format!("{most}a");
    let reply = websocket::open_raw(authority, target, &[("X", &more)]).await;
    assert_eq!(reply.expect_err("too much").status, 400);
    gateway.stack.stop().await;
}

#[tokio::test]
async fn of_the_functions_headers_only_the_subprotocol_gets_through() {
    let gateway = Gateway::start().await;
    let offer = ("Sec-WebSocket-Protocol", "chat.v2, chat.v1");
    let check = async |offered: &[(&str, &str)], headers: Value, expected: Option<&str>| {
        let (handshake, invocation) = gateway.begin(offered).await;
        let sent = invocation.event["headers"].get("Sec-WebSocket-Protocol").cloned();
        assert_eq!(sent, offered.first().map(|(_, value)| json!(value)));
        invocation.answer(&json!({"statusCode": 200, "headers": headers})).await;
        let socket = handshake.answer().await.expect("connected");
        let header = |wanted: &str| {
            let found = socket.headers.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.as_str())
        };
        assert_eq!(header("sec-websocket-protocol"), expected);
        assert_eq!((header("x-reason"), header("set-cookie")), (None, None));
        socket.close().await;
    };
    check(&[offer], json!({"Sec-WebSocket-Protocol": "chat.v1"}), Some("chat.v1")).await;
    check(&[offer], json!({"sec-websocket-protocol": "chat.v2"}), Some("chat.v2")).await;
    check(&[offer], json!({"X-Reason": "none", "Set-Cookie": "a=b"}), None).await;
    check(&[offer], json!(null), None).await;
    check(&[], json!({}), None).await;
    gateway.stack.stop().await;
}

#[tokio::test]
async fn a_subprotocol_that_was_not_offered_gets_through_too() {
    let gateway = Gateway::start().await;
    let answer = json!({"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "chat.v3"}});
    let socket = gateway.answered(&answer).await.expect("connected");
    let protocol = ("sec-websocket-protocol".to_owned(), "chat.v3".to_owned());
    assert!(socket.headers.contains(&protocol), "{:?}", socket.headers);
    socket.close().await;
    gateway.stack.stop().await;
}

#[tokio::test]
async fn compression_is_not_negotiated() {
    let gateway = Gateway::start().await;
    let offer = ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits");
    let (handshake, invocation) = gateway.begin(&[offer]).await;
    assert_eq!(invocation.event["headers"][offer.0], offer.1);
    invocation.answer(&json!({"statusCode": 200})).await;
    let socket = handshake.answer().await.expect("connected");
    assert!(!socket.headers.iter().any(|(name, _)| name == "sec-websocket-extensions"));
    socket.close().await;
    gateway.stack.stop().await;
}

#[tokio::test]
async fn the_101_has_the_headers_of_rfc_6455_and_a_date() {
    let gateway = Gateway::start().await;
    let socket = gateway.answered(&json!({"statusCode": 200})).await.expect("connected");
    let mut names: Vec<_> = socket.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["connection", "date", "sec-websocket-accept", "upgrade"]);
    socket.close().await;
    gateway.stack.stop().await;
}

#[tokio::test]
async fn what_is_no_handshake_of_websocket_is_a_bad_request() {
    let gateway = Gateway::start().await;
    let upgrade = "Upgrade: websocket";
    let version = "Sec-WebSocket-Version: 13";
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    for (http, lines) in [
        ("1.0", [upgrade, version, key].as_slice()),
        ("1.1", &[upgrade, "Sec-WebSocket-Version: 12", key]),
        ("1.1", &[upgrade, key]),
        ("1.1", &[upgrade, version]),
    ] {
        let reply = gateway.raw(http, lines).await;
        assert_eq!(reply.status, 400, "{http} {lines:?}");
        assert_eq!(reply.header("x-amzn-errortype"), Some("BadRequestException"));
    }
    assert_eq!(gateway.stack.invocations("ConnectFunction"), 0);
    gateway.stack.stop().await;
}

#[tokio::test]
async fn a_refusal_bears_two_ids() {
    let stack = Stack::start().await;
    let reply = websocket::open(stack.websocket_url()).await.expect_err("not signed");
    let request_id = reply.header("x-amzn-requestid").expect("AWS's");
    assert_eq!(request_id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    let gateway_id = reply.header("x-amz-apigw-id").expect("the gateway's");
    assert!(gateway_id.len() == 16 && gateway_id.ends_with('='), "{gateway_id}");
    assert_eq!(reply.header("content-type"), Some("application/json"));
    stack.stop().await;
}
