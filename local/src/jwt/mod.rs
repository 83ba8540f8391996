//! JWT authorizers, as HTTP APIs have them: who may take a route by the token that he brings.
//! (API Gateway Developer Guide, "Control access to HTTP APIs with JWT authorizers in API Gateway")
//!
//! A token goes through these steps; the first that fails refuses it:
//!
//! 1. It stands where the authorizer's identity source says, with or without `Bearer` before it.
//! 2. It has three parts, which can be decoded ([`token`]).
//! 3. Its algorithm is one of RSA's ([`algorithm`]), and its `kid` names a key of the issuer ([`key_set`]),
//!    which goes with the algorithm. Every key is an RSA key: what the token says of its algorithm cannot
//!    make another kind of secret of it.
//! 4. The signature holds.
//! 5. `iss`, `aud` (or `client_id`, where there is no `aud`), `exp`, `nbf` and `iat` are right ([`claims`]).
//! 6. `scope` or `scp` has one of the route's scopes, where the route names some.
//!
//! The issuers' keys are known from the start ([`issuers`]): nothing is fetched. An issuer under `.invalid` (RFC
//! 2606, section 2: no such name ever exists) is played too: its key is made at the start, stays in this process, and
//! signs tokens on request ([`development`]).

pub mod algorithm;
mod claim_text;
pub mod claims;
pub mod development;
pub mod issuers;
pub mod key_set;
pub mod refusal;
pub mod token;

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::events::{headers, query};
use crate::template::{IdentitySource, JwtAuthorizer};
use crate::wire::Head;
use key_set::KeySet;
use refusal::Refusal;
use token::Token;

/// What an authorizer lets through, as the event tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorized {
    /// Every claim as a text.
    pub claims: BTreeMap<String, String>,
    /// Those of the route's scopes that the token has; `None` where the route names none.
    pub scopes: Option<Vec<String>>,
}

/// Whether an authorizer lets a request through at a time, by the keys of its issuer.
///
/// # Errors
///
/// The first step that the request fails.
pub fn authorize(
    authorizer: &JwtAuthorizer,
    keys: &KeySet,
    head: &Head,
    now: OffsetDateTime,
) -> Result<Authorized, Refusal> {
    let presented = presented(&authorizer.identity_source, head).ok_or(Refusal::NoToken)?;
    let token = Token::read(without_scheme(&presented))?;
    let key = keys.find(&token.key_id).ok_or(Refusal::UnknownKey)?;
    if key.algorithm.is_some_and(|algorithm| algorithm != token.algorithm) {
        return Err(Refusal::KeyAlgorithm { token: token.algorithm });
    }
    if !token.algorithm.verifies(&key.key, token.signed.as_bytes(), &token.signature) {
        return Err(Refusal::Signature);
    }
    claims::check(&token.claims, authorizer, now)?;
    let scopes = claims::scopes(&token.claims, &authorizer.scopes)?;
    Ok(Authorized { claims: claim_text::all(&token.claims), scopes })
}

/// What stands where the token should be. Repeated headers and parameters are one value, as the event has them.
fn presented(source: &IdentitySource, head: &Head) -> Option<String> {
    let (values, name) = match source {
        IdentitySource::Header(name) => (headers::joined(&head.headers), name.to_ascii_lowercase()),
        IdentitySource::QueryString(name) => {
            let parameters = query::http_parameters(head.query().unwrap_or_default());
            (query::joined_values(&parameters), name.clone())
        }
    };
    values.get(&name).filter(|value| !value.is_empty()).cloned()
}

/// The scheme's name counts in any case (RFC 9110, section 11.1).
fn without_scheme(presented: &str) -> &str {
    const SCHEME: &str = "Bearer ";
    match presented.split_at_checked(SCHEME.len()) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case(SCHEME) => token,
        _ => presented,
    }
}

#[cfg(test)]
mod tests;
