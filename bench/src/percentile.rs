//! What half, or nearly all, of the samples stay under.

use std::time::Duration;

/// How long something took, many times; in order, and at least once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Samples(Vec<Duration>);

/// Less than any part of a rank: 99.9 is a little more in binary, and must not make the next rank of it.
const ROUNDING: f64 = 1e-6;

impl Samples {
    /// The samples, in whatever order they come; `None` where there are none.
    pub fn new(mut samples: Vec<Duration>) -> Option<Self> {
        samples.sort_unstable();
        (!samples.is_empty()).then_some(Self(samples))
    }

    /// The smallest sample that so many of a hundred do not exceed (the nearest rank: always one that was measured).
    pub fn percentile(&self, percent: f64) -> Duration {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "there are fewer samples than 2^52, and a rank below 1 is the first one's"
        )]
        let rank = (percent * self.0.len() as f64 / 100.0 - ROUNDING).ceil() as usize;
        self.0[rank.clamp(1, self.0.len()) - 1]
    }

    /// What half of them do not exceed.
    pub fn median(&self) -> Duration {
        self.percentile(50.0)
    }

    /// The fastest.
    pub fn least(&self) -> Duration {
        self.0[0]
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(samples: impl IntoIterator<Item = u64>, percent: f64, expected: u64) {
        let samples = samples.into_iter().map(Duration::from_micros).collect();
        let samples = Samples::new(samples).unwrap();
        assert_eq!(samples.percentile(percent), Duration::from_micros(expected), "{percent}");
    }

    #[test]
    fn a_percentile_is_the_sample_of_the_nearest_rank() {
        // The example of many textbooks.
        for (percent, expected) in [(5.0, 15), (30.0, 20), (40.0, 20), (50.0, 35), (100.0, 50)] {
            check([15, 20, 35, 40, 50], percent, expected);
        }
        check(1..=100, 99.0, 99);
        check(1..=1_000, 99.9, 999);
        check(1..=3, 0.0, 1);
    }

    #[test]
    fn one_sample_is_every_percentile() {
        for percent in [0.0, 50.0, 99.0, 100.0] {
            check([7], percent, 7);
        }
    }

    #[test]
    fn the_order_of_the_samples_does_not_matter() {
        check([50, 15, 40, 20, 35], 50.0, 35);
        check((1..=100).rev(), 99.0, 99);
    }

    #[test]
    fn the_least_and_the_count_are_known() {
        let samples = Samples::new([3, 1, 2].map(Duration::from_nanos).to_vec()).unwrap();
        assert_eq!((samples.least(), samples.count()), (Duration::from_nanos(1), 3));
        assert_eq!(samples.median(), Duration::from_nanos(2));
    }

    #[test]
    fn there_is_no_percentile_of_nothing() {
        assert_eq!(Samples::new(Vec::new()), None);
    }
}
