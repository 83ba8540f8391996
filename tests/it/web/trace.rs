//! The trace, as the page's listener gives it: to the page, while both are there.

use std::time::Duration;

use local::services::Farewells;
use local::trace::Trace;
use serde_json::{Value, json};
use tests::command::{self, Process};
use tests::stack::{Options, Stack};
use tests::streaming::Streaming;
use tests::waiting::eventually;
use tests::websocket;

use super::{check_is_closed, host, post, told};

/// Watches as the page does, from its first line on.
async fn watch(host: &str) -> Streaming {
    let Ok(mut lines) = post(host, "/trace").await else { panic!("it does not go on") };
    assert_eq!(lines.head.status, 200);
    assert_eq!(lines.head.header("content-type"), Some("application/x-ndjson"));
    check_is_closed(&lines.head, "the trace");
    assert_eq!(lines.line().await.unwrap(), r#"{"event":"watching"}"#);
    lines
}

/// The next lines up to the one that tells this, which it is.
async fn until(lines: &mut Streaming, event: &str) -> Vec<String> {
    let mut told = Vec::new();
    loop {
        let line = lines.line().await.expect("it goes on");
        let is_last = serde_json::from_str::<Value>(&line).unwrap()["event"] == event;
        told.push(line);
        if is_last {
            return told;
        }
    }
}

/// A handshake that is refused.
async fn knock(stack: &Stack) {
    let refused = websocket::open(&format!("{}?room=lobby", stack.websocket_url())).await;
    assert_eq!(refused.err().map(|reply| reply.status), Some(403));
}

#[tokio::test]
async fn every_page_that_watches_is_told_what_happens_from_then_on() {
    let stack = Stack::start().await;
    knock(&stack).await;
    let mut first = watch(&host(&stack)).await;
    knock(&stack).await;
    let before = until(&mut first, "ended").await;
    let mut second = watch(&host(&stack)).await;
    knock(&stack).await;
    let after = until(&mut first, "ended").await;
    assert_ne!(before, after);
    assert_eq!(until(&mut second, "ended").await, after);
    stack.stop().await;
}

#[tokio::test]
async fn it_ends_with_the_stack_once_all_is_told_and_nobody_waits_for_it() {
    // Longer than anybody would wait, if an open trace were waited for.
    let farewells = Farewells { answers: Duration::from_secs(3600), ..Farewells::default() };
    let stack = Stack::start_with(Options { farewells, ..Options::default() }).await;
    let mut lines = watch(&host(&stack)).await;
    let mut socket = stack.connect(json!({"room": "lobby"})).await;
    until(&mut lines, "ended").await;
    let closing = tokio::spawn(async move { socket.closed().await });
    let stopped = tokio::time::timeout(Duration::from_secs(30), stack.stop()).await;
    assert!(stopped.is_ok(), "the open trace is waited for");
    closing.await.unwrap();
    until(&mut lines, "disconnected").await;
    assert_eq!(lines.line().await, None, "it ends as HTTP has it");
}

#[tokio::test]
async fn as_many_watch_as_there_are_places_and_who_leaves_makes_room() {
    let stack = Stack::start().await;
    let host = host(&stack);
    let mut watching = Vec::new();
    let full = loop {
        match post(&host, "/trace").await {
            Ok(lines) => watching.push(lines),
            Err(full) => break full,
        }
    };
    assert_eq!((full.status, watching.len()), (503, 5));
    assert_eq!(full.text(), "as many pages watch as can: close another one\n");
    check_is_closed(&full, "503");

    let trace = stack.running.services.trace.clone();
    drop(watching);
    // Who has left has made room before that.
    eventually("nobody watches any more", || !trace.is_watched()).await;
    let mut watching = Vec::new();
    while watching.len() < 5 {
        watching.push(watch(&host).await);
    }
    assert_eq!(post(&host, "/trace").await.err().map(|reply| reply.status), Some(503));
    stack.stop().await;
}

#[tokio::test]
async fn without_a_trace_there_is_nothing_to_watch() {
    let stack = Stack::start_with(Options { trace: Trace::off(), ..Options::default() }).await;
    let Err(reply) = post(&host(&stack), "/trace").await else { panic!("it goes on") };
    assert_eq!(reply.status, 404);
    assert_eq!(reply.text(), "nothing is traced: countersign runs with --no-trace\n");
    check_is_closed(&reply, "404");
    assert_eq!(told(&host(&stack)).await["trace"], json!(false));
    stack.stop().await;
}

#[tokio::test]
async fn the_command_ends_at_once_with_a_page_open_and_traces_unless_told_not_to() {
    let process = Process::start(command::countersign().await).await;
    let mut lines = watch(process.told("/page").strip_prefix("http://").unwrap()).await;
    process.stop().await;
    assert_eq!(lines.line().await, None);

    let mut command = command::countersign().await;
    command.arg("--no-trace");
    let process = Process::start(command).await;
    let page = process.told("/page").strip_prefix("http://").unwrap().to_owned();
    assert_eq!(post(&page, "/trace").await.err().map(|reply| reply.status), Some(404));
    assert_eq!(told(&page).await["trace"], Value::Bool(false));
    process.stop().await;
}
