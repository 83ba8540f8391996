//! Whose tokens the authorizers of a stack take, and the keys of each: known from the start.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;
use time::OffsetDateTime;
use url::Url;

use super::development::{DevelopmentIssuer, DevelopmentKey, IssueError, IssuedToken, Wanted};
use super::key_set::KeySet;
use super::refusal::Refusal;
use super::{Authorized, authorize};
use crate::randomness::Randomness;
use crate::template::{HttpAuthorization, JwtAuthorizer, Stack};
use crate::wire::Head;

/// The issuers of a stack's authorizers.
pub struct Issuers {
    keys: BTreeMap<String, KeySet>,
    development: Option<DevelopmentIssuer>,
}

/// Why a stack's tokens could not be checked.
#[derive(Debug, thiserror::Error)]
pub enum IssuersError {
    /// Nothing is fetched.
    #[error(
        "{authorizer} takes tokens of {issuer}, whose keys are not here: give them with --jwks FILE (the JWK Set \
         that the issuer publishes), or name an issuer under .invalid, whose tokens `countersign token` makes"
    )]
    NoKeys {
        /// The authorizer's logical id.
        authorizer: String,
        /// The issuer.
        issuer: String,
    },
    /// Whose tokens would `countersign token` make?
    #[error(
        "the template has several development issuers, expected one for `countersign token`: {}",
        .0.join(", ")
    )]
    SeveralDevelopment(Vec<String>),
    /// Keys of one could sign tokens of the other.
    #[error("--jwks gives the keys of one issuer, and the template has several: {}", .0.join(", "))]
    Several(Vec<String>),
    /// Nobody would ask for them.
    #[error(
        "--jwks is of no use: no route takes tokens of an issuer outside .invalid; leave --jwks away, or set \
         SignAuthorization=JWT and JwtIssuer to the issuer whose keys these are"
    )]
    NotNeeded,
    /// A key could not be made.
    #[error("cannot make a development issuer's key")]
    Key(#[source] rsa::Error),
}

impl Issuers {
    /// The issuers that routes of a stack name. One under `.invalid` gets a key, which is made now; `published` are the
    /// keys of the other one.
    ///
    /// # Errors
    ///
    /// See [`IssuersError`].
    pub fn new(
        stack: &Stack,
        published: Option<KeySet>,
        randomness: &Randomness,
    ) -> Result<Self, IssuersError> {
        let (development, others): (Vec<_>, Vec<_>) =
            authorizers(stack).partition(|authorizer| is_development(&authorizer.issuer));
        let issuers = distinct(&others);
        let mut keys = BTreeMap::new();
        match (published, &issuers[..], others.first()) {
            (None, _, Some(other)) => {
                let authorizer = other.logical_id.clone();
                return Err(IssuersError::NoKeys { authorizer, issuer: other.issuer.clone() });
            }
            (Some(_), [], _) => return Err(IssuersError::NotNeeded),
            (Some(published), [issuer], _) => drop(keys.insert(issuer.clone(), published)),
            (Some(_), _, _) => return Err(IssuersError::Several(issuers)),
            (None, _, None) => {}
        }
        let Some(first) = development.first() else {
            return Ok(Self { keys, development: None });
        };
        let issuers = distinct(&development);
        if issuers.len() > 1 {
            return Err(IssuersError::SeveralDevelopment(issuers));
        }
        let key = DevelopmentKey::make(randomness).map_err(IssuersError::Key)?;
        keys.insert(first.issuer.clone(), key.public());
        let development = DevelopmentIssuer {
            issuer: first.issuer.clone(),
            audience: first.audience.first().cloned().unwrap_or_default(),
            key,
        };
        Ok(Self { keys, development: Some(development) })
    }

    /// Whether an authorizer lets a request through now.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn authorize(
        &self,
        authorizer: &JwtAuthorizer,
        head: &Head,
        now: OffsetDateTime,
    ) -> Result<Authorized, Refusal> {
        // Every authorizer of the stack has its issuer here.
        let keys = self.keys.get(&authorizer.issuer).ok_or(Refusal::UnknownKey)?;
        authorize(authorizer, keys, head, now)
    }

    /// A token of the development issuer, of the first authorizer that has one.
    ///
    /// # Errors
    ///
    /// See [`IssueError`].
    pub fn issue(
        &self,
        wanted: Wanted,
        now: OffsetDateTime,
        randomness: &Randomness,
    ) -> Result<IssuedToken, IssueError> {
        let development = self.development.as_ref().ok_or(IssueError::NoDevelopmentIssuer)?;
        development.issue(wanted, now, randomness)
    }

    /// The public key of the development issuer, as a JWK Set.
    pub fn published(&self) -> Option<Value> {
        self.development.as_ref().map(|development| development.key.published())
    }
}

/// Shows the issuers.
impl fmt::Debug for Issuers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.keys.keys()).finish()
    }
}

/// Whether an issuer is played here: its host can have no keys anywhere.
pub fn is_development(issuer: &str) -> bool {
    let url = Url::parse(issuer).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    host.ends_with(".invalid")
}

/// Each issuer once, in order.
fn distinct(authorizers: &[&JwtAuthorizer]) -> Vec<String> {
    let issuers: BTreeSet<_> = authorizers.iter().map(|one| one.issuer.clone()).collect();
    issuers.into_iter().collect()
}

/// Those that routes name.
fn authorizers(stack: &Stack) -> impl Iterator<Item = &JwtAuthorizer> {
    let routes = stack.http_apis.iter().flat_map(|api| &api.routes);
    routes.filter_map(|route| match &route.authorization {
        HttpAuthorization::Jwt(authorizer) => Some(authorizer),
        HttpAuthorization::None | HttpAuthorization::AwsIam => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_host_under_invalid_is_a_development_issuers() {
        let check = |issuer, expected| assert_eq!(is_development(issuer), expected, "{issuer}");
        check("https://issuer.invalid/", true);
        check("https://a.b.INVALID:8443/path", true);
        check("https://issuer.invalid.example.com/", false);
        check("https://issuer.example.com/.invalid", false);
        check("https://issuer.example.com/?a=.invalid", false);
        check("https://user.invalid@issuer.example.com/", false);
        check("https://notinvalid/", false);
        check("issuer.invalid", false);
    }
}
