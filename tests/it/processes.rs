//! Told to stop, `countersign` ends every process that it has started.
//!
//! Processes are found in `/proc`: these tests are for Linux.

use std::collections::BTreeSet;

use serde_json::json;
use tests::command::{self, FREE_PORTS, Process};
use tests::folder::Folder;
use tests::waiting::eventually;
use tests::{http, template, websocket};

#[tokio::test]
async fn a_signal_ends_every_function() {
    for signal in ["INT", "TERM", "HUP"] {
        let process = Process::start(command::countersign().await).await;
        let body = json!({"query": {"room": "lobby"}}).to_string();
        let signed = http::post(process.told("/sign"), &body).await.json();
        let mut socket = websocket::open(signed["url"].as_str().unwrap()).await.unwrap();
        socket.ask("hello").await;
        let children = descendants(process.id());
        assert!(children.len() >= 3, "sign-fn, ws-connect and ws-default: {children:?}");

        process.signal(signal).await;
        let close = socket.closed().await.expect("a close frame before the end");
        assert_eq!(u16::from(close.code), 1001, "SIG{signal}");
        let ended = process.ended().await;
        assert_eq!(ended.status.code(), Some(0), "SIG{signal}: {:?}", ended.stderr);
        check_ended(children).await;
    }
}

#[tokio::test]
async fn a_signal_ends_the_build() {
    // In place of `cargo build` runs `sh build`, in the template's folder: it has started a compiler,
    // and waits for it.
    let folder = Folder::new("processes");
    folder.file("build", "tail -f /dev/null &\necho compiling >&2\nwait\n");
    let template = folder.file("template.yaml", &template::text());
    for signal in ["INT", "TERM", "HUP"] {
        let mut command = command::bare().await;
        command.args(FREE_PORTS).args(["--template", &template]).env("CARGO", "sh");
        command.args(["--parameters", "cloudformation/parameters.local.json"]);
        let process = Process::spawn(command);
        let compiling = || process.stderr().iter().any(|line| line == "compiling");
        eventually("cargo is at work", compiling).await;
        let children = descendants(process.id());
        assert_eq!(children.len(), 2, "cargo and its compiler: {children:?}");

        process.signal(signal).await;
        let ended = process.ended().await;
        assert_eq!(ended.status.code(), Some(0), "SIG{signal}: {:?}", ended.stderr);
        assert!(ended.stdout.is_empty(), "it never was ready");
        check_ended(children).await;
    }
}

/// A process, told from a later one with the same id by the time of its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Known {
    id: u32,
    started: u64,
}

/// That none of these processes runs.
async fn check_ended(processes: BTreeSet<Known>) {
    let is_gone =
        |known: &Known| stat(known.id).is_none_or(|stat| stat.known != *known || stat.state == "Z");
    eventually("every process has ended", || processes.iter().all(is_gone)).await;
}

/// The children of a process, and theirs.
fn descendants(id: u32) -> BTreeSet<Known> {
    let entries = std::fs::read_dir("/proc").unwrap();
    let ids = entries.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    let all: Vec<Stat> = ids.filter_map(stat).collect();
    let mut parents = BTreeSet::from([id]);
    let mut found = BTreeSet::new();
    loop {
        let before = found.len();
        for stat in all.iter().filter(|stat| stat.state != "Z") {
            if parents.contains(&stat.parent) {
                parents.insert(stat.known.id);
                found.insert(stat.known);
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

struct Stat {
    known: Known,
    state: String,
    parent: u32,
}

/// What `/proc/ID/stat` says, if there is such a process: proc(5).
fn stat(id: u32) -> Option<Stat> {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name, in parentheses, may hold anything.
    let (_, rest) = text.rsplit_once(") ")?;
    let fields: Vec<_> = rest.split(' ').collect();
    let known = Known { id, started: fields.get(19)?.parse().ok()? };
    Some(Stat { known, state: fields[0].to_owned(), parent: fields.get(1)?.parse().ok()? })
}
