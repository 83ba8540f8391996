//! Many at once: functions scale out, and an end leaves no process behind.

use std::process::Command;
use std::time::Duration;

use futures_util::future::join_all;
use local::services::Farewells;
use local::websocket::session::Posted;
use serde_json::json;
use tests::stack::{Options, Stack};

fn is_alive(process: u32) -> bool {
    let asked = Command::new("kill").args(["-0", &process.to_string()]).output();
    asked.unwrap().status.success()
}

#[tokio::test]
async fn twenty_messages_at_once_are_all_answered_by_more_than_one_process() {
    let stack = Stack::start().await;
    let mut sockets = Vec::new();
    for number in 0..20 {
        sockets.push(stack.connect(json!({"room": number.to_string()})).await);
    }
    assert!(stack.processes("DefaultFunction").is_empty(), "nothing was said yet");
    let asked = sockets.iter_mut().enumerate().map(async |(number, socket)| {
        let echo = socket.ask(&format!("message {number}")).await;
        assert_eq!(echo["message"], format!("message {number}"));
        assert_eq!(echo["connection"]["requested"], json!({"room": number.to_string()}));
    });
    join_all(asked).await;
    assert_eq!(stack.invocations("DefaultFunction"), 20);
    assert!(stack.processes("DefaultFunction").len() > 1);

    let processes: Vec<_> = ["SignFunction", "ConnectFunction", "DefaultFunction"]
        .map(|name| stack.processes(name))
        .concat();
    assert!(processes.iter().all(|process| is_alive(*process)), "{processes:?}");
    stack.stop().await;
    let left: Vec<_> = processes.into_iter().filter(|process| is_alive(*process)).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_client_that_does_not_read_holds_up_nobody() {
    // Whoever does not read is not waited for any longer than this.
    let short = Duration::from_millis(50);
    let farewells = Farewells { close_frame: short, connections: short, answers: short };
    let stack = Stack::start_with(Options { farewells, ..Options::default() }).await;
    let mut deaf = stack.connect(json!({})).await;
    let mut other = stack.connect(json!({})).await;
    let of_deaf = deaf.ask("hello").await["connection"]["connectionId"].take();
    let registry = &stack.running.services.registry;
    let text = "x".repeat(128 * 1024);
    while registry.post(of_deaf.as_str().unwrap(), text.clone()).await == Some(Posted::Taken) {}
    // Now that the sockets' buffers are full, none of its echoes can be sent.
    for _ in 0..50 {
        deaf.send("hello").await;
    }
    assert_eq!(other.ask("hello").await["message"], "hello");
    let stopped = tokio::time::timeout(Duration::from_secs(20), stack.stop()).await;
    assert!(stopped.is_ok(), "the stop waits for a client that does not read");
    deaf.cut();
}
