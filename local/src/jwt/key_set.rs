//! The keys of an issuer, as it publishes them: a JWK Set. (RFC 7517, section 5)

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rsa::{BoxedUint, RsaPublicKey};
use serde_json::{Map, Value};

use super::algorithm::Algorithm;
use crate::limits::KEY_SET_BYTES;

/// Keys by their id.
#[derive(Clone, PartialEq, Eq)]
pub struct KeySet(BTreeMap<String, PublicKey>);

/// A key that tokens may be checked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// The key itself.
    pub key: RsaPublicKey,
    /// The only algorithm that it is for, if it says so.
    pub algorithm: Option<Algorithm>,
}

/// Why a text is no key set that tokens could be checked with.
#[derive(Debug, thiserror::Error)]
pub enum KeySetError {
    /// API Gateway would not read it.
    #[error("it has more than {KEY_SET_BYTES} bytes")]
    TooLong,
    /// It cannot be read.
    #[error("cannot read it")]
    Read(#[source] io::Error),
    /// It is no JSON.
    #[error("it is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// It is no key set.
    #[error(
        "expected a JWK Set: {{\"keys\": [{{\"kty\": \"RSA\", \"kid\": …, \"n\": …, \"e\": …}}, …]}}"
    )]
    NotKeySet,
    /// It tells a secret.
    #[error("keys[{0}] is a private key, expected public keys alone")]
    Private(usize),
    /// A member of an RSA key is missing or of another form.
    #[error("keys[{index}].{member}: expected {expected}")]
    Member {
        /// Of the key.
        index: usize,
        /// Its name.
        member: &'static str,
        /// What should stand there.
        expected: &'static str,
    },
    /// The numbers make no RSA key.
    #[error("keys[{index}]: expected an RSA key of 1,024 to 8,192 bits")]
    NotRsa {
        /// Of the key.
        index: usize,
        /// What is wrong with them.
        source: rsa::Error,
    },
    /// Two keys have one id.
    #[error("keys[{0}].kid is also the id of an earlier key")]
    Repeated(usize),
    /// There is nothing in it that HTTP APIs take.
    #[error(
        "none of its keys is an RSA key for signatures that has a `kid`: HTTP APIs take no others"
    )]
    NoneOfUse,
}

/// Members that only a private or a symmetric key has. (RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1)
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

impl KeySet {
    /// Reads a JWK Set to its end, or to where it is too long.
    ///
    /// # Errors
    ///
    /// See [`KeySetError`]; no message repeats what was read.
    pub fn read(source: impl Read) -> Result<Self, KeySetError> {
        // One byte more shows that it is too long.
        let mut json = Vec::new();
        let mut source = source.take(KEY_SET_BYTES as u64 + 1);
        source.read_to_end(&mut json).map_err(KeySetError::Read)?;
        Self::parse(&json)
    }

    /// Reads a JWK Set. Keys that no token of an HTTP API can be signed with are passed over: those of other
    /// types, for other uses or algorithms, or without an id.
    ///
    /// # Errors
    ///
    /// See [`KeySetError`]; no message repeats what was read.
    pub fn parse(json: &[u8]) -> Result<Self, KeySetError> {
        if json.len() > KEY_SET_BYTES {
            return Err(KeySetError::TooLong);
        }
        let set: Value = serde_json::from_slice(json).map_err(KeySetError::NotJson)?;
        let keys = set.get("keys").and_then(Value::as_array).ok_or(KeySetError::NotKeySet)?;
        let mut known = BTreeMap::new();
        for (index, key) in keys.iter().enumerate() {
            let jwk = key.as_object().ok_or(KeySetError::NotKeySet)?;
            if PRIVATE_MEMBERS.iter().any(|member| jwk.contains_key(*member)) {
                return Err(KeySetError::Private(index));
            }
            if let Some((key_id, key)) = read(index, jwk)?
                && known.insert(key_id, key).is_some()
            {
                return Err(KeySetError::Repeated(index));
            }
        }
        if known.is_empty() {
            return Err(KeySetError::NoneOfUse);
        }
        Ok(Self(known))
    }

    /// One key, for exactly this algorithm.
    pub fn of(key_id: &str, key: RsaPublicKey, algorithm: Algorithm) -> Self {
        let key = PublicKey { key, algorithm: Some(algorithm) };
        Self(BTreeMap::from([(key_id.to_owned(), key)]))
    }

    /// The key with this id.
    pub fn find(&self, key_id: &str) -> Option<&PublicKey> {
        self.0.get(key_id)
    }
}

/// Shows the ids.
impl fmt::Debug for KeySet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

