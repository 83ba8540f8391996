//! The authentication parameters in headers:
//!
//! ```text
//! Authorization: AWS4-HMAC-SHA256 Credential=KEYID/20260102/eu-west-1/execute-api/aws4_request,
//!     SignedHeaders=host;x-amz-date, Signature=…
//! X-Amz-Date: 20260102T030405Z
//! X-Amz-Security-Token: …
//! ```
//!
//! A `Date` header stands in for a missing `X-Amz-Date`, if it has the same form.
//!
//! Source: IAM User Guide, "Authentication methods", HTTP authorization header; "Elements of an AWS
//! API request signature", date.

use std::borrow::Cow;

use thiserror::Error;

use crate::auth_parameters::{AuthParameters, Placement};
use crate::request::{RepeatedHeader, WireRequest};
use crate::secret::Hidden;

/// The header that holds credential, signed headers and signature.
pub const AUTHORIZATION: &str = "authorization";
/// The header that holds the time of signing.
pub const DATE: &str = "x-amz-date";
/// The header that may stand in for it.
pub const DATE_FALLBACK: &str = "date";
/// The header that holds the session token of temporary credentials.
pub const SECURITY_TOKEN: &str = "x-amz-security-token";

/// Every algorithm of Signature Version 4 begins so; another scheme is not for us.
const SCHEME_PREFIX: &str = "AWS4-";

/// An `Authorization` header, or one that goes with it, that cannot be read. No variant repeats a
/// value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AuthorizationHeaderError {
    /// A header came more than once: which one counts would be a guess.
    #[error(transparent)]
    RepeatedHeader(#[from] RepeatedHeader),
    /// A part of `Authorization` is there more than once.
    #[error("the Authorization header has {name} more than once")]
    RepeatedPart {
        /// Its name.
        name: &'static str,
    },
    /// A part of `Authorization` has no `=`.
    #[error("part {number} of the Authorization header is not of the form NAME=VALUE")]
    NotAPair {
        /// Which one, from 1, the algorithm not counted.
        number: usize,
    },
    /// Required parts are not there, or empty.
    #[error("the authentication headers lack {}", names(missing))]
    Missing {
        /// Which, in the order in which AWS complains of them.
        missing: Vec<Part>,
    },
}

/// What header authentication needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `Credential=`.
    Credential,
    /// `Signature=`.
    Signature,
    /// `SignedHeaders=`.
    SignedHeaders,
    /// The header `X-Amz-Date`, or `Date`.
    Date,
}

impl Part {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Credential => "Credential",
            Self::Signature => "Signature",
            Self::SignedHeaders => "SignedHeaders",
            Self::Date => "X-Amz-Date",
        }
    }
}

fn names(parts: &[Part]) -> String {
    parts.iter().map(|part| part.name()).collect::<Vec<_>>().join(", ")
}

/// Whether a request means to authenticate by Signature Version 4 in its headers.
pub fn is_signed(request: &WireRequest<'_>) -> bool {
    request.header_values(AUTHORIZATION).any(|value| value.trim_start().starts_with(SCHEME_PREFIX))
}

/// Reads the authentication parameters.
///
/// # Errors
///
/// [`AuthorizationHeaderError`], in the order of its variants.
pub fn read<'a>(request: &WireRequest<'a>) -> Result<AuthParameters<'a>, AuthorizationHeaderError> {
    let authorization = request.header(AUTHORIZATION)?.unwrap_or_default().trim();
    let date = match request.header(DATE)? {
        Some(date) => Some(date),
        None => request.header(DATE_FALLBACK)?,
    };
    let session_token = request.header(SECURITY_TOKEN)?;

    let algorithm_end = authorization
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .unwrap_or(authorization.len());
    let (algorithm, parts) = authorization.split_at(algorithm_end);
    let parts = Parts::read(parts)?;

    let mut missing = Vec::new();
    let mut required = |part, value: Option<&'a str>| {
        let value = value.map(str::trim).unwrap_or_default();
        if value.is_empty() {
            missing.push(part);
        }
        Cow::Borrowed(value)
    };
    let parameters = AuthParameters {
        placement: Placement::Header,
        algorithm: Cow::Borrowed(algorithm),
        credential: required(Part::Credential, parts.credential),
        signature: Hidden::new(required(Part::Signature, parts.signature)),
        signed_headers: required(Part::SignedHeaders, parts.signed_headers),
        date: required(Part::Date, date),
        session_token: session_token.map(|token| Hidden::new(token.trim())),
    };
    if missing.is_empty() {
        Ok(parameters)
    } else {
        Err(AuthorizationHeaderError::Missing { missing })
    }
}

