//! How long to wait before a call is tried again.

use std::time::Duration;

/// The upper bound of the first pause. Rival transactions of the same nonce last a few milliseconds.
const FIRST_BOUND: Duration = Duration::from_millis(25);

/// The upper bound of every later pause.
const LAST_BOUND: Duration = Duration::from_millis(400);

/// The pause before attempt `attempt` + 2 (`attempt` counts from 0): anything from nothing to a bound
/// that doubles each time, so that rivals drift apart. `random` is uniform over all of `u32`.
pub(super) fn pause(attempt: u32, random: u32) -> Duration {
    let factor = 1_u32.checked_shl(attempt).unwrap_or(u32::MAX);
    let bound = FIRST_BOUND.saturating_mul(factor).min(LAST_BOUND);
    bound.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(attempt: u32, random: u32, milliseconds: u64) {
        assert_eq!(pause(attempt, random), Duration::from_millis(milliseconds));
    }

    #[test]
    fn the_bound_doubles() {
        check(0, u32::MAX, 25);
        check(1, u32::MAX, 50);
        check(3, u32::MAX, 200);
    }

    #[test]
    fn the_bound_ends() {
        check(4, u32::MAX, 400);
        check(5, u32::MAX, 400);
        check(40, u32::MAX, 400);
    }

    #[test]
    fn the_pause_may_be_nothing() {
        check(0, 0, 0);
        check(40, 0, 0);
    }
}
