//! The happy path: sign, connect, echo, disconnect.

use serde_json::json;
use tests::stack::Stack;

#[tokio::test]
async fn a_signed_url_opens_a_connection_that_echoes() {
    let stack = Stack::start().await;
    let mut socket = stack.connect(json!({"room": "lobby"})).await;
    let echo = socket.ask("hello").await;
    assert_eq!(echo["message"], "hello");
    assert_eq!(echo["connection"]["requested"], json!({"room": "lobby"}));
    assert_eq!(echo["connection"]["granted"], json!({}));
    socket.close().await;
    stack.stop().await;
}
