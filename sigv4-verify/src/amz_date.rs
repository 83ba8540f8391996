//! `X-Amz-Date`: a time in UTC, to the second, in the basic format of ISO 8601: `20260102T030405Z`.

use std::fmt;

use thiserror::Error;
use time::{Date, Month, OffsetDateTime, Time, UtcOffset};

use crate::found::Found;

/// The time of signing. `Display` writes it as the wire and the string to sign have it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AmzDate(OffsetDateTime);

/// A text that is no date in the basic format.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the date is {found:?}, expected the form 20260102T030405Z")]
pub struct AmzDateError {
    /// What was there instead.
    pub found: Found,
}

impl AmzDate {
    /// Reads `YYYYMMDD'T'HHMMSS'Z'`, and nothing else.
    ///
    /// # Errors
    ///
    /// [`AmzDateError`] for any other form, and for a day or an hour that does not exist.
    pub fn parse(text: &str) -> Result<Self, AmzDateError> {
        parse(text.as_bytes()).ok_or_else(|| AmzDateError { found: Found::short(text) })
    }

    /// The same moment to the second, in UTC.
    pub fn from_time(time: OffsetDateTime) -> Self {
        // Only at the very ends of the calendar is there no such moment in UTC.
        let utc = time.checked_to_offset(UtcOffset::UTC).unwrap_or(time);
        Self(utc.truncate_to_second())
    }

    /// The moment.
    pub fn time(self) -> OffsetDateTime {
        self.0
    }

    /// The day, as the credential scope has it: `20260102`.
    pub fn day(self) -> String {
        format!("{:04}{:02}{:02}", self.0.year(), u8::from(self.0.month()), self.0.day())
    }
}

impl fmt::Display for AmzDate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.0.to_calendar_date();
        let (hour, minute, second) = self.0.to_hms();
        let month = u8::from(month);
        write!(formatter, "{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
    }
}

impl fmt::Debug for AmzDate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

fn parse(text: &[u8]) -> Option<AmzDate> {
    let [y0, y1, y2, y3, mo0, mo1, d0, d1, b'T', h0, h1, mi0, mi1, s0, s1, b'Z'] = text else {
        return None;
    };
    let year = i32::from(number(&[*y0, *y1])?) * 100 + i32::from(number(&[*y2, *y3])?);
    let month = Month::try_from(number(&[*mo0, *mo1])?).ok()?;
    let date = Date::from_calendar_date(year, month, number(&[*d0, *d1])?).ok()?;
    let (hour, minute, second) =
        (number(&[*h0, *h1])?, number(&[*mi0, *mi1])?, number(&[*s0, *s1])?);
    let time = Time::from_hms(hour, minute, second).ok()?;
    Some(AmzDate(date.with_time(time).assume_utc()))
}

/// Two decimal digits.
fn number(digits: &[u8; 2]) -> Option<u8> {
    let [tens, ones] = digits.map(|digit| digit.is_ascii_digit().then(|| digit - b'0'));
    Some(tens? * 10 + ones?)
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    fn check_refused(text: &str) {
        let error = AmzDate::parse(text).expect_err(text);
        assert_eq!(error, AmzDateError { found: Found::short(text) });
    }

    #[test]
    fn a_date_is_read_and_written_back() {
        for text in ["20260102T030405Z", "20240229T235959Z", "00010101T000000Z"] {
            let date = AmzDate::parse(text).expect(text);
            assert_eq!(date.to_string(), text);
            assert_eq!(date.day(), text[..8]);
        }
    }

    #[test]
    fn other_forms_are_refused() {
        check_refused("");
        check_refused("20260102");
        check_refused("20260102T030405");
        check_refused("20260102t030405z");
        check_refused("20260102T030405Z ");
        check_refused("2026-01-02T03:04:05Z");
        check_refused("Fri, 02 Jan 2026 03:04:05 GMT");
        check_refused("+2260102T030405Z");
        check_refused("2026010٢T03040Z");
    }

    #[test]
    fn times_that_do_not_exist_are_refused() {
        check_refused("20260229T000000Z");
        check_refused("20261301T000000Z");
        check_refused("20260100T000000Z");
        check_refused("20260102T240000Z");
        check_refused("20260102T006000Z");
        check_refused("20260102T000060Z");
    }

    #[test]
    fn a_moment_loses_its_fraction_and_its_offset() {
        let date = AmzDate::parse("20260102T030405Z").expect("a date");
        let offset = UtcOffset::from_hms(2, 0, 0).expect("an offset");
        let moment = (date.time() + Duration::milliseconds(999)).to_offset(offset);
        assert_eq!(AmzDate::from_time(moment), date);
    }
}
