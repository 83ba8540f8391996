//! All signers sign alike, and both verifiers agree.

use proptest::prelude::*;

use super::case::{Case, Growth, HOST, STEPS};
use super::floor::Floor;
use super::{Medians, bare, ours, parts};
use crate::report::Figure;

#[track_caller]
fn check(case: &Case) {
    let url = ours::presigned_url(case);
    let floor = Floor::new(case);
    assert_eq!(floor.presigned_url(&case.parameters), url);
    assert_eq!(parts(&bare::presigned_url(case)), parts(&url));
    let target = ours::target(&url);
    assert!(ours::verdict(target, &case.credentials).is_ok());
    assert!(floor.accepts(target, HOST, Case::time()));
}

#[test]
fn every_size_of_the_case_is_signed_alike() {
    check(&Case::usual());
    for growth in Growth::ALL {
        for times in STEPS {
            check(&Case::grown(growth, times));
        }
    }
}

#[test]
fn the_usual_case_is_what_its_row_says() {
    let case = Case::usual();
    assert_eq!(case.parameters.len(), 6);
    assert_eq!(case.credentials.session_token().map(str::len), Some(900));
}

#[test]
fn the_floor_refuses_another_host_and_another_time() {
    let case = Case::usual();
    let floor = Floor::new(&case);
    let url = floor.presigned_url(&case.parameters);
    let target = ours::target(&url);
    assert!(!floor.accepts(target, "other.example.com", Case::time()));
    for minutes in [-6, 6_i64] {
        let moved = std::time::Duration::from_secs(60 * minutes.unsigned_abs());
        let now = if minutes < 0 { Case::time() - moved } else { Case::time() + moved };
        assert!(!floor.accepts(target, HOST, now), "{minutes}");
    }
}

#[test]
fn a_ratio_is_the_median_of_the_rounds_ratios() {
    // Ours is twice as slow in each round; in the second one everything is.
    let rounds = vec![[20.0, 10.0], [2000.0, 1000.0], [22.0, 11.0]];
    let medians = Medians { names: ["ours", "floor"], rounds };
    assert_eq!(medians.ratio("ours", "floor"), Figure::Times(2.0));
    assert!((medians.time("ours") - 22.0).abs() < f64::EPSILON);
}

proptest! {
    #[test]
    fn anything_is_signed_alike(
        parameters in prop::collection::vec(("[^xX]\\PC{0,8}", any::<String>()), 0..8),
        token_length in 2..300_usize,
    ) {
        check(&Case::of(parameters, token_length));
    }

    #[test]
    fn the_floor_accepts_nothing_that_is_refused(
        place in any::<prop::sample::Index>(),
        replacement in "[ -~]",
    ) {
        let case = Case::usual();
        let floor = Floor::new(&case);
        let url = ours::presigned_url(&case);
        let target = ours::target(&url);
        let place = place.index(target.len());
        let changed = [&target[..place], &replacement, &target[place + 1..]].concat();
        // A digit of an escape in another case is the same to ours, and not canonical to the floor.
        prop_assert_eq!(floor.accepts(&changed, HOST, Case::time()), changed == target);
        let same = changed.eq_ignore_ascii_case(target) && target[..place].bytes().rev().take(2).any(|byte| byte == b'%');
        prop_assert_eq!(ours::verdict(&changed, &case.credentials).is_ok(), changed == target || same);
    }
}
