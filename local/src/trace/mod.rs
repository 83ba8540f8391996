//! What happens in a handshake, told while it happens, to whoever watches: the page that `countersign run` serves.
//!
//! Nothing is worked out where nobody watches. What is told holds no signature, no token and no secret key. A
//! handshake that came while nobody watched is not told. Who begins to watch in the middle of one that is told to
//! another gets the rest of it.
//!
//! - [`event`]: the lines that are told
//! - [`teller`]: one handshake, told step by step
//! - [`watcher`]: whoever watches
//! - [`rows`]: what a connection leaves in tables
//! - `overheard`: whose connection a function's line is about
//! - `hiding`: JSON and lines without secrets

pub mod event;
mod hiding;
mod overheard;
pub mod rows;
pub mod teller;
pub mod watcher;

use std::sync::Arc;

use time::OffsetDateTime;
use tokio::sync::broadcast;

use crate::functions::FunctionLog;
use crate::wire::Head;
use event::Event;
use overheard::Connections;
use teller::{Pending, Teller};
use watcher::Watcher;

/// Lines that a slow watcher may be behind. What makes a line long is bounded in `teller`.
const BACKLOG: usize = 1024;

/// Tells watchers. Clones tell the same ones.
#[derive(Clone, Debug)]
pub struct Trace(Option<Arc<Told>>);

#[derive(Debug)]
struct Told {
    watchers: broadcast::Sender<Arc<str>>,
    connections: Connections,
}

impl Trace {
    /// One that can be watched.
    pub fn on() -> Self {
        let watchers = broadcast::Sender::new(BACKLOG);
        Self(Some(Arc::new(Told { watchers, connections: Connections::default() })))
    }

    /// One that cannot.
    pub fn off() -> Self {
        Self(None)
    }

    /// Every line from now on; `None` where it is off.
    pub fn watch(&self) -> Option<Watcher> {
        self.0.as_ref().map(|told| Watcher::new(told.watchers.subscribe()))
    }

    /// Whether it can be watched.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Whether somebody watches.
    pub fn is_watched(&self) -> bool {
        self.0.as_ref().is_some_and(|told| told.watchers.receiver_count() > 0)
    }

    /// A handshake has arrived, under its request id: tells so, and gives what tells the rest of it.
    pub fn arrived(&self, request_id: &str, at: OffsetDateTime, head: &Head) -> Pending {
        let teller = match self.is_watched() {
            true => Teller::new(self.clone(), request_id),
            false => Teller::default(),
        };
        teller.arrived(at, head);
        Pending::new(teller)
    }

    /// The log of the functions' output, which is overheard on its way: lines that name a connection are told.
    pub fn overhear(&self, log: FunctionLog) -> FunctionLog {
        let Some(told) = self.0.clone() else { return log };
        let trace = self.clone();
        Arc::new(move |function, line| {
            log(function, line);
            if trace.is_watched() {
                for handshake in told.connections.named_in(line) {
                    let (handshake, line) = (&*handshake, &*hiding::line(line));
                    trace.tell(&Event::Logged { handshake, function, line });
                }
            }
        })
    }

    /// Lines that name a connection are those of a handshake from now on.
    fn connect(&self, connection_id: &str, handshake: &Arc<str>) {
        if let Some(told) = &self.0 {
            told.connections.add(connection_id, handshake);
        }
    }

    /// Tells who watches.
    fn tell(&self, event: &Event<'_>) {
        let Some(told) = &self.0 else { return };
        // Texts and numbers only: this cannot fail. That nobody watches any more is no fault.
        if let Ok(line) = serde_json::to_string(event) {
            let _ = told.watchers.send(line.into());
        }
    }
}

#[cfg(test)]
mod tests;
