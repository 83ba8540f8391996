//! What says nothing of the stack is met by asking again: throttles, and faults that pass.

use std::time::Duration;

/// How long a throttle is waited for, and how often.
const WAITS: [Duration; 5] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

/// How long a fault is given to pass.
const PAUSE: Duration = Duration::from_millis(500);

/// An error that may be none of what is tried.
pub(super) trait Passing {
    /// The stack takes no more for now: 429.
    fn is_throttled(&self) -> bool;

    /// The way to the stack, or a function that starts: whoever asks again may be answered.
    fn is_passing(&self) -> bool;
}

/// Asks again while the stack throttles, a bounded number of times.
pub(super) async fn unthrottled<T, E: Passing>(
    mut attempt: impl AsyncFnMut() -> Result<T, E>,
) -> Result<T, E> {
    for wait in WAITS {
        match attempt().await {
            Err(error) if error.is_throttled() => tokio::time::sleep(wait).await,
            outcome => return outcome,
        }
    }
    attempt().await
}

/// Does the whole of it once more after a fault that may pass. It signs what it sends, so nothing is used twice.
pub(super) async fn once_more<T, E: Passing>(
    mut attempt: impl AsyncFnMut() -> Result<T, E>,
) -> Result<T, E> {
    match attempt().await {
        Err(error) if error.is_passing() => {
            tokio::time::sleep(PAUSE).await;
            attempt().await
        }
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Fault {
        Throttle,
        Passing,
        Lasting,
    }

    impl Passing for Fault {
        fn is_throttled(&self) -> bool {
            *self == Self::Throttle
        }

        fn is_passing(&self) -> bool {
            *self == Self::Passing
        }
    }

    /// How it ends, and how many attempts that takes, where the first `count` end in `fault`.
    macro_rules! check {
        ($repeat:ident, $count:literal, $fault:ident, $outcome:expr, $attempts:expr) => {
            let mut attempts = 0;
            let outcome = $repeat(async || {
                attempts += 1;
                if attempts <= $count { Err(Fault::$fault) } else { Ok(()) }
            })
            .await;
            assert_eq!((outcome, attempts), ($outcome, $attempts));
        };
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttle_is_waited_for_and_not_for_ever() {
        check!(unthrottled, 5, Throttle, Ok(()), 6);
        check!(unthrottled, 9, Throttle, Err(Fault::Throttle), WAITS.len() + 1);
        check!(unthrottled, 1, Passing, Err(Fault::Passing), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_fault_that_may_pass_is_met_once() {
        check!(once_more, 1, Passing, Ok(()), 2);
        check!(once_more, 2, Passing, Err(Fault::Passing), 2);
        check!(once_more, 1, Lasting, Err(Fault::Lasting), 1);
        check!(once_more, 1, Throttle, Err(Fault::Throttle), 1);
    }
}
