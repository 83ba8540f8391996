//! What a page can read of the client, and what a policy of the page does to it.

use serde_json::json;
use tests::browser::{self, Scene};
use tests::site::File;
use tests::stack::Options;

/// Chromium itself writes the URL of a failed handshake to its console, where no page can read it.
#[tokio::test]
async fn nothing_that_a_page_can_read_holds_a_part_of_a_signed_url() {
    let Some(scene) = Scene::start().await else { return };
    let fault = json!({"fault": "function:ConnectFunction=killed"});
    let seen = scene.play_with("secrets", fault).await;
    assert_eq!(seen, json!({"secrets": true, "chromiums": true}));
    scene.stop().await;
}

/// The bare page under a policy.
fn page(path: &str, connect: &str) -> File {
    let policy =
        format!("default-src 'none'; img-src data:; script-src 'self'; connect-src {connect}");
    let [page, ..] = &browser::bare()[..] else { panic!("a bare page") };
    File { path: path.to_owned(), policy: Some(policy), ..page.clone() }
}

#[tokio::test]
async fn the_client_needs_no_more_of_a_policy_than_its_two_addresses() {
    let pages = vec![
        page("/strict", "http://127.0.0.1:* ws://127.0.0.1:*"),
        page("/closed", "http://127.0.0.1:*"),
    ];
    let Some(scene) = Scene::start_with(Options::default(), pages).await else { return };
    let seen = scene.play("policy").await;
    let cause = json!({"name": "ConnectionError", "code": 1006});
    assert_eq!(seen, json!({"message": "hello", "cause": cause}));
    scene.stop().await;
}

#[tokio::test]
async fn a_page_that_is_left_leaves_no_connection() {
    let Some(scene) = Scene::start().await else { return };
    assert_eq!(scene.play("leave").await, json!({"requests": 1, "open": 0}));
    scene.stop().await;
}
