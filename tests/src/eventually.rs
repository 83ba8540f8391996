//! Waiting for what must come.

use std::time::Duration;

use tokio::time::{Instant, interval};

/// How long is waited: far longer than it takes, so that only a fault runs into it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until `condition` holds, and fails with `what` when it does not come to hold.
pub async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let mut pulse = interval(Duration::from_millis(5));
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(pulse.tick().await < deadline, "it did not come to this: {what}");
    }
}
