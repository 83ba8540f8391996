//! The connections of a page, seen from below the client, and what must hold of them whatever happens.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

/// A WebSocket that a page has had. All times are by the page's clock, in milliseconds.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line {
    pub(super) sent: Vec<Frame>,
    pub(super) received: Vec<Frame>,
    pub(super) opened_at: Option<u64>,
    /// When the page has closed it.
    pub(super) closing_at: Option<u64>,
    pub(super) closed_at: Option<u64>,
    pub(super) code: Option<u16>,
}

/// A message.
#[derive(Debug, Deserialize)]
pub(super) struct Frame {
    pub(super) at: u64,
    pub(super) data: String,
}

impl Line {
    /// What was said over it by the page, without the client's pings, in alphabetical order.
    pub(super) fn said(&self) -> Vec<&str> {
        sorted(self.sent.iter().map(|frame| &*frame.data).filter(|data| !is_ping(data)))
    }

    /// What was echoed over it.
    pub(super) fn echoes(&self) -> Vec<Value> {
        self.received_of(|message| message["connection"].is_object())
    }

    /// The texts of [`Line::echoes`], in alphabetical order.
    pub(super) fn echoed(&self) -> Vec<String> {
        let texts =
            self.echoes().into_iter().map(|echo| echo["message"].as_str().unwrap().to_owned());
        sorted(texts)
    }

    /// What was pushed over it.
    pub(super) fn pushed(&self) -> Vec<Value> {
        self.received_of(|message| message["pushed"].is_string())
    }

    fn received_of(&self, is_kind: impl Fn(&Value) -> bool) -> Vec<Value> {
        let all = self.received.iter().map(|frame| serde_json::from_str(&frame.data).unwrap());
        all.filter(is_kind).collect()
    }
}

/// The connections that a story has seen, the oldest first.
pub(super) fn of(seen: &Value) -> Vec<Line> {
    serde_json::from_value(seen["lines"].clone()).unwrap()
}

/// That nothing was sent twice, and that what was answered was answered once, over the connection that it was sent
/// over. Returns what was said in all, and what of it was not answered.
pub(super) fn check_at_most_once(lines: &[Line]) -> (Vec<&str>, Vec<&str>) {
    let said = sorted(lines.iter().flat_map(Line::said));
    let once: BTreeSet<_> = said.iter().collect();
    assert_eq!(once.len(), said.len(), "something was sent twice: {said:?}");
    let mut unanswered = Vec::new();
    let mut ids = BTreeSet::new();
    for line in lines {
        let echoed = line.echoed();
        let once: BTreeSet<_> = echoed.iter().map(String::as_str).collect();
        assert_eq!(once.len(), echoed.len(), "something was answered twice: {echoed:?}");
        let own: BTreeSet<_> = line.said().into_iter().collect();
        assert!(once.is_subset(&own), "{:?}", once.difference(&own));
        unanswered.extend(own.into_iter().filter(|text| !once.contains(text)));
        let echoes = line.echoes();
        let names = echoes.iter().map(|echo| echo["connection"]["connectionId"].to_string());
        let names: BTreeSet<_> = names.collect();
        assert!(names.len() <= 1, "one connection answers for itself: {names:?}");
        for name in names {
            assert!(ids.insert(name), "no two have one id");
        }
    }
    (said, sorted(unanswered.into_iter()))
}

/// The texts `message 0` and so on, as many as there are, in alphabetical order.
pub(super) fn messages(count: usize) -> Vec<String> {
    sorted((0..count).map(|number| format!("message {number}")))
}

pub(super) fn sorted<T: Ord>(texts: impl Iterator<Item = T>) -> Vec<T> {
    let mut texts: Vec<_> = texts.collect();
    texts.sort_unstable();
    texts
}

fn is_ping(data: &str) -> bool {
    serde_json::from_str::<Value>(data).is_ok_and(|message| message["type"] == "ping")
}