/// A key and its id, if it is of use.
fn read(
    index: usize,
    jwk: &Map<String, Value>,
) -> Result<Option<(String, PublicKey)>, KeySetError> {
    let text = |name| jwk.get(name).and_then(Value::as_str);
    let (Some("RSA"), Some(key_id)) = (text("kty"), text("kid")) else { return Ok(None) };
    if jwk.contains_key("use") && text("use") != Some("sig") {
        return Ok(None);
    }
    let algorithm =
        match jwk.get("alg").map(|name| Algorithm::named(name.as_str().unwrap_or_default())) {
            None => None,
            Some(Ok(algorithm)) => Some(algorithm),
            Some(Err(_)) => return Ok(None),
        };
    let number = |member| {
        let bytes = text(member).and_then(|text| BASE64_URL_SAFE_NO_PAD.decode(text).ok());
        let expected = "an unsigned number in base64url";
        let bytes = bytes.filter(|bytes| !bytes.is_empty());
        let bytes = bytes.ok_or(KeySetError::Member { index, member, expected })?;
        Ok(BoxedUint::from_be_slice_vartime(&bytes))
    };
    let key = RsaPublicKey::new(number("n")?, number("e")?);
    let key = key.map_err(|source| KeySetError::NotRsa { index, source })?;
    Ok(Some((key_id.to_owned(), PublicKey { key, algorithm })))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// An odd number of so many bits.
    fn modulus(bits: usize) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(vec![0xff; bits / 8])
    }

    fn key(change: Value) -> Value {
        let mut key = json!({"kty": "RSA", "kid": "a", "n": modulus(2048), "e": "AQAB"});
        let members = key.as_object_mut().unwrap();
        for (name, value) in change.as_object().unwrap() {
            members.insert(name.clone(), value.clone());
        }
        key
    }

    fn read(keys: &[Value]) -> Result<KeySet, KeySetError> {
        KeySet::parse(json!({"keys": keys}).to_string().as_bytes())
    }

    #[test]
    fn keys_that_http_apis_take_are_found_by_their_ids() {
        let set = read(&[
            key(json!({"alg": "RS512", "use": "sig"})),
            key(json!({"kid": "b", "n": modulus(4096)})),
            key(json!({"kid": "c", "kty": "EC", "crv": "P-256"})),
            key(json!({"kid": "d", "use": "enc"})),
            key(json!({"kid": "e", "alg": "PS256"})),
            json!({"kty": "RSA", "n": modulus(2048), "e": "AQAB"}),
        ]);
        let set = set.unwrap();
        assert_eq!(set.find("a").unwrap().algorithm, Some(Algorithm::Rs512));
        assert_eq!(set.find("b").unwrap().algorithm, None);
        for passed_over in ["c", "d", "e", ""] {
            assert_eq!(set.find(passed_over), None, "{passed_over}");
        }
        assert_eq!(format!("{set:?}"), r#"{"a", "b"}"#);
    }

    #[test]
    fn what_is_no_key_set_is_refused() {
        let check = |found: Result<KeySet, KeySetError>, expected: &str| {
            let error = found.expect_err(expected).to_string();
            assert!(error.starts_with(expected), "{error}");
        };
        let too_long = " ".repeat(KEY_SET_BYTES + 1);
        check(KeySet::parse(too_long.as_bytes()), "it has more than 150000 bytes");
        // Of what has no end no more is read than it takes to say so.
        check(KeySet::read(io::repeat(b' ')), "it has more than 150000 bytes");
        for text in [&b"keys"[..], b"\xff"] {
            check(KeySet::read(text), "it is not JSON");
        }
        for text in ["[]", "{}", r#"{"keys": {}}"#, r#"{"keys": [1]}"#] {
            check(KeySet::parse(text.as_bytes()), "expected a JWK Set: {");
        }
        check(read(&[]), "none of its keys is an RSA key for signatures");
        check(read(&[key(json!({"kty": "oct", "k": "AQAB"}))]), "keys[0] is a private key");
        for member in PRIVATE_MEMBERS {
            let private = key(json!({"kid": "b", member: "AQAB"}));
            check(read(&[key(json!({})), private]), "keys[1] is a private");
        }
        check(read(&[key(json!({})), key(json!({}))]), "keys[1].kid is also the id of an earlier");
        for (member, wrong) in
            [("n", json!("")), ("n", json!(1)), ("e", json!("A+AB")), ("e", json!(null))]
        {
            let expected = format!("keys[0].{member}: expected an unsigned number in base64url");
            check(read(&[key(json!({member: wrong}))]), &expected);
        }
        for wrong in [
            json!({"n": modulus(512)}),
            json!({"n": modulus(16_384)}),
            json!({"n": BASE64_URL_SAFE_NO_PAD.encode([0xfe; 256])}),
            json!({"e": "AQAC"}),
            json!({"e": "AQ"}),
        ] {
            check(read(&[key(wrong)]), "keys[0]: expected an RSA key of 1,024 to 8,192 bits");
        }
    }
}
