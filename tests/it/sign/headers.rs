//! The header method: for clients that can send headers.

use serde_json::{Value, json};
use tests::stack::{Options, Stack};
use tests::websocket;

use super::{expires_at, parameters, signed};

/// The headers of an answer, as pairs.
fn pairs(answer: &Value) -> Vec<(String, String)> {
    let headers = answer["headers"].as_object().unwrap().iter();
    headers.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

fn borrowed(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[tokio::test]
async fn a_client_that_sends_the_headers_connects() {
    let options = Options::default()
        .parameter("Grants", r#"{"tenant":"acme"}"#)
        .parameter("RequestableHeaders", "x-tenant,X-Client-Version")
        .parameter("KeptHeaders", "x-client-version");
    let stack = Stack::start_with(options).await;
    let body = json!({
        "authMethod": "header",
        "query": {"room": "lobby"},
        "headers": {"X-Tenant": "7", "x-client-version": "3.1  beta"},
    });
    let answer = signed(&stack.ask_to_sign(&body).await);
    assert_eq!(expires_at(&answer), stack.clock.now().unix_timestamp() + 60);
    let url = answer["url"].as_str().unwrap();
    let names: Vec<_> = parameters(url).into_keys().collect();
    assert_eq!(names, ["grant.expires", "grant.nonce", "grant.tenant", "room"]);
    let pairs = pairs(&answer);
    let mut names: Vec<_> = pairs.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let expected =
        ["X-Tenant", "authorization", "x-amz-date", "x-amz-security-token", "x-client-version"];
    assert_eq!(names, expected);

    // Without the headers the URL is worth nothing, and with one of them changed neither.
    check_refused(url, &[], "Missing Authentication Token").await;
    let mut changed = pairs.clone();
    let tenant = changed.iter_mut().find(|(name, _)| name == "X-Tenant").unwrap();
    tenant.1 = "8".to_owned();
    check_refused(url, &borrowed(&changed), "The request signature we calculated").await;
    let without: Vec<_> =
        borrowed(&pairs).into_iter().filter(|(name, _)| *name != "x-client-version").collect();
    check_refused(url, &without, "").await;
    assert!(stack.processes("ConnectFunction").is_empty(), "no one asked ws-connect");

    let mut socket = websocket::open_with(url, &borrowed(&pairs)).await.unwrap();
    let connection = socket.ask("hello").await["connection"].take();
    assert_eq!(connection["granted"], json!({"tenant": "acme"}));
    assert_eq!(connection["requested"], json!({"room": "lobby"}));
    let stored = &stack.rows("ConnectionsTable")[0]["headers"];
    assert_eq!(*stored, json!({"M": {"x-client-version": {"S": "3.1  beta"}}}));

    // Used once, the headers open nothing any more.
    let refused = websocket::open_with(url, &borrowed(&pairs)).await.err().unwrap();
    assert_eq!(refused.status, 403);
    stack.stop().await;
}

async fn check_refused(url: &str, headers: &[(&str, &str)], words: &str) {
    let refused = websocket::open_with(url, headers).await.expect_err("it is refused");
    assert_eq!(refused.status, 403);
    let message = refused.json()["message"].take();
    assert!(message.as_str().unwrap().contains(words), "{message}");
}

#[tokio::test]
async fn any_header_that_is_not_reserved_may_be_signed_where_the_stack_says_so() {
    let stack = Stack::start_with(Options::default().parameter("RequestableHeaders", "*")).await;
    let body = json!({"authMethod": "header", "headers": {"User-Agent": "a", "Origin2": "!~"}});
    let answer = signed(&stack.ask_to_sign(&body).await);
    let pairs = pairs(&answer);
    let url = answer["url"].as_str().unwrap();
    let mut socket = websocket::open_with(url, &borrowed(&pairs)).await.unwrap();
    assert_eq!(socket.ask("hello").await["message"], "hello");
    stack.stop().await;
}
