//! How many requests are taken: API Gateway's token buckets. One for all that the account asks of its APIs
//! and of their `@connections`, one for its new connections, and one for each route that a stage limits.
//! (API Gateway Developer Guide, "Throttle requests to your APIs", "Amazon API Gateway quotas")
//!
//! AWS does not say which of a stage's settings hold for its `@connections`: here they are under the
//! account's limits alone, see [`Throttles::admit_callback`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use time::OffsetDateTime;

use crate::limits::{ACCOUNT_BURST_LIMIT, ACCOUNT_RATE_LIMIT, NEW_CONNECTIONS_RATE_LIMIT};
use crate::template::{Stage, Throttle};

/// Which of the quotas that an account has hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountQuotas {
    /// Those that AWS gives every account.
    Default,
    /// None: a test of load is to find other limits than these. What a stage sets itself still holds.
    Lifted,
}

/// The buckets of an account in a region. Clones share them.
#[derive(Clone, Debug)]
pub struct AccountThrottle(Arc<Mutex<Account>>);

/// The buckets of one API: one for each route of a stage that has limits of its own, and those of the
/// account, which all its APIs share.
#[derive(Debug)]
pub struct Throttles {
    account: AccountThrottle,
    routes: Mutex<HashMap<(String, String), Bucket>>,
}

#[derive(Debug)]
struct Account {
    requests: Bucket,
    connections: Bucket,
}

/// Full to begin with. Whoever is admitted takes one token of each bucket that he stands under; whoever is
/// not takes none.
#[derive(Debug)]
struct Bucket {
    /// Tokens a second.
    rate: f64,
    /// How many there may be.
    burst: f64,
    tokens: f64,
    filled_at: OffsetDateTime,
}

impl AccountThrottle {
    /// The buckets of an account that has these quotas.
    pub fn new(quotas: AccountQuotas) -> Self {
        let account = match quotas {
            AccountQuotas::Default => Account {
                requests: Bucket::full(ACCOUNT_RATE_LIMIT, f64::from(ACCOUNT_BURST_LIMIT)),
                // AWS states no burst for these: here as many as a second brings.
                connections: Bucket::full(NEW_CONNECTIONS_RATE_LIMIT, NEW_CONNECTIONS_RATE_LIMIT),
            },
            AccountQuotas::Lifted => {
                Account { requests: Bucket::bottomless(), connections: Bucket::bottomless() }
            }
        };
        Self(Arc::new(Mutex::new(account)))
    }

    fn buckets(&self) -> MutexGuard<'_, Account> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Throttles {
    /// The buckets of one API of an account.
    pub fn new(account: AccountThrottle) -> Self {
        Self { account, routes: Mutex::default() }
    }

    /// Takes a token for a request of a route; false when there is none, and the request is one too many.
    pub fn admit(&self, stage: &Stage, route_key: &str, now: OffsetDateTime) -> bool {
        let requests = &mut self.account.buckets().requests;
        let throttle = stage.route_throttles.get(route_key).unwrap_or(&stage.default_throttle);
        // What the stage leaves open is under the account's limits alone.
        if *throttle == Throttle::default() {
            return take_of_each(&mut [requests], now);
        }
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let of_route = routes
            .entry((stage.name.clone(), route_key.to_owned()))
            .or_insert_with(|| Bucket::of(throttle, requests));
        take_of_each(&mut [of_route, requests], now)
    }

    /// As [`Throttles::admit`], for a connection that signature and policy let in: AWS does not say
    /// whether those that they refuse are counted as new ones.
    pub fn admit_connection(&self, now: OffsetDateTime) -> bool {
        take_of_each(&mut [&mut self.account.buckets().connections], now)
    }

    /// As [`Throttles::admit`], for a request to `@connections`.
    pub fn admit_callback(&self, now: OffsetDateTime) -> bool {
        take_of_each(&mut [&mut self.account.buckets().requests], now)
    }
}

impl Bucket {
    fn full(rate: f64, burst: f64) -> Self {
        Self { rate, burst, tokens: burst, filled_at: OffsetDateTime::UNIX_EPOCH }
    }

    /// One that whoever takes from it finds full again.
    fn bottomless() -> Self {
        Self::full(f64::MAX, f64::MAX)
    }

    /// A route's. What its stage leaves open is as the account has it.
    fn of(throttle: &Throttle, account: &Self) -> Self {
        let burst = throttle.burst_limit.map_or(account.burst, f64::from);
        Self::full(throttle.rate_limit.unwrap_or(account.rate), burst)
    }

    /// Whether there is a token, with those that have come since it was last asked. Whoever asks reads
    /// the clock before it is his turn: a time may be earlier than the last one, and brings nothing.
    fn has_token(&mut self, now: OffsetDateTime) -> bool {
        let seconds = (now - self.filled_at).as_seconds_f64().max(0.0);
        self.tokens = (self.tokens + seconds * self.rate).min(self.burst);
        self.filled_at = self.filled_at.max(now);
        self.tokens >= 1.0
    }
}

