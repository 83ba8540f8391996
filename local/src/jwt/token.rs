//! A token in its compact form: `HEADER.CLAIMS.SIGNATURE`, each part in base64url. (RFC 7515, section 7.1)

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::algorithm::Algorithm;
use super::refusal::{Part, Refusal};

/// A token as it reads; nothing of it is checked. `Debug` shows nothing of it.
pub struct Token<'a> {
    /// `alg`
    pub algorithm: Algorithm,
    /// `kid`
    pub key_id: String,
    /// What was signed: the first two parts as they came.
    pub signed: &'a str,
    /// The claims.
    pub claims: Map<String, Value>,
    /// The third part, decoded.
    pub signature: Vec<u8>,
}

impl<'a> Token<'a> {
    /// Reads a token.
    ///
    /// # Errors
    ///
    /// When it has not three parts, one of them cannot be decoded, its algorithm is not RSA's, it names no key, or its
    /// header asks for something that this cannot do (`crit`: RFC 7515, section 4.1.11).
    pub fn read(text: &'a str) -> Result<Self, Refusal> {
        let parts: Vec<_> = text.split('.').collect();
        let [header, claims, signature] = parts[..] else {
            return Err(Refusal::Parts(parts.len()));
        };
        let signed = &text[..header.len() + 1 + claims.len()];
        let header = object(header).ok_or(Refusal::Undecodable(Part::Header))?;
        let claims = object(claims).ok_or(Refusal::Undecodable(Part::Claims))?;
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature);
        let signature = signature.map_err(|_| Refusal::Undecodable(Part::Signature))?;
        let text = |name| header.get(name).and_then(Value::as_str);
        let algorithm = Algorithm::named(text("alg").unwrap_or_default());
        let algorithm = algorithm.map_err(Refusal::Algorithm)?;
        if header.contains_key("crit") {
            return Err(Refusal::Critical);
        }
        let key_id = text("kid").ok_or(Refusal::NoKeyId)?.to_owned();
        Ok(Self { algorithm, key_id, signed, claims, signature })
    }
}

impl fmt::Debug for Token<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(hidden)")
    }
}

fn object(part: &str) -> Option<Map<String, Value>> {
    let json = BASE64_URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&json).ok()
}
