//! The signing key: derived from the secret key for one day, one region and one service.
//!
//! Source: IAM User Guide, "Create a signed AWS API request", step 4.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::credential::{CredentialScope, TERMINATOR};
use crate::hex;
use crate::secret::{Hidden, SecretKey};

/// A key that signs strings of one scope. Wiped from memory when dropped.
#[derive(Clone)]
pub struct SigningKey(Zeroizing<[u8; 32]>);

impl SigningKey {
    /// Derives the key.
    pub fn derive(secret: &SecretKey, scope: &CredentialScope<'_>) -> Self {
        let mut first = Zeroizing::new(String::with_capacity(4 + secret.expose().len()));
        first.push_str("AWS4");
        first.push_str(secret.expose());
        let day = hmac(first.as_bytes(), scope.day);
        let region = hmac(&*day, scope.region);
        let service = hmac(&*region, scope.service);
        Self(hmac(&*service, TERMINATOR))
    }

    /// The signature of a string: 64 lower-case hexadecimal digits.
    pub fn sign(&self, string_to_sign: &str) -> Hidden<'static> {
        Hidden::new(hex::encode(&hmac(&*self.0, string_to_sign)))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(hidden)")
    }
}

fn hmac(key: &[u8], message: &str) -> Zeroizing<[u8; 32]> {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    hmac.update(message.as_bytes());
    Zeroizing::new(hmac.finalize().into_bytes().into())
}
