//! The keys that a verifier knows, and what of a request has to fit its key besides the signature.

use thiserror::Error;
use time::OffsetDateTime;

use crate::amz_date::AmzDate;
use crate::found::Found;
use crate::secret::{Hidden, SecretKey, SessionToken};

/// Where the verifier looks a key up.
pub trait Keys {
    /// The key with this access key id, if there is one. Temporary credentials that have expired
    /// are still given, so that the refusal can say so.
    fn find(&self, access_key_id: &str) -> Option<Key>;
}

/// What is known of an access key id.
#[derive(Debug, Clone)]
pub struct Key {
    /// The secret that signs.
    pub secret: SecretKey,
    /// The token that every request must carry; only temporary credentials have one.
    pub session_token: Option<SessionToken>,
    /// When the credentials end; none for a long-term key.
    pub expires: Option<OffsetDateTime>,
}

/// No key has the id that the request names.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no key has the id {access_key_id:?}")]
pub struct UnknownKey {
    /// The id in the request's credential.
    pub access_key_id: Found,
}

/// The session token is not the key's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SessionTokenError {
    /// The key has one, the request has none.
    #[error("the key belongs to a session, but no session token was sent")]
    Missing,
    /// The request has one, the key has none.
    #[error("a session token was sent, but the key belongs to no session")]
    Unexpected,
    /// The two differ.
    #[error("the session token is not the key's")]
    Different,
}

/// The credentials have ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the credentials ended at {expired}, it is {now}")]
pub struct CredentialsExpired {
    /// When they ended.
    pub expired: AmzDate,
    /// The server's clock.
    pub now: AmzDate,
}

impl Key {
    /// Whether the token that a request sent, or did not send, is this key's.
    ///
    /// # Errors
    ///
    /// [`SessionTokenError`] unless both are absent or both are equal.
    pub fn check_token(&self, sent: Option<&Hidden<'_>>) -> Result<(), SessionTokenError> {
        match (&self.session_token, sent) {
            (None, None) => Ok(()),
            (Some(token), Some(sent)) if token.is(sent) => Ok(()),
            (Some(_), Some(_)) => Err(SessionTokenError::Different),
            (Some(_), None) => Err(SessionTokenError::Missing),
            (None, Some(_)) => Err(SessionTokenError::Unexpected),
        }
    }

    /// Whether the key is still good at `now`; at its very end it no longer is.
    ///
    /// # Errors
    ///
    /// [`CredentialsExpired`] from `expires` on.
    pub fn check_expiry(&self, now: OffsetDateTime) -> Result<(), CredentialsExpired> {
        match self.expires {
            Some(expires) if expires <= now => {
                let (expired, now) = (AmzDate::from_time(expires), AmzDate::from_time(now));
                Err(CredentialsExpired { expired, now })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    fn key(token: Option<&str>, expires: Option<OffsetDateTime>) -> Key {
        Key {
            secret: SecretKey::new("MARKER"),
            session_token: token.map(SessionToken::new),
            expires,
        }
    }

    fn check_token(
        keys: Option<&str>,
        sent: Option<&str>,
        expected: Result<(), SessionTokenError>,
    ) {
        let sent = sent.map(Hidden::new);
        assert_eq!(key(keys, None).check_token(sent.as_ref()), expected);
    }

    #[test]
    fn a_token_must_be_the_keys_own() {
        check_token(None, None, Ok(()));
        check_token(Some("TOK"), Some("TOK"), Ok(()));
        check_token(Some("TOK"), Some("tok"), Err(SessionTokenError::Different));
        check_token(Some("TOK"), Some(""), Err(SessionTokenError::Different));
        check_token(Some("TOK"), None, Err(SessionTokenError::Missing));
        check_token(None, Some("TOK"), Err(SessionTokenError::Unexpected));
    }

    #[test]
    fn a_key_is_good_until_its_end() {
        let end = OffsetDateTime::UNIX_EPOCH;
        let second = Duration::SECOND;
        assert_eq!(key(None, Some(end)).check_expiry(end - second), Ok(()));
        assert!(key(None, Some(end)).check_expiry(end).is_err());
        assert_eq!(key(None, None).check_expiry(end), Ok(()));
    }

    #[test]
    fn debug_hides_secret_and_token() {
        assert!(!format!("{:?}", key(Some("MARKER"), None)).contains("MARKER"));
    }
}
