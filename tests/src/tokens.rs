//! An issuer of the tests' own: a key, its key set, and tokens with anything in them.

use std::convert::Infallible;
use std::sync::OnceLock;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use local::jwt::algorithm::Algorithm;
use local::jwt::key_set::KeySet;
use rsa::RsaPrivateKey;
use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::traits::PublicKeyParts;
use serde_json::{Value, json};

/// The issuer that the tests' tokens name.
pub const ISSUER: &str = "https://tokens.example.com/";
/// The audience of the stacks under test.
pub const AUDIENCE: &str = "countersign";
/// The id of its key.
pub const KEY_ID: &str = "of-the-tests";

/// A key of 2,048 bits.
pub struct Key(RsaPrivateKey);

impl Key {
    /// The issuer's. It takes a while to make: there is one for all tests.
    pub fn of_the_issuer() -> &'static Self {
        static KEY: OnceLock<Key> = OnceLock::new();
        KEY.get_or_init(Self::make)
    }

    /// Another one.
    pub fn of_nobody() -> &'static Self {
        static KEY: OnceLock<Key> = OnceLock::new();
        KEY.get_or_init(Self::make)
    }

    fn make() -> Self {
        Self(RsaPrivateKey::new(&mut Random, 2048).unwrap())
    }

    /// `n`, big-endian.
    pub fn modulus(&self) -> Vec<u8> {
        self.0.n_bytes().into_vec()
    }

    /// Its key set, as an issuer publishes it.
    pub fn published(&self) -> Value {
        let n = BASE64_URL_SAFE_NO_PAD.encode(self.modulus());
        json!({"keys": [{"kty": "RSA", "use": "sig", "kid": KEY_ID, "n": n, "e": "AQAB"}]})
    }

    /// The same as `local` reads it.
    pub fn key_set(&self) -> KeySet {
        KeySet::parse(self.published().to_string().as_bytes()).unwrap()
    }

    /// The signature of a text.
    pub fn sign(&self, algorithm: Algorithm, text: &str) -> Vec<u8> {
        algorithm.sign(&self.0, text.as_bytes(), &mut Random).unwrap().into_vec()
    }

    /// A token by RS256 with these claims.
    pub fn token(&self, claims: &Value) -> String {
        let header = json!({"alg": "RS256", "kid": KEY_ID});
        token(&header, claims, |signed| self.sign(Algorithm::Rs256, signed))
    }
}

/// A token, whatever its header says, with the signature that is made of its first two parts.
pub fn token(header: &Value, claims: &Value, sign: impl FnOnce(&str) -> Vec<u8>) -> String {
    let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(header), encode(claims));
    let signature = BASE64_URL_SAFE_NO_PAD.encode(sign(&signed));
    format!("{signed}.{signature}")
}

struct Random;

impl TryRng for Random {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        getrandom::fill(bytes).expect("the system gives random bytes");
        Ok(())
    }
}

impl TryCryptoRng for Random {}
