//! What is told of a secret by each event, wherever it stands there.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::StatusCode;
use futures_util::FutureExt;
use proptest::prelude::*;
use serde_json::json;
use time::OffsetDateTime;

use super::*;
use crate::explain::mask::tests::{
    KEPT, SECRET, SECRETS, SHORT, any_place, any_secret, any_spelling, plain,
};
use crate::trace::Trace;
use crate::trace::event::Event;
use crate::wire::Head;

const CONNECTION: &str = "Abc4567890abcde=";

/// What is told of a handshake that has this text wherever a text may be: line by line.
fn told(text: &str) -> Vec<String> {
    let trace = Trace::on();
    let mut watcher = trace.watch().expect("it is on");
    let header = |name: &str| (name.to_owned(), text.to_owned());
    let head = Head {
        method: "GET".to_owned(),
        target: format!("/prod?{text}"),
        headers: ["Referer", "Forwarded", "Sec-WebSocket-Protocol", "X-Custom"]
            .into_iter()
            .map(header)
            .chain([(text.to_owned(), "value".to_owned())])
            .collect(),
        not_utf8: BTreeSet::new(),
        source_ip: "127.0.0.1".to_owned(),
    };
    let pending = trace.arrived("Def=", OffsetDateTime::UNIX_EPOCH, &head);
    let teller = pending.teller();
    let anything = json!({
        "text": text,
        "list": [{"deep": text}],
        "json": json!({"a": text, "b": [json!({"c": text}).to_string()]}).to_string(),
        text: "as a name",
    });
    let said = anything.to_string().into_bytes();
    teller.invoked("arn:aws:lambda:eu-west-1:1:function:f", CONNECTION, &said);
    let log = trace.overhear(Arc::new(|_, _| {}));
    log("f", &format!("{CONNECTION} {text}"));
    log("f", &format!("{CONNECTION} {anything}"));
    log("f", &json!({"message": format!("{CONNECTION} {text}")}).to_string());
    teller.answered::<std::io::Error>(&Ok(Bytes::from(said)));
    teller.answered::<std::io::Error>(&Ok(Bytes::from(text.to_owned())));
    teller.answered(&Err(std::io::Error::other(text.to_owned())));
    trace.tell(&Event::Stored { handshake: "Def=", table: "t", item: &json(anything) });
    pending.ended(StatusCode::FORBIDDEN, None);
    drop((log, trace));
    let mut lines = Vec::new();
    while let Some(line) = watcher.next().now_or_never().flatten() {
        lines.push(line.to_string());
    }
    assert_eq!(lines.len(), 11, "{text}");
    lines
}

#[test]
fn no_event_tells_what_a_name_calls_a_secret() {
    for (text, _) in SECRETS {
        for line in told(text) {
            assert!(!line.contains(SHORT), "{text} is told by {line}");
        }
    }
}

#[test]
fn what_is_no_secret_is_told_by_every_event() {
    for text in KEPT.iter().filter(|text| !text.is_empty()) {
        let value = |line: &str| serde_json::from_str::<Value>(line).expect("JSON");
        let lines: Vec<_> = told(text).iter().map(|line| value(line)).collect();
        assert_eq!(lines[1]["headers"][3][1], *text);
        assert_eq!(lines[2]["payload"]["text"], *text);
        assert_eq!(lines[2]["payload"]["list"][0]["deep"], *text);
        assert_eq!(lines[3]["line"], format!("{CONNECTION} {text}"));
        assert_eq!(lines[8]["error"], *text);
        assert_eq!(lines[9]["item"]["text"], *text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_event_tells_a_random_secret(
        secret in any_secret(),
        spelled in any_spelling(),
        place in any_place(),
    ) {
        for line in told(&place.replace("{}", &spelled(&secret))) {
            prop_assert!(!plain(&line).contains(&secret), "{line}");
        }
    }
}

#[test]
fn what_goes_under_the_name_of_a_secret_is_hidden_however_deep() {
    let check = |value: Value, expected: Value| assert_eq!(json(value), expected);
    check(
        json!({"headers": {"Cookie": "a=b", "Host": "h"}, "multiValueHeaders": {"Cookie": ["a=b"]}}),
        json!({"headers": {"Cookie": HIDDEN, "Host": "h"}, "multiValueHeaders": {"Cookie": [HIDDEN]}}),
    );
    check(
        json!({"granted": {"M": {"token": {"S": "t"}, "plan": {"S": "gold"}}}, "pin_token": {"N": "1"}}),
        json!({"granted": {"M": {"token": {"S": HIDDEN}, "plan": {"S": "gold"}}}, "pin_token": {"N": HIDDEN}}),
    );
    check(
        json!({"password": 1234, "n": 5, "b": true}),
        json!({"password": HIDDEN, "n": 5, "b": true}),
    );
    check(
        json!({"body": r#"{"token": "t"}"#, "other": r#"{"n": 1}"#}),
        json!({"body": r#"{"token": "(hidden)"}"#, "other": r#"{"n": 1}"#}),
    );
}

#[test]
fn what_looks_like_a_secret_is_cut_under_any_name_and_as_a_name() {
    let told = json(json!({"room": SECRET, SECRET: ["x"], "list": [{"a": SECRET}]}));
    let cut = "wJalrXUt…";
    assert_eq!(told, json!({"room": cut, cut: ["x"], "list": [{"a": cut}]}));
    let lost = json(json!({"X-Amz-Security-TokenMARKER": ""}));
    assert_eq!(lost, json!({"X-Amz-Security-Token=(hidden)": HIDDEN}));
}

#[test]
fn a_line_is_told_up_to_a_limit() {
    assert_eq!(line("ä b"), "ä b");
    assert_eq!(line(&"ä".repeat(LINE_CHARACTERS + 1)), "ä".repeat(LINE_CHARACTERS) + "…");
}

#[test]
fn what_is_no_json_is_a_text() {
    assert_eq!(bytes(br#"{"statusCode":200}"#), json!({"statusCode": 200}));
    assert_eq!(bytes(b"hello"), json!("hello"));
}
