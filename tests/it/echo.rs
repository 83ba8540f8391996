//! The happy path, what an echo holds, pings, and how a connection ends.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use local::faults::{DynamoDbFault, Times};
use serde_json::{Value, json};
use tests::programs::workspace;
use tests::stack::{Options, Stack};
use tests::waiting::eventually;
use tests::websocket::{self, Socket};
use tokio_tungstenite::tungstenite::Message;

/// API Gateway takes no longer frame from a client.
const FRAME_BYTES: usize = 32 * 1024;

/// The longest message in either direction.
const MESSAGE_BYTES: usize = 128 * 1024;

#[tokio::test]
async fn a_signed_url_opens_a_connection_that_echoes() {
    let stack =
        Stack::start_with(Options::default().parameter("Grants", r#"{"tenant":"acme"}"#)).await;
    let mut socket = stack.connect(json!({"room": "lobby"})).await;
    let echo = socket.ask("hello").await;
    let connection_id = echo["connection"]["connectionId"].as_str().unwrap();
    assert_eq!(connection_id, stack.rows("ConnectionsTable")[0]["connectionId"]["S"]);
    let request_id = echo["requestId"].as_str().unwrap();
    assert_eq!((connection_id.len(), request_id.len()), (16, 16));
    let expected = json!({
        "message": "hello",
        "connection": {
            "connectionId": connection_id,
            "connectedAt": stack.clock.epoch_milliseconds(),
            "granted": {"tenant": "acme"},
            "requested": {"room": "lobby"},
        },
        "requestId": request_id,
    });
    assert_eq!(echo, expected);
    socket.close().await;
    stack.stop().await;
}

#[tokio::test]
async fn text_comes_back_whatever_its_characters() {
    let stack = Stack::start().await;
    let mut socket = stack.connect(json!({})).await;
    let controls: String = ('\0'..='\u{9f}').collect();
    let full_frame = "\u{1f6aa}x\u{e9} ".repeat(FRAME_BYTES / 8);
    assert_eq!(full_frame.len(), FRAME_BYTES);
    let texts = [
        "",
        " ",
        "\u{0}",
        &controls,
        "quotes \" ' ` \\ / \\u0041 \\n %41 + &amp; <b>",
        "gr\u{fc}\u{df} \u{39a}\u{3b1}\u{3bb}\u{3b7}\u{3bc}\u{3ad}\u{3c1}\u{3b1} \u{4f60}\u{597d}",
        "\u{202e}\u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{645}\u{631}\u{62d}\u{628}\u{627}\u{202c}",
        "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} \u{1f1e9}\u{1f1ea} e\u{301}",
        "\u{2028}\u{2029}\u{feff}\u{fffd}\u{ffff}\u{10ffff}\u{d7ff}\u{e000}",
        r#"{"message":"hello","type":"pong","n":1e400}"#,
        r#"{"type":"Ping"}"#,
        r#"{"action":"$disconnect"}"#,
        "null",
        &full_frame,
    ];
    for text in texts {
        let echo = socket.ask(text).await;
        assert!(echo["message"] == text, "{:?}… comes back changed", text.get(..40));
    }
    stack.stop().await;
}

#[tokio::test]
async fn many_connections_at_once_get_each_their_own() {
    const CONNECTIONS: usize = 6;
    const MESSAGES: usize = 8;
    let stack = Stack::start().await;
    let talk = async |number: usize| {
        let mut socket = stack.connect(json!({"number": number.to_string()})).await;
        for message in 0..MESSAGES {
            socket.send(&format!("{number}/{message}")).await;
        }
        let mut messages = BTreeSet::new();
        let mut requests = BTreeSet::new();
        for _ in 0..MESSAGES {
            // In whatever order: a connection's messages are worked on at once.
            let echo = socket.json().await;
            assert_eq!(echo["connection"]["requested"], json!({"number": number.to_string()}));
            messages.insert(echo["message"].as_str().unwrap().to_owned());
            requests.insert(echo["requestId"].as_str().unwrap().to_owned());
        }
        let expected = (0..MESSAGES).map(|message| format!("{number}/{message}")).collect();
        assert_eq!(messages, expected);
        assert_eq!(requests.len(), MESSAGES, "every message is a request of its own");
        // All are open until the last has been answered.
        socket
    };
    let sockets = join_all((0..CONNECTIONS).map(talk)).await;
    let ids: BTreeSet<_> = stack
        .rows("ConnectionsTable")
        .iter()
        .map(|row| row["connectionId"]["S"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), CONNECTIONS);
    join_all(sockets.into_iter().map(Socket::close)).await;
    stack.all_disconnected().await;
    assert_eq!(stack.rows("ConnectionsTable"), Vec::<Value>::new());
    stack.stop().await;
}

#[tokio::test]
async fn a_ping_is_answered_without_reading_the_table() {
    let stack = Stack::start().await;
    let mut socket = stack.connect(json!({})).await;
    stack.faults.dynamodb("GetItem", DynamoDbFault::Failing, Times::Always);
    let ids = ["7", "1e400", "\"a\\u0062\"", "\"\"", "null", "true", "[1, {\"a\":[]}]", "{}"];
    for id in ids {
        socket.send(&format!(r#"{{"type":"ping","id":{id}}}"#)).await;
        assert_eq!(socket.text().await, format!(r#"{{"type":"pong","id":{id}}}"#));
    }
    socket.send(r#" {"type":"ping"} "#).await;
    assert_eq!(socket.text().await, r#"{"type":"pong"}"#);

    // What is no ping needs the table, and the connection outlives its failing.
    for message in ["hello", r#"{"type":"ping","id":1,"more":true}"#] {
        let failed = socket.ask(message).await;
        assert_eq!(failed["message"], "Internal server error", "{failed}");
    }
    stack.faults.clear();
    assert_eq!(socket.ask("hello").await["message"], "hello");
    stack.stop().await;
}

#[tokio::test]
async fn an_unknown_connection_is_told_so() {
    let stack = Stack::start().await;
    let mut socket = stack.connect(json!({})).await;
    let connection_id = socket.ask("hello").await["connection"]["connectionId"].take();
    stack.remove_row("ConnectionsTable", &json!({"connectionId": {"S": connection_id}}));
    let answer = socket.ask("hello").await;
    let request_id = answer["requestId"].as_str().unwrap();
    assert_eq!(answer, json!({"error": "unknown_connection", "requestId": request_id}));
    assert_eq!(socket.ask(r#"{"type":"ping","id":1}"#).await, json!({"type": "pong", "id": 1}));

    stack.stop().await;
}

/// An event as API Gateway sends it, of a connection that is not open here.
fn event(fixture: &str, connection_id: &str) -> Value {
    let path = workspace().join("tests/fixtures/events/websocket").join(fixture);
    let mut event: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    event["requestContext"]["connectionId"] = connection_id.into();
    event
}

#[tokio::test]
async fn a_connection_that_is_gone_is_removed_when_it_would_be_answered() {
    let stack = Stack::start().await;
    let mut socket = stack.connect(json!({})).await;
    socket.ask("hello").await;
    let open = stack.rows("ConnectionsTable");
    let mut gone = open[0].clone();
    gone["connectionId"]["S"] = "AAAAAAAAAAAAAAA=".into();
    stack.put_row("ConnectionsTable", &gone);
    let event = event("message.json", "AAAAAAAAAAAAAAA=");
    let answer = stack.invoke("DefaultFunction", &event).await;
    assert_eq!(answer["statusCode"], 200);
    assert_eq!(stack.rows("ConnectionsTable"), open, "the open one stays");
    stack.stop().await;
}

#[tokio::test]
async fn a_second_disconnect_is_no_error() {
    let stack = Stack::start().await;
    let mut socket = stack.connect(json!({})).await;
    let connection_id = socket.ask("hello").await["connection"]["connectionId"].take();
    let event = event("disconnect.json", connection_id.as_str().unwrap());
    for _ in 0..2 {
        let answer = stack.invoke("DisconnectFunction", &event).await;
        assert_eq!(answer["statusCode"], 200);
        assert_eq!(stack.rows("ConnectionsTable"), Vec::<Value>::new());
    }
    stack.stop().await;
}

/// Sends one message in frames that API Gateway takes.
async fn send_in_frames(socket: &mut Socket, text: &str) {
    for frame in websocket::in_frames(text, FRAME_BYTES) {
        socket.send_message(frame).await;
    }
}

#[tokio::test]
async fn an_echo_that_would_be_too_long_is_an_error() {
    let stack = Stack::start().await;
    let mut socket = stack.connect(json!({})).await;
    socket.send("").await;
    let room = MESSAGE_BYTES - socket.text().await.len();
    let longest = "a".repeat(room);
    send_in_frames(&mut socket, &longest).await;
    let echo = socket.text().await;
    assert_eq!(echo.len(), MESSAGE_BYTES);
    let echo: Value = serde_json::from_str(&echo).unwrap();
    assert!(echo["message"] == longest.as_str(), "the longest message comes back changed");

    let too_long = ["a".repeat(room + 1), "a".repeat(MESSAGE_BYTES), "\u{1}".repeat(FRAME_BYTES)];
    for text in too_long {
        send_in_frames(&mut socket, &text).await;
        let answer = socket.json().await;
        let request_id = answer["requestId"].as_str().unwrap();
        assert_eq!(answer, json!({"error": "message_too_large", "requestId": request_id}));
        assert_eq!(socket.ask("hello").await["message"], "hello", "the connection lives");
    }
    stack.stop().await;
}

#[tokio::test]
async fn however_a_connection_ends_its_row_is_removed() {
    let stack = Stack::start().await;
    let mut closed = stack.connect(json!({"end": "closed"})).await;
    let mut cut = stack.connect(json!({"end": "cut"})).await;
    let mut binary = stack.connect(json!({"end": "binary"})).await;
    let mut open = stack.connect(json!({"end": "none"})).await;
    for socket in [&mut closed, &mut cut, &mut binary, &mut open] {
        socket.ask("hello").await;
    }
    assert_eq!(stack.rows("ConnectionsTable").len(), 4);
    closed.close().await;
    cut.cut();
    binary.send_message(Message::Binary("x".into())).await;
    assert_eq!(binary.closed().await.map(|frame| u16::from(frame.code)), Some(1003));
    eventually("one row is left", || stack.rows("ConnectionsTable").len() == 1).await;
    let left = &stack.rows("ConnectionsTable")[0]["requested"];
    assert_eq!(*left, json!({"M": {"end": {"S": "none"}}}));
    assert_eq!(open.ask("still here").await["message"], "still here");
    open.close().await;
    stack.all_disconnected().await;
    assert_eq!(stack.rows("ConnectionsTable"), Vec::<Value>::new());
    assert_eq!(stack.rows("NoncesTable").len(), 4, "a spent nonce stays spent");
    stack.stop().await;
}
