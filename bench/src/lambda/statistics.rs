//! What a pile of figures comes to.

use std::time::Duration;

/// The least of the figures that so many hundredths of them do not exceed (the nearest rank). Zero of none.
pub(super) fn percentile(mut figures: Vec<Duration>, hundredths: usize) -> Duration {
    figures.sort_unstable();
    let rank = (figures.len() * hundredths).div_ceil(100);
    figures.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

/// The one in the middle.
pub(super) fn median(figures: Vec<Duration>) -> Duration {
    percentile(figures, 50)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(figures: impl IntoIterator<Item = u64>, hundredths: usize, expected: u64) {
        let figures = figures.into_iter().map(Duration::from_micros).collect();
        assert_eq!(percentile(figures, hundredths), Duration::from_micros(expected));
    }

    #[test]
    fn percentiles_are_nearest_ranks() {
        check([30, 10, 20], 50, 20);
        check([4, 3, 2, 1], 50, 2);
        check(1..=100, 99, 99);
        check(1..=1_000, 99, 990);
        check(1..=10, 99, 10);
        check([7], 50, 7);
        check([7], 0, 7);
        check([], 50, 0);
    }
}
