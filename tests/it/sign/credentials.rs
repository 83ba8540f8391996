//! `/sign` when the signer role's credentials cannot be had, or end.

use std::time::Duration;

use serde_json::{Value, json};
use tests::http::Reply;
use tests::stack::{Options, Stack};
use tests::{template, websocket};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{expires_at, parameters, signed};

/// How long a session lasts where AssumeRole is asked for no duration (STS API Reference).
const SESSION: Duration = Duration::from_secs(3_600);

const TRUST: &str = "Resources.SignerRole.Properties.AssumeRolePolicyDocument.Statement.0";

#[track_caller]
fn check_unavailable(reply: &Reply) {
    assert_eq!(reply.header("content-type"), Some("application/problem+json"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let expected = json!({
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "code": "credentials_unavailable",
        "detail": "nothing can be signed at the moment, try again later",
    });
    assert_eq!((reply.status, reply.json()), (503, expected));
}

#[tokio::test]
async fn a_role_that_trusts_another_function_cannot_sign() {
    let trust_another = template::with(|tree| {
        let principal = yaml_serde::from_str("{AWS: !GetAtt ConnectFunctionRole.Arn}").unwrap();
        *template::at(tree, &format!("{TRUST}.Principal")) = principal;
    });
    let stack = Stack::start_with(Options::default().template(trust_another)).await;
    check_unavailable(&stack.ask_to_sign(&json!({})).await);
    // What was asked for wrongly is still the caller's to mend.
    let reply = stack.ask_to_sign(&json!({"query": {"grant.a": "1"}})).await;
    assert_eq!(reply.status, 400);
    stack.stop().await;
}

#[tokio::test]
async fn credentials_that_cannot_be_renewed_are_used_to_their_end() {
    let options = Options::default();
    let start = options.clock.now();
    // From a minute on, AssumeRole is refused.
    let until = (start + Duration::from_secs(60)).format(&Rfc3339).unwrap();
    let trusting_at_first = template::with(|tree| {
        template::reserve_one_environment(tree, "SignFunction");
        let condition = json!({"DateLessThan": {"aws:CurrentTime": until}});
        let condition: yaml_serde::Value = yaml_serde::from_str(&condition.to_string()).unwrap();
        let statement = template::at(tree, TRUST).as_mapping_mut().unwrap();
        statement.insert("Condition".into(), condition);
    });
    let stack = Stack::start_with(options.template(trusting_at_first)).await;
    let sign = async || signed(&stack.ask_to_sign(&json!({})).await);
    let first = sign().await;
    assert_eq!(expires_at(&first), start.unix_timestamp() + 60);
    let end = (start + SESSION).unix_timestamp();

    advance_to(&stack, end - 30);
    let shortened = sign().await;
    assert_eq!(expires_at(&shortened), end, "a URL ends with its credentials");
    let url = shortened["url"].as_str().unwrap();
    assert_eq!(parameters(url)["grant.expires"], end.to_string());
    assert_eq!(parameters(url)["X-Amz-Expires"], "30");
    assert_eq!(session_of(&shortened), session_of(&first), "the session is the first one");
    let mut socket = websocket::open(url).await.unwrap();
    assert_eq!(socket.ask("hello").await["message"], "hello");

    advance_to(&stack, end - 10);
    assert_eq!(expires_at(&sign().await), end);
    advance_to(&stack, end - 9);
    check_unavailable(&stack.ask_to_sign(&json!({})).await);
    stack.stop().await;
}

#[tokio::test]
async fn credentials_are_kept_and_renewed_in_time() {
    let template = template::with(|tree| template::reserve_one_environment(tree, "SignFunction"));
    let stack = Stack::start_with(Options::default().template(template)).await;
    let sign = async || signed(&stack.ask_to_sign(&json!({})).await);
    let end = (stack.clock.now() + SESSION).unix_timestamp();
    let first = session_of(&sign().await);
    assert_eq!(session_of(&sign().await), first);
    // Five minutes before its end, the longest that a URL lives, the session still signs.
    advance_to(&stack, end - 300);
    assert_eq!(session_of(&sign().await), first);
    advance_to(&stack, end - 299);
    let renewed = sign().await;
    assert_ne!(session_of(&renewed), first);
    assert_eq!(expires_at(&renewed), stack.clock.now().unix_timestamp() + 60);
    assert_eq!(stack.processes("SignFunction").len(), 1, "one process signed them all");
    stack.stop().await;
}

/// The access key that signed.
fn session_of(answer: &Value) -> String {
    let mut parameters = parameters(answer["url"].as_str().unwrap());
    let scope = parameters.remove("X-Amz-Credential").unwrap();
    scope.split('/').next().unwrap().to_owned()
}

/// Drives the clock to the beginning of a second.
fn advance_to(stack: &Stack, second: i64) {
    let until = OffsetDateTime::from_unix_timestamp(second).unwrap() - stack.clock.now();
    stack.clock.advance(until.try_into().unwrap());
}
