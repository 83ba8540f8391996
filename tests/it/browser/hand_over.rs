//! A page that never stops talking moves from one connection to the next: what the client promises of it holds.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tests::browser::Scene;

/// How many messages are said in all.
const MESSAGES: usize = 1_000;

/// How often it hands over: long past the end that API Gateway sets to a connection.
const ROUNDS: usize = 3;

/// How long an old connection stays, in milliseconds; API Gateway waits 29 seconds for a function.
const LINGER: u64 = 30_000;

/// API Gateway ends a connection after so many milliseconds.
const LIFETIME: u64 = 2 * 60 * 60 * 1000;

#[tokio::test]
async fn a_hand_over_loses_and_doubles_nothing() {
    let Some(scene) = Scene::start().await else { return };
    let hand_over = json!({"after": 6_000_000, "spread": 900_000, "linger": LINGER});
    let arguments = json!({"rounds": ROUNDS, "messages": MESSAGES, "handOver": hand_over});
    let seen = scene.play_with("hand-over", arguments).await;
    let lines = lines(&seen);
    check_each_is_answered_where_it_was_said(&lines);
    check_each_old_connection_lingers(&lines);
    check_what_is_pushed_counts_once(&seen, &lines);

    // What was answered reached the page, and nothing else did.
    let delivered = seen["delivered"].as_array().unwrap();
    let echoes = delivered.iter().filter_map(|message| message["message"].as_str());
    assert_eq!(sorted(echoes), all_messages());
    let pushes = seen["pushes"].as_array().unwrap();
    assert_eq!(delivered.len(), MESSAGES + pushes.len());

    let late = seen["late"].as_array().unwrap();
    assert!(
        late.iter().all(|count| count.as_u64() >= Some(8)),
        "answers were on their way: {late:?}"
    );
    let states = seen["states"].as_array().unwrap();
    let open = states.iter().position(|state| state == "open").unwrap();
    let since: BTreeSet<_> = states[open..].iter().map(|state| state.as_str().unwrap()).collect();
    assert_eq!(since, BTreeSet::from(["open", "handing-over"]));
    assert_eq!(seen["connections"]["open"], 1);
    assert_eq!(seen["connections"]["rows"].as_array().unwrap().len(), 1);
    scene.stop().await;
}

/// That every message was said over one connection, and answered once, over the same.
fn check_each_is_answered_where_it_was_said(lines: &[Value]) {
    let mut said = Vec::new();
    let mut ids = BTreeSet::new();
    for line in lines {
        let sent = data(&line["sent"]).into_iter().filter(|text| is_message(text));
        let sent = sorted(sent);
        let echoes = received(line, |it| it["message"].is_string());
        assert_eq!(sorted(echoes.iter().map(|it| it["message"].as_str().unwrap())), sent);
        let own = echoes.iter().map(|it| it["connection"]["connectionId"].to_string());
        let own: BTreeSet<_> = own.collect();
        assert_eq!(own.len(), 1, "one connection answers for itself: {own:?}");
        ids.extend(own);
        said.extend(sent);
    }
    assert_eq!(lines.len(), ROUNDS + 1);
    assert_eq!(ids.len(), lines.len());
    assert_eq!(sorted(said.iter().map(String::as_str)), all_messages());
}

/// That every connection but the last was closed by the page, with 1000, in time, and after a while with its successor.
fn check_each_old_connection_lingers(lines: &[Value]) {
    let time = |line: &Value, name| line[name].as_u64().unwrap_or_else(|| panic!("no {name}"));
    for pair in lines.windows(2) {
        let [old, new] = pair else { unreachable!("two at a time") };
        assert_eq!(old["code"], 1000);
        let together = time(old, "closingAt") - time(new, "openedAt");
        assert!((LINGER..LINGER + 1000).contains(&together), "{together} ms");
        assert!(time(old, "closedAt") - time(old, "openedAt") < LIFETIME);
        assert_eq!(old["received"].as_array().unwrap().len(), {
            let pushed = received(old, |it| it["pushed"].is_string()).len();
            old["sent"].as_array().unwrap().len() + pushed
        });
    }
    assert_eq!(lines[lines.len() - 1]["closingAt"], Value::Null);
}

/// That what went to two connections reached the page over both, and its listeners once.
fn check_what_is_pushed_counts_once(seen: &Value, lines: &[Value]) {
    let mut arrived = BTreeMap::new();
    for pushed in lines.iter().flat_map(|line| received(line, |it| it["pushed"].is_string())) {
        *arrived.entry(pushed["pushed"].to_string()).or_insert(0) += 1;
    }
    let pushes = seen["pushes"].as_array().unwrap();
    let expected = pushes.iter().map(|push| (push["id"].to_string(), push["to"].as_u64().unwrap()));
    let expected: BTreeMap<_, _> = expected.collect();
    assert_eq!(arrived, expected);
    let count = |connections| expected.values().filter(|&&to| to == connections).count();
    assert_eq!((count(1), count(2)), (4 * ROUNDS, 2 * ROUNDS));
    let delivered = seen["delivered"].as_array().unwrap();
    let delivered = delivered.iter().filter(|it| it["pushed"].is_string());
    let delivered: Vec<_> = delivered.map(|it| it["pushed"].to_string()).collect();
    assert_eq!(
        sorted(delivered.iter().map(String::as_str)),
        sorted(expected.keys().map(String::as_str))
    );
}

fn lines(seen: &Value) -> Vec<Value> {
    seen["lines"].as_array().unwrap().clone()
}

fn data(frames: &Value) -> Vec<&str> {
    frames.as_array().unwrap().iter().map(|frame| frame["data"].as_str().unwrap()).collect()
}

/// What a connection has received of a kind.
fn received(line: &Value, is_kind: impl Fn(&Value) -> bool) -> Vec<Value> {
    let all = data(&line["received"]);
    let all = all.iter().map(|text| serde_json::from_str::<Value>(text).unwrap());
    all.filter(is_kind).collect()
}

fn is_message(text: &str) -> bool {
    text.starts_with("message ")
}

fn all_messages() -> Vec<String> {
    sorted(
        (0..MESSAGES)
            .map(|number| format!("message {number}"))
            .collect::<Vec<_>>()
            .iter()
            .map(String::as_str),
    )
}

fn sorted<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut texts: Vec<_> = texts.map(ToOwned::to_owned).collect();
    texts.sort_unstable();
    texts
}
