//! What a stack tells of its handshakes, as the page is told.

use std::time::Duration;

use local::trace::watcher::Watcher;
use serde_json::Value;

use crate::secrets;
use crate::stack::Stack;

/// How long a test waits for what must be told: far longer than it takes, so that only a fault runs into it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Everything that is told from its making on.
#[derive(Debug)]
pub struct Told(Watcher);

impl Told {
    /// Watches a stack.
    pub async fn by(stack: &Stack) -> Self {
        let mut told = Self(stack.running.services.trace.watch().expect("a trace that is on"));
        assert_eq!(told.next().await, serde_json::json!({"event": "watching"}));
        told
    }

    /// The next line.
    pub async fn next(&mut self) -> Value {
        let line = tokio::time::timeout(PATIENCE, self.0.next()).await;
        let line = line.expect("something is told in time").expect("somebody tells");
        secrets::scan(&line);
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line} is not JSON: {error}"))
    }

    /// What is told up to the next event of this name, which is the last of them.
    pub async fn until(&mut self, event: &str) -> Vec<Value> {
        let mut told = Vec::new();
        loop {
            told.push(self.next().await);
            if told.last().is_some_and(|last| last["event"] == event) {
                return told;
            }
        }
    }
}

/// The names of events, but for functions' lines: those come when they come.
pub fn names(told: &[Value]) -> Vec<&str> {
    let names = told.iter().filter_map(|event| event["event"].as_str());
    names.filter(|name| *name != "logged").collect()
}

/// The event of this name.
pub fn event<'a>(told: &'a [Value], name: &str) -> &'a Value {
    let event = told.iter().find(|event| event["event"] == name);
    event.unwrap_or_else(|| panic!("no {name} among {:?}", names(told)))
}
