//! A configuration that sign-fn cannot work with: it does not start, and says why.

use serde_json::json;
use tests::stack::{Options, Stack};
use tests::waiting::eventually;

async fn check(parameter: &'static str, value: &str, variable: &str, reason: &str) {
    let stack = Stack::start_with(Options::default().parameter(parameter, value)).await;
    let reply = stack.ask_to_sign(&json!({})).await;
    assert_eq!((reply.status, reply.json()), (500, json!({"message": "Internal Server Error"})));
    let what = format!("the log names {variable} and says {reason}");
    eventually(&what, || {
        let lines = stack.log();
        lines.iter().any(|line| line.contains(variable) && line.contains(reason))
    })
    .await;
    stack.stop().await;
}

#[tokio::test]
async fn a_bad_value_stops_the_start_and_is_named() {
    check("Grants", "{plan}", "GRANTS", "expected a JSON object").await;
    check("Grants", r#"{"nonce":"1"}"#, "GRANTS", "is set by sign-fn").await;
    check("Requestable", "room,grant.userId", "REQUESTABLE", "is reserved").await;
    check("RequestableHeaders", "cookie", "REQUESTABLE_HEADERS", "is reserved").await;
}
