//! The number that a signed URL may be used with once.

use std::fmt;

/// How long after the end of its URL a spent nonce is kept. ws-connect refuses the URL from its end
/// on by itself; the margin is for clocks that differ: that of API Gateway, which says what time it
/// is, and that of DynamoDB, which deletes.
pub const NONCE_MARGIN_SECONDS: i64 = 5 * 60;

/// The nonce of one signed URL. Whoever holds it cannot sign, but it is part of a secret URL, so
/// `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Nonce {
    value: String,
    expires_at: i64,
}

impl Nonce {
    /// The nonce `value` of a URL that ends at `url_expires` (seconds since the epoch).
    pub fn new(value: impl Into<String>, url_expires: i64) -> Self {
        Self { value: value.into(), expires_at: url_expires.saturating_add(NONCE_MARGIN_SECONDS) }
    }

    /// The nonce itself, for the store.
    pub fn expose(&self) -> &str {
        &self.value
    }

    /// When it may be forgotten: seconds since the epoch, as DynamoDB's TTL wants it.
    pub fn expires_at(&self) -> i64 {
        self.expires_at
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Nonce")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spent_nonce_outlives_its_url() {
        assert_eq!(Nonce::new("n", 1_700_000_060).expires_at(), 1_700_000_060 + 300);
    }

    #[test]
    fn debug_hides_the_value() {
        let shown = format!("{:?}", Nonce::new("MARKER", 1_700_000_060));
        assert!(!shown.contains("MARKER"), "{shown}");
    }
}
