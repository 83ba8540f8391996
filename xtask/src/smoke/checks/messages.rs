//! Messages of all sizes and kinds over an open connection.

use std::time::Duration;

use serde_json::{Value, json};

use super::connections::ARRIVAL;
use super::opening::{echo, is_throttled};
use super::{odd, skipped, unexpected};
use crate::smoke::fidelity::Row;
use crate::smoke::record::{Checked, Trouble};
use crate::smoke::stack::Stack;
use crate::smoke::wire::websocket::{Event, Socket};

/// The longest frame and the longest message (API Gateway Developer Guide, "Quotas for configuring and running a
/// WebSocket API": 32 KB and 128 KB).
pub(super) const FRAME_BYTES: usize = 32 * 1024;
pub(super) const MESSAGE_BYTES: usize = 128 * 1024;
/// A message of several frames, whose echo is not too long.
const LONG_BYTES: usize = 100 * 1024;
/// How many messages are sent without waiting for an echo: few, as a new account runs 10 functions at once.
const AT_ONCE: usize = 5;

/// How long a close frame is waited for, when all that causes it is sent.
const CLOSE: Duration = Duration::from_secs(10);

pub(super) async fn run(stack: &Stack) {
    stack.check("message: a ping is answered", "a pong with what it held", || ping(stack)).await;
    stack.check("message: keep-alive", r#"{"type":"pong","id":7}"#, || keep_alive(stack)).await;
    stack.check("message: any characters", "the same", || unicode(stack)).await;
    stack.check("message: 5 at once", "5 echoes", || at_once(stack)).await;
    stack.check("message: a frame of 32 KB", "the same", || frame(stack)).await;
    stack.check("message: 100 KB in frames of 32 KB", "the same", || frames(stack)).await;
    stack
        .check("message: a route that cannot be chosen", "$default is echoed", || routes(stack))
        .await;
    let long = "a".repeat(FRAME_BYTES + 1);
    let check = || closed(stack, 1009, Sent::Frames(&long, usize::MAX));
    stack.check("message: a frame of more than 32 KB", "closed with 1009", check).await;
    let long = "a".repeat(MESSAGE_BYTES + 1);
    let check = || closed(stack, 1009, Sent::Frames(&long, FRAME_BYTES));
    stack.check("message: more than 128 KB", "closed with 1009", check).await;
    let check = || closed(stack, 1003, Sent::Binary(b"smoke"));
    stack.check("message: a binary one", "closed with 1003", check).await;
}

async fn ping(stack: &Stack) -> Checked {
    let mut socket = stack.connect().await?;
    socket.send_ping(b"smoke").await?;
    match socket.next().await? {
        Event::Pong(payload) if payload == b"smoke" => Ok("a pong".to_owned()),
        _ => unexpected("something else than its pong came"),
    }
}

async fn keep_alive(stack: &Stack) -> Checked {
    let mut socket = stack.connect().await?;
    socket.send_text(r#"{"type":"ping","id":7}"#).await?;
    let answer: Value = serde_json::from_str(&socket.text().await?).unwrap_or_default();
    if answer == json!({"type": "pong", "id": 7}) {
        Ok("a pong".to_owned())
    } else {
        unexpected("another answer")
    }
}

async fn unicode(stack: &Stack) -> Checked {
    let mut socket = stack.connect().await?;
    for text in ["", "Zo\u{eb} \u{1f6aa}", "\"\\\n\t\u{0}", "\u{202e}\u{feff}"] {
        // A frame without anything would not be sent.
        if !text.is_empty() {
            echo(&mut socket, text).await?;
        }
    }
    Ok("the same".to_owned())
}

async fn at_once(stack: &Stack) -> Checked {
    let mut socket = stack.connect().await?;
    let mut waiting: Vec<_> = (0..AT_ONCE).map(|number| format!("number {number}")).collect();
    for text in &waiting {
        socket.send_text(text).await?;
    }
    for _ in 0..AT_ONCE {
        let answer: Value = serde_json::from_str(&socket.text().await?).unwrap_or_default();
        // More at once than the function may run is answered as a failure (`docs/fidelity.md`).
        if is_error_frame(&answer) {
            return skipped("a message of 5 met no function: throttled, or it failed");
        }
        match waiting.iter().position(|text| answer["message"] == *text) {
            Some(index) => drop(waiting.remove(index)),
            None => return unexpected("an answer that is no echo of a message, or its second"),
        }
    }
    Ok("5 echoes, in any order".to_owned())
}

/// What API Gateway itself answers to a message.
fn is_error_frame(answer: &Value) -> bool {
    let is_of_gateway = answer["connectionId"].is_string() && answer["requestId"].is_string();
    is_throttled(answer) || is_of_gateway && answer["message"] == "Internal server error"
}

async fn frame(stack: &Stack) -> Checked {
    let mut socket = stack.connect().await?;
    echo(&mut socket, &"a".repeat(FRAME_BYTES)).await?;
    Ok("the same".to_owned())
}

async fn frames(stack: &Stack) -> Checked {
    let mut socket = stack.connect().await?;
    let text = "a".repeat(LONG_BYTES);
    socket.send_in_frames(&text, FRAME_BYTES).await?;
    let Event::Message { payload, frames, .. } = socket.next().await? else {
        return unexpected("no message came back");
    };
    let answer: Value = serde_json::from_slice(&payload).unwrap_or_default();
    stack.observe(Row::OneFrame, frames == 1, &format!("100 KB in {frames}"));
    if answer["message"] == text {
        Ok(format!("the same, in {frames}"))
    } else {
        unexpected("no echo")
    }
}

async fn routes(stack: &Stack) -> Checked {
    let text = |route: &str| json!({"action": route}).to_string();
    let mut seen = Vec::new();
    // Nobody has published what comes of them; each may end its connection.
    for route in ["$connect", "$disconnect"] {
        let mut socket = stack.connect().await?;
        socket.send_text(&text(route)).await?;
        let event = socket.next_within(ARRIVAL).await?;
        let is_so = matches!(&event, Some(Event::Message { payload, .. }) if {
            let answer: Value = serde_json::from_slice(payload).unwrap_or_default();
            answer["message"] == text(route)
        });
        let came = if is_so { "echoed".to_owned() } else { odd::event(event.as_ref()) };
        stack.observe(Row::ReservedRoutes, is_so, &format!("{route}: {came}"));
        seen.push(format!("{route}: {came}"));
    }
    let mut socket = stack.connect().await?;
    echo(&mut socket, &text("$default")).await?;
    seen.push("$default: echoed".to_owned());
    Ok(seen.join("; "))
}

/// What ends a connection.
#[derive(Clone, Copy)]
enum Sent<'a> {
    Frames(&'a str, usize),
    Binary(&'a [u8]),
}

async fn closed(stack: &Stack, code: u16, sent: Sent<'_>) -> Checked {
    let mut socket = stack.connect().await?;
    echo(&mut socket, "hello").await?;
    // What is too long need not be taken to its end.
    let _ = match sent {
        Sent::Frames(text, length) => socket.send_in_frames(text, length).await,
        Sent::Binary(bytes) => socket.send_binary(bytes).await,
    };
    let Some((found, reason)) = close_of(&mut socket).await? else {
        return unexpected("the connection ended without a close frame");
    };
    let seen = format!("{found} \"{reason}\"");
    if found != code {
        return unexpected(seen);
    }
    let expected = if code == 1003 { "Binary data is not accepted" } else { "Message too long" };
    stack.observe(Row::CloseReasons, reason == expected, &seen);
    Ok(seen)
}

/// Code and reason with which a connection is closed; messages before are passed over.
pub(super) async fn close_of(socket: &mut Socket) -> Result<Option<(u16, String)>, Trouble> {
    loop {
        match socket.next_within(CLOSE).await? {
            None => return unexpected("it is not closed"),
            Some(Event::Closed(close)) => return Ok(close),
            Some(Event::Cut) => return Ok(None),
            Some(Event::Message { .. } | Event::Pong(_)) => {}
        }
    }
}
