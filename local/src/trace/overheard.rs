//! Whose connection a function's line is about: the one whose id stands in it.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::randomness::GATEWAY_ID_CHARACTERS;

/// Connections that are remembered, the latest: a line may come long after a handshake.
const REMEMBERED: usize = 1024;

/// The latest connections, and their handshakes.
#[derive(Debug, Default)]
pub(super) struct Connections(Mutex<Latest>);

#[derive(Debug, Default)]
struct Latest {
    /// By the connection's id.
    handshakes: HashMap<Arc<str>, Arc<str>>,
    /// The connections' ids, the oldest first.
    order: VecDeque<Arc<str>>,
}

impl Connections {
    /// Remembers one.
    pub(super) fn add(&self, connection_id: &str, handshake: &Arc<str>) {
        let connection_id = Arc::<str>::from(connection_id);
        let mut latest = self.lock();
        if latest.handshakes.insert(connection_id.clone(), handshake.clone()).is_none() {
            latest.order.push_back(connection_id);
        }
        if latest.order.len() > REMEMBERED
            && let Some(oldest) = latest.order.pop_front()
        {
            latest.handshakes.remove(&oldest);
        }
    }

    /// The handshakes of all connections whose id stands in a line.
    pub(super) fn named_in(&self, line: &str) -> BTreeSet<Arc<str>> {
        let ids = line.as_bytes().windows(GATEWAY_ID_CHARACTERS);
        let ids = ids.filter_map(|id| std::str::from_utf8(id).ok());
        let latest = self.lock();
        ids.filter_map(|id| latest.handshakes.get(id).cloned()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Latest> {
        // No code that holds the lock can panic half-way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> String {
        format!("connection{number:05}=")
    }

    fn check(connections: &Connections, line: &str, expected: &[&str]) {
        let found = connections.named_in(line);
        assert_eq!(found.iter().map(|one| &**one).collect::<Vec<_>>(), expected, "{line}");
    }

    #[test]
    fn a_line_is_about_the_connections_that_it_names() {
        let connections = Connections::default();
        connections.add(&id(1), &"first".into());
        connections.add(&id(2), &"second".into());
        check(&connections, &id(1), &["first"]);
        check(&connections, &format!(r#"{{"connection_id":"{}"}}"#, id(2)), &["second"]);
        check(&connections, &format!("ä{}, {} and {0}", id(2), id(1)), &["first", "second"]);
        check(&connections, &id(3), &[]);
        check(&connections, id(1).trim_end_matches('='), &[]);
        check(&connections, "", &[]);
    }

    #[test]
    fn the_oldest_connection_is_forgotten() {
        let connections = Connections::default();
        (0..=REMEMBERED).for_each(|number| connections.add(&id(number), &id(number).into()));
        check(&connections, &id(0), &[]);
        check(&connections, &id(1), &[&id(1)]);
        check(&connections, &id(REMEMBERED), &[&id(REMEMBERED)]);
        assert_eq!(connections.lock().handshakes.len(), REMEMBERED);
    }
}
