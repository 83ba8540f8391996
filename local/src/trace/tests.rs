//! Who watches is told; for who does not, nothing is worked out.

use std::collections::BTreeSet;
use std::sync::Mutex;

use axum::http::StatusCode;
use futures_util::FutureExt;
use serde_json::{Value, json};

use super::*;
use crate::aws_api::tables::{Storage, Tables};
use crate::clock::Clock;
use crate::template::Table;
use crate::trace::rows::Rows;
use crate::websocket::session::Ending;

const CONNECTION: &str = "Abc4567890abcde=";
const FUNCTION: &str = "arn:aws:lambda:eu-west-1:1:function:f";

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

fn arrived(trace: &Trace) -> Pending {
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
    let pending = arrived(&trace);
    pending.teller().invoked(FUNCTION, CONNECTION, br#"{"token":"MARKER"}"#);
    let log = trace.overhear(Arc::new(|_, _| {}));
    log("f", &format!("{CONNECTION} token=MARKER"));
    pending.ended(StatusCode::SWITCHING_PROTOCOLS, None);
    log("f", "of nothing");
    log("g", CONNECTION);
    drop((log, trace));
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
async fn a_handshake_that_came_while_nobody_watched_is_not_told() {
    let trace = Trace::on();
    let (ended, gone) = (arrived(&trace), arrived(&trace));
    let watcher = trace.watch().expect("it is on");
    ended.teller().invoked(FUNCTION, CONNECTION, b"{}");
    ended.ended(StatusCode::FORBIDDEN, None);
    drop(gone);
    trace.overhear(Arc::new(|_, _| {}))("f", CONNECTION);
    assert_eq!(told(watcher).await, [] as [Value; 0]);
}

#[tokio::test]
async fn who_comes_in_the_middle_of_one_that_is_told_to_another_gets_the_rest() {
    let trace = Trace::on();
    let first = trace.watch().expect("it is on");
    let pending = arrived(&trace);
    let second = trace.watch().expect("it is on");
    pending.ended(StatusCode::FORBIDDEN, None);
    let ended = json!({"event": "ended", "handshake": "Def=", "status": 403, "refusal": null});
    let [arrived, last] = &told(first).await[..] else { panic!("two lines") };
    assert_eq!((&arrived["event"], last), (&json!("arrived"), &ended));
    assert_eq!(told(second).await, [ended]);
}

#[tokio::test]
async fn a_handshake_that_is_given_up_is_told_to_have_lost_its_client() {
    let trace = Trace::on();
    let watcher = trace.watch().expect("it is on");
    let pending = arrived(&trace);
    let teller = pending.teller().clone();
    drop(pending);
    teller.answered(&Ok::<_, std::io::Error>("{}".into()));
    let told = told(watcher).await;
    assert_eq!(
        told[1..],
        [
            json!({"event": "gone", "handshake": "Def="}),
            json!({"event": "answered", "handshake": "Def=", "answer": {}, "error": null}),
        ]
    );
}

#[tokio::test]
async fn of_what_is_large_the_size_alone_is_told() {
    const BYTES: usize = 64 * 1024;
    let trace = Trace::on();
    let check = async |tell: &dyn Fn(&Teller), pointer: &str, bytes: usize| {
        let watcher = trace.watch().expect("it is on");
        tell(arrived(&trace).teller());
        let told = told(watcher).await;
        let value = told[1].pointer(pointer).and_then(Value::as_str).expect("a text");
        match bytes {
            0..=BYTES => assert!(value.len() > BYTES - 100, "{value}"),
            _ => assert_eq!(value, format!("{bytes} bytes, too many to be told")),
        }
    };
    for bytes in [BYTES, BYTES + 1] {
        // Short words: what is long and in one piece could be a secret.
        let text = "ab ".repeat(bytes / 3 + 1)[..bytes].to_owned();
        check(&|teller| teller.invoked(FUNCTION, CONNECTION, text.as_bytes()), "/payload", bytes)
            .await;
        let answer = || Ok::<_, std::io::Error>(text.clone().into());
        check(&|teller| teller.answered(&answer()), "/answer", bytes).await;
        let error = || Err::<axum::body::Bytes, _>(std::io::Error::other(text.clone()));
        check(&|teller| teller.answered(&error()), "/error", bytes).await;
    }
    let watcher = trace.watch().expect("it is on");
    let mut head = head();
    head.target = "/".repeat(BYTES);
    head.headers.push(("X-Long".to_owned(), "ab ".repeat(BYTES / 3)));
    drop(trace.arrived("Def=", OffsetDateTime::UNIX_EPOCH, &head));
    let told = told(watcher).await;
    assert_eq!(told[0]["url"], "65555 bytes, too many to be told");
    let [[name, size]] = told[0]["headers"]
        .as_array()
        .expect("headers")
        .iter()
        .map(|header| [&header[0], &header[1]])
        .collect::<Vec<_>>()[..]
    else {
        panic!("one")
    };
    assert!(name == "…" && size.as_str().is_some_and(|size| size.ends_with("too many to be told")));
}

#[tokio::test]
async fn of_a_large_item_the_size_alone_is_told() {
    let tables = Tables::open(&Storage::Memory, Clock::real()).expect("tables");
    let definition = json!({
        "TableName": "table",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    });
    tables.create("table", &definition, None).expect("a table");
    let table = Table {
        logical_id: "T".to_owned(),
        name: "table".to_owned(),
        arn: "arn:aws:dynamodb:eu-west-1:1:table/table".to_owned(),
        definition,
        time_to_live_attribute: None,
    };
    let item = json!({"id": {"S": CONNECTION}, "text": {"S": "ab ".repeat(30_000)}});
    tables.execute("PutItem", json!({"TableName": "table", "Item": item})).expect("an item");
    let trace = Trace::on();
    let watcher = trace.watch().expect("it is on");
    arrived(&trace).teller().stored(&Rows::new(tables, &[table]), CONNECTION).await;
    let told = told(watcher).await;
    assert_eq!(told[1]["item"], format!("{} bytes, too many to be told", item.to_string().len()));
}

/// A table is read by a thread of the runtime's. Here is none: to read one would be a panic.
#[test]
fn nothing_is_read_for_nobody() {
    let tables = Tables::open(&Storage::Memory, Clock::real()).expect("tables");
    let rows = Rows::new(tables, &[]);
    let trace = Trace::on();
    let watcher = trace.watch();
    let watched = arrived(&trace);
    drop(watcher);
    for pending in [watched, arrived(&trace), arrived(&Trace::off())] {
        let teller = pending.teller();
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
