//! The messages of `docs/fidelity.md`, and the life of a connection.

use std::time::Duration;

use serde_json::{Value, json};
use tests::probe::{Invocation, Probe};
use tests::stack::{Options, Stack};
use tests::waiting::eventually;
use tests::websocket::{self, Socket};
use tests::{aws, template};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// The longest frame and the longest message that API Gateway takes.
const FRAME_BYTES: usize = 32 * 1024;
const MESSAGE_BYTES: usize = 128 * 1024;

/// How long a connection may be idle, how long it may live, and how long API Gateway waits for a function.
const IDLE: Duration = Duration::from_secs(10 * 60);
const LIFE: Duration = Duration::from_secs(2 * 60 * 60);
const PATIENCE: Duration = Duration::from_secs(29);

/// A stack in which the test answers for some functions.
struct Scene {
    probe: Probe,
    stack: Stack,
}

impl Scene {
    async fn of(functions: &[&str], template: String) -> Self {
        let probe = Probe::listen(env!("CARGO_BIN_EXE_probe")).await;
        let options = probe.replace(Options::default().template(template), functions);
        Self { stack: Stack::start_with(options).await, probe }
    }

    /// The test answers every message.
    async fn of_messages() -> Self {
        Self::of(&["DefaultFunction"], template::text()).await
    }

    /// The test answers every message and every end.
    async fn of_lives() -> Self {
        Self::of(&["DefaultFunction", "DisconnectFunction"], template::text()).await
    }

    /// The same, with one environment for messages: no second one is at its start, and is ended for being
    /// late, when the clock leaps.
    async fn of_long_lives() -> Self {
        let template =
            template::with(|tree| template::reserve_one_environment(tree, "DefaultFunction"));
        Self::of(&["DefaultFunction", "DisconnectFunction"], template).await
    }

    /// Sends a text, and has it invoke `$default`.
    async fn say(&self, socket: &mut Socket, text: &str) -> Invocation {
        socket.send(text).await;
        let invocation = self.probe.invoked().await;
        assert_eq!(invocation.event["body"], text);
        invocation
    }

    /// Says something whose one answer is an error frame, and nothing comes before it. With that the
    /// invocation is over, whatever the clock shows next. Returns the connection's id.
    async fn check_quiet(&self, socket: &mut Socket) -> String {
        let invocation = self.say(socket, "still here").await;
        let id = invocation.event["requestContext"]["connectionId"].as_str().unwrap().to_owned();
        let expected = error_frame("Internal server error", &invocation);
        invocation.answer_text("nonsense").await;
        assert_eq!(socket.text().await, expected);
        id
    }
}

fn accepted() -> Value {
    json!({"statusCode": 200})
}

