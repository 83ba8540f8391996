//! Waiting for what must come.

use std::time::{Duration, Instant};

/// How often is looked.
const INTERVAL: Duration = Duration::from_millis(5);

/// How long is waited: far longer than anything takes, so that only a fault runs into it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until `condition` holds.
///
/// # Panics
///
/// When it does not in 30 seconds; `what` says what was waited for.
pub async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    let mut ticks = tokio::time::interval(INTERVAL);
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "still not so: {what}");
        ticks.tick().await;
    }
}
