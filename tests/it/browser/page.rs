//! The page of `countersign run`, by its buttons.

use serde_json::{Value, json};
use tests::browser::{self, Scene};
use tests::command::{self, Process};
use tests::stack::Options;

/// What a person sees who signs, connects, says something twice and closes.
fn check_seen(seen: &Value) {
    let expected = json!({
        "parameters": [
            "room: requested",
            "grant.expires: limit",
            "grant.nonce: limit",
            "X-Amz-Algorithm: signature",
            "X-Amz-Credential: signature",
            "X-Amz-Date: signature",
            "X-Amz-Expires: signature",
            "X-Amz-SignedHeaders: signature",
            "X-Amz-Security-Token: signature",
            "X-Amz-Signature: signature",
        ],
        "echoes": ["hello", "once more"],
    });
    assert_eq!(*seen, expected);
}

#[tokio::test]
async fn the_page_signs_shows_connects_and_talks() {
    let options = Options::default().parameter("Requestable", "room");
    let Some(scene) = Scene::start_with(options, Vec::new()).await else { return };
    check_seen(&scene.play("page").await);
    scene.stop().await;
}

#[tokio::test]
async fn the_page_of_the_command_does_so_too() {
    if !browser::is_there() {
        return;
    }
    let mut command = command::countersign().await;
    // The page of port 8080 is let in without being told; whichever port is free is not known before.
    command.args(["--parameter", "AllowedOrigins=http://*"]);
    let process = Process::start(command).await;
    let page = process.told("/page").trim_end_matches('/');
    let asked = async |request| panic!("by the machine's clock nothing is asked for: {request:?}");
    check_seen(&browser::play("page", &json!({"page": page}), asked).await);
    process.stop().await;
}
