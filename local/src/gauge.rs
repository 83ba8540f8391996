//! Counts what is under way, so that an end can wait for it.

use tokio::sync::watch;

/// A count that can be waited for. Clones share it.
#[derive(Clone, Debug)]
pub struct Gauge(watch::Sender<usize>);

/// One that is counted until it is dropped.
#[derive(Debug)]
pub struct Entered(watch::Sender<usize>);

impl Default for Gauge {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Gauge {
    /// Counts one more for as long as the result lives.
    pub fn enter(&self) -> Entered {
        self.0.send_modify(|count| *count += 1);
        Entered(self.0.clone())
    }

    /// Counts one more, unless there are `limit` already.
    pub fn enter_below(&self, limit: usize) -> Option<Entered> {
        let entered = self.0.send_if_modified(|count| {
            let is_free = *count < limit;
            *count += usize::from(is_free);
            is_free
        });
        entered.then(|| Entered(self.0.clone()))
    }

    /// How many are counted now.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        *self.0.borrow()
    }

    /// Waits until nothing is counted.
    pub async fn empty(&self) {
        // The sender lives in `self`, so the channel cannot close while we wait.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_kept_and_a_place_is_free_again() {
        let gauge = Gauge::default();
        assert!(gauge.enter_below(0).is_none());
        let first = gauge.enter_below(1);
        assert!(first.is_some() && gauge.enter_below(1).is_none());
        assert_eq!(gauge.count(), 1);
        drop(first);
        assert!(gauge.enter_below(1).is_some());
    }
}