/// A token of each bucket, or of none.
fn take_of_each(buckets: &mut [&mut Bucket], now: OffsetDateTime) -> bool {
    let admitted = buckets.iter_mut().all(|bucket| bucket.has_token(now));
    if admitted {
        buckets.iter_mut().for_each(|bucket| bucket.tokens -= 1.0);
    }
    admitted
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;

    const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

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

    fn api() -> Throttles {
        Throttles::new(AccountThrottle::new(AccountQuotas::Default))
    }

    /// How many requests `admit` lets in of so many.
    fn admitted(requests: usize, admit: impl Fn() -> bool) -> usize {
        (0..requests).filter(|_| admit()).count()
    }

    /// How many of `requests` at once are admitted, now and `later` seconds later.
    fn check(stage: &Stage, requests: usize, later: u64, expected: (usize, usize)) {
        let throttles = api();
        let at = |at| admitted(requests, || throttles.admit(stage, "$connect", at));
        let now = at(START);
        assert_eq!((now, at(START + Duration::from_secs(later))), expected);
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
    fn routes_under_the_default_settings_do_not_share_them() {
        let (stage, throttles) = (stage(of(2, 1.0), None), api());
        for route in ["$connect", "$default"] {
            assert_eq!(admitted(10, || throttles.admit(&stage, route, START)), 2, "{route}");
        }
    }

    #[test]
    fn what_is_left_open_is_the_accounts() {
        check(&stage(Throttle::default(), None), 6_000, 0, (5_000, 0));
        // Nor does a stage reach beyond it.
        check(&stage(of(20_000, 20_000.0), None), 25_000, 1, (5_000, 5_000));
    }

    #[test]
    fn the_apis_of_an_account_and_their_callbacks_share_its_limits() {
        let open = stage(Throttle::default(), None);
        let account = AccountThrottle::new(AccountQuotas::Default);
        let [http, websocket] = [(); 2].map(|()| Throttles::new(account.clone()));
        assert_eq!(admitted(2_000, || http.admit(&open, "POST /sign", START)), 2_000);
        assert_eq!(admitted(2_000, || websocket.admit(&open, "$default", START)), 2_000);
        assert_eq!(admitted(2_000, || websocket.admit_callback(START)), 1_000);
        assert!(!http.admit(&open, "POST /sign", START));
        // 10,000 a second: 100 in 10 ms.
        let later = START + Duration::from_millis(10);
        assert_eq!(admitted(2_000, || http.admit(&open, "POST /sign", later)), 100);
    }

    #[test]
    fn a_request_that_its_route_refuses_costs_the_account_nothing() {
        let account = AccountThrottle::new(AccountQuotas::Default);
        let [closed, open] = [(); 2].map(|()| Throttles::new(account.clone()));
        let nothing = stage(of(0, 0.0), None);
        assert_eq!(admitted(5_000, || closed.admit(&nothing, "$default", START)), 0);
        let anything = stage(Throttle::default(), None);
        assert_eq!(admitted(6_000, || open.admit(&anything, "$default", START)), 5_000);
    }

    #[test]
    fn a_time_that_arrives_late_brings_no_tokens() {
        let throttles = api();
        assert_eq!(admitted(6_000, || throttles.admit_callback(START)), 5_000);
        let later = START + Duration::from_millis(10);
        let alternating = || {
            let early = usize::from(throttles.admit_callback(START));
            early + usize::from(throttles.admit_callback(later))
        };
        // 10,000 a second: 100 in 10 ms, and not again.
        assert_eq!((0..1_000).map(|_| alternating()).sum::<usize>(), 100);
    }

    #[test]
    fn new_connections_have_a_quota_of_their_own() {
        let throttles = api();
        let connections = |at| admitted(2_000, || throttles.admit_connection(at));
        assert_eq!(connections(START), 500);
        assert!(throttles.admit_callback(START), "other requests are not counted by it");
        assert_eq!(connections(START + Duration::from_secs(1)), 500);
    }

    #[test]
    fn without_the_accounts_quotas_only_what_a_stage_sets_holds() {
        let throttles = Throttles::new(AccountThrottle::new(AccountQuotas::Lifted));
        let (open, limited) = (stage(Throttle::default(), None), stage(of(5, 2.0), None));
        let only_rate = Throttle { burst_limit: None, rate_limit: Some(2.0) };
        let half_open = Stage { name: "half".to_owned(), ..stage(only_rate, None) };
        for at in [START, START + Duration::from_secs(1)] {
            assert_eq!(admitted(20_000, || throttles.admit(&open, "$connect", at)), 20_000);
            assert_eq!(admitted(20_000, || throttles.admit(&half_open, "$connect", at)), 20_000);
            assert_eq!(admitted(20_000, || throttles.admit_connection(at)), 20_000);
            assert_eq!(admitted(20_000, || throttles.admit_callback(at)), 20_000);
            let expected = if at == START { 5 } else { 2 };
            assert_eq!(admitted(10, || throttles.admit(&limited, "$connect", at)), expected);
        }
    }
}
