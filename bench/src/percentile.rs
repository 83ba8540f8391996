//! What half, or nearly all, of the samples stay under.

use std::cmp::Ordering;
use std::time::Duration;

/// What was measured many times, how long something took if nothing else is said; in order, and at least once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Samples<T = Duration>(Vec<T>);

impl<T: Copy + PartialOrd> Samples<T> {
    /// The samples, in whatever order they come; `None` where there are none.
    pub fn new(mut samples: Vec<T>) -> Option<Self> {
        samples.sort_by(|one, other| one.partial_cmp(other).unwrap_or(Ordering::Equal));
        (!samples.is_empty()).then_some(Self(samples))
    }

    /// The smallest sample that so many of a hundred do not exceed (the nearest rank: always one that was measured).
    pub fn percentile(&self, percent: usize) -> T {
        let rank = (self.0.len() * percent).div_ceil(100);
        self.0[rank.clamp(1, self.0.len()) - 1]
    }

    /// What half of them do not exceed: of two in the middle, the lower.
    pub fn median(&self) -> T {
        self.percentile(50)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

/// The median of so many samples; zero of none.
pub fn median<T: Copy + PartialOrd + Default>(samples: impl IntoIterator<Item = T>) -> T {
    let samples = Samples::new(samples.into_iter().collect());
    samples.map(|samples| samples.median()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(samples: impl IntoIterator<Item = u64>, percent: usize, expected: u64) {
        let samples = Samples::new(samples.into_iter().collect()).unwrap();
        assert_eq!(samples.percentile(percent), expected, "{percent}");
    }

    #[test]
    fn a_percentile_is_the_sample_of_the_nearest_rank() {
        // The example of many textbooks.
        for (percent, expected) in [(5, 15), (30, 20), (40, 20), (50, 35), (100, 50)] {
            check([15, 20, 35, 40, 50], percent, expected);
        }
        check(1..=100, 99, 99);
        check(1..=1_000, 99, 990);
        check(1..=10, 99, 10);
        check(1..=3, 0, 1);
    }

    #[test]
    fn one_sample_is_every_percentile() {
        for percent in [0, 50, 99, 100] {
            check([7], percent, 7);
        }
    }

    #[test]
    fn the_order_of_the_samples_does_not_matter() {
        check([50, 15, 40, 20, 35], 50, 35);
        check((1..=100).rev(), 99, 99);
    }

    #[test]
    fn there_is_no_percentile_of_nothing() {
        assert_eq!(Samples::<Duration>::new(Vec::new()), None);
    }

    #[test]
    fn a_median_is_one_of_the_samples() {
        let check = |samples: &[f64], expected: f64| {
            let found = median(samples.iter().copied());
            assert!((found - expected).abs() < f64::EPSILON, "{samples:?}: {found}");
        };
        check(&[3.0, 1.0, 2.0], 2.0);
        check(&[4.0, 1.0, 3.0, 2.0], 2.0);
        check(&[7.0], 7.0);
        check(&[], 0.0);
    }
}
