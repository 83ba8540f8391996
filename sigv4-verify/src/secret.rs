//! The texts that must never be shown: the secret key, session tokens, signatures. Each hides
//! itself in `Debug`, has no `Display`, and is read by one method whose name is easy to look for.

use std::borrow::Cow;
use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// What stands in a `Debug` text for a value that is hidden.
const HIDDEN: &str = "(hidden)";

/// The secret access key of a caller. Wiped from memory when dropped.
#[derive(Clone)]
pub struct SecretKey(Zeroizing<String>);

impl SecretKey {
    /// Takes the secret in.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(Zeroizing::new(secret.into()))
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(HIDDEN)
    }
}

/// The session token that belongs to temporary credentials. Wiped from memory when dropped.
#[derive(Clone)]
pub struct SessionToken(Zeroizing<String>);

impl SessionToken {
    /// Takes the token in.
    pub fn new(token: impl Into<String>) -> Self {
        Self(Zeroizing::new(token.into()))
    }

    /// The token itself.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether a request sent this token; takes as long for a wrong one as for the right one of the
    /// same length.
    pub fn is(&self, sent: &Hidden<'_>) -> bool {
        sent.is(&self.0)
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(HIDDEN)
    }
}

/// A signature or a session token as a request sent it.
#[derive(Clone)]
pub struct Hidden<'a>(Cow<'a, str>);

impl<'a> Hidden<'a> {
    /// Takes the text in.
    pub fn new(text: impl Into<Cow<'a, str>>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the text is `expected`, in a time that does not depend on where the two differ.
    pub fn is(&self, expected: &str) -> bool {
        self.0.as_bytes().ct_eq(expected.as_bytes()).into()
    }
}

impl fmt::Debug for Hidden<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(HIDDEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKER: &str = "MARKER/of+a/secret==";

    #[test]
    fn debug_hides_the_text() {
        for debug in [
            format!("{:?}", SecretKey::new(MARKER)),
            format!("{:?}", SessionToken::new(MARKER)),
            format!("{:?}", Hidden::new(MARKER)),
        ] {
            assert_eq!(debug, HIDDEN);
        }
    }

    #[test]
    fn expose_gives_the_text() {
        assert_eq!(SecretKey::new(MARKER).expose(), MARKER);
        assert_eq!(SessionToken::new(MARKER).expose(), MARKER);
        assert_eq!(Hidden::new(MARKER).expose(), MARKER);
    }

    #[test]
    fn a_token_is_only_itself() {
        let token = SessionToken::new(MARKER);
        assert!(token.is(&Hidden::new(MARKER)));
        for other in ["", "MARKER", "MARKER/of+a/secret=", "marker/of+a/secret=="] {
            assert!(!token.is(&Hidden::new(other)), "{other}");
        }
    }
}
