//! When credentials are asked for, shared and kept.

use std::{
    collections::VecDeque,
    sync::{Mutex, atomic::AtomicUsize},
    time::{Duration, UNIX_EPOCH},
};

use tokio::sync::Semaphore;

use super::*;

/// Answers by a script: credentials that end so many seconds after the start, or a failure.
struct Script {
    answers: Mutex<VecDeque<Option<u64>>>,
    fetches: AtomicUsize,
    /// A fetch ends when it gets a permit.
    gate: Semaphore,
}

const FAILS: Option<u64> = None;

fn kept(answers: &[Option<u64>], gate: usize) -> KeptCredentials<Script> {
    KeptCredentials::new(Script {
        answers: Mutex::new(answers.iter().copied().collect()),
        fetches: AtomicUsize::new(0),
        gate: Semaphore::new(gate),
    })
}

impl CredentialsSource for Script {
    async fn fetch(&self) -> Result<Credentials, SourceError> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        self.gate.acquire().await.unwrap().forget();
        match self.answers.lock().unwrap().pop_front().expect("one fetch more than scripted") {
            Some(end) => Ok(credentials(end)),
            None => Err(SourceError::provider_error("scripted")),
        }
    }
}

fn credentials(end: u64) -> Credentials {
    Credentials::new("ASIAEXAMPLE", "secret/EXAMPLE", None, Some(after(end)), "script")
}

fn after(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_767_323_045 + seconds)
}

/// What a request gets: the end of its credentials, or why there are none.
#[derive(Debug, PartialEq)]
enum Gets {
    End(u64),
    Unavailable,
    EndSoon,
}

fn gets(result: Result<Credentials, CredentialsError>) -> Gets {
    match result {
        Ok(credentials) => {
            let end = credentials.expiry().unwrap().duration_since(after(0)).unwrap();
            Gets::End(end.as_secs())
        }
        Err(CredentialsError::Unavailable(_)) => Gets::Unavailable,
        Err(CredentialsError::EndSoon) => Gets::EndSoon,
    }
}

/// One request after the other, at these seconds: what each gets, and how many fetches there were by
/// then.
#[track_caller]
fn check(answers: &[Option<u64>], expected: &[(u64, Gets, usize)]) {
    let kept = kept(answers, answers.len());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for (seconds, gets_what, fetches) in expected {
        let found = gets(runtime.block_on(kept.at(after(*seconds))));
        assert_eq!(found, *gets_what, "at {seconds}");
        assert_eq!(kept.source.fetches.load(Ordering::SeqCst), *fetches, "at {seconds}");
    }
}

#[test]
fn credentials_are_kept_until_they_might_not_outlive_a_url() {
    check(
        &[Some(3600), Some(7200)],
        &[
            (0, Gets::End(3600), 1),
            (1, Gets::End(3600), 1),
            (3300, Gets::End(3600), 1),
            (3301, Gets::End(7200), 2),
            (3302, Gets::End(7200), 2),
        ],
    );
}

#[test]
fn a_failed_renewal_falls_back_and_is_repeated_after_a_pause() {
    check(
        &[Some(3600), FAILS, FAILS, Some(7200)],
        &[
            (0, Gets::End(3600), 1),
            (3400, Gets::End(3600), 2),
            (3409, Gets::End(3600), 2),
            (3410, Gets::End(3600), 3),
            (3420, Gets::End(7200), 4),
        ],
    );
}

#[test]
fn credentials_are_given_while_they_have_ten_seconds() {
    check(
        &[Some(3600), FAILS, FAILS, FAILS],
        &[
            (0, Gets::End(3600), 1),
            (3590, Gets::End(3600), 2),
            (3591, Gets::Unavailable, 3),
            (3592, Gets::Unavailable, 4),
        ],
    );
}

#[test]
fn without_any_credentials_every_request_tries_again() {
    check(
        &[FAILS, FAILS, Some(3600)],
        &[(0, Gets::Unavailable, 1), (1, Gets::Unavailable, 2), (2, Gets::End(3600), 3)],
    );
}

#[test]
fn fetched_credentials_that_end_at_once_are_not_given() {
    check(
        &[Some(9), Some(10), Some(3600)],
        &[(0, Gets::EndSoon, 1), (0, Gets::End(10), 2), (1, Gets::End(3600), 3)],
    );
}

#[test]
fn a_success_forgets_the_failure() {
    check(
        &[FAILS, Some(5), Some(3600)],
        &[(0, Gets::Unavailable, 1), (1, Gets::EndSoon, 2), (2, Gets::End(3600), 3)],
    );
}

/// Many requests wait while one fetch is under way.
async fn at_once(kept: &Arc<KeptCredentials<Script>>, seconds: u64) -> Vec<Gets> {
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let kept = Arc::clone(kept);
        requests.spawn(async move { gets(kept.at(after(seconds)).await) });
    }
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    kept.source.gate.add_permits(1);
    requests.join_all().await
}

#[tokio::test]
async fn requests_at_once_share_one_fetch() {
    let kept = Arc::new(kept(&[Some(3600), Some(7200)], 0));
    let found = at_once(&kept, 0).await;
    assert!(found.len() == 50 && found.iter().all(|gets| *gets == Gets::End(3600)), "{found:?}");
    let found = at_once(&kept, 3500).await;
    assert!(found.iter().all(|gets| *gets == Gets::End(7200)), "{found:?}");
    assert_eq!(kept.source.fetches.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn requests_at_once_share_a_failure() {
    let kept = Arc::new(kept(&[FAILS], 0));
    let found = at_once(&kept, 0).await;
    assert!(found.len() == 50 && found.iter().all(|gets| *gets == Gets::Unavailable), "{found:?}");
    assert_eq!(kept.source.fetches.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_request_that_is_given_up_does_not_block_the_others() {
    let kept = Arc::new(kept(&[Some(3600)], 0));
    let given_up = tokio::spawn({
        let kept = Arc::clone(&kept);
        async move { kept.at(after(0)).await }
    });
    while kept.source.fetches.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    given_up.abort();
    assert!(given_up.await.unwrap_err().is_cancelled());
    kept.source.gate.add_permits(1);
    assert_eq!(gets(kept.at(after(0)).await), Gets::End(3600));
}

#[test]
fn no_secret_is_shown() {
    let marked = Credentials::new("ID", "MARKERSECRET", Some("MARKERTOKEN".into()), None, "test");
    let state = State { kept: Some(marked), failure: None };
    let kept = KeptCredentials {
        source: (),
        fetches: AtomicU64::new(0),
        state: tokio::sync::Mutex::new(state),
    };
    let shown = format!("{kept:?} {kept:#?}");
    assert!(shown.contains("ID") && !shown.contains("MARKER"), "{shown}");
}
