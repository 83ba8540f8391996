//! Why something could not be signed.

use std::{error::Error, time::Duration};

/// Why something could not be signed. No text of it holds a parameter's value, a token or a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigningError {
    /// The endpoint is not a bare URL of a scheme that can be signed for.
    #[error(
        "the endpoint has {found}, expected a wss, ws, https or http URL without user, query and fragment"
    )]
    Endpoint {
        /// What it has and should not have.
        found: &'static str,
    },
    /// A parameter has a name that only signing may set.
    #[error("the parameter `{}` begins with X-Amz-, expected a name that signing does not set itself", name.escape_debug())]
    Parameter {
        /// The name, as given.
        name: String,
    },
    /// A header cannot be signed and sent.
    #[error("the header `{name}` cannot be signed, expected {expected}")]
    Header {
        /// The name, with control characters escaped.
        name: String,
        /// The rule that it breaks.
        expected: &'static str,
    },
    /// The lifetime cannot be written as `X-Amz-Expires`.
    #[error("the lifetime is {found:?}, expected whole seconds from 1 to 604800")]
    Lifetime {
        /// The lifetime, as given.
        found: Duration,
    },
    /// The time cannot be written as `X-Amz-Date`.
    #[error("the time of signing is not between the years 1970 and 9999")]
    Time,
    /// The signing library refused the request.
    #[error("the request cannot be signed")]
    Unsignable(#[source] Box<dyn Error + Send + Sync>),
}

impl SigningError {
    pub(crate) fn unsignable(source: impl Error + Send + Sync + 'static) -> Self {
        Self::Unsignable(Box::new(source))
    }
}
