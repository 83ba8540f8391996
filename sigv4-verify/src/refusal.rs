//! Why a request is refused: one variant a reason, with the words that AWS has for it.

use std::fmt;

use thiserror::Error;

use crate::amz_date::AmzDateError;
use crate::authorization_header::{AuthorizationHeaderError, Part};
use crate::canonical_query::CanonicalQueryError;
use crate::canonical_request::SignedHeaderMissing;
use crate::credential::{CredentialError, Difference, ScopeMismatch, ScopePart};
use crate::found::Found;
use crate::keys::{CredentialsExpired, SessionTokenError, UnknownKey};
use crate::payload_hash::PayloadHashError;
use crate::presigned_query::PresignedQueryError;
use crate::rule::Rule;
use crate::signed_headers::SignedHeadersError;
use crate::string_to_sign::ALGORITHM;
use crate::validity::ValidityError;

/// A request that broke a rule.
///
/// `Display` is the message that AWS sends to the caller. [`finding`](Self::finding) is for the log
/// of whoever runs the verifier. Neither holds a secret, a session token or a signature.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The query cannot be decoded.
    Query(#[from] CanonicalQueryError),
    /// The request has both an `Authorization` header and `X-Amz-Algorithm` in its query.
    TwoPlacements,
    /// The request has neither.
    NotSigned,
    /// The parameters of a presigned URL are not all there, or one is there twice.
    PresignedQuery(#[from] PresignedQueryError),
    /// The authentication headers cannot be read.
    AuthorizationHeader(#[from] AuthorizationHeaderError),
    /// The date is none.
    Date(#[from] AmzDateError),
    /// The date is too far from the clock.
    Validity(#[from] ValidityError),
    /// The list of signed headers is not one.
    SignedHeaders(#[from] SignedHeadersError),
    /// The host is not among them.
    HostNotSigned,
    /// Another algorithm.
    Algorithm {
        /// What was there instead.
        found: Found,
    },
    /// The credential is none.
    Credential(#[from] CredentialError),
    /// The credential is for something else.
    Scope(#[from] ScopeMismatch),
    /// Nobody has this key.
    UnknownKey(#[from] UnknownKey),
    /// The session token does not belong to the key.
    SessionToken(#[from] SessionTokenError),
    /// The key has ended.
    CredentialsExpired(#[from] CredentialsExpired),
    /// The hash that was sent along is not the body's.
    PayloadHash(#[from] PayloadHashError),
    /// A signed header is not there.
    SignedHeaderMissing(#[from] SignedHeaderMissing),
    /// Everything fits but the signature.
    SignatureMismatch,
}

impl Refusal {
    /// The rule that was broken.
    pub fn rule(&self) -> Rule {
        match self {
            Self::Query(_) => Rule::DecodableQuery,
            Self::TwoPlacements => Rule::OnePlacement,
            Self::NotSigned => Rule::Authenticated,
            Self::PresignedQuery(PresignedQueryError::Repeated { .. })
            | Self::AuthorizationHeader(
                AuthorizationHeaderError::RepeatedHeader(_)
                | AuthorizationHeaderError::RepeatedPart { .. },
            ) => Rule::NoRepeats,
            Self::PresignedQuery(PresignedQueryError::Missing { .. })
            | Self::AuthorizationHeader(
                AuthorizationHeaderError::NotAPair { .. }
                | AuthorizationHeaderError::Missing { .. },
            ) => Rule::Complete,
            Self::Date(_) => Rule::DateForm,
            Self::Validity(ValidityError::Expired { .. }) => Rule::NotExpired,
            Self::Validity(ValidityError::NotYetCurrent { .. }) => Rule::NotEarly,
            Self::SignedHeaders(_) => Rule::SignedHeadersForm,
            Self::HostNotSigned => Rule::HostSigned,
            Self::Algorithm { .. } => Rule::Algorithm,
            Self::Credential(_) => Rule::CredentialForm,
            Self::Scope(_) => Rule::Scope,
            Self::UnknownKey(_) => Rule::KnownKey,
            Self::SessionToken(_) => Rule::SessionToken,
            Self::CredentialsExpired(_) => Rule::LiveCredentials,
            Self::PayloadHash(_) => Rule::PayloadHash,
            Self::SignedHeaderMissing(_) => Rule::SignedHeadersPresent,
            Self::SignatureMismatch => Rule::Signature,
        }
    }

    /// The name of the error for API Gateway (`x-amzn-ErrorType`) and the JSON protocols
    /// (`__type`), DynamoDB's.
    pub fn code(&self) -> &'static str {
        self.codes().0
    }

    /// The name of the error for the Query protocol (`<Code>`), STS's. Source: STS API Reference,
    /// "Common errors".
    pub fn query_protocol_code(&self) -> &'static str {
        self.codes().1
    }

    /// What was found and what was expected, with the rule: `rule 14 (the key is known): no key has
    /// the id "AKIA…"`.
    pub fn finding(&self) -> impl fmt::Display + '_ {
        fmt::from_fn(|formatter| write!(formatter, "{}: {}", self.rule(), self.found()))
    }

    /// The same without the rule: `no key has the id "AKIA…"`.
    pub fn found(&self) -> impl fmt::Display + '_ {
        WhatWasFound(self)
    }

    fn codes(&self) -> (&'static str, &'static str) {
        match self.rule() {
            Rule::Authenticated => {
                ("MissingAuthenticationTokenException", "MissingAuthenticationToken")
            }
            Rule::Complete | Rule::DateForm | Rule::Algorithm | Rule::CredentialForm => {
                ("IncompleteSignatureException", "IncompleteSignature")
            }
            Rule::KnownKey | Rule::SessionToken => {
                ("UnrecognizedClientException", "InvalidClientTokenId")
            }
            Rule::LiveCredentials => ("ExpiredTokenException", "ExpiredToken"),
            Rule::DecodableQuery
            | Rule::OnePlacement
            | Rule::NoRepeats
            | Rule::NotExpired
            | Rule::NotEarly
            | Rule::SignedHeadersForm
            | Rule::HostSigned
            | Rule::Scope
            | Rule::PayloadHash
            | Rule::SignedHeadersPresent
            | Rule::Signature => ("InvalidSignatureException", "SignatureDoesNotMatch"),
        }
    }
}

/// AWS's message. Where AWS has no words for a reason of ours, it is that of a signature that does
/// not match: such a request has no canonical form that could match. The long form of that message,
/// which repeats the canonical request, is not given: it would hold the session token.
impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TwoPlacements => formatter.write_str(
                "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' \
                 as HTTP header.",
            ),
            Self::NotSigned => formatter.write_str("Missing Authentication Token"),
            Self::PresignedQuery(PresignedQueryError::Missing { names }) => {
                for name in names {
                    write!(formatter, "AWS query-string parameters must include '{name}'. ")?;
                }
                formatter.write_str("Re-examine the query-string parameters.")
            }
            Self::AuthorizationHeader(AuthorizationHeaderError::NotAPair { .. }) => formatter
                .write_str(
                    "Not a valid key=value pair (missing equal-sign) in Authorization header.",
                ),
            Self::AuthorizationHeader(AuthorizationHeaderError::Missing { missing }) => {
                write_missing(missing, formatter)
            }
            Self::Date(AmzDateError { found }) => write!(
                formatter,
                "Date must be in ISO-8601 'basic format'. Got '{found}'. \
                 See http://en.wikipedia.org/wiki/ISO_8601"
            ),
            Self::Validity(error) => write_validity(*error, formatter),
            Self::HostNotSigned => formatter.write_str(
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
            ),
            Self::Algorithm { found } => write!(
                formatter,
                "Unsupported AWS 'algorithm': '{found}' (only {ALGORITHM} for now). "
            ),
            Self::Credential(CredentialError { found }) => write!(
                formatter,
                "Credential must have exactly 5 slash-delimited elements, \
                 e.g. keyid/date/region/service/term, got '{found}'"
            ),
            Self::Scope(mismatch) => write_scope(mismatch, formatter),
            Self::UnknownKey(_) | Self::SessionToken(_) => {
                formatter.write_str("The security token included in the request is invalid.")
            }
            Self::CredentialsExpired(_) => {
                formatter.write_str("The security token included in the request is expired")
            }
            Self::Query(_)
            | Self::PresignedQuery(PresignedQueryError::Repeated { .. })
            | Self::AuthorizationHeader(
                AuthorizationHeaderError::RepeatedHeader(_)
                | AuthorizationHeaderError::RepeatedPart { .. },
            )
            | Self::SignedHeaders(_)
            | Self::PayloadHash(_)
            | Self::SignedHeaderMissing(_)
            | Self::SignatureMismatch => formatter.write_str(
                "The request signature we calculated does not match the signature you provided. \
                 Check your AWS Secret Access Key and signing method. \
                 Consult the service documentation for details.",
            ),
        }
    }
}

fn write_missing(missing: &[Part], formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut separator = "";
    for part in missing {
        formatter.write_str(separator)?;
        match part {
            Part::Date => formatter.write_str(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' \
                 header.",
            )?,
            Part::Credential | Part::Signature | Part::SignedHeaders => {
                write!(formatter, "Authorization header requires '{}' parameter.", part.name())?;
            }
        }
        separator = " ";
    }
    Ok(())
}

fn write_validity(error: ValidityError, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let minutes = crate::validity::VALIDITY.whole_minutes();
    match error {
        ValidityError::Expired { date, earliest, now } => write!(
            formatter,
            "Signature expired: {date} is now earlier than {earliest} ({now} - {minutes} min.)"
        ),
        ValidityError::NotYetCurrent { date, latest, now } => write!(
            formatter,
            "Signature not yet current: {date} is still later than {latest} \
             ({now} + {minutes} min.)"
        ),
    }
}

fn write_scope(mismatch: &ScopeMismatch, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    for Difference { part, found, expected } in &mismatch.differences {
        match part {
            ScopePart::Region => {
                write!(formatter, "Credential should be scoped to a valid region, not '{found}'. ")
            }
            ScopePart::Service => {
                write!(formatter, "Credential should be scoped to correct service: '{expected}'. ")
            }
            ScopePart::Terminator => write!(
                formatter,
                "Credential should be scoped with a valid terminator: '{expected}', not '{found}'. "
            ),
            ScopePart::Day => write!(
                formatter,
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date \
                 from HTTP: '{found}' != '{expected}', from '{}'.",
                mismatch.date
            ),
        }?;
    }
    Ok(())
}

struct WhatWasFound<'a>(&'a Refusal);

impl fmt::Display for WhatWasFound<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Refusal::TwoPlacements => {
                formatter.write_str("the query has X-Amz-Algorithm, the headers have Authorization")
            }
            Refusal::NotSigned => formatter.write_str(
                "the query has no X-Amz-Algorithm, the headers no Authorization of AWS4",
            ),
            Refusal::HostNotSigned => formatter.write_str("the signed headers lack host"),
            Refusal::Algorithm { found } => write!(formatter, "the algorithm is {found:?}"),
            Refusal::SignatureMismatch => {
                formatter.write_str("the signature calculated is not the signature sent")
            }
            refusal => {
                let mut cause = std::error::Error::source(refusal);
                let mut separator = "";
                while let Some(error) = cause {
                    write!(formatter, "{separator}{error}")?;
                    separator = ": ";
                    cause = error.source();
                }
                Ok(())
            }
        }
    }
}