/// Blank for blank.
fn error_frame(message: &str, invocation: &Invocation) -> String {
    let context = &invocation.event["requestContext"];
    let (connection, request) = (&context["connectionId"], &context["requestId"]);
    format!(r#"{{"message": "{message}", "connectionId":{connection}, "requestId":{request}}}"#)
}

#[tokio::test]
async fn a_frame_of_32_kib_and_a_message_of_128_kib_arrive_whole() {
    let scene = Scene::of_messages().await;
    let mut socket = scene.stack.connect(json!({})).await;
    let frame = "a".repeat(FRAME_BYTES);
    scene.say(&mut socket, &frame).await.answer(&accepted()).await;
    let message = "b".repeat(MESSAGE_BYTES);
    for frame in websocket::in_frames(&message, FRAME_BYTES) {
        socket.send_message(frame).await;
    }
    let invocation = scene.probe.invoked().await;
    assert!(invocation.event["body"] == message.as_str(), "it comes changed");
    invocation.answer(&accepted()).await;
    scene.check_quiet(&mut socket).await;
    scene.stack.stop().await;
}

/// How a function ends that was to answer a message.
enum End {
    Fails,
    Crashes,
    Answers(&'static str),
}

#[tokio::test]
async fn what_fails_is_answered_by_an_error_frame_and_not_tried_again() {
    let scene = Scene::of_messages().await;
    let mut socket = scene.stack.connect(json!({})).await;
    let ends = [
        End::Fails,
        End::Crashes,
        End::Answers(""),
        End::Answers("no JSON"),
        End::Answers("null"),
        End::Answers("{}"),
        End::Answers(r#""accepted""#),
        End::Answers("[200]"),
        End::Answers(r#"{"statusCode":"two hundred"}"#),
        End::Answers(r#"{"body":"no status"}"#),
        End::Answers(r#"{"statusCode":200,"ConnectionId":"x","Data":"y"}"#),
    ];
    let count = ends.len();
    for end in ends {
        let invocation = scene.say(&mut socket, "hello").await;
        let expected = error_frame("Internal server error", &invocation);
        match end {
            End::Fails => invocation.fail("Broken", "it broke").await,
            End::Crashes => invocation.crash(),
            End::Answers(text) => invocation.answer_text(text).await,
        }
        assert_eq!(socket.text().await, expected);
    }
    assert_eq!(scene.stack.invocations("DefaultFunction"), count as u64);
    scene.stack.stop().await;
}

#[tokio::test]
async fn a_status_that_is_no_success_and_a_returned_body_reach_nobody() {
    let scene = Scene::of_messages().await;
    let mut socket = scene.stack.connect(json!({})).await;
    for answer in [
        json!({"statusCode": 500}),
        json!({"statusCode": 403, "body": "denied"}),
        json!({"statusCode": 200, "body": "for you", "headers": {"a": "b"}}),
    ] {
        scene.say(&mut socket, "hello").await.answer(&answer).await;
    }
    scene.check_quiet(&mut socket).await;
    scene.stack.stop().await;
}

/// A function that may take longer than API Gateway waits for it.
fn patient_function(tree: &mut yaml_serde::Value) {
    *template::at(tree, "Resources.DefaultFunction.Properties.Timeout") = 60.into();
}

#[tokio::test]
async fn a_function_that_takes_29_seconds_is_not_waited_for_and_goes_on() {
    let scene = Scene::of(&["DefaultFunction"], template::with(patient_function)).await;
    let mut socket = scene.stack.connect(json!({})).await;
    let late = scene.say(&mut socket, "hello").await;
    scene.stack.clock.advance(PATIENCE - Duration::from_millis(1));
    scene.check_quiet(&mut socket).await;
    scene.stack.clock.advance(Duration::from_millis(1));
    assert_eq!(socket.text().await, error_frame("Endpoint request timed out", &late));
    // Its answer comes too late for anybody, and no second one is sent.
    late.answer_text("too late").await;
    scene.check_quiet(&mut socket).await;
    scene.stack.stop().await;
}

#[tokio::test]
async fn the_templates_timeout_of_an_integration_counts() {
    let template = template::with(|tree| {
        let integration = template::at(tree, "Resources.DefaultIntegration.Properties");
        integration.as_mapping_mut().unwrap().insert("TimeoutInMillis".into(), 50.into());
    });
    let scene = Scene::of(&["DefaultFunction"], template).await;
    let mut socket = scene.stack.connect(json!({})).await;
    let late = scene.say(&mut socket, "hello").await;
    scene.stack.clock.advance(Duration::from_millis(50));
    assert_eq!(socket.text().await, error_frame("Endpoint request timed out", &late));
    scene.stack.stop().await;
}

#[tokio::test]
async fn a_message_without_a_route_is_forbidden_and_the_connection_lives() {
    let template = template::with(|tree| {
        let resources = template::at(tree, "Resources").as_mapping_mut().unwrap();
        resources.remove("DefaultRoute");
        *template::at(tree, "Resources.WebSocketStage.DependsOn") = "ConnectRoute".into();
    });
    let stack = Stack::start_with(Options::default().template(template)).await;
    let mut socket = stack.connect(json!({})).await;
    let id = &stack.rows("ConnectionsTable")[0]["connectionId"]["S"];
    for text in ["hello", r#"{"action":"$connect"}"#] {
        socket.send(text).await;
        let frame = socket.text().await;
        let request_id = serde_json::from_str::<Value>(&frame).unwrap()["requestId"].take();
        let expected =
            format!(r#"{{"message": "Forbidden", "connectionId":{id}, "requestId":{request_id}}}"#);
        assert_eq!(frame, expected);
    }
    stack.stop().await;
}

#[tokio::test]
async fn the_messages_of_a_connection_are_worked_on_at_once() {
    let scene = Scene::of_messages().await;
    let mut socket = scene.stack.connect(json!({})).await;
    let first = scene.say(&mut socket, "first").await;
    let second = scene.say(&mut socket, "second").await;
    let third = scene.say(&mut socket, "third").await;
    // All three are under way; the last is the first to be answered.
    for invocation in [third, first, second] {
        let expected = error_frame("Internal server error", &invocation);
        invocation.answer_text("nonsense").await;
        assert_eq!(socket.text().await, expected);
    }
    scene.stack.stop().await;
}

/// A connection ends as `end` has it; `$disconnect` is told this code and reason, once, and the
/// client is sent a close frame of this code.
async fn check_end(
    scene: &Scene,
    end: impl AsyncFnOnce(Socket, String) -> Option<CloseFrame>,
    told: (u16, &str),
    sent: Option<u16>,
) {
    let before = scene.stack.invocations("DisconnectFunction");
    let mut socket = scene.stack.connect(json!({})).await;
    // Now it is open on both sides.
    let id = scene.check_quiet(&mut socket).await;
    let frame = end(socket, id.clone()).await;
    assert_eq!(frame.map(|frame| u16::from(frame.code)), sent, "{told:?}");
    let disconnect = scene.probe.invoked().await;
    let context = &disconnect.event["requestContext"];
    assert_eq!(context["eventType"], "DISCONNECT");
    assert_eq!(context["connectionId"], *id);
    let actual = (&context["disconnectStatusCode"], &context["disconnectReason"]);
    assert_eq!(actual, (&json!(told.0), &json!(told.1)));
    // It fails, and that is the end of it.
    disconnect.fail("Broken", "it broke").await;
    scene.stack.all_disconnected().await;
    assert_eq!(scene.stack.invocations("DisconnectFunction"), before + 1);
}

#[tokio::test]
async fn disconnect_is_told_once_how_the_client_left() {
    let scene = Scene::of_lives().await;
    let leave = |frame: Option<CloseFrame>| {
        async move |mut socket: Socket, _: String| {
            socket.send_message(Message::Close(frame)).await;
            socket.closed().await
        }
    };
    let frame = |code: u16, reason: &'static str| {
        Some(CloseFrame { code: code.into(), reason: reason.into() })
    };
    check_end(&scene, leave(frame(1000, "")), (1000, ""), Some(1000)).await;
    check_end(&scene, leave(frame(3000, "enough")), (3000, "enough"), Some(3000)).await;
    let unset = (1005, "Client-side close frame status not set");
    check_end(&scene, leave(None), unset, None).await;
    let cut = async |socket: Socket, _: String| {
        socket.cut();
        None
    };
    check_end(&scene, cut, (1006, "Connection Closed Abnormally"), None).await;
    scene.stack.stop().await;
}

#[tokio::test]
async fn disconnect_is_told_once_why_the_connection_was_closed() {
    let scene = Scene::of_lives().await;
    let binary = async |mut socket: Socket, _: String| {
        socket.send_message(Message::Binary("x".into())).await;
        socket.closed().await
    };
    check_end(&scene, binary, (1003, "Binary data is not accepted"), Some(1003)).await;
    let too_long = async |mut socket: Socket, _: String| {
        socket.send(&"a".repeat(FRAME_BYTES + 1)).await;
        socket.closed().await
    };
    check_end(&scene, too_long, (1009, "Message too long"), Some(1009)).await;
    let deleted = async |mut socket: Socket, id: String| {
        let address = scene.stack.running.websocket_apis[0].address;
        let url = format!("http://{address}/prod/@connections/{id}");
        let developer = aws::credentials(scene.stack.running.iam.developer());
        let answer = aws::send(&developer, "execute-api", "DELETE", &url, &[], b"").await;
        assert_eq!(answer.status, 204);
        socket.closed().await
    };
    check_end(&scene, deleted, (1000, "Connection Closed Normally"), Some(1000)).await;
    scene.stack.stop().await;
}

#[tokio::test]
async fn ten_minutes_without_a_message_end_a_connection() {
    let scene = Scene::of_lives().await;
    let idle = async |mut socket: Socket, _: String| {
        scene.stack.clock.advance(IDLE);
        // Nothing was sent meanwhile, no ping either.
        match socket.next().await {
            Some(Message::Close(frame)) => frame,
            other => panic!("{other:?}"),
        }
    };
    check_end(&scene, idle, (1001, "Going away"), Some(1001)).await;
    scene.stack.stop().await;
}

#[tokio::test]
async fn a_message_in_either_direction_keeps_a_connection_open_and_a_ping_does_not() {
    let scene = Scene::of_long_lives().await;
    let nearly = IDLE - Duration::from_secs(1);
    let talk = async |mut socket: Socket, id: String| {
        let clock = &scene.stack.clock;
        clock.advance(nearly);
        scene.check_quiet(&mut socket).await;
        clock.advance(nearly);
        let registry = &scene.stack.running.services.registry;
        registry.post(&id, "to the client".to_owned()).await;
        assert_eq!(socket.text().await, "to the client");
        clock.advance(nearly);
        socket.send_message(Message::Ping("still here".into())).await;
        assert!(matches!(socket.next().await, Some(Message::Pong(_))));
        clock.advance(Duration::from_secs(1));
        socket.closed().await
    };
    check_end(&scene, talk, (1001, "Going away"), Some(1001)).await;
    scene.stack.stop().await;
}

#[tokio::test]
async fn two_hours_end_the_busiest_connection() {
    let scene = Scene::of_long_lives().await;
    let talk = async |mut socket: Socket, _: String| {
        let step = IDLE / 2;
        for _ in 1..LIFE.as_secs() / step.as_secs() {
            scene.stack.clock.advance(step);
            scene.check_quiet(&mut socket).await;
        }
        scene.stack.clock.advance(step);
        socket.closed().await
    };
    check_end(&scene, talk, (1001, "Going away"), Some(1001)).await;
    scene.stack.stop().await;
}

#[tokio::test]
async fn disconnect_comes_after_the_end_and_nobody_waits_for_it() {
    let scene = Scene::of_lives().await;
    let mut socket = scene.stack.connect(json!({})).await;
    scene.say(&mut socket, "hello").await.answer(&accepted()).await;
    socket.close().await;
    let disconnect = scene.probe.invoked().await;
    // The connection is gone, although its `$disconnect` has not answered.
    assert_eq!(scene.stack.running.services.registry.count(), 0);
    let mut next = scene.stack.connect(json!({})).await;
    scene.say(&mut next, "hello").await.answer(&accepted()).await;
    disconnect.crash();
    next.close().await;
    scene.probe.invoked().await.answer(&accepted()).await;
    scene.stack.all_disconnected().await;
    eventually("nothing is repeated", || scene.stack.invocations("DisconnectFunction") == 2).await;
    scene.stack.stop().await;
}

/// The functions of messages go on, and their answers reach nobody.
#[tokio::test]
async fn disconnect_does_not_wait_for_messages_under_way() {
    let scene = Scene::of_lives().await;
    let mut socket = scene.stack.connect(json!({})).await;
    let under_way = scene.say(&mut socket, "hello").await;
    socket.close().await;
    let disconnect = scene.probe.invoked().await;
    assert_eq!(disconnect.event["requestContext"]["eventType"], "DISCONNECT");
    disconnect.answer(&accepted()).await;
    scene.stack.all_disconnected().await;
    let processes = scene.stack.processes("DefaultFunction");
    assert_eq!(processes.len(), 1, "the function of the message is still at work");
    under_way.answer(&accepted()).await;
    scene.stack.running.services.functions.all_answered().await;
    assert_eq!(scene.stack.processes("DefaultFunction"), processes);
    scene.stack.stop().await;
}

#[tokio::test]
async fn what_a_lost_disconnect_leaves_behind_expires_by_the_clock() {
    let scene = Scene::of(&["DisconnectFunction"], template::text()).await;
    let socket = scene.stack.connect(json!({})).await;
    socket.close().await;
    scene.probe.invoked().await.crash();
    scene.stack.all_disconnected().await;
    assert_eq!(scene.stack.rows("ConnectionsTable").len(), 1);
    scene.stack.clock.advance(LIFE * 2);
    let is_empty = || scene.stack.rows("ConnectionsTable").is_empty();
    eventually("the row is swept", is_empty).await;
    scene.stack.stop().await;
}
