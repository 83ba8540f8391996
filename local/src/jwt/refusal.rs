//! Why an authorizer refuses a request: what the caller is told, and what the log says.
//!
//! The caller is told what AWS tells: 401 with `www-authenticate: Bearer`, where there was a token also
//! `scope="" error="invalid_token" error_description="…"`; 403 where a scope is missing. (API Gateway
//! Developer Guide, "Troubleshooting issues with HTTP API JWT authorizers".) Of the descriptions three are known: that
//! of an audience from that page, those of the parts and of the algorithm from captures. The others are ours.

use std::fmt;

use super::algorithm::Algorithm;

/// Where the documentation says more.
pub const SECTION: &str = "docs/troubleshooting.md#tokens";

/// Why a request is refused. Nothing of the token stands in it but names that are registered, and times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing stands where the token should be.
    NoToken,
    /// It has so many parts, and not three.
    Parts(usize),
    /// A part is not base64url, or not a JSON object in it.
    Undecodable(Part),
    /// Its algorithm is none of RSA's, or unknown.
    Algorithm(&'static str),
    /// Its header asks for something that must be understood.
    Critical,
    /// It does not say which key signed it.
    NoKeyId,
    /// The issuer has no such key.
    UnknownKey,
    /// The key is for another algorithm than the token's.
    KeyAlgorithm {
        /// The token's.
        token: Algorithm,
    },
    /// The signature does not hold.
    Signature,
    /// It is another issuer's.
    Issuer {
        /// The authorizer's.
        expected: String,
    },
    /// It is for somebody else.
    Audience {
        /// The authorizer's.
        expected: Vec<String>,
    },
    /// A time is not a number.
    TimeForm(TimeClaim),
    /// It would hold for ever.
    NoExpiry,
    /// It holds no more.
    Expired {
        /// For how long.
        seconds_ago: i64,
    },
    /// It does not hold yet.
    NotYet {
        /// What says so.
        claim: TimeClaim,
        /// When it will.
        in_seconds: i64,
    },
    /// It has none of the route's scopes.
    Scope {
        /// The route's.
        wanted: Vec<String>,
    },
}

/// A part of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The first.
    Header,
    /// The second.
    Claims,
    /// The third.
    Signature,
}

/// A claim that is a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeClaim {
    /// When it ends.
    Exp,
    /// When it begins to hold.
    Nbf,
    /// When it was issued.
    Iat,
}

impl TimeClaim {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exp => "exp",
            Self::Nbf => "nbf",
            Self::Iat => "iat",
        }
    }
}

/// What the answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// 401
    Unauthorized,
    /// 403
    Forbidden,
}

