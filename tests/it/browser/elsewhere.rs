//! The page where it is not all as `countersign run` has it at first: its connections are lost, another server gives its
//! files, or `/sign` is not for a page to ask.

use serde_json::{Value, json};
use tests::aws;
use tests::browser::{self, Scene};
use tests::site::File;
use tests::stack::Options;
use tests::tokens::AUDIENCE;

#[tokio::test]
async fn the_page_comes_back_with_its_trace_and_says_what_it_has_missed() {
    let Some(scene) = Scene::start().await else { return };
    let seen = scene.play("page-lost").await;
    scene.stop().await;
    let alone = json!({"outcome": "unopened", "untold": "lost", "focused": "tamper-signature"});
    assert_eq!(seen["alone"], alone);
    // What came while the trace was lost is not there at all.
    let missed = "opened, and not told to its end";
    assert_eq!(seen["missed"], json!([missed]));
    let handed = seen["handed"].as_array().unwrap();
    assert_eq!(handed.first(), Some(&json!("open")), "{handed:?}");
    assert_eq!(handed.last(), Some(&json!(missed)), "{handed:?}");
    assert_eq!(handed.len(), 3, "and the tampered one: {handed:?}");
    assert_eq!(seen["life"], "used", "the URL of the hand-over is shown as what it is");
    let [row] = &seen["rows"].as_array().unwrap()[..] else { panic!("one: {}", seen["rows"]) };
    let stored = seen["stored"].as_str().unwrap();
    assert!(stored.contains(row["connectionId"]["S"].as_str().unwrap()), "{stored}");
    let states = seen["states"].as_array().unwrap();
    for name in ["waiting", "handing over", "closed"] {
        let count = states.iter().filter(|state| *state == name).count();
        assert_eq!(count, 1, "{name}: {states:?}");
    }
    assert_eq!(seen["left"], json!({"open": 0, "rows": []}));
}

#[tokio::test]
async fn the_page_of_another_server_takes_a_token_to_sign_alone() {
    let options = Options::default()
        .parameter("SignAuthorization", "JWT")
        .parameter("JwtIssuer", "https://issuer.invalid/")
        .parameter("JwtAudience", AUDIENCE);
    let mut files = browser::page();
    // The same page, that may connect to no WebSocket.
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src http:";
    files.push(File {
        path: "/closed".to_owned(),
        policy: Some(policy.to_owned()),
        ..files[0].clone()
    });
    let Some(scene) = Scene::start_with(options, files).await else { return };
    let token = scene.stack.token(&json!({"sub": "alice"}));
    let seen = scene.play_with("hosted", json!({"token": token})).await;
    let sign = scene.stack.sign_url().to_owned();
    scene.stop().await;
    for refusal in seen["refusals"].as_array().unwrap() {
        let said = refusal["said"].as_str().unwrap();
        assert!(said.contains("the address of /sign is not one"), "{said}");
        assert_eq!((&refusal["state"], &refusal["tried"]), (&json!("none"), &json!("failed")));
    }
    assert_eq!(seen["refusals"].as_array().map(Vec::len), Some(3));
    let why = "this browser does not let the page connect to that address";
    assert_eq!(seen["blocked"], json!({"outcome": "failed", "why": why}));
    assert_eq!(seen["early"], 0, "nobody was told the token");
    assert_eq!(seen["told"], json!([sign]), "who was told it");
    assert_eq!(seen["echoed"], "hello");
    let tried = |kind: &str, outcome: &str, untold: Value, status: &str| json!({"kind": kind, "outcome": outcome, "untold": untold, "status": status});
    let expected = json!([
        tried(
            "signature",
            "unopened",
            json!("absent"),
            "One character of the signature was changed. It did not open.",
        ),
        tried(
            "order",
            "opened",
            Value::Null,
            "The parameters were put in the reverse order. It opened.",
        ),
        tried(
            "twice",
            "unopened",
            json!("absent"),
            "One URL was used twice, unchanged. It did not open.",
        ),
    ]);
    assert_eq!(seen["tampered"], expected);
}

#[tokio::test]
async fn a_url_that_was_pasted_is_good_once_and_the_page_asks_for_no_other() {
    let options = Options::default().parameter("SignAuthorization", "IAM");
    let Some(scene) = Scene::start_with(options, Vec::new()).await else { return };
    let developer = aws::credentials(scene.stack.running.iam.developer());
    let mut answers = Vec::new();
    for _ in 0..2 {
        let sign = scene.stack.sign_url();
        let answer = aws::send(&developer, "execute-api", "POST", sign, &[], b"").await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answers.push(answer.text());
    }
    let seen = scene.play_with("pasted", json!({"answers": answers})).await;
    scene.stop().await;
    let tried = |kind: &str, outcome: &str, rule: Option<&str>| json!({"kind": kind, "outcome": outcome, "rule": rule});
    let expected = json!({
        "refused": true,
        "tampered": [
            tried("add", "failed", None),
            tried("add", "refused", Some("19")),
            tried("signature", "refused", Some("19")),
            tried("order", "opened", None),
            tried("add", "failed", None),
        ],
        "before": "good",
        "after": "used",
        "state": "none",
        "asked": 0,
        "shown": 0,
    });
    assert_eq!(seen, expected);
}
