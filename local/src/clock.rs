//! One clock for everything that `local` decides: the machine's, or one that a test drives by hand.

use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::watch;

/// Tells the time and waits for it. Clones tell the same time.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Real,
    Driven(watch::Sender<OffsetDateTime>),
}

impl Clock {
    /// The machine's clock.
    pub fn real() -> Self {
        Self(Kind::Real)
    }

    /// A clock that stands at `start` until [`Clock::advance`] moves it.
    pub fn driven(start: OffsetDateTime) -> Self {
        Self(Kind::Driven(watch::Sender::new(start)))
    }

    /// The time now.
    pub fn now(&self) -> OffsetDateTime {
        match &self.0 {
            Kind::Real => OffsetDateTime::now_utc(),
            Kind::Driven(time) => *time.borrow(),
        }
    }

    /// Milliseconds since the Unix epoch, as AWS's events give times.
    pub fn epoch_milliseconds(&self) -> i64 {
        epoch_milliseconds(self.now())
    }

    /// Moves a driven clock forward and wakes whoever waited for a time up to the new one. The
    /// machine's clock is left alone.
    pub fn advance(&self, by: Duration) {
        if let Kind::Driven(time) = &self.0 {
            time.send_modify(|now| *now += by);
        }
    }

    /// Waits until the clock shows `at` or later.
    pub async fn sleep_until(&self, at: OffsetDateTime) {
        match &self.0 {
            Kind::Real => {
                let left = at - OffsetDateTime::now_utc();
                tokio::time::sleep(left.try_into().unwrap_or(Duration::ZERO)).await;
            }
            Kind::Driven(time) => {
                // The sender lives in `self`, so the channel cannot close while we wait.
                let _ = time.subscribe().wait_for(|now| *now >= at).await;
            }
        }
    }

    /// Waits for `future`, and for no longer than `limit` from now. By a driven clock that stands it
    /// may take as long as it likes.
    ///
    /// # Errors
    ///
    /// [`Elapsed`] when the limit has passed first; the future is dropped then.
    pub async fn timeout<T>(
        &self,
        limit: Duration,
        future: impl Future<Output = T>,
    ) -> Result<T, Elapsed> {
        tokio::select! {
            biased;
            output = future => Ok(output),
            () = self.sleep_until(self.now() + limit) => Err(Elapsed),
        }
    }
}

/// A limit of time that has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed;

/// Milliseconds from the Unix epoch to `at`.
pub fn epoch_milliseconds(at: OffsetDateTime) -> i64 {
    at.unix_timestamp() * 1000 + i64::from(at.millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_driven_clock_wakes_a_sleeper_when_its_time_has_come() {
        let clock = Clock::driven(OffsetDateTime::UNIX_EPOCH);
        let wake_at = clock.now() + Duration::from_secs(600);
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move {
                clock.sleep_until(wake_at).await;
                clock.now()
            }
        });
        clock.advance(Duration::from_secs(599));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance(Duration::from_secs(1));
        assert_eq!(sleeper.await.unwrap(), wake_at);
    }

    #[tokio::test]
    async fn a_limit_passes_by_the_clock_alone() {
        let clock = Clock::driven(OffsetDateTime::UNIX_EPOCH);
        let limit = Duration::from_secs(29);
        let late = tokio::spawn({
            let clock = clock.clone();
            async move { clock.timeout(limit, std::future::pending::<()>()).await }
        });
        tokio::task::yield_now().await;
        clock.advance(limit - Duration::from_millis(1));
        tokio::task::yield_now().await;
        assert!(!late.is_finished());
        clock.advance(Duration::from_millis(1));
        assert_eq!(late.await.unwrap(), Err(Elapsed));
        // What is there already is in time, whatever the limit.
        assert_eq!(clock.timeout(Duration::ZERO, async { "done" }).await, Ok("done"));
    }

    #[test]
    fn milliseconds_are_whole() {
        let at = OffsetDateTime::UNIX_EPOCH + Duration::from_micros(1_500_999);
        assert_eq!(epoch_milliseconds(at), 1500);
    }
}
