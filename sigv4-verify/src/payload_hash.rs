//! The hash of the body, the last line of the canonical request.
//!
//! Source: IAM User Guide, "Create a signed AWS API request", hashed payload.

use thiserror::Error;

use crate::auth_parameters::Placement;
use crate::found::Found;
use crate::hex;
use crate::request::{RepeatedHeader, WireRequest};

/// The header in which a signer may send the hash along.
pub const CONTENT_SHA256: &str = "x-amz-content-sha256";

/// Only S3 takes a body that is not signed.
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// An `X-Amz-Content-SHA256` that does not fit the body.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PayloadHashError {
    /// It came more than once.
    #[error(transparent)]
    Repeated(#[from] RepeatedHeader),
    /// It says that the body is not signed.
    #[error("x-amz-content-sha256 is UNSIGNED-PAYLOAD, which only S3 takes")]
    Unsigned,
    /// It is another hash, or none.
    #[error("x-amz-content-sha256 is {found:?}, but the body's hash is {expected}")]
    Mismatch {
        /// What the header says.
        found: Found,
        /// The SHA-256 of the body.
        expected: String,
    },
}

/// The SHA-256 of the body in lower-case hexadecimal. Under [`Placement::Header`] an
/// `X-Amz-Content-SHA256` must agree with it; under [`Placement::Query`] that header counts for
/// nothing.
///
/// # Errors
///
/// [`PayloadHashError`] if the header does not agree.
pub fn check(request: &WireRequest<'_>, placement: Placement) -> Result<String, PayloadHashError> {
    let hash = hex::sha256(request.body);
    if placement == Placement::Query {
        return Ok(hash);
    }
    match request.header(CONTENT_SHA256)?.map(str::trim) {
        None => Ok(hash),
        Some(sent) if sent == hash => Ok(hash),
        Some(UNSIGNED_PAYLOAD) => Err(PayloadHashError::Unsigned),
        Some(other) => {
            Err(PayloadHashError::Mismatch { found: Found::short(other), expected: hash })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn check_header(sent: &str, placement: Placement) -> Result<String, PayloadHashError> {
        let headers = [("X-Amz-Content-SHA256", sent)];
        check(&WireRequest { method: "GET", target: "/", headers: &headers, body: b"" }, placement)
    }

    #[test]
    fn without_the_header_it_is_the_hash_of_the_body() {
        let request = WireRequest { method: "GET", target: "/", headers: &[], body: b"" };
        assert_eq!(check(&request, Placement::Header).as_deref(), Ok(EMPTY));
        assert_eq!(check(&request, Placement::Query).as_deref(), Ok(EMPTY));
        let body = WireRequest { body: b"abc", ..request };
        assert_eq!(check(&body, Placement::Query), Ok(hex::sha256(b"abc")));
    }

    #[test]
    fn a_header_must_agree() {
        assert_eq!(check_header(EMPTY, Placement::Header).as_deref(), Ok(EMPTY));
        for other in ["", "abc", &EMPTY.to_uppercase(), "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"] {
            let mismatch =
                PayloadHashError::Mismatch { found: Found::short(other), expected: EMPTY.into() };
            assert_eq!(check_header(other, Placement::Header), Err(mismatch));
        }
        assert_eq!(
            check_header(UNSIGNED_PAYLOAD, Placement::Header),
            Err(PayloadHashError::Unsigned)
        );
    }

    #[test]
    fn a_repeated_header_is_refused() {
        let headers = [("X-Amz-Content-SHA256", EMPTY), ("x-amz-content-sha256", EMPTY)];
        let request = WireRequest { method: "GET", target: "/", headers: &headers, body: b"" };
        let error = PayloadHashError::Repeated(RepeatedHeader { name: CONTENT_SHA256 });
        assert_eq!(check(&request, Placement::Header), Err(error));
    }

    #[test]
    fn under_query_placement_the_header_counts_for_nothing() {
        assert_eq!(check_header(UNSIGNED_PAYLOAD, Placement::Query).as_deref(), Ok(EMPTY));
    }
}
