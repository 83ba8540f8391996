//! What goes wrong behind the doors: DynamoDB refuses or its answer is lost, a process dies, a
//! client vanishes.

use local::faults::{DynamoDbFault, Times};
use serde_json::json;
use tests::stack::Stack;
use tests::waiting::eventually;
use tests::websocket::{self, Handshake, split_url};

/// As many connections as nonces are stored.
#[track_caller]
fn check_stored(stack: &Stack, count: usize) {
    assert_eq!(stack.rows("ConnectionsTable").len(), count, "connections");
    assert_eq!(stack.rows("NoncesTable").len(), count, "nonces");
}

/// With DynamoDB refusing, a handshake fails and leaves nothing; the same URL connects when the
/// fault is over.
async fn check_refusing(fault: DynamoDbFault) {
    let stack = Stack::start().await;
    let url = stack.sign(json!({"room": "lobby"})).await;
    stack.faults.dynamodb("TransactWriteItems", fault, Times::Always);
    let reply = websocket::open(&url).await.expect_err("a connection that is not stored");
    assert_eq!(reply.status, 502, "{}", reply.text());
    check_stored(&stack, 0);

    stack.faults.clear();
    let mut socket = websocket::open(&url).await.unwrap();
    check_stored(&stack, 1);
    assert_eq!(socket.ask("hello").await["message"], "hello");
    stack.stop().await;
}

/// A fault that strikes a few times is not noticed.
async fn check_overcome(fault: DynamoDbFault, times: u32) {
    let stack = Stack::start().await;
    stack.faults.dynamodb("TransactWriteItems", fault, Times::Next(times));
    let mut socket = stack.connect(json!({"room": "lobby"})).await;
    assert!(stack.faults.is_clear(), "it has struck as often as it should");
    check_stored(&stack, 1);
    assert_eq!(socket.ask("hello").await["connection"]["requested"], json!({"room": "lobby"}));
    stack.stop().await;
}

#[tokio::test]
async fn a_failing_dynamodb_leaves_no_row_and_no_spent_nonce() {
    check_refusing(DynamoDbFault::Failing).await;
}

#[tokio::test]
async fn a_throttling_dynamodb_leaves_no_row_and_no_spent_nonce() {
    check_refusing(DynamoDbFault::Throttled).await;
}

#[tokio::test]
async fn a_transaction_conflict_without_end_leaves_no_row_and_no_spent_nonce() {
    check_refusing(DynamoDbFault::TransactionConflict).await;
}

#[tokio::test]
async fn a_few_transaction_conflicts_are_overcome() {
    check_overcome(DynamoDbFault::TransactionConflict, 3).await;
}

#[tokio::test]
async fn a_few_throttlings_are_overcome() {
    check_overcome(DynamoDbFault::Throttled, 3).await;
}

#[tokio::test]
async fn an_answer_that_is_lost_after_the_commit_does_no_harm() {
    check_overcome(DynamoDbFault::AnswerLost, 1).await;
}

#[tokio::test]
async fn answers_that_are_lost_more_often_than_the_sdk_tries_do_no_harm() {
    check_overcome(DynamoDbFault::AnswerLost, 5).await;
}

#[tokio::test]
async fn a_message_that_fails_is_answered_by_an_error_frame_and_the_connection_lives() {
    let stack = Stack::start().await;
    let mut socket = stack.connect(json!({"room": "lobby"})).await;
    stack.faults.dynamodb("GetItem", DynamoDbFault::Failing, Times::Always);
    let frame = socket.ask("hello").await;
    assert_eq!(frame["message"], "Internal server error");
    let stored = &stack.rows("ConnectionsTable")[0]["connectionId"]["S"];
    assert_eq!(&frame["connectionId"], stored);
    assert!(frame["requestId"].is_string());
    // A ping does not need the table.
    let pong = socket.ask(r#"{"type":"ping","id":1}"#).await;
    assert_eq!(pong, json!({"type": "pong", "id": 1}));

    stack.faults.clear();
    assert_eq!(socket.ask("hello").await["message"], "hello");
    stack.stop().await;
}

#[tokio::test]
async fn a_client_that_vanishes_in_its_handshake_leaves_no_row() {
    let stack = Stack::start().await;
    let (authority, target) = split_url(&stack.sign(json!({"room": "lobby"})).await);
    let handshake = Handshake::begin(&authority, &target, &[]).await;
    eventually("ws-connect is asked", || stack.invocations("ConnectFunction") == 1).await;
    drop(handshake);
    eventually("$disconnect is told", || stack.invocations("DisconnectFunction") == 1).await;
    eventually("the row is gone", || stack.rows("ConnectionsTable").is_empty()).await;
    assert_eq!(stack.rows("NoncesTable").len(), 1, "it was admitted, so the URL is spent");
    assert_eq!(stack.running.services.registry.count(), 0);
    stack.stop().await;
}

#[tokio::test]
async fn a_process_that_dies_between_two_handshakes_is_replaced() {
    let stack = Stack::start().await;
    let _first = stack.connect(json!({"room": "lobby"})).await;
    let processes = stack.processes("ConnectFunction");
    let [process] = processes[..] else { panic!("{processes:?}") };
    let kill = std::process::Command::new("kill").args(["-9", &process.to_string()]).status();
    assert!(kill.unwrap().success());
    eventually("the process is gone", || stack.processes("ConnectFunction").is_empty()).await;

    let mut second = stack.connect(json!({"room": "lobby"})).await;
    assert_eq!(second.ask("hello").await["message"], "hello");
    assert_ne!(stack.processes("ConnectFunction"), [process]);
    stack.stop().await;
}