/// What follows the algorithm, separated by commas or spaces. Names that we do not know are passed
/// over.
#[derive(Default)]
struct Parts<'a> {
    credential: Option<&'a str>,
    signature: Option<&'a str>,
    signed_headers: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn read(text: &'a str) -> Result<Self, AuthorizationHeaderError> {
        let mut parts = Self::default();
        let pairs = text.split([',', ' ', '\t']).filter(|pair| !pair.is_empty());
        for (index, pair) in pairs.enumerate() {
            let Some((name, value)) = pair.split_once('=') else {
                return Err(AuthorizationHeaderError::NotAPair { number: index + 1 });
            };
            let (part, place) = match name {
                "Credential" => (Part::Credential, &mut parts.credential),
                "Signature" => (Part::Signature, &mut parts.signature),
                "SignedHeaders" => (Part::SignedHeaders, &mut parts.signed_headers),
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(AuthorizationHeaderError::RepeatedPart { name: part.name() });
            }
        }
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        "AWS4-HMAC-SHA256 Credential=A/d/r/s/t, SignedHeaders=host;x-amz-date, Signature=abc";

    fn request<'a>(headers: &'a [(&'a str, &'a str)]) -> WireRequest<'a> {
        WireRequest { method: "GET", target: "/", headers, body: b"" }
    }

    fn check_read(authorization: &str) {
        let headers = [("Authorization", authorization), ("X-Amz-Date", " D ")];
        let parameters = read(&request(&headers)).expect(authorization);
        assert_eq!(parameters.placement, Placement::Header);
        assert_eq!(parameters.algorithm, "AWS4-HMAC-SHA256");
        assert_eq!(parameters.credential, "A/d/r/s/t");
        assert_eq!(parameters.date, "D");
        assert_eq!(parameters.signed_headers, "host;x-amz-date");
        assert_eq!(parameters.signature.expose(), "abc");
        assert!(parameters.session_token.is_none());
    }

    fn check_refused(headers: &[(&str, &str)], expected: AuthorizationHeaderError) {
        assert_eq!(read(&request(headers)).expect_err("refused"), expected);
    }

    fn missing(missing: &[Part]) -> AuthorizationHeaderError {
        AuthorizationHeaderError::Missing { missing: missing.to_vec() }
    }

    #[test]
    fn every_part_is_read() {
        check_read(GOOD);
        check_read(&GOOD.replace(", ", ","));
        check_read(&GOOD.replace(", ", " , "));
        check_read(
            "AWS4-HMAC-SHA256 Signature=abc,Other=1,SignedHeaders=host;x-amz-date,Credential=A/d/r/s/t",
        );
    }

    #[test]
    fn a_session_token_is_read() {
        let headers =
            [("authorization", GOOD), ("x-amz-date", "D"), ("X-Amz-Security-Token", "TOK")];
        let parameters = read(&request(&headers)).expect("all is there");
        assert_eq!(parameters.session_token.expect("a token").expose(), "TOK");
    }

    #[test]
    fn a_date_header_stands_in() {
        let both = [("Authorization", GOOD), ("Date", "other"), ("X-Amz-Date", "D")];
        assert_eq!(read(&request(&both)).expect("all is there").date, "D");
        let date = [("Authorization", GOOD), ("Date", "D")];
        assert_eq!(read(&request(&date)).expect("all is there").date, "D");
    }

    #[test]
    fn what_is_missing_or_empty_is_named() {
        use Part::{Credential, Date, Signature, SignedHeaders};
        let without = |authorization, expected: &[Part]| {
            check_refused(
                &[("Authorization", authorization), ("X-Amz-Date", "D")],
                missing(expected),
            );
        };
        without("AWS4-HMAC-SHA256", &[Credential, Signature, SignedHeaders]);
        without("AWS4-HMAC-SHA256 credential=A, SignedHeaders=h, Signature=s", &[Credential]);
        without("AWS4-HMAC-SHA256 Credential=A, SignedHeaders=, Signature=s", &[SignedHeaders]);
        check_refused(&[("Authorization", GOOD)], missing(&[Date]));
        check_refused(&[("Authorization", GOOD), ("X-Amz-Date", "")], missing(&[Date]));
    }

    #[test]
    fn a_part_without_equals_sign_is_refused_by_its_number() {
        let headers =
            [("Authorization", "AWS4-HMAC-SHA256 Credential=A, MARKER"), ("X-Amz-Date", "D")];
        check_refused(&headers, AuthorizationHeaderError::NotAPair { number: 2 });
    }

    #[test]
    fn a_repeat_is_named() {
        for name in [AUTHORIZATION, DATE, SECURITY_TOKEN] {
            let headers =
                [(AUTHORIZATION, GOOD), (DATE, "D"), (SECURITY_TOKEN, "TOK"), (name, "again")];
            check_refused(&headers, RepeatedHeader { name }.into());
        }
        for name in ["Credential", "Signature", "SignedHeaders"] {
            let authorization = format!("{GOOD}, {name}=x");
            let headers = [("Authorization", authorization.as_str()), ("X-Amz-Date", "D")];
            check_refused(&headers, AuthorizationHeaderError::RepeatedPart { name });
        }
    }

    #[test]
    fn only_the_aws4_scheme_counts_as_signed() {
        let is = |value| is_signed(&request(&[("AUTHORIZATION", value)]));
        assert!(is(GOOD) && is("AWS4-") && is(" AWS4-HMAC-SHA256"));
        assert!(!is("") && !is("Bearer AWS4-") && !is("AWS ") && !is_signed(&request(&[])));
    }
}
