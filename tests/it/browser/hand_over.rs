//! A page that never stops talking moves from one connection to the next: what the client promises of it holds.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tests::browser::Scene;
use tests::stack::Options;

use super::lines::{self, Line, check_at_most_once, messages, sorted};

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
    let hand_over = json!({"after": 6_000_000, "spread": 900_000, "linger": LINGER});
    let arguments = json!({"rounds": ROUNDS, "messages": MESSAGES, "handOver": hand_over});
    let Some(seen) = played("hand-over", Options::default(), arguments).await else { return };
    let lines = lines::of(&seen);
    assert_eq!(lines.len(), ROUNDS + 1);
    let (said, unanswered) = check_at_most_once(&lines);
    assert_eq!(said, messages(MESSAGES));
    assert_eq!(unanswered, Vec::<&str>::new());
    let late: Vec<u64> = serde_json::from_value(seen["late"].clone()).unwrap();
    assert!(late.iter().all(|&count| count >= 8), "answers were on their way: {late:?}");
    for pair in lines.windows(2) {
        check_lingers(&pair[0], &pair[1]);
    }
    check_what_is_pushed_counts_once(&seen, &lines);

    // What was answered reached the page, and nothing else did.
    let delivered = seen["delivered"].as_array().unwrap();
    let echoes = delivered.iter().filter_map(|message| message["message"].as_str());
    assert_eq!(sorted(echoes), messages(MESSAGES));
    let pushes = seen["pushes"].as_array().unwrap();
    assert_eq!(delivered.len(), MESSAGES + pushes.len());
    let states: Vec<_> = seen["states"].as_array().unwrap().iter().collect();
    check_stays_open(&states);
    check_one_is_left(&seen, &lines);
}

#[tokio::test]
async fn as_long_as_the_next_connection_is_refused_the_old_one_goes_on() {
    let options =
        Options::default().parameter("SignRateLimit", "1").parameter("SignBurstLimit", "1");
    let Some(seen) = troubled("refused", options).await else { return };
    let lines = lines::of(&seen);
    let (said, unanswered) = check_at_most_once(&lines);
    assert_eq!((said.is_empty(), unanswered), (false, Vec::new()));
    let [old, refused @ .., new] = &lines[..] else {
        panic!("expected two connections: {lines:?}")
    };
    assert_eq!(refused.len(), 2, "ws-connect has failed twice");
    assert!(refused.iter().all(|line| line.opened_at.is_none() && line.code == Some(1006)));
    check_lingers(old, new);
    check_stays_open(&states(&seen));
    let told = |event: &&Value| (event["error"]["name"].clone(), event["error"]["status"].clone());
    let errors: Vec<_> = events(&seen, "error").iter().map(told).collect();
    // How often it meets the throttle is a matter of chance, as its waits are.
    let throttled = (json!("SignError"), json!(429));
    assert_eq!(errors[0], throttled);
    let failed = (json!("ConnectionError"), Value::Null);
    let expected = [(json!("SignError"), json!(500)), failed.clone(), failed];
    let others: Vec<_> = errors.into_iter().filter(|error| *error != throttled).collect();
    assert_eq!(others, expected);
    check_one_is_left(&seen, &lines);
}

#[tokio::test]
async fn an_old_connection_that_is_cut_meanwhile_loses_what_was_on_its_way_and_repeats_nothing() {
    let Some(seen) = troubled("cut", Options::default()).await else { return };
    let lines = lines::of(&seen);
    let (_, unanswered) = check_at_most_once(&lines);
    assert_eq!(unanswered, ["lost"]);
    assert_eq!(lines.len(), 2, "the attempt that was under way is not made twice");
    assert_eq!(lines[0].code, Some(1006));
    assert!(lines[1].echoed().contains(&"kept".to_owned()));
    let names = ["open", "handing-over", "signing", "connecting", "open"];
    let states = states(&seen);
    assert_eq!(states[states.len() - names.len()..], names);
    assert_eq!(events(&seen, "open").len(), 2);
    check_one_is_left(&seen, &lines);
}

