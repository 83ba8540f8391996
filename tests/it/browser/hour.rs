//! A page that is left alone for an hour, by both clocks.

use serde_json::{Value, json};
use tests::browser::Scene;

use super::lines;

/// A connection on which nothing is said for so long is ended, in milliseconds.
const IDLE: u64 = 10 * 60 * 1000;

#[tokio::test]
async fn a_page_left_for_an_hour_stays_connected() {
    let Some(seen) = left(json!({"machine": "awake", "keepAlive": {}})).await else { return };
    let lines = lines::of(&seen);
    let [line] = &lines[..] else { panic!("expected one connection: {lines:?}") };
    assert_eq!(line.closed_at, None);
    assert_eq!(id(&seen["before"]), id(&seen["after"]));
    assert_eq!(seen["count"], 1);
    assert_eq!(seen["rows"].as_array().unwrap().len(), 1);

    let times: Vec<_> = line.sent.iter().map(|frame| frame.at).collect();
    let silences: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(silences.iter().all(|&silence| silence < IDLE), "{silences:?}");
    assert!(times[times.len() - 1] - times[0] >= 60 * 60 * 1000, "{times:?}");
    assert_eq!(line.said(), ["after", "before"]);
    assert!(line.sent.len() >= 2 + 6, "{times:?}");
    assert_eq!(line.received.len(), line.sent.len(), "each is answered");
    // No listener has heard of it.
    assert_eq!(types(&seen), ["statechange", "statechange", "open", "message", "message"]);
}

#[tokio::test]
async fn a_page_that_says_too_little_is_disconnected_and_connects_again() {
    let keep_alive = json!({"idle": IDLE + 60_000});
    let Some(seen) = left(json!({"machine": "awake", "keepAlive": keep_alive})).await else {
        return;
    };
    let lines = lines::of(&seen);
    let (last, ended) = lines.split_last().unwrap();
    let codes: Vec<_> = ended.iter().map(|line| line.code).collect();
    assert_eq!(codes, [Some(1001); 5], "every ten minutes, and the way back takes a moment");
    assert_eq!(last.closed_at, None);
    assert_ne!(id(&seen["before"]), id(&seen["after"]));
    assert_eq!(seen["count"], 1);
}

#[tokio::test]
async fn a_machine_that_has_slept_for_an_hour_connects_again() {
    let Some(seen) = left(json!({"machine": "asleep", "keepAlive": {}})).await else { return };
    let lines = lines::of(&seen);
    let [lost, _] = &lines[..] else {
        panic!("expected one that was lost, and one more: {lines:?}")
    };
    assert_ne!(id(&seen["before"]), id(&seen["after"]));
    let found_out = lost.closing_at.unwrap() - lost.sent[1].at;
    assert!((15_000..=31_000).contains(&found_out), "{found_out} ms after the ping");
    assert_eq!(seen["count"], 1);
}

/// What is seen of an hour; `None` where there is no browser.
async fn left(arguments: Value) -> Option<Value> {
    let scene = Scene::start().await?;
    let seen = scene.play_with("hour", arguments).await;
    scene.stop().await;
    Some(seen)
}

fn id(echo: &Value) -> &str {
    echo["connection"]["connectionId"].as_str().unwrap()
}

fn types(seen: &Value) -> Vec<&str> {
    let events = seen["events"].as_array().unwrap();
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}
