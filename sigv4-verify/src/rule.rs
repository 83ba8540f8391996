//! The rules by number and name, in the order in which [`verify`](crate::verify) carries them out.
//! The crate's documentation has the same list with the reasons.

use std::fmt;

const AUTHENTICATION_METHODS: &str =
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html";
const CREATE_SIGNED_REQUEST: &str =
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html";
const SIGNING_ELEMENTS: &str =
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html";
const TEMPORARY_CREDENTIALS: &str =
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_use-resources.html";
const TROUBLESHOOTING: &str =
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html";

/// A rule of verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The query can be decoded.
    DecodableQuery = 1,
    /// The request does not authenticate in query and header at once.
    OnePlacement,
    /// The request authenticates by Signature Version 4 at all.
    Authenticated,
    /// No authentication parameter is there twice.
    NoRepeats,
    /// Every required authentication parameter is there.
    Complete,
    /// The date has its form.
    DateForm,
    /// The signature is not too old.
    NotExpired,
    /// The signature is not from the future.
    NotEarly,
    /// The list of signed headers has its form.
    SignedHeadersForm,
    /// The host is signed.
    HostSigned,
    /// The algorithm is AWS4-HMAC-SHA256.
    Algorithm,
    /// The credential has its form.
    CredentialForm,
    /// The credential is for this day, region and service.
    Scope,
    /// The key is known.
    KnownKey,
    /// The session token is the key's.
    SessionToken,
    /// The credentials have not ended.
    LiveCredentials,
    /// The hash sent along is the body's.
    PayloadHash,
    /// Every signed header is there.
    SignedHeadersPresent,
    /// The signature is the one that the key makes.
    Signature,
}

impl Rule {
    /// Every rule, in order.
    pub const ALL: [Self; 19] = [
        Self::DecodableQuery,
        Self::OnePlacement,
        Self::Authenticated,
        Self::NoRepeats,
        Self::Complete,
        Self::DateForm,
        Self::NotExpired,
        Self::NotEarly,
        Self::SignedHeadersForm,
        Self::HostSigned,
        Self::Algorithm,
        Self::CredentialForm,
        Self::Scope,
        Self::KnownKey,
        Self::SessionToken,
        Self::LiveCredentials,
        Self::PayloadHash,
        Self::SignedHeadersPresent,
        Self::Signature,
    ];

    /// The number, from 1.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The name, as a sentence that holds when the rule is kept.
    pub fn name(self) -> &'static str {
        match self {
            Self::DecodableQuery => "the query can be decoded",
            Self::OnePlacement => "the signature is in one place",
            Self::Authenticated => "the request is signed",
            Self::NoRepeats => "no authentication parameter is repeated",
            Self::Complete => "every authentication parameter is there",
            Self::DateForm => "the date has its form",
            Self::NotExpired => "the signature is not too old",
            Self::NotEarly => "the signature is not from the future",
            Self::SignedHeadersForm => "the signed headers are in lower case and sorted",
            Self::HostSigned => "the host is signed",
            Self::Algorithm => "the algorithm is AWS4-HMAC-SHA256",
            Self::CredentialForm => "the credential has five parts",
            Self::Scope => "the scope fits",
            Self::KnownKey => "the key is known",
            Self::SessionToken => "the session token is the key's",
            Self::LiveCredentials => "the credentials have not ended",
            Self::PayloadHash => "the payload hash is the body's",
            Self::SignedHeadersPresent => "every signed header is there",
            Self::Signature => "the signature matches",
        }
    }

    /// The AWS page that the rule comes from.
    pub fn page(self) -> &'static str {
        match self {
            Self::OnePlacement | Self::Authenticated | Self::NoRepeats | Self::Complete => {
                AUTHENTICATION_METHODS
            }
            Self::DateForm | Self::Algorithm | Self::CredentialForm => SIGNING_ELEMENTS,
            Self::NotExpired | Self::NotEarly | Self::Scope => TROUBLESHOOTING,
            Self::KnownKey | Self::SessionToken | Self::LiveCredentials => TEMPORARY_CREDENTIALS,
            Self::DecodableQuery
            | Self::SignedHeadersForm
            | Self::HostSigned
            | Self::PayloadHash
            | Self::SignedHeadersPresent
            | Self::Signature => CREATE_SIGNED_REQUEST,
        }
    }
}

/// `rule 7 (the signature is not too old)`.
impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "rule {} ({})", self.number(), self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_the_order() {
        let numbers: Vec<u8> = Rule::ALL.iter().map(|rule| rule.number()).collect();
        assert_eq!(numbers, (1..=19).collect::<Vec<u8>>());
    }

    /// The list in the crate's documentation: `//! N. **NAME.**` and what there is to say.
    #[test]
    fn the_crate_documentation_has_the_same_list() {
        let documented: Vec<&str> = include_str!("lib.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("//! "))
            .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()))
            .collect();
        assert_eq!(documented.len(), Rule::ALL.len());
        for (rule, line) in Rule::ALL.into_iter().zip(documented) {
            let start = format!("{}. **{}.** ", rule.number(), rule.name());
            assert!(line.starts_with(&start), "expected {start:?}, found {line:?}");
        }
    }
}