impl Refusal {
    /// What the answer is.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Scope { .. } => Verdict::Forbidden,
            Self::NoToken
            | Self::Parts(_)
            | Self::Undecodable(_)
            | Self::Algorithm(_)
            | Self::Critical
            | Self::NoKeyId
            | Self::UnknownKey
            | Self::KeyAlgorithm { .. }
            | Self::Signature
            | Self::Issuer { .. }
            | Self::Audience { .. }
            | Self::TimeForm(_)
            | Self::NoExpiry
            | Self::Expired { .. }
            | Self::NotYet { .. } => Verdict::Unauthorized,
        }
    }

    /// The answer's `www-authenticate`.
    pub fn challenge(&self) -> String {
        let invalid = |description: &str| {
            format!(r#"Bearer scope="" error="invalid_token" error_description="{description}""#)
        };
        match self {
            Self::NoToken => "Bearer".to_owned(),
            Self::Scope { wanted } => {
                format!(r#"Bearer scope="{}" error="insufficient_scope""#, wanted.join(" "))
            }
            Self::Parts(_) => invalid("token contains an invalid number of segments"),
            Self::Algorithm(name) => invalid(&format!("signing method {name} is invalid")),
            Self::KeyAlgorithm { token } => invalid(&format!("signing method {token} is invalid")),
            Self::Audience { .. } => invalid("the token does not have a valid audience"),
            Self::Undecodable(_) | Self::Critical => invalid("the token cannot be read"),
            Self::NoKeyId | Self::UnknownKey => invalid("the token does not have a valid key id"),
            Self::Signature => invalid("the token does not have a valid signature"),
            Self::Issuer { .. } => invalid("the token does not have a valid issuer"),
            Self::TimeForm(_) | Self::NoExpiry => invalid("the token does not have valid times"),
            Self::Expired { .. } => invalid("the token has expired"),
            Self::NotYet { .. } => invalid("the token is not valid yet"),
        }
    }

    /// What to do about it: a short sentence, lower case, without a full stop.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::NoToken => "send a token, as `authorization: Bearer TOKEN` for example",
            Self::Parts(_) | Self::Undecodable(_) | Self::Critical => {
                "send a signed JWT whole, as the issuer gave it, alone or behind `Bearer`"
            }
            Self::Algorithm(_) | Self::KeyAlgorithm { .. } => {
                "have the issuer sign with RS256: HTTP APIs take RSA keys only"
            }
            Self::NoKeyId | Self::UnknownKey => {
                "take a token of this issuer's present keys: a development issuer has a new key in each run, and for \
                 another --jwks names its present key set"
            }
            Self::Signature => "send the token exactly as the issuer gave it",
            Self::Issuer { .. } => {
                "let the authorizer's Issuer be what the token has as `iss`, also with or without a / at its end"
            }
            Self::Audience { .. } => {
                "name the token's `aud` (or its `client_id`, where it has no `aud`) in the authorizer's Audience"
            }
            Self::TimeForm(_) | Self::NoExpiry => {
                "have the issuer write `exp`, and `nbf` and `iat` if any, in seconds since 1970"
            }
            Self::Expired { .. } => "take a new token",
            Self::NotYet { .. } => "set the issuer's clock, or wait: there is no leeway",
            Self::Scope { .. } => {
                "ask the issuer for a token with one of these scopes, in `scope` or `scp`"
            }
        }
    }
}

/// What was found.
impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoToken => write!(formatter, "there is no token"),
            Self::Parts(count) => write!(formatter, "the token has {count} parts, expected 3"),
            Self::Undecodable(Part::Header) => {
                write!(formatter, "the token's header is not a JSON object in base64url")
            }
            Self::Undecodable(Part::Claims) => {
                write!(formatter, "the token's claims are not a JSON object in base64url")
            }
            Self::Undecodable(Part::Signature) => {
                write!(formatter, "the token's signature is not base64url")
            }
            Self::Algorithm(name) => write!(formatter, "the token's algorithm is {name}"),
            Self::Critical => write!(formatter, "the token's header has `crit`"),
            Self::NoKeyId => write!(formatter, "the token has no key id (`kid`)"),
            Self::UnknownKey => {
                write!(formatter, "the token's key (`kid`) is none of the issuer's")
            }
            Self::KeyAlgorithm { token } => {
                write!(formatter, "the token's key is not for its algorithm, {token}")
            }
            Self::Signature => write!(formatter, "the token's signature does not hold"),
            Self::Issuer { expected } => {
                write!(formatter, "the token's issuer (`iss`) is not {expected}")
            }
            Self::Audience { expected } => {
                write!(formatter, "the token's audience is none of {}", expected.join(", "))
            }
            Self::TimeForm(claim) => write!(formatter, "the token's {} is no number", claim.name()),
            Self::NoExpiry => write!(formatter, "the token has no end (`exp`)"),
            Self::Expired { seconds_ago } => {
                write!(formatter, "the token ended {seconds_ago} s ago")
            }
            Self::NotYet { claim, in_seconds } => {
                write!(formatter, "the token begins in {in_seconds} s (`{}`)", claim.name())
            }
            Self::Scope { wanted } => {
                write!(formatter, "the token has none of the route's scopes: {}", wanted.join(", "))
            }
        }
    }
}
