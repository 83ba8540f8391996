//! Whoever watches: one line of JSON after the other.

use std::sync::Arc;

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// Watches until it is dropped.
#[derive(Debug)]
pub struct Watcher {
    lines: Receiver<Arc<str>>,
    greeting: Option<Arc<str>>,
}

impl Watcher {
    pub(super) fn new(lines: Receiver<Arc<str>>) -> Self {
        Self { lines, greeting: Some(r#"{"event":"watching"}"#.into()) }
    }

    /// The next line, without its end: `{"event":"watching"}` first, then what is told from its making on, and
    /// `{"event":"skipped","count":N}` where it was too slow for N of them. `None` once there is nobody who could tell.
    ///
    /// It loses nothing when it is dropped before it is done.
    pub async fn next(&mut self) -> Option<Arc<str>> {
        if let Some(greeting) = self.greeting.take() {
            return Some(greeting);
        }
        match self.lines.recv().await {
            Ok(line) => Some(line),
            Err(RecvError::Lagged(count)) => {
                Some(format!(r#"{{"event":"skipped","count":{count}}}"#).into())
            }
            Err(RecvError::Closed) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::Event;
    use super::super::{BACKLOG, Trace};

    fn ended(status: u16) -> Event<'static> {
        Event::Ended { handshake: "Def=", status, refusal: None }
    }

    fn line(status: u16) -> String {
        format!(r#"{{"event":"ended","handshake":"Def=","status":{status},"refusal":null}}"#)
    }

    #[tokio::test]
    async fn a_watcher_is_greeted_and_then_told() {
        let trace = Trace::on();
        trace.tell(&ended(101));
        let mut watcher = trace.watch().expect("it is on");
        trace.tell(&ended(403));
        drop(trace);
        assert_eq!(watcher.next().await.as_deref(), Some(r#"{"event":"watching"}"#));
        assert_eq!(watcher.next().await.as_deref(), Some(line(403).as_str()));
        assert_eq!(watcher.next().await, None);
    }

    #[tokio::test]
    async fn a_watcher_who_is_too_slow_is_told_how_much_it_has_missed() {
        let trace = Trace::on();
        let mut watcher = trace.watch().expect("it is on");
        assert!(watcher.next().await.is_some(), "the greeting");
        (0..BACKLOG + 3).for_each(|_| trace.tell(&ended(101)));
        let skipped = r#"{"event":"skipped","count":3}"#;
        assert_eq!(watcher.next().await.as_deref(), Some(skipped));
        assert_eq!(watcher.next().await.as_deref(), Some(line(101).as_str()));
    }

    #[test]
    fn nobody_can_watch_what_is_off() {
        assert!(Trace::off().watch().is_none());
        assert!(!Trace::off().is_watched());
    }

    #[test]
    fn it_is_watched_for_as_long_as_somebody_does() {
        let trace = Trace::on();
        assert!(!trace.is_watched());
        let watcher = trace.clone().watch();
        assert!(trace.is_watched());
        drop(watcher);
        assert!(!trace.is_watched());
    }
}
