//! The trace, as the page's listener gives it: to the page, while both are there.

use std::time::Duration;

use local::services::Farewells;
use local::trace::{Event, Trace};
use serde_json::{Value, json};
use tests::command::{self, Process};
use tests::stack::{Options, Stack};
use tests::streaming::Streaming;
use tests::waiting::eventually;

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

fn tell(stack: &Stack, status: u16) {
    let trace = &stack.running.services.trace;
    trace.tell(&Event::Ended { handshake: "Abc=", status, refusal: None });
}

fn line(status: u16) -> String {
    format!(r#"{{"event":"ended","handshake":"Abc=","status":{status},"refusal":null}}"#)
}

#[tokio::test]
async fn every_page_that_watches_is_told_what_happens_from_then_on() {
    let stack = Stack::start().await;
    tell(&stack, 400);
    let mut first = watch(&host(&stack)).await;
    tell(&stack, 101);
    let mut second = watch(&host(&stack)).await;
    tell(&stack, 403);
    assert_eq!(first.line().await, Some(line(101)));
    assert_eq!(first.line().await, Some(line(403)));
    assert_eq!(second.line().await, Some(line(403)));
    stack.stop().await;
}

#[tokio::test]
async fn it_ends_with_the_stack_and_nobody_waits_for_it() {
    // Longer than anybody would wait, if an open trace were waited for.
    let farewells = Farewells { answers: Duration::from_secs(3600), ..Farewells::default() };
    let stack = Stack::start_with(Options { farewells, ..Options::default() }).await;
    let mut lines = watch(&host(&stack)).await;
    tell(&stack, 101);
    let stopped = tokio::time::timeout(Duration::from_secs(30), stack.stop()).await;
    assert!(stopped.is_ok(), "the open trace is waited for");
    assert_eq!(lines.line().await, Some(line(101)), "what was told before the end is told");
    assert_eq!(lines.line().await, None, "it ends as HTTP has it");
}

#[tokio::test]
async fn as_many_watch_as_there_are_places_and_one_that_leaves_makes_room() {
    let stack = Stack::start().await;
    let host = host(&stack);
    let mut watching = Vec::new();
    let full = loop {
        match post(&host, "/trace").await {
            Ok(lines) => watching.push(lines),
            Err(full) => break full,
        }
    };
    assert_eq!((full.status, watching.len()), (503, 8));
    assert_eq!(full.text(), "as many pages watch as can: close another one\n");
    check_is_closed(&full, "503");

    let mut last = watching.pop().unwrap();
    drop(watching);
    assert_eq!(last.line().await.unwrap(), r#"{"event":"watching"}"#);
    // Its end is met when the next line is told, at the latest.
    let mut again = Vec::new();
    while again.len() < 7 {
        tell(&stack, 101);
        if let Ok(lines) = post(&host, "/trace").await {
            again.push(lines);
        }
    }
    drop((last, again));
    let trace = stack.running.services.trace.clone();
    eventually("nobody watches any more", || {
        tell(&stack, 101);
        !trace.is_watched()
    })
    .await;
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
