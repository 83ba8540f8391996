//! A function that gives no answer that counts: it fails, dies, is late, may not be asked, or says something else. A client
//! that is not there for it.

use local::faults::{Fault, FunctionFault, Times, Which};
use serde_json::{Value, json};
use tests::probe::{Invocation, Probe};
use tests::stack::{Options, Stack};
use tests::template;
use tests::trace::{Told, event, names};
use tests::websocket::{self, Handshake, split_url};

const ASKED: [&str; 6] = ["arrived", "judged", "decided", "invoked", "answered", "ended"];

/// What is told of a handshake whose function ends so, and the connection's id.
async fn told_of(end: impl AsyncFnOnce(&Stack, Invocation)) -> (Vec<Value>, String) {
    let probe = Probe::listen(env!("CARGO_BIN_EXE_probe")).await;
    let stack = Stack::start_with(probe.replace(Options::default(), &["ConnectFunction"])).await;
    let (authority, target) = split_url(&stack.sign(json!({})).await);
    let mut told = Told::by(&stack).await;
    let handshake = Handshake::begin(&authority, &target, &[]).await;
    let invocation = probe.invoked().await;
    let connection_id = invocation.event["requestContext"]["connectionId"].as_str().unwrap();
    let connection_id = connection_id.to_owned();
    end(&stack, invocation).await;
    assert!(handshake.answer().await.is_err(), "no connection");
    let told = told.until("ended").await;
    stack.stop().await;
    assert_eq!(names(&told), ASKED);
    (told, connection_id)
}

/// It is told why there is no answer, and the handshake is refused for it by rule 27.
async fn check_lost(end: impl AsyncFnOnce(&Stack, Invocation), error: &str) {
    let (told, connection_id) = told_of(end).await;
    let answered = event(&told, "answered");
    assert_eq!((&answered["answer"], &answered["error"]), (&Value::Null, &json!(error)));
    check_ended(&told, &format!("connection {connection_id}: {error}"));
}

#[track_caller]
fn check_ended(told: &[Value], found: &str) {
    let refusal = &event(told, "ended")["refusal"];
    assert_eq!((&refusal["rule"], &refusal["found"]), (&json!(27), &json!(found)));
}

#[tokio::test]
async fn why_a_function_has_not_answered_is_told() {
    check_lost(
        async |_, invocation| invocation.fail("Sad", "no luck").await,
        "the function gave no answer: the function failed: Sad: no luck",
    )
    .await;
    check_lost(
        async |stack, _invocation| {
            // It is held until its time is over.
            stack.clock.advance(stack.function_timeout());
            stack.running.services.functions.all_answered().await;
        },
        "the function gave no answer: the function timed out after 10 seconds",
    )
    .await;
    check_lost(
        async |_, invocation| invocation.crash(),
        "the function gave no answer: the function's process ended before it answered: exit status: 1",
    )
    .await;
}

#[tokio::test]
async fn a_secret_in_the_words_of_a_function_is_not_told() {
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    check_lost(
        async |_, invocation| invocation.fail("Sad", &format!("{SECRET} is wrong")).await,
        "the function gave no answer: the function failed: Sad: wJalrXUt… is wrong",
    )
    .await;
}

#[tokio::test]
async fn an_answer_that_does_not_count_is_told_as_it_is() {
    let check = async |answer: &str, told: Value, found: &str| {
        let (events, connection_id) =
            told_of(async |_, invocation| invocation.answer_text(answer).await).await;
        let answered = event(&events, "answered");
        assert_eq!((&answered["answer"], &answered["error"]), (&told, &Value::Null));
        let refusal = event(&events, "ended")["refusal"]["found"].as_str().unwrap().to_owned();
        assert!(refusal.starts_with(&format!("connection {connection_id}: {found}")), "{refusal}");
    };
    let malformed = "the function's answer does not have the proxy format";
    check(r#"{"ok":true}"#, json!({"ok": true}), malformed).await;
    check("hello", json!("hello"), malformed).await;
    let answer = json!({"statusCode": 101, "headers": {"Set-Cookie": "a=b"}});
    let told = json!({"statusCode": 101, "headers": {"Set-Cookie": "(hidden)"}});
    check(&answer.to_string(), told, "the function's statusCode is 101").await;
}

#[tokio::test]
async fn a_fault_that_kills_the_function_is_told() {
    let stack = Stack::start().await;
    let url = stack.sign(json!({})).await;
    let fault = Fault::Function(Which::named("ConnectFunction"), FunctionFault::Killed);
    stack.faults.switch_on(fault, Times::Next(1));
    let mut told = Told::by(&stack).await;
    assert_eq!(websocket::open(&url).await.expect_err("no connection").status, 502);
    let told = told.until("ended").await;
    assert_eq!(names(&told), ASKED);
    let error = event(&told, "answered")["error"].as_str().unwrap().to_owned();
    assert!(error.ends_with("a fault has killed it"), "{error}");
    stack.stop().await;
}

#[tokio::test]
async fn a_function_that_may_not_be_asked_is_not_told_to_have_been() {
    let template = template::with(|tree| {
        template::at(tree, "Resources").as_mapping_mut().unwrap().remove("ConnectPermission");
    });
    let stack = Stack::start_with(Options::default().template(template)).await;
    let url = stack.sign(json!({})).await;
    let mut told = Told::by(&stack).await;
    assert_eq!(websocket::open(&url).await.expect_err("no connection").status, 500);
    let told = told.until("ended").await;
    assert_eq!(names(&told), ["arrived", "judged", "decided", "ended"]);
    let refusal = &event(&told, "ended")["refusal"];
    assert_eq!(refusal["rule"], 27);
    assert!(refusal["found"].as_str().unwrap().contains("no permission lets API Gateway invoke"));
    stack.stop().await;
}

#[tokio::test]
async fn a_client_that_goes_away_before_its_answer_is_told_to_be_gone() {
    let probe = Probe::listen(env!("CARGO_BIN_EXE_probe")).await;
    let stack = Stack::start_with(probe.replace(Options::default(), &["ConnectFunction"])).await;
    let check = async |status: u16, after: &[&str]| {
        let (authority, target) = split_url(&stack.sign(json!({})).await);
        let mut told = Told::by(&stack).await;
        let handshake = Handshake::begin(&authority, &target, &[]).await;
        let invocation = probe.invoked().await;
        drop(handshake);
        let events = told.until("gone").await;
        assert_eq!(names(&events), ["arrived", "judged", "decided", "invoked", "gone"]);
        assert!(events.iter().all(|event| event["handshake"] == events[0]["handshake"]));
        invocation.answer(&json!({"statusCode": status})).await;
        assert_eq!(names(&told.until(after[after.len() - 1]).await), after);
    };
    check(200, &["answered", "disconnected"]).await;
    check(403, &["answered"]).await;
    stack.stop().await;
}
