//! An issuer of this process: a key that is made at its start and never leaves it, and tokens by it.

use std::convert::Infallible;
use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, RsaPublicKey};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::algorithm::Algorithm;
use super::key_set::KeySet;
use crate::randomness::Randomness;

/// Bits of a development issuer's key. (RFC 7518, section 3.3: at least these)
const KEY_BITS: usize = 2048;

/// By which it signs.
const ALGORITHM: Algorithm = Algorithm::Rs256;

/// The claims that a token has by itself, or by an option of its own.
pub const OWN_CLAIMS: [&str; 7] = ["aud", "exp", "iat", "iss", "jti", "nbf", "scope"];

/// What is asked for in a token.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Wanted {
    /// Claims beside [`OWN_CLAIMS`].
    pub claims: Map<String, Value>,
    /// `scope`; no such claim where there are none.
    pub scopes: Vec<String>,
    /// Seconds until it ends.
    pub expires_in: u32,
    /// `aud`; by default the authorizer's first.
    pub audience: Option<String>,
}

/// A token. `Debug` hides it.
#[derive(Clone, Deserialize, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct IssuedToken(String);

impl IssuedToken {
    /// The token itself.
    pub fn secret_text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for IssuedToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("IssuedToken(hidden)")
    }
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// There is nobody to ask.
    #[error(
        "the template has no JWT authorizer with a development issuer (a URL whose host ends in .invalid)"
    )]
    NoDevelopmentIssuer,
    /// A claim of those that it has by itself.
    #[error("the claim {0} is the issuer's own or has an option of its own")]
    OwnClaim(&'static str),
    /// The key cannot sign.
    #[error("the development issuer's key cannot sign")]
    Sign(#[source] rsa::signature::Error),
}

/// An issuer of this process.
pub(super) struct DevelopmentIssuer {
    /// `iss`
    pub(super) issuer: String,
    /// `aud`, where no other is asked for.
    pub(super) audience: String,
    pub(super) key: DevelopmentKey,
}

/// Its key.
pub(super) struct DevelopmentKey {
    pub(super) id: String,
    pub(super) private: RsaPrivateKey,
}

impl DevelopmentKey {
    pub(super) fn make(randomness: &Randomness) -> rsa::Result<Self> {
        let private = RsaPrivateKey::new(&mut Source(randomness), KEY_BITS)?;
        Ok(Self { id: thumbprint(private.as_public_key()), private })
    }

    /// What tokens are checked with.
    pub(super) fn public(&self) -> KeySet {
        KeySet::of(&self.id, self.private.as_public_key().clone(), ALGORITHM)
    }

    /// The same as issuers publish it.
    pub(super) fn published(&self) -> Value {
        let public = self.private.as_public_key();
        let [n, e] = numbers(public);
        let key = json!({
            "kty": "RSA", "use": "sig", "alg": ALGORITHM.name(), "kid": self.id, "n": n, "e": e,
        });
        json!({"keys": [key]})
    }
}

impl DevelopmentIssuer {
    /// A token that holds from `now` on.
    pub(super) fn issue(
        &self,
        wanted: Wanted,
        now: OffsetDateTime,
        randomness: &Randomness,
    ) -> Result<IssuedToken, IssueError> {
        let Wanted { mut claims, scopes, expires_in, audience } = wanted;
        if let Some(own) = OWN_CLAIMS.into_iter().find(|own| claims.contains_key(*own)) {
            return Err(IssueError::OwnClaim(own));
        }
        let now = now.unix_timestamp();
        let own = [
            ("iss", json!(self.issuer)),
            ("aud", json!(audience.as_ref().unwrap_or(&self.audience))),
            ("iat", json!(now)),
            ("nbf", json!(now)),
            ("exp", json!(now.saturating_add(expires_in.into()))),
            ("jti", json!(randomness.uuid())),
        ];
        claims.extend(own.map(|(name, value)| (name.to_owned(), value)));
        if !scopes.is_empty() {
            claims.insert("scope".to_owned(), json!(scopes.join(" ")));
        }
        let header = json!({"alg": ALGORITHM.name(), "kid": self.key.id, "typ": "JWT"});
        let encode = |text: String| BASE64_URL_SAFE_NO_PAD.encode(text);
        let signed =
            format!("{}.{}", encode(header.to_string()), encode(Value::Object(claims).to_string()));
        let mut random = Source(randomness);
        let signature = ALGORITHM.sign(&self.key.private, signed.as_bytes(), &mut random);
        let signature = BASE64_URL_SAFE_NO_PAD.encode(signature.map_err(IssueError::Sign)?);
        Ok(IssuedToken(format!("{signed}.{signature}")))
    }
}

/// A key's id: its thumbprint. (RFC 7638, section 3)
fn thumbprint(key: &RsaPublicKey) -> String {
    let [n, e] = numbers(key);
    let members = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(members))
}

/// `n` and `e` as a JWK has them.
fn numbers(key: &RsaPublicKey) -> [String; 2] {
    [key.n_bytes(), key.e_bytes()].map(|bytes| BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// Random bytes, as the crate wants them.
pub(super) struct Source<'a>(pub(super) &'a Randomness);

impl TryRng for Source<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.0.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.0.bytes()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

/// The operating system's bytes; a test that gives others asks for what it gets.
impl TryCryptoRng for Source<'_> {}