#[tokio::test]
async fn when_both_connections_are_cut_nothing_is_repeated() {
    let Some(seen) = troubled("cut while lingering", Options::default()).await else { return };
    let lines = lines::of(&seen);
    let (_, unanswered) = check_at_most_once(&lines);
    assert_eq!(unanswered.len(), 8);
    let own = lines[1].said();
    assert!(unanswered.iter().all(|text| own.contains(text)), "{unanswered:?}");
    assert_eq!(lines.len(), 3);
    assert_eq!(events(&seen, "open").len(), 2);
    check_one_is_left(&seen, &lines);
}

async fn troubled(trouble: &str, options: Options) -> Option<Value> {
    played("hand-over-trouble", options, json!({"trouble": trouble})).await
}

/// What a story has seen; `None` where there is no browser.
async fn played(name: &str, options: Options, arguments: Value) -> Option<Value> {
    let scene = Scene::start_with(options, Vec::new()).await?;
    let seen = scene.play_with(name, arguments).await;
    scene.stop().await;
    Some(seen)
}

/// That the page has closed an old connection itself, with 1000, in time, after a while with its successor, and with
/// everything answered.
fn check_lingers(old: &Line, new: &Line) {
    assert_eq!(old.code, Some(1000));
    let together = old.closing_at.unwrap() - new.opened_at.unwrap();
    assert!((LINGER..LINGER + 1000).contains(&together), "{together} ms");
    assert!(old.closed_at.unwrap() - old.opened_at.unwrap() < LIFETIME);
    assert_eq!(old.received.len(), old.sent.len() + old.pushed().len());
}

/// That what went to two connections reached the page over both, and its listeners once.
fn check_what_is_pushed_counts_once(seen: &Value, lines: &[Line]) {
    let mut arrived = BTreeMap::new();
    for pushed in lines.iter().flat_map(Line::pushed) {
        *arrived.entry(pushed["pushed"].to_string()).or_insert(0) += 1;
    }
    let pushes = seen["pushes"].as_array().unwrap();
    let expected = pushes.iter().map(|push| (push["id"].to_string(), push["to"].as_u64().unwrap()));
    let expected: BTreeMap<_, _> = expected.collect();
    assert_eq!(arrived, expected);
    let count = |connections| expected.values().filter(|&&to| to == connections).count();
    assert_eq!((count(1), count(2)), (4 * ROUNDS, 2 * ROUNDS));
    let delivered = seen["delivered"].as_array().unwrap();
    let delivered = delivered.iter().filter(|message| message["pushed"].is_string());
    let delivered = delivered.map(|message| message["pushed"].to_string());
    assert_eq!(sorted(delivered), expected.into_keys().collect::<Vec<_>>());
}

/// That from the first connection on messages could be sent, always.
fn check_stays_open(states: &[&Value]) {
    let open = states.iter().position(|&state| state == "open").unwrap();
    let since: BTreeSet<_> = states[open..].iter().map(|state| state.as_str().unwrap()).collect();
    assert_eq!(since, BTreeSet::from(["open", "handing-over"]));
}

/// That the last connection is open, and known to nobody but its own row.
fn check_one_is_left(seen: &Value, lines: &[Line]) {
    let (last, ended) = lines.split_last().unwrap();
    assert!(last.opened_at.is_some() && last.closing_at.is_none() && last.closed_at.is_none());
    assert!(ended.iter().all(|line| line.closed_at.is_some()));
    assert_eq!(seen["connections"]["open"], 1);
    assert_eq!(seen["connections"]["rows"].as_array().unwrap().len(), 1);
}

fn states(seen: &Value) -> Vec<&Value> {
    events(seen, "statechange").into_iter().map(|event| &event["state"]["name"]).collect()
}

fn events<'a>(seen: &'a Value, kind: &str) -> Vec<&'a Value> {
    seen["events"].as_array().unwrap().iter().filter(|event| event["type"] == kind).collect()
}
