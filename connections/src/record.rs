//! The record of one open connection.

use std::collections::BTreeMap;
use std::fmt;

/// How long API Gateway keeps a WebSocket connection at most: 2 hours ("Quotas for configuring and
/// running a WebSocket API in API Gateway", API Gateway developer guide).
pub const CONNECTION_LIFETIME_SECONDS: i64 = 2 * 60 * 60;

/// How much longer a record is kept than its connection can live, so that the last messages and the
/// disconnect still find it.
pub const CONNECTION_MARGIN_SECONDS: i64 = 10 * 60;

/// What is known of an open connection.
///
/// `Debug` shows the names of parameters and headers, never their values.
#[derive(Clone, PartialEq, Eq)]
pub struct Connection {
    /// API Gateway's id of the connection.
    pub connection_id: String,
    /// What the signer granted: `grant.NAME` parameters of the signed URL, without the prefix.
    pub granted: BTreeMap<String, String>,
    /// What the client chose before the URL was signed: its other parameters.
    pub requested: BTreeMap<String, String>,
    /// Headers of the handshake that the stack keeps, by lower-case name: the client's word.
    pub headers: BTreeMap<String, String>,
    /// When the connection was made: milliseconds since the epoch, by API Gateway's clock.
    pub connected_at: i64,
    /// The client's address.
    pub source_ip: String,
    /// The client's `User-Agent`, where it sent one.
    pub user_agent: Option<String>,
    /// The ARN of the principal that signed the URL.
    pub caller: String,
    /// The API of the connection.
    pub api_id: String,
    /// The API's stage.
    pub stage: String,
    /// When the record may be deleted: seconds since the epoch, as DynamoDB's TTL wants it.
    pub expires_at: i64,
}

impl Connection {
    /// The `expires_at` of a connection that was made at `connected_at` (milliseconds): when API
    /// Gateway has closed it for certain, and a margin.
    pub fn expiry(connected_at: i64) -> i64 {
        connected_at
            .div_euclid(1_000)
            .saturating_add(CONNECTION_LIFETIME_SECONDS + CONNECTION_MARGIN_SECONDS)
    }

    /// Whether the record is past its time at `now` (milliseconds since the epoch). It may still be
    /// there: DynamoDB deletes late ("Using time to live (TTL) in DynamoDB", developer guide).
    pub fn is_expired(&self, now: i64) -> bool {
        now.div_euclid(1_000) >= self.expires_at
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Connection")
            .field("connection_id", &self.connection_id)
            .field("granted", &self.granted.keys())
            .field("requested", &self.requested.keys())
            .field("headers", &self.headers.keys())
            .field("connected_at", &self.connected_at)
            .field("api_id", &self.api_id)
            .field("stage", &self.stage)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::connection;

    #[track_caller]
    fn check_expired(now: i64, expected: bool) {
        let connection = Connection { expires_at: 1_000, ..connection("c") };
        assert_eq!(connection.is_expired(now), expected, "at {now} ms");
    }

    #[test]
    fn a_record_outlives_its_connection() {
        assert_eq!(Connection::expiry(1_700_000_000_999), 1_700_000_000 + 7_200 + 600);
    }

    #[test]
    fn a_record_expires_at_its_second() {
        check_expired(999_999, false);
        check_expired(1_000_000, true);
    }

    #[test]
    fn debug_shows_names_and_no_values() {
        let marked = || BTreeMap::from([("name".to_owned(), "MARKER".to_owned())]);
        let connection = Connection {
            granted: marked(),
            requested: marked(),
            headers: marked(),
            ..connection("the-id")
        };
        let shown = format!("{connection:?}");
        assert!(shown.contains("the-id") && shown.contains("name"), "{shown}");
        assert!(!shown.contains("MARKER"), "{shown}");
    }
}
