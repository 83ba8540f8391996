//! Waiting for what must come true, without knowing when.

use std::time::Duration;

/// How long a test waits: far longer than anything takes, so that only a fault runs into it.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often it looks.
const INTERVAL: Duration = Duration::from_millis(2);

/// Waits until `is_true`; fails with `what` if that does not come.
pub async fn eventually(what: &str, mut is_true: impl FnMut() -> bool) {
    let looking = async {
        let mut interval = tokio::time::interval(INTERVAL);
        while !is_true() {
            interval.tick().await;
        }
    };
    if tokio::time::timeout(PATIENCE, looking).await.is_err() {
        panic!("it did not come true that {what}");
    }
}
