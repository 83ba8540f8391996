//! The JSON that reaches a function, key for key as API Gateway shapes it. Knows neither sockets
//! nor processes.

pub mod headers;
pub mod http;
pub mod query;
pub mod websocket;

use time::{OffsetDateTime, UtcOffset};

/// `14/Jan/2024:06:27:33 +0000`, the Common Log Format's time.
pub fn common_log_time(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    let month = at.month().to_string();
    format!(
        "{:02}/{}/{}:{:02}:{:02}:{:02} +0000",
        at.day(),
        &month[..3],
        at.year(),
        at.hour(),
        at.minute(),
        at.second()
    )
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
