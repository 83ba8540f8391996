//! The claims of a token, from the event to what an echo says was granted.

use serde_json::{Value, json};
use tests::programs::workspace;
use tests::stack::{Options, Stack};
use tests::{template, websocket};

/// sign-fn's answer to the event of a token, of AWS's shape: status and body.
async fn answer(stack: &Stack, change: impl FnOnce(&mut Value)) -> (u64, Value) {
    let fixture = workspace().join("tests/fixtures/events/http/sign-jwt-cognito.json");
    let mut event: Value = serde_json::from_slice(&std::fs::read(fixture).unwrap()).unwrap();
    event["requestContext"]["timeEpoch"] = stack.clock.epoch_milliseconds().into();
    change(&mut event["requestContext"]["authorizer"]["jwt"]["claims"]);
    let reply = stack.invoke("SignFunction", &event).await;
    let body = serde_json::from_str(reply["body"].as_str().unwrap()).unwrap();
    (reply["statusCode"].as_u64().unwrap(), body)
}

#[tokio::test]
async fn ws_connect_knows_who_connects_by_the_token() {
    let template = template::with(|tree| {
        let variables = "Resources.SignFunction.Properties.Environment.Variables";
        let variables = template::at(tree, variables).as_mapping_mut().unwrap();
        variables.insert("CLAIM_GRANTS".into(), r#"{"sub":"userId"}"#.into());
    });
    let grants = r#"{"plan":"free"}"#;
    let options = Options::default().template(template).parameter("Grants", grants);
    let stack = Stack::start_with(options).await;

    let (status, body) = answer(&stack, |claims| claims["sub"] = "auth0|al i+ce".into()).await;
    assert_eq!(status, 201, "{body}");
    let mut socket = websocket::open(body["url"].as_str().unwrap()).await.unwrap();
    let echo = socket.ask("hello").await;
    let granted = json!({"plan": "free", "userId": "auth0|al i+ce"});
    assert_eq!(echo["connection"]["granted"], granted);
    assert_eq!(echo["connection"]["requested"], json!({"room": "lobby"}));

    let (status, body) = answer(&stack, |claims| *claims = json!({"username": "alice"})).await;
    assert_eq!((status, &body["code"]), (403, &json!("claim_missing")), "{body}");
    // Without any token.
    let reply = stack.ask_to_sign(&json!({})).await;
    assert_eq!((reply.status, &reply.json()["code"]), (403, &json!("claim_missing")));
    stack.stop().await;
}
