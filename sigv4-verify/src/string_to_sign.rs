//! The string to sign: algorithm, date, credential scope and the hash of the canonical request, a
//! line each. It holds no secret.
//!
//! Source: IAM User Guide, "Create a signed AWS API request", step 3.

use crate::amz_date::AmzDate;
use crate::credential::CredentialScope;

/// The one algorithm that this crate verifies.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Builds the text. `canonical_hash` is [`CanonicalRequest::hash`](crate::canonical_request::CanonicalRequest::hash).
pub fn string_to_sign(date: AmzDate, scope: &CredentialScope<'_>, canonical_hash: &str) -> String {
    format!("{ALGORITHM}\n{date}\n{scope}\n{canonical_hash}")
}
