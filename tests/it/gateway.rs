//! What API Gateway answers by itself, before or without any function: no such stage, no upgrade, too
//! many, too long, not text, switched off.

use std::time::Duration;

use serde_json::{Value, json};
use tests::http::{self, Reply};
use tests::log::Log;
use tests::stack::{Options, Stack};
use tests::websocket::{self, Handshake};
use tests::{aws, template};
use tokio_tungstenite::tungstenite::Message;

/// The longest frame and the longest message that API Gateway takes.
const FRAME_BYTES: usize = 32 * 1024;
const MESSAGE_BYTES: usize = 128 * 1024;

#[tokio::test]
async fn what_is_too_long_or_not_text_closes_the_connection() {
    let stack = Stack::start().await;
    let check = async |messages: Vec<Message>, code: u16, reason: &str| {
        let mut socket = stack.connect(json!({})).await;
        assert_eq!(socket.ask("hello").await["message"], "hello");
        for message in messages {
            socket.send_message(message).await;
        }
        let frame = socket.closed().await.expect("a close frame");
        assert_eq!((u16::from(frame.code), frame.reason.as_str()), (code, reason));
    };
    let text = |length| "a".repeat(length);
    check(vec![Message::text(text(FRAME_BYTES + 1))], 1009, "Message too long").await;
    check(vec![Message::text(text(MESSAGE_BYTES + 1))], 1009, "Message too long").await;
    check(websocket::in_frames(&text(MESSAGE_BYTES + 1), FRAME_BYTES), 1009, "Message too long")
        .await;
    // It need not be finished.
    let mut frames = websocket::in_frames(&text(MESSAGE_BYTES + FRAME_BYTES + 1), FRAME_BYTES);
    frames.pop();
    check(frames, 1009, "Message too long").await;
    check(vec![Message::Binary("x".into())], 1003, "Binary data is not accepted").await;
    check(vec![Message::Binary("x".repeat(FRAME_BYTES + 1).into())], 1009, "Message too long")
        .await;
    stack.all_disconnected().await;
    assert_eq!(stack.rows("ConnectionsTable"), Vec::<Value>::new());
    stack.stop().await;
}

#[tokio::test]
async fn without_an_upgrade_nothing_opens() {
    let stack = Stack::start().await;
    let url = stack.sign(json!({})).await.replacen("ws://", "http://", 1);
    let upgrade = ("Upgrade", "websocket");
    for (method, headers) in [
        ("GET", [].as_slice()),
        ("GET", &[("Upgrade", "h2c")]),
        ("POST", &[upgrade]),
        ("HEAD", &[upgrade]),
    ] {
        let reply = http::request(method, &url, headers, b"").await;
        assert_eq!((reply.status, reply.text().as_str()), (426, ""), "{method} {headers:?}");
    }
    assert_eq!(stack.invocations("ConnectFunction"), 0);
    websocket::open(&url.replacen("http://", "ws://", 1)).await.unwrap().close().await;
    stack.stop().await;
}

#[tokio::test]
async fn another_path_than_the_stage_is_forbidden() {
    let stack = Stack::start().await;
    let (authority, target) = websocket::split_url(&stack.sign(json!({})).await);
    let forbidden = json!({"message": "Forbidden"});
    for path in ["/", "/other", "/PROD", "/prod2", "/prod/more", "/prod//", "//prod"] {
        let target = target.replacen("/prod", path, 1);
        let answer = websocket::open_raw(&authority, &target, &[]).await.expect_err(path);
        assert_eq!((answer.status, answer.json()), (403, forbidden.clone()), "{path}");
        assert_eq!(answer.header("x-amzn-errortype"), Some("ForbiddenException"), "{path}");
        assert!(answer.header("x-amzn-requestid").is_some(), "{path}");
    }
    assert_eq!(stack.invocations("ConnectFunction"), 0);
    websocket::open_raw(&authority, &target, &[]).await.unwrap().close().await;
    stack.stop().await;
}

/// One request at once and one a second, of each route by itself.
#[tokio::test]
async fn a_throttled_stage_takes_no_more_than_its_settings() {
    let template = template::with(|tree| {
        for stage in ["HttpStage", "WebSocketStage"] {
            let settings = "{ThrottlingBurstLimit: 1, ThrottlingRateLimit: 1}";
            template::set(tree, stage, "DefaultRouteSettings", settings);
        }
        template::unset(tree, "WebSocketStage", "RouteSettings");
    });
    let stack = Stack::start_with(Options::default().template(template)).await;
    let second = || stack.clock.advance(Duration::from_secs(1));
    let message = json!({"message": "Too Many Requests"});
    let sign = async || stack.ask_to_sign(&json!({})).await;

    let url = stack.sign(json!({})).await;
    let refused = sign().await;
    assert_eq!((refused.status, refused.json()), (429, message.clone()));
    assert_eq!(stack.invocations("SignFunction"), 1);
    second();
    assert_eq!(sign().await.status, 201);

    let mut socket = websocket::open(&url).await.unwrap();
    let refused = websocket::open(&url).await.expect_err("one too many");
    assert_eq!((refused.status, refused.json()), (429, message));
    assert_eq!(refused.header("x-amzn-errortype"), Some("TooManyRequestsException"));
    assert_eq!(stack.invocations("ConnectFunction"), 1);
    second();
    let spent = websocket::open(&url).await.expect_err("the nonce is spent");
    assert_eq!(spent.status, 403);

    let echo = socket.ask("first").await;
    assert_eq!(echo["message"], "first");
    let error = socket.ask("second").await;
    assert_eq!(error["message"], "Too Many Requests");
    assert_eq!(error["connectionId"], echo["connection"]["connectionId"]);
    assert!(error["requestId"].is_string(), "{error}");
    assert_eq!(stack.invocations("DefaultFunction"), 1);
    second();
    assert_eq!(socket.ask("third").await["message"], "third", "the connection lives");
    socket.close().await;
    stack.stop().await;
}

#[tokio::test]
async fn a_switched_off_endpoint_answers_nobody() {
    let off = |api: &str| {
        let template =
            template::with(|tree| template::set(tree, api, "DisableExecuteApiEndpoint", "true"));
        Stack::start_with(Options::default().template(template))
    };
    let check = |answer: &Reply, status: u16, message: &str| {
        assert_eq!((answer.status, answer.json()), (status, json!({"message": message})));
    };

    let stack = off("HttpApi").await;
    check(&stack.ask_to_sign(&json!({})).await, 404, "Not Found");
    assert_eq!(stack.invocations("SignFunction"), 0);
    stack.stop().await;

    let log = Log::collect();
    let stack = off("WebSocketApi").await;
    let check = |answer: &Reply, what: &str| {
        check(answer, 403, "Forbidden");
        let found = "the API's default endpoint is switched off";
        let found = format!("{what} refused: rule 22 (the path is that of a stage): {found}");
        let lines = log.take();
        assert!(lines.iter().any(|line| line.contains(&found)), "{found}: {lines:#?}");
    };
    let (authority, target) = websocket::split_url(&stack.sign(json!({})).await);
    let handshake = Handshake::begin(&authority, &target, &[]).await.answer().await;
    check(&handshake.expect_err("closed"), "handshake");
    assert_eq!(stack.invocations("ConnectFunction"), 0);
    let developer = aws::credentials(stack.running.iam.developer());
    let url = format!("http://{authority}/prod/@connections/AAAAAAAAAAAAAAA=");
    check(&aws::send(&developer, "execute-api", "POST", &url, &[], b"x").await, "@connections");
    stack.stop().await;
}
