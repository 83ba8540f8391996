//! What a request says of its own signature, wherever it says it; read, not yet believed.

use std::borrow::Cow;
use std::fmt;

use crate::secret::Hidden;

/// Where the signature stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// In `X-Amz-*` parameters of the query: a presigned URL.
    Query,
    /// In the `Authorization` header.
    Header,
}

/// The authentication parameters of a request, as texts. `Debug` shows only where they were: a
/// wrong character on the wire can bring a token into any of them.
#[derive(Clone)]
pub struct AuthParameters<'a> {
    /// Where they were.
    pub placement: Placement,
    /// `AWS4-HMAC-SHA256`.
    pub algorithm: Cow<'a, str>,
    /// For [`Credential::parse`](crate::credential::Credential::parse).
    pub credential: Cow<'a, str>,
    /// For [`AmzDate::parse`](crate::amz_date::AmzDate::parse).
    pub date: Cow<'a, str>,
    /// For [`SignedHeaders::parse`](crate::signed_headers::SignedHeaders::parse).
    pub signed_headers: Cow<'a, str>,
    /// 64 lower-case hexadecimal digits, in a good one.
    pub signature: Hidden<'a>,
    /// The session token, if one was sent.
    pub session_token: Option<Hidden<'a>>,
}

impl fmt::Debug for AuthParameters<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AuthParameters")
            .field("placement", &self.placement)
            .finish_non_exhaustive()
    }
}
