//! Whatever happens, in whatever order: nothing is sent twice, nothing is delivered twice, and what a connection was
//! not cut for is answered.

use serde_json::{Value, json};
use tests::browser::Scene;

use super::lines::{self, Line, check_at_most_once, messages, sorted};

/// How much happens in one story.
const STEPS: usize = 30;

#[tokio::test]
async fn nothing_is_sent_or_delivered_twice_in_a_story() {
    check(2).await;
}

#[tokio::test]
async fn nothing_is_sent_or_delivered_twice_in_another_story() {
    check(3).await;
}

/// Any seed is a story.
async fn check(seed: u32) {
    let Some(scene) = Scene::start().await else { return };
    let seen = scene.play_with("any-story", json!({"seed": seed, "steps": STEPS})).await;
    scene.stop().await;
    check_seen(&seen);
}

fn check_seen(seen: &Value) {
    let lines = lines::of(seen);
    let (said, unanswered) = check_at_most_once(&lines);
    assert_eq!(said, messages(seen["said"].as_u64().unwrap().try_into().unwrap()));
    let is_whole = |line: &&Line| {
        line.closed_at.is_none() || (line.closing_at.is_some() && line.code == Some(1000))
    };
    for line in lines.iter().filter(is_whole) {
        let lost: Vec<_> =
            line.said().into_iter().filter(|text| unanswered.contains(text)).collect();
        assert!(lost.is_empty(), "{lost:?} was lost on a connection that nobody has cut");
    }
    let events = seen["events"].as_array().unwrap();
    let delivered = events.iter().filter(|event| event["type"] == "message");
    let delivered =
        delivered.map(|event| serde_json::from_str(event["data"].as_str().unwrap()).unwrap());
    let (pushed, echoed): (Vec<Value>, Vec<Value>) =
        delivered.partition(|it: &Value| it["pushed"].is_string());
    let text = |message: &Value, name| message[name].as_str().unwrap().to_owned();
    let echoed = sorted(echoed.iter().map(|echo| text(echo, "message")));
    assert_eq!(
        echoed,
        sorted(lines.iter().flat_map(Line::echoed)),
        "what arrived is delivered, once"
    );
    let mut arrived =
        sorted(lines.iter().flat_map(Line::pushed).map(|message| text(&message, "pushed")));
    arrived.dedup();
    assert_eq!(sorted(pushed.iter().map(|message| text(message, "pushed"))), arrived);
    assert_eq!(seen["connections"]["open"], 1);
    assert_eq!(seen["connections"]["rows"].as_array().unwrap().len(), 1);
}
