//! What the functions count, and when: the lines on their stdout, and what `countersign` shows of them.

use std::time::Duration;

use lambda_entry::counted::Counted;
use local::faults::{ConnectionsFault, Fault, Times, Which};
use serde_json::json;
use tests::command::{self, Process};
use tests::stack::Stack;
use tests::waiting::eventually;
use tests::{http, websocket};

/// What is expected to be counted, written down as it happens.
struct Story<'a> {
    stack: &'a Stack,
    expected: Vec<Counted>,
}

impl Story<'_> {
    /// Now this is counted by the function with this logical id. Then a second passes.
    async fn tells(&mut self, logical_id: &str, metric: &str, reason: Option<&str>) {
        let mut functions = self.stack.template.functions.iter();
        let function = functions.find(|function| function.logical_id == logical_id).unwrap();
        self.expected.push(Counted {
            metric: metric.to_owned(),
            function_name: function.name.clone(),
            reason: reason.map(str::to_owned),
            at: self.stack.clock.epoch_milliseconds(),
        });
        self.stack.pass(Duration::from_secs(1)).await;
    }
}

#[tokio::test]
async fn everything_that_matters_is_counted_once_at_its_time() {
    let stack = Stack::start().await;
    let mut story = Story { stack: &stack, expected: Vec::new() };

    let url = stack.sign(json!({"room": "lobby"})).await;
    story.tells("SignFunction", "Signed", None).await;
    let reserved = stack.ask_to_sign(&json!({"query": {"grant.plan": "gold"}})).await;
    assert_eq!(reserved.status, 400);
    story.tells("SignFunction", "Refused", Some("reserved_name")).await;
    let no_object = stack.ask_to_sign(&json!([])).await;
    assert_eq!(no_object.status, 400);
    story.tells("SignFunction", "Refused", Some("wrong_type")).await;

    let mut socket = websocket::open(&url).await.unwrap();
    story.tells("ConnectFunction", "Connected", None).await;
    let again = websocket::open(&url).await;
    assert_eq!(again.err().map(|reply| reply.status), Some(403));
    story.tells("ConnectFunction", "Refused", Some("nonce_spent")).await;
    let stranger = stack.function_credentials("DefaultFunctionRole");
    let foreign = stack.signed_url(&stranger, "prod", "AAAAAAAAAAAAAAAAAAAAAA");
    assert!(
        websocket::open(&foreign).await.is_err(),
        "refused by policy, which no function counts"
    );

    // A pong is not counted.
    assert_eq!(socket.ask(r#"{"type":"ping"}"#).await, json!({"type": "pong"}));
    assert_eq!(socket.ask("hello").await["message"], "hello");
    story.tells("DefaultFunction", "Echoed", None).await;
    let gone = Fault::Connections(Which::named("POST"), ConnectionsFault::Gone);
    stack.faults.switch_on(gone, Times::Next(1));
    socket.send("hello").await;
    eventually("the row is gone", || stack.rows("ConnectionsTable").is_empty()).await;
    story.tells("DefaultFunction", "Gone", None).await;
    socket.close().await;
    stack.all_disconnected().await;
    story.tells("DisconnectFunction", "Disconnected", None).await;

    let mut expected = story.expected;
    let all_said = || stack.metrics().len() >= expected.len();
    eventually("every line has come", all_said).await;
    let mut counted: Vec<_> = stack.metrics().iter().map(|line| Counted::read(line)).collect();
    expected.sort();
    counted.sort();
    assert_eq!(counted, expected);
    stack.stop().await;
}

/// What `countersign` says, at these levels of its own, of a URL that is signed and one that is refused, once it has
/// said each of these.
async fn said(levels: &str, awaited: &[&str]) -> Vec<String> {
    let mut command = command::countersign().await;
    command.env("RUST_LOG", levels);
    let process = Process::start(command).await;
    let sign = process.told("/sign").to_owned();
    assert_eq!(http::post(&sign, "{}").await.status, 201);
    assert_eq!(http::post(&sign, "[]").await.status, 400);
    let is_said = || {
        let lines = process.stderr();
        awaited.iter().all(|text| lines.iter().any(|line| line.contains(text)))
    };
    eventually("all of it is in the log", is_said).await;
    process.stop().await.stderr
}

#[tokio::test]
async fn metrics_are_among_the_details_of_a_run() {
    let metrics = ["sign-fn METRIC Signed=1", "sign-fn METRIC Refused=1 Reason=wrong_type"];
    let lines = said("debug", &metrics).await;
    for metric in metrics {
        assert_eq!(lines.iter().filter(|line| *line == metric).count(), 1, "{lines:#?}");
    }
    // The function's own line; its metric has gone to the same pipe.
    let lines = said("info", &["wrong_type"]).await;
    let is_metric = |line: &String| line.contains("METRIC") || line.contains("_aws");
    assert!(!lines.iter().any(is_metric), "{lines:#?}");
}
