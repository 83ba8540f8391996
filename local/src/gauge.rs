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

    /// How many are counted now.
    pub fn count(&self) -> usize {
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
