//! The JSON that reaches a function, key for key as API Gateway shapes it. Knows neither sockets
//! nor processes.

pub mod headers;
pub mod http;
pub mod query;
pub mod websocket;

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// `14/Jan/2024:06:27:33 +0000`, the Common Log Format's time.
pub fn common_log_time(at: OffsetDateTime) -> String {
    const FORMAT: &[BorrowedFormatItem<'_>] = format_description!(
        "[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000"
    );
    // The format asks for nothing that a date and time does not have.
    at.to_offset(time::UtcOffset::UTC).format(FORMAT).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_the_common_log_format() {
        let at = OffsetDateTime::from_unix_timestamp(1_705_213_653).unwrap();
        assert_eq!(common_log_time(at), "14/Jan/2024:06:27:33 +0000");
    }
}
