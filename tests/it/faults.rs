//! What goes wrong behind the doors: DynamoDB or STS refuses, is slow, or its answer is lost; API
//! Gateway forgets `$disconnect` or takes no frame; a process dies, a socket is cut, a client vanishes.
//! After each of them nothing is lost, nothing is left behind, and the next request works.

use std::time::Duration;

use local::faults::{
    Armed, ConnectionsFault, DynamoDbFault, Fault, FunctionFault, StsFault, Times, Which,
};
use serde_json::{Value, json};
use tests::aws;
use tests::programs::workspace;
use tests::stack::Stack;
use tests::waiting::eventually;
use tests::websocket::{self, Handshake, Socket, split_url};

/// Past the time to live of every row that was written until now: 2 hours, 10 minutes and a sweep.
const TIME_TO_LIVE: Duration = Duration::from_secs(3 * 60 * 60);

/// How API Gateway tells of a message whose function failed.
#[track_caller]
fn check_error_frame(frame: &Value) {
    assert_eq!(frame["message"], "Internal server error", "{frame}");
    assert!(frame["connectionId"].is_string() && frame["requestId"].is_string(), "{frame}");
}

/// That the connection echoes.
async fn check_echoes(socket: &mut Socket) {
    assert_eq!(socket.ask("hello").await["message"], "hello");
}

/// That no connection is open and none is stored, and a new one works.
async fn check_as_new(stack: &Stack) {
    stack.all_disconnected().await;
    check_connections(stack, 0);
    assert_eq!(stack.running.services.registry.count(), 0);
    assert!(stack.faults.is_clear(), "every fault has struck");
    let mut socket = stack.connect(json!({"room": "new"})).await;
    check_echoes(&mut socket).await;
    socket.close().await;
    stack.all_disconnected().await;
    check_connections(stack, 0);
}

/// How many connections are stored.
#[track_caller]
fn check_connections(stack: &Stack, count: usize) {
    assert_eq!(stack.rows("ConnectionsTable").len(), count, "connections");
}

/// Lets the time to live of everything pass.
async fn expire(stack: &Stack) {
    stack.clock.advance(TIME_TO_LIVE);
    let is_empty = |table| stack.rows(table).is_empty();
    let swept = || is_empty("ConnectionsTable") && is_empty("NoncesTable");
    eventually("what has expired is removed", swept).await;
}

fn function(logical_id: &str, fault: FunctionFault) -> Fault {
    Fault::Function(Which::named(logical_id), fault)
}

fn connections(method: &str, fault: ConnectionsFault) -> Fault {
    Fault::Connections(Which::named(method), fault)
}

/// As many connections as nonces are stored.
#[track_caller]
fn check_stored(stack: &Stack, count: usize) {
    assert_eq!(stack.rows("ConnectionsTable").len(), count, "connections");
    assert_eq!(stack.rows("NoncesTable").len(), count, "nonces");
}

