//! Who watches is told; for who does not, nothing is worked out.

use std::collections::BTreeSet;
use std::sync::Mutex;

use axum::http::StatusCode;
use futures_util::FutureExt;
use serde_json::{Value, json};

use super::*;
use crate::aws_api::tables::{Storage, Tables};
use crate::clock::Clock;
use crate::trace::rows::Rows;
use crate::websocket::session::Ending;

const CONNECTION: &str = "Abc4567890abcde=";

fn head() -> Head {
    Head {
        method: "GET".to_owned(),
        target: "/prod?room=lobby&X-Amz-Signature=MARKER".to_owned(),
        headers: vec![
            ("Host".to_owned(), "localhost:3001".to_owned()),
            ("Cookie".to_owned(), "MARKER".to_owned()),
        ],
        not_utf8: BTreeSet::new(),
        source_ip: "127.0.0.1".to_owned(),
    }
}

fn arrived(trace: &Trace) -> Teller {
    trace.arrived("Def=", OffsetDateTime::UNIX_EPOCH, &head())
}

/// What is told, the greeting left out.
async fn told(mut watcher: Watcher) -> Vec<Value> {
    let mut told = Vec::new();
    while let Some(line) = watcher.next().now_or_never().flatten() {
        told.push(serde_json::from_str(&line).expect("JSON"));
    }
    told.split_off(1)
}

#[tokio::test]
async fn a_handshake_is_told_under_its_request_id_and_without_its_secrets() {
    let trace = Trace::on();
    let watcher = trace.watch().expect("it is on");
    let teller = arrived(&trace);
    teller.invoked("arn:aws:lambda:eu-west-1:1:function:f", CONNECTION, br#"{"token":"MARKER"}"#);
    let log = trace.overhear(Arc::new(|_, _| {}));
    log("f", &format!("{CONNECTION} token=MARKER"));
    teller.ended(StatusCode::SWITCHING_PROTOCOLS, None);
    log("f", "of nothing");
    log("g", CONNECTION);
    drop((teller, log, trace));
    assert_eq!(
        told(watcher).await,
        [
            json!({
                "event": "arrived",
                "handshake": "Def=",
                "at": 0,
                "method": "GET",
                "url": "ws://localhost:3001/prod?room=lobby&X-Amz-Signature=(hidden)",
                "headers": [["Host", "localhost:3001"], ["Cookie", "(hidden)"]],
            }),
            json!({
                "event": "invoked",
                "handshake": "Def=",
                "function": "f",
                "connectionId": CONNECTION,
                "payload": {"token": "(hidden)"},
            }),
            json!({
                "event": "logged",
                "handshake": "Def=",
                "function": "f",
                "line": format!("{CONNECTION} token=(hidden)"),
            }),
            json!({"event": "ended", "handshake": "Def=", "status": 101, "refusal": null}),
            json!({"event": "logged", "handshake": "Def=", "function": "g", "line": CONNECTION}),
        ]
    );
}

#[tokio::test]
async fn whoever_comes_in_the_middle_of_a_handshake_is_told_nothing_of_it() {
    let trace = Trace::on();
    let teller = arrived(&trace);
    let watcher = trace.watch().expect("it is on");
    teller.invoked("arn:aws:lambda:eu-west-1:1:function:f", CONNECTION, b"{}");
    teller.ended(StatusCode::FORBIDDEN, None);
    trace.overhear(Arc::new(|_, _| {}))("f", CONNECTION);
    assert_eq!(told(watcher).await, [] as [Value; 0]);
}

/// A table is read by a thread of the runtime's. Here is none: to read one would be a panic.
#[test]
fn nothing_is_read_for_nobody() {
    let tables = Tables::open(&Storage::Memory, Clock::real()).expect("tables");
    let rows = Rows::new(tables, &[]);
    let trace = Trace::on();
    let watcher = trace.watch();
    let teller = arrived(&trace);
    drop(watcher);
    for teller in [teller, arrived(&trace), arrived(&Trace::off())] {
        assert_eq!(teller.stored(&rows, CONNECTION).now_or_never(), Some(()));
        let ending = Ending::going_away();
        assert_eq!(teller.disconnected(&rows, CONNECTION, &ending).now_or_never(), Some(()));
    }
}

#[test]
fn the_log_has_every_line_whether_somebody_watches_or_not() {
    for trace in [Trace::on(), Trace::off()] {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let log: FunctionLog = {
            let lines = lines.clone();
            Arc::new(move |function, line| {
                lines.lock().expect("no panic").push(format!("{function}: {line}"));
            })
        };
        let log = trace.overhear(log);
        log("f", "alone");
        let _watcher = trace.watch();
        log("f", "token=t");
        assert_eq!(*lines.lock().expect("no panic"), ["f: alone", "f: token=t"]);
    }
}
