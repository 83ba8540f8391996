//! How many requests a stage's routes take: API Gateway's token buckets. Each route has its own; there
//! is none for the account as a whole, whose limits are a route's upper bound.
//! (API Gateway Developer Guide, "Throttle requests to your APIs")

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use time::OffsetDateTime;

use crate::limits::{ACCOUNT_BURST_LIMIT, ACCOUNT_RATE_LIMIT};
use crate::template::{Stage, Throttle};

/// The buckets of one API, one for each route of a stage.
#[derive(Debug, Default)]
pub struct Throttles(Mutex<HashMap<(String, String), Bucket>>);

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled_at: OffsetDateTime,
}

impl Throttles {
    /// Takes a token of a route; false when there is none, and the request is one too many.
    pub fn admit(&self, stage: &Stage, route_key: &str, now: OffsetDateTime) -> bool {
        let throttle = stage.route_throttles.get(route_key).unwrap_or(&stage.default_throttle);
        let (rate, burst) = effective(throttle);
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets
            .entry((stage.name.clone(), route_key.to_owned()))
            .or_insert(Bucket { tokens: burst, filled_at: now });
        let seconds = (now - bucket.filled_at).as_seconds_f64().max(0.0);
        bucket.tokens = (bucket.tokens + seconds * rate).min(burst);
        bucket.filled_at = now;
        let admitted = bucket.tokens >= 1.0;
        if admitted {
            bucket.tokens -= 1.0;
        }
        admitted
    }
}

/// Tokens a second, and how many there may be. What a stage leaves open is the account's.
fn effective(throttle: &Throttle) -> (f64, f64) {
    let rate = throttle.rate_limit.unwrap_or(ACCOUNT_RATE_LIMIT).min(ACCOUNT_RATE_LIMIT);
    let burst = throttle.burst_limit.unwrap_or(ACCOUNT_BURST_LIMIT).min(ACCOUNT_BURST_LIMIT);
    (rate, f64::from(burst))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;

    fn stage(default: Throttle, connect: Option<Throttle>) -> Stage {
        Stage {
            logical_id: "Stage".to_owned(),
            name: "prod".to_owned(),
            default_throttle: default,
            route_throttles: connect
                .map(|throttle| ("$connect".to_owned(), throttle))
                .into_iter()
                .collect(),
            variables: BTreeMap::new(),
        }
    }

    fn of(burst: u32, rate: f64) -> Throttle {
        Throttle { burst_limit: Some(burst), rate_limit: Some(rate) }
    }

    /// How many of `requests` at once are admitted, now and `later` seconds later.
    fn check(stage: &Stage, requests: usize, later: u64, expected: (usize, usize)) {
        let throttles = Throttles::default();
        let start = OffsetDateTime::UNIX_EPOCH;
        let admitted =
            |at| (0..requests).filter(|_| throttles.admit(stage, "$connect", at)).count();
        let now = admitted(start);
        assert_eq!((now, admitted(start + Duration::from_secs(later))), expected);
    }

    #[test]
    fn a_burst_is_admitted_and_then_so_many_a_second() {
        check(&stage(of(5, 2.0), None), 10, 1, (5, 2));
        check(&stage(of(5, 2.0), None), 10, 60, (5, 5));
        check(&stage(of(5, 0.5), None), 10, 1, (5, 0));
    }

    #[test]
    fn zero_admits_nothing() {
        check(&stage(of(0, 0.0), None), 10, 60, (0, 0));
    }

    #[test]
    fn a_route_has_its_own_limits() {
        check(&stage(of(0, 0.0), Some(of(3, 1.0))), 10, 1, (3, 1));
    }

    #[test]
    fn what_is_left_open_is_the_accounts() {
        check(&stage(Throttle::default(), None), 6_000, 0, (5_000, 0));
    }
}
