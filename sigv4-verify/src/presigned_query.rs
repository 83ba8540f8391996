//! The authentication parameters of a presigned URL: `X-Amz-Algorithm`, `-Credential`, `-Date`,
//! `-SignedHeaders`, `-Signature` and, for temporary credentials, `-Security-Token`. The names
//! count in exactly this case.
//!
//! `X-Amz-Expires` may be there or not and is signed like any other parameter; the services that
//! this crate plays do not honour it.
//!
//! Source: IAM User Guide, "Authentication methods", query string.

use std::borrow::Cow;

use thiserror::Error;

use crate::auth_parameters::{AuthParameters, Placement};
use crate::canonical_query::CanonicalQuery;
use crate::secret::Hidden;

/// Its presence makes a URL a presigned one.
pub const ALGORITHM: &str = "X-Amz-Algorithm";
/// Access key id and scope.
pub const CREDENTIAL: &str = "X-Amz-Credential";
/// The time of signing.
pub const DATE: &str = "X-Amz-Date";
/// Seconds of validity that the signer asked for.
pub const EXPIRES: &str = "X-Amz-Expires";
/// The session token of temporary credentials.
pub const SECURITY_TOKEN: &str = "X-Amz-Security-Token";
/// The names of the headers that are covered.
pub const SIGNED_HEADERS: &str = "X-Amz-SignedHeaders";
/// The signature, the one parameter that is not signed.
pub const SIGNATURE: &str = "X-Amz-Signature";

/// Parameters that are there twice, or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PresignedQueryError {
    /// A parameter came more than once: which one counts would be a guess.
    #[error("the query has {name} more than once")]
    Repeated {
        /// Its name.
        name: &'static str,
    },
    /// Required parameters are not there, or empty.
    #[error("the query lacks {}", names.join(", "))]
    Missing {
        /// Their names, in the order in which AWS complains of them.
        names: Vec<&'static str>,
    },
}

/// Whether a request means to authenticate by its query.
pub fn is_presigned(query: &CanonicalQuery<'_>) -> bool {
    query.values(ALGORITHM).next().is_some()
}

/// Reads the authentication parameters.
///
/// # Errors
///
/// [`PresignedQueryError`], `Repeated` before `Missing`.
pub fn read<'a>(query: &'a CanonicalQuery<'_>) -> Result<AuthParameters<'a>, PresignedQueryError> {
    let algorithm = at_most_once(query, ALGORITHM)?;
    let credential = at_most_once(query, CREDENTIAL)?;
    let signature = at_most_once(query, SIGNATURE)?;
    let signed_headers = at_most_once(query, SIGNED_HEADERS)?;
    let date = at_most_once(query, DATE)?;
    let session_token = at_most_once(query, SECURITY_TOKEN)?;
    at_most_once(query, EXPIRES)?;

    let mut names = Vec::new();
    let mut required = |name, value: Option<Cow<'a, str>>| match value {
        Some(value) if !value.is_empty() => value,
        _ => {
            names.push(name);
            Cow::Borrowed("")
        }
    };
    let parameters = AuthParameters {
        placement: Placement::Query,
        algorithm: required(ALGORITHM, algorithm),
        credential: required(CREDENTIAL, credential),
        signature: Hidden::new(required(SIGNATURE, signature)),
        signed_headers: required(SIGNED_HEADERS, signed_headers),
        date: required(DATE, date),
        session_token: session_token.map(Hidden::new),
    };
    if names.is_empty() { Ok(parameters) } else { Err(PresignedQueryError::Missing { names }) }
}

fn at_most_once<'a>(
    query: &'a CanonicalQuery<'_>,
    name: &'static str,
) -> Result<Option<Cow<'a, str>>, PresignedQueryError> {
    let mut values = query.values(name);
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(PresignedQueryError::Repeated { name }),
        (value, None) => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2Fd%2Fr%2Fs%2Ft&X-Amz-Date=D\
        &X-Amz-Expires=300&X-Amz-Security-Token=TOK%2F%2B&X-Amz-SignedHeaders=host%3Bx&X-Amz-Signature=abc";

    fn check_refused(raw: &str, expected: PresignedQueryError) {
        let query = CanonicalQuery::parse(raw).expect(raw);
        assert_eq!(read(&query).expect_err(raw), expected);
    }

    fn missing(names: &[&'static str]) -> PresignedQueryError {
        PresignedQueryError::Missing { names: names.to_vec() }
    }

    #[test]
    fn every_parameter_is_read_decoded() {
        let query = CanonicalQuery::parse(GOOD).expect("a query");
        let parameters = read(&query).expect("all is there");
        assert_eq!(parameters.placement, Placement::Query);
        assert_eq!(parameters.algorithm, "AWS4-HMAC-SHA256");
        assert_eq!(parameters.credential, "A/d/r/s/t");
        assert_eq!(parameters.date, "D");
        assert_eq!(parameters.signed_headers, "host;x");
        assert_eq!(parameters.signature.expose(), "abc");
        assert_eq!(parameters.session_token.expect("a token").expose(), "TOK/+");
    }

    #[test]
    fn expires_and_token_may_be_absent() {
        let raw =
            GOOD.replace("X-Amz-Expires=300&", "").replace("X-Amz-Security-Token=TOK%2F%2B&", "");
        let query = CanonicalQuery::parse(&raw).expect("a query");
        assert!(read(&query).expect("all is there").session_token.is_none());
    }

    #[test]
    fn what_is_missing_or_empty_is_named() {
        check_refused(
            "X-Amz-Algorithm",
            missing(&[ALGORITHM, CREDENTIAL, SIGNATURE, SIGNED_HEADERS, DATE]),
        );
        check_refused(&GOOD.replace("X-Amz-Date=D", "X-Amz-Date="), missing(&[DATE]));
        check_refused(&GOOD.replace("X-Amz-Signature", "x-amz-signature"), missing(&[SIGNATURE]));
        check_refused(
            &GOOD.replace("X-Amz-Credential", "X-AMZ-Credential"),
            missing(&[CREDENTIAL]),
        );
    }

    #[test]
    fn a_repeat_is_named() {
        let names =
            [ALGORITHM, CREDENTIAL, SIGNATURE, SIGNED_HEADERS, DATE, SECURITY_TOKEN, EXPIRES];
        for name in names {
            check_refused(&format!("{GOOD}&{name}=x"), PresignedQueryError::Repeated { name });
        }
        check_refused(
            &format!("{GOOD}&%58-Amz-Date="),
            PresignedQueryError::Repeated { name: DATE },
        );
    }

    #[test]
    fn the_algorithm_by_exact_case_makes_it_presigned() {
        let is = |raw| is_presigned(&CanonicalQuery::parse(raw).expect(raw));
        assert!(is(GOOD) && is("X-Amz-Algorithm") && is("%58-Amz-Algorithm="));
        assert!(!is("") && !is("x-amz-algorithm=AWS4-HMAC-SHA256") && !is("X-Amz-Signature=abc"));
    }

    #[test]
    fn debug_shows_no_value() {
        let query = CanonicalQuery::parse(GOOD).expect("a query");
        let debug = format!("{:?}", read(&query).expect("all is there"));
        assert_eq!(debug, "AuthParameters { placement: Query, .. }");
    }
}
