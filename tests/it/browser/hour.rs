//! A page that is left alone for an hour, by both clocks.

use serde_json::{Value, json};
use tests::browser::Scene;

/// A connection on which nothing is said for so long is ended, in milliseconds.
const IDLE: u64 = 10 * 60 * 1000;

#[tokio::test]
async fn a_page_left_for_an_hour_stays_connected() {
    let Some(seen) = left(json!({"machine": "awake", "keepAlive": {}})).await else { return };
    let [line] = &lines(&seen)[..] else { panic!("expected one connection: {}", seen["lines"]) };
    assert_eq!(line["closedAt"], Value::Null);
    assert_eq!(id(&seen["before"]), id(&seen["after"]));
    assert_eq!(seen["count"], 1);
    assert_eq!(seen["rows"].as_array().unwrap().len(), 1);

    let sent = line["sent"].as_array().unwrap();
    let times = sent.iter().map(|it| it["at"].as_u64().unwrap()).collect::<Vec<_>>();
    let silences = times.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>();
    assert!(silences.iter().all(|&silence| silence < IDLE), "{silences:?}");
    assert!(times[times.len() - 1] - times[0] >= 60 * 60 * 1000, "{times:?}");
    let said =
        |data: &str| serde_json::from_str::<Value>(data).is_ok_and(|it| it["type"] == "ping");
    let (pings, words): (Vec<_>, Vec<_>) =
        sent.iter().map(|it| it["data"].as_str().unwrap()).partition(|data| said(data));
    assert_eq!(words, ["before", "after"]);
    assert!(pings.len() >= 6, "{pings:?}");
    assert_eq!(line["received"].as_array().unwrap().len(), sent.len(), "each is answered");
    // No listener has heard of it.
    assert_eq!(types(&seen), ["statechange", "statechange", "open", "message", "message"]);
}

#[tokio::test]
async fn a_page_that_says_too_little_is_disconnected_and_connects_again() {
    let keep_alive = json!({"idle": IDLE + 60_000});
    let Some(seen) = left(json!({"machine": "awake", "keepAlive": keep_alive})).await else {
        return;
    };
    let lines = lines(&seen);
    let (last, ended) = lines.split_last().unwrap();
    let codes = ended.iter().map(|line| &line["code"]).collect::<Vec<_>>();
    assert_eq!(codes, vec![1001; 5], "every ten minutes, and the way back takes a moment");
    assert_eq!(last["closedAt"], Value::Null);
    assert_ne!(id(&seen["before"]), id(&seen["after"]));
    assert_eq!(seen["count"], 1);
}

#[tokio::test]
async fn a_machine_that_has_slept_for_an_hour_connects_again() {
    let Some(seen) = left(json!({"machine": "asleep", "keepAlive": {}})).await else { return };
    let lines = lines(&seen);
    assert_eq!(lines.len(), 2, "one that was lost in the sleep, and one more");
    assert_ne!(id(&seen["before"]), id(&seen["after"]));
    let found_out =
        lines[0]["closingAt"].as_u64().unwrap() - lines[0]["sent"][1]["at"].as_u64().unwrap();
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

fn lines(seen: &Value) -> Vec<Value> {
    seen["lines"].as_array().unwrap().clone()
}

fn id(echo: &Value) -> &str {
    echo["connection"]["connectionId"].as_str().unwrap()
}

fn types(seen: &Value) -> Vec<&str> {
    let events = seen["events"].as_array().unwrap();
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}
