//! A signed URL opens one connection: not a second one after it, nor one beside it.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tests::stack::Stack;
use tests::waiting::eventually;
use tests::websocket;

/// The URL is refused by ws-connect, for this reason.
async fn check_refused(stack: &Stack, url: &str, reason: &str) {
    let logged = stack.log_count("ConnectFunction", reason);
    let reply = websocket::open(url).await.expect_err("a second connection");
    assert_eq!((reply.status, reply.text().as_str()), (403, ""));
    let is_logged = || stack.log_count("ConnectFunction", reason) > logged;
    eventually(&format!("ws-connect logs {reason}"), is_logged).await;
}

#[tokio::test]
async fn a_url_opens_one_connection_in_its_life_and_none_after_it() {
    let stack = Stack::start().await;
    let url = stack.sign(json!({"room": "lobby"})).await;
    let mut socket = websocket::open(&url).await.unwrap();

    // While the connection is open,
    check_refused(&stack, &url, "nonce_spent").await;
    assert_eq!(stack.rows("ConnectionsTable").len(), 1);
    assert_eq!(stack.rows("NoncesTable").len(), 1);
    assert_eq!(socket.ask("hello").await["message"], "hello");

    // when it is closed,
    socket.close().await;
    eventually("its row is removed", || stack.rows("ConnectionsTable").is_empty()).await;
    check_refused(&stack, &url, "nonce_spent").await;

    // when the URL has ended,
    stack.clock.advance(Duration::from_secs(60));
    check_refused(&stack, &url, "url_expired").await;
    assert_eq!(stack.rows("NoncesTable").len(), 1);

    // and when its nonce is forgotten: by then the signature is too old.
    stack.clock.advance(Duration::from_secs(301));
    stack.running.tables.sweep_expired().unwrap();
    assert!(stack.rows("NoncesTable").is_empty());
    let invocations = stack.invocations("ConnectFunction");
    let reply = websocket::open(&url).await.expect_err("an old URL");
    assert_eq!(reply.status, 403);
    assert!(reply.text().contains("Signature expired"), "{}", reply.text());
    assert_eq!(stack.invocations("ConnectFunction"), invocations);
    assert!(stack.rows("ConnectionsTable").is_empty());
    stack.stop().await;
}

#[tokio::test]
async fn of_fifty_at_once_one_gets_in() {
    let stack = Stack::start().await;
    let url = stack.sign(json!({"room": "lobby"})).await;
    let outcomes = join_all((0..50).map(|_| websocket::open(&url))).await;
    let (opened, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!(opened.len(), 1);
    for reply in refused.into_iter().filter_map(Result::err) {
        assert_eq!(reply.status, 403, "{}", reply.text());
    }
    assert_eq!(stack.rows("ConnectionsTable").len(), 1);
    assert_eq!(stack.rows("NoncesTable").len(), 1);
    // And it is a connection like any other.
    let mut socket = opened.into_iter().find_map(Result::ok).unwrap();
    assert_eq!(socket.ask("hello").await["message"], "hello");
    stack.stop().await;
}
