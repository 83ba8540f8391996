//! `/sign` or a handshake is refused.

use serde_json::{Value, json};
use tests::browser::Scene;
use tests::stack::Options;

#[tokio::test]
async fn a_refusal_of_sign_is_final_and_says_why() {
    let options = Options::default().parameter("Requestable", "room");
    let Some(scene) = Scene::start_with(options, Vec::new()).await else { return };
    let mut seen = scene.play("refused").await;
    assert!(seen["detail"].take().as_str().unwrap().contains("other"), "it names the parameter");
    let expected = json!({
        "requests": 1,
        "name": "SignError",
        "code": "name_not_allowed",
        "status": 400,
        "detail": null,
        "types": ["statechange", "error", "close"],
    });
    assert_eq!(seen, expected);
    scene.stop().await;
}

/// That the client tries again while these go wrong, and gets through when they do not any more.
async fn check_retried(faults: &[&str], failure: Value) {
    let Some(scene) = Scene::start().await else { return };
    let seen = scene.play_with("retried", json!({"faults": faults})).await;
    assert_eq!(seen, json!([failure, failure, failure]));
    scene.stop().await;
}

#[tokio::test]
async fn a_sign_function_that_dies_is_asked_again() {
    let failure = json!({"name": "SignError", "status": 500, "code": null});
    check_retried(&["function:SignFunction=killed"], failure).await;
}

#[tokio::test]
async fn a_failing_sts_is_asked_again() {
    let failure = json!({"name": "SignError", "status": 503, "code": "credentials_unavailable"});
    check_retried(&["sts=failing"], failure).await;
}

#[tokio::test]
async fn a_handshake_that_fails_is_tried_again_with_another_url() {
    let failure = json!({"name": "ConnectionError", "code": 1006});
    check_retried(&["function:ConnectFunction=killed"], failure).await;
}