/// While DynamoDB refuses, ws-connect tries again, until its time is over; the handshake fails and leaves
/// nothing, and the same URL connects when the fault is over. ws-connect's own limit passes by the machine's
/// clock, so that Lambda ends it here, by the stack's; the tests of `connections` show the limit.
async fn check_refusing(fault: DynamoDbFault) {
    let stack = Stack::start().await;
    let url = stack.sign(json!({"room": "lobby"})).await;
    let fault = Fault::DynamoDb(Which::named("TransactWriteItems"), fault);
    stack.faults.switch_on(fault.clone(), Times::Always);
    let (authority, target) = split_url(&url);
    let handshake = Handshake::begin(&authority, &target, &[]).await;
    eventually("it is tried again", || stack.faults.strikes_of(&fault) >= 2).await;
    stack.clock.advance(stack.function_timeout());
    let reply = handshake.answer().await.expect_err("a connection that is not stored");
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
async fn an_echo_waits_for_a_slow_dynamodb() {
    let stack = Stack::start().await;
    let mut socket = stack.connect(json!({"room": "lobby"})).await;
    let slow = Duration::from_millis(500);
    stack.faults.dynamodb("GetItem", DynamoDbFault::Slow(slow), Times::Next(1));
    socket.send("hello").await;
    eventually("the fault strikes", || stack.faults.is_clear()).await;
    stack.clock.advance(slow);
    assert_eq!(socket.json().await["message"], "hello");
    check_echoes(&mut socket).await;
    socket.close().await;
    check_as_new(&stack).await;
    stack.stop().await;
}

#[tokio::test]
async fn an_echo_overcomes_a_read_that_fails_twice() {
    let stack = Stack::start().await;
    let mut socket = stack.connect(json!({"room": "lobby"})).await;
    for fault in [DynamoDbFault::Failing, DynamoDbFault::Throttled, DynamoDbFault::AnswerLost] {
        stack.faults.dynamodb("GetItem", fault, Times::Next(2));
        check_echoes(&mut socket).await;
        assert!(stack.faults.is_clear(), "it has struck as often as it should: {fault:?}");
    }
    socket.close().await;
    check_as_new(&stack).await;
    stack.stop().await;
}

#[tokio::test]
async fn a_frame_that_is_throttled_and_a_killed_function_are_error_frames() {
    let stack = Stack::start().await;
    let mut socket = stack.connect(json!({"room": "lobby"})).await;
    let throttled = connections("POST", ConnectionsFault::Throttled);
    for fault in [throttled, function("DefaultFunction", FunctionFault::Killed)] {
        stack.faults.switch_on(fault, Times::Next(1));
        check_error_frame(&socket.ask("lost").await);
        check_stored(&stack, 1);
        check_echoes(&mut socket).await;
    }
    socket.close().await;
    check_as_new(&stack).await;
    stack.stop().await;
}

#[tokio::test]
async fn a_function_killed_behind_its_echo_is_an_echo_and_an_error_frame() {
    let stack = Stack::start().await;
    let mut socket = stack.connect(json!({"room": "lobby"})).await;
    let killed = function("DefaultFunction", FunctionFault::AnswerLost);
    stack.faults.switch_on(killed, Times::Next(1));
    check_echoes(&mut socket).await;
    check_error_frame(&socket.json().await);
    check_echoes(&mut socket).await;
    socket.close().await;
    check_as_new(&stack).await;
    stack.stop().await;
}

#[tokio::test]
async fn a_connection_that_is_said_to_be_gone_is_forgotten_at_once() {
    let stack = Stack::start().await;
    let mut socket = stack.connect(json!({"room": "lobby"})).await;
    stack.faults.switch_on(connections("POST", ConnectionsFault::Gone), Times::Next(1));
    socket.send("into the void").await;
    eventually("the row is gone", || stack.rows("ConnectionsTable").is_empty()).await;
    // API Gateway was wrong: the client is still there, and is told to come again.
    assert_eq!(socket.ask("hello").await["error"], "unknown_connection");
    socket.close().await;
    check_as_new(&stack).await;
    stack.stop().await;
}

#[tokio::test]
async fn describing_and_closing_can_fail_too() {
    let stack = Stack::start().await;
    let mut socket = stack.connect(json!({"room": "lobby"})).await;
    let developer = aws::credentials(stack.running.iam.developer());
    let stored = stack.rows("ConnectionsTable")[0]["connectionId"]["S"].clone();
    let address = stack.running.websocket_apis[0].address;
    let url = format!("http://{address}/prod/@connections/{}", stored.as_str().unwrap());
    let check = async |method, fault, status, otherwise| {
        stack.faults.switch_on(connections(method, fault), Times::Next(1));
        for expected in [status, otherwise] {
            let reply = aws::send(&developer, "execute-api", method, &url, &[], b"").await;
            assert_eq!(reply.status, expected, "{method} {fault:?}");
        }
    };
    check("GET", ConnectionsFault::Gone, 410, 200).await;
    check("GET", ConnectionsFault::Throttled, 429, 200).await;
    stack.faults.switch_on(connections("DELETE", ConnectionsFault::Throttled), Times::Next(1));
    check("DELETE", ConnectionsFault::Gone, 429, 410).await;
    check_echoes(&mut socket).await;
    let reply = aws::send(&developer, "execute-api", "DELETE", &url, &[], b"").await;
    assert_eq!(reply.status, 204);
    assert!(socket.closed().await.is_some(), "a close frame");
    check_as_new(&stack).await;
    stack.stop().await;
}

#[tokio::test]
async fn a_socket_that_is_cut_leaves_no_row() {
    let stack = Stack::start().await;
    let mut socket = stack.connect(json!({"room": "lobby"})).await;
    let mut other = stack.connect(json!({"room": "lobby"})).await;
    check_echoes(&mut socket).await;
    stack.faults.switch_on(Fault::SocketCut, Times::Next(1));
    socket.send("cut").await;
    assert_eq!(socket.closed().await, None, "no close frame");
    eventually("its row is gone", || stack.rows("ConnectionsTable").len() == 1).await;
    assert_eq!(stack.invocations("DefaultFunction"), 1, "the message is lost with it");
    check_echoes(&mut other).await;
    other.close().await;
    check_as_new(&stack).await;
    stack.stop().await;
}

/// A connection that ends under this fault leaves its row, which goes by its time to live.
async fn check_row_expires(fault: Fault, times: Times) {
    let stack = Stack::start().await;
    let mut socket = stack.connect(json!({"room": "lobby"})).await;
    check_echoes(&mut socket).await;
    stack.faults.switch_on(fault, times);
    socket.close().await;
    stack.all_disconnected().await;
    stack.faults.clear();
    check_stored(&stack, 1);
    assert_eq!(stack.running.services.registry.count(), 0);
    expire(&stack).await;
    check_as_new(&stack).await;
    stack.stop().await;
}

#[tokio::test]
async fn a_lost_disconnect_leaves_a_row_that_expires() {
    check_row_expires(Fault::DisconnectLost, Times::Next(1)).await;
}

#[tokio::test]
async fn a_disconnect_whose_function_is_killed_leaves_a_row_that_expires() {
    check_row_expires(function("DisconnectFunction", FunctionFault::Killed), Times::Next(1)).await;
}

#[tokio::test]
async fn a_disconnect_that_cannot_delete_leaves_a_row_that_expires() {
    let fault = Fault::DynamoDb(Which::named("DeleteItem"), DynamoDbFault::Failing);
    check_row_expires(fault, Times::Always).await;
}

#[tokio::test]
async fn a_disconnect_whose_answer_is_lost_or_that_is_throttled_twice_leaves_nothing() {
    let stack = Stack::start().await;
    let lost = (function("DisconnectFunction", FunctionFault::AnswerLost), 1);
    let throttled = (Fault::DynamoDb(Which::named("DeleteItem"), DynamoDbFault::Throttled), 2);
    for (fault, times) in [lost, throttled] {
        let mut socket = stack.connect(json!({"room": "lobby"})).await;
        check_echoes(&mut socket).await;
        stack.faults.switch_on(fault, Times::Next(times));
        socket.close().await;
        stack.all_disconnected().await;
        check_connections(&stack, 0);
    }
    check_as_new(&stack).await;
    stack.stop().await;
}

#[tokio::test]
async fn the_first_frame_for_a_connection_whose_disconnect_was_lost_removes_its_row() {
    let stack = Stack::start().await;
    let mut socket = stack.connect(json!({"room": "lobby"})).await;
    let connection_id = socket.ask("hello").await["connection"]["connectionId"].take();
    stack.faults.switch_on(Fault::DisconnectLost, Times::Next(1));
    socket.cut();
    stack.all_disconnected().await;
    check_connections(&stack, 1);
    // A message of it that was still under way.
    let path = workspace().join("tests/fixtures/events/websocket/message.json");
    let mut event: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    event["requestContext"]["connectionId"] = connection_id;
    let answer = stack.invoke("DefaultFunction", &event).await;
    assert_eq!(answer["statusCode"], 200);
    check_as_new(&stack).await;
    stack.stop().await;
}

#[tokio::test]
async fn a_handshake_whose_function_is_killed_at_once_leaves_the_url_good() {
    let stack = Stack::start().await;
    let url = stack.sign(json!({"room": "lobby"})).await;
    stack.faults.switch_on(function("ConnectFunction", FunctionFault::Killed), Times::Next(1));
    let reply = websocket::open(&url).await.expect_err("the function is killed");
    assert_eq!(reply.status, 502, "{}", reply.text());
    check_stored(&stack, 0);
    let mut socket = websocket::open(&url).await.unwrap();
    check_echoes(&mut socket).await;
    socket.close().await;
    check_as_new(&stack).await;
    stack.stop().await;
}

#[tokio::test]
async fn a_handshake_whose_function_is_killed_behind_its_work_spends_the_url_and_its_row_expires() {
    let stack = Stack::start().await;
    let url = stack.sign(json!({"room": "lobby"})).await;
    stack.faults.switch_on(function("ConnectFunction", FunctionFault::AnswerLost), Times::Next(1));
    let reply = websocket::open(&url).await.expect_err("the function is killed");
    assert_eq!(reply.status, 502, "{}", reply.text());
    check_stored(&stack, 1);
    let reply = websocket::open(&url).await.expect_err("the URL is spent");
    assert_eq!(reply.status, 403, "{}", reply.text());
    let mut socket = stack.connect(json!({"room": "lobby"})).await;
    check_echoes(&mut socket).await;
    socket.close().await;
    stack.all_disconnected().await;
    assert_eq!(stack.running.services.registry.count(), 0);
    check_connections(&stack, 1);
    expire(&stack).await;
    check_as_new(&stack).await;
    stack.stop().await;
}

#[tokio::test]
async fn a_signing_function_that_is_killed_signs_the_next_url() {
    let stack = Stack::start().await;
    for fault in [FunctionFault::Killed, FunctionFault::AnswerLost] {
        stack.faults.switch_on(function("SignFunction", fault), Times::Next(1));
        let reply = stack.ask_to_sign(&json!({})).await;
        assert_eq!(reply.status, 500, "{fault:?}: {}", reply.text());
        check_as_new(&stack).await;
    }
    stack.stop().await;
}

fn assume_role(fault: StsFault) -> Fault {
    Fault::Sts(Which::named("AssumeRole"), fault)
}

#[tokio::test]
async fn while_sts_fails_or_throttles_nothing_is_signed_and_then_it_is() {
    let stack = Stack::start().await;
    for fault in [StsFault::Failing, StsFault::Throttled] {
        stack.faults.switch_on(assume_role(fault), Times::Always);
        let reply = stack.ask_to_sign(&json!({})).await;
        assert_eq!((reply.status, &reply.json()["code"]), (503, &json!("credentials_unavailable")));
        stack.faults.clear();
    }
    check_as_new(&stack).await;
    stack.stop().await;
}

#[tokio::test]
async fn a_failure_of_sts_and_a_throttling_are_overcome() {
    let stack = Stack::start().await;
    stack.faults.switch_on(assume_role(StsFault::Failing), Times::Next(1));
    stack.faults.switch_on(assume_role(StsFault::Throttled), Times::Next(1));
    stack.sign(json!({})).await;
    check_as_new(&stack).await;
    stack.stop().await;
}

#[tokio::test]
async fn who_asks_sts_who_he_is_can_be_refused() {
    let stack = Stack::start().await;
    let developer = aws::credentials(stack.running.iam.developer());
    let fault = Fault::Sts(Which::named("GetCallerIdentity"), StsFault::Failing);
    stack.faults.switch_on(fault, Times::Next(1));
    for status in [500, 200] {
        let reply = aws::sts(&stack.aws_url(), &developer, "GetCallerIdentity", &[]).await;
        assert_eq!(reply.status, status, "{}", reply.text());
    }
    stack.stop().await;
}

#[tokio::test]
async fn a_fault_that_can_never_strike_is_told() {
    let stack = Stack::start().await;
    let check = |text: &str, expected: Option<&str>| {
        let armed: Armed = text.parse().unwrap();
        let found = armed.fault.check(&stack.template).map_err(|error| error.to_string());
        assert_eq!(found.err().as_deref(), expected, "{text}");
    };
    for text in ["dynamodb=failing", "sts=failing", "connections=gone", "disconnect=lost"] {
        check(text, None);
    }
    check("socket=cut", None);
    check("function=killed", None);
    check("function:SignFunction=killed", None);
    let functions = stack.template.functions.iter();
    let known = functions.map(|function| function.logical_id.as_str()).collect::<Vec<_>>();
    let expected =
        format!("the template has no function Nobody, expected one of {}", known.join(", "));
    check("function:Nobody=killed", Some(&expected));
    stack.stop().await;
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
