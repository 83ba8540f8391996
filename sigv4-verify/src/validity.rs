//! How long a signature is good: five minutes to either side of its date.

use thiserror::Error;
use time::Duration;

use crate::amz_date::AmzDate;

/// The largest distance between a signature's date and the server's clock. API Gateway quotes it in
/// its refusal ("… - 5 min."); the IAM User Guide has it in "Why requests are signed": a request
/// must reach AWS within five minutes of its time stamp. `X-Amz-Expires` changes nothing about it.
pub const VALIDITY: Duration = Duration::minutes(5);

/// A date that is too far from the server's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ValidityError {
    /// The signature is too old.
    #[error("the signature is of {date}, expected {earliest} or later")]
    Expired {
        /// The date of the signature.
        date: AmzDate,
        /// The oldest date that is good.
        earliest: AmzDate,
        /// The server's clock.
        now: AmzDate,
    },
    /// The signature is from the future.
    #[error("the signature is of {date}, expected {latest} or earlier")]
    NotYetCurrent {
        /// The date of the signature.
        date: AmzDate,
        /// The latest date that is good.
        latest: AmzDate,
        /// The server's clock.
        now: AmzDate,
    },
}

/// Whether a signature of `date` is young enough at `now`; at exactly [`VALIDITY`] it still is.
///
/// # Errors
///
/// [`ValidityError::Expired`] with the bound that `date` is beyond.
pub fn check_age(date: AmzDate, now: AmzDate) -> Result<(), ValidityError> {
    let earliest = AmzDate::from_time(now.time().saturating_sub(VALIDITY));
    if date < earliest { Err(ValidityError::Expired { date, earliest, now }) } else { Ok(()) }
}

/// Whether `now` is near enough to a signature of `date`; at exactly [`VALIDITY`] before it is.
///
/// # Errors
///
/// [`ValidityError::NotYetCurrent`] with the bound that `date` is beyond.
pub fn check_begun(date: AmzDate, now: AmzDate) -> Result<(), ValidityError> {
    let latest = AmzDate::from_time(now.time().saturating_add(VALIDITY));
    if date > latest { Err(ValidityError::NotYetCurrent { date, latest, now }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_at(date: &str) -> Result<(), ValidityError> {
        let parse = |text| AmzDate::parse(text).expect(text);
        let (date, now) = (parse(date), parse("20260102T030405Z"));
        check_age(date, now).and_then(|()| check_begun(date, now))
    }

    #[test]
    fn five_minutes_to_either_side_are_good() {
        for date in ["20260102T025905Z", "20260102T030405Z", "20260102T030905Z"] {
            assert_eq!(check_at(date), Ok(()), "{date}");
        }
    }

    #[test]
    fn a_second_more_is_not() {
        let early = check_at("20260102T025904Z").expect_err("too old").to_string();
        assert_eq!(
            early,
            "the signature is of 20260102T025904Z, expected 20260102T025905Z or later"
        );
        let late = check_at("20260102T030906Z").expect_err("too new").to_string();
        assert_eq!(
            late,
            "the signature is of 20260102T030906Z, expected 20260102T030905Z or earlier"
        );
    }
}
