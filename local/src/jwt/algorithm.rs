//! The algorithms by which tokens may be signed: RSA with PKCS #1 v1.5 padding.
//! (RFC 7518, section 3.3; "only RSA-based algorithms are supported", says the page of the authorizer)

use std::fmt;

use rsa::pkcs1v15::{Signature, SigningKey, VerifyingKey};
use rsa::rand_core::CryptoRng;
use rsa::signature::{RandomizedSigner, SignatureEncoding, Verifier};
use rsa::{RsaPrivateKey, RsaPublicKey};
use sha2::{Sha256, Sha384, Sha512};

/// An algorithm that is taken. `Display` gives its name in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// With SHA-256.
    Rs256,
    /// With SHA-384.
    Rs384,
    /// With SHA-512.
    Rs512,
}

/// The names of all others that RFC 7518, section 3.1, and RFC 8037 register. (Whether HTTP APIs take `PS…`, which
/// are RSA's too, is not published; one report has them take `RS…` alone.)
const OTHERS: [&str; 11] = [
    "none", "HS256", "HS384", "HS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512",
    "EdDSA",
];

/// What an unregistered name is called.
const UNKNOWN: &str = "unknown";

impl Algorithm {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Rs256, Self::Rs384, Self::Rs512];

    /// The algorithm of this name.
    ///
    /// # Errors
    ///
    /// The name of another registered algorithm, or `unknown`: never a text of the caller's.
    pub fn named(name: &str) -> Result<Self, &'static str> {
        let other = || OTHERS.into_iter().find(|other| *other == name).unwrap_or(UNKNOWN);
        Self::ALL.into_iter().find(|known| known.name() == name).ok_or_else(other)
    }

    /// Its name in a header.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
        }
    }

    /// Whether `signature` is one of `message` by the owner of `key`.
    pub fn verifies(self, key: &RsaPublicKey, message: &[u8], signature: &[u8]) -> bool {
        let Ok(signature) = Signature::try_from(signature) else { return false };
        let key = key.clone();
        match self {
            Self::Rs256 => VerifyingKey::<Sha256>::new(key).verify(message, &signature),
            Self::Rs384 => VerifyingKey::<Sha384>::new(key).verify(message, &signature),
            Self::Rs512 => VerifyingKey::<Sha512>::new(key).verify(message, &signature),
        }
        .is_ok()
    }

    /// The signature of `message`. The random bytes hide from a clock what is computed; they do not change it.
    ///
    /// # Errors
    ///
    /// When the key cannot sign.
    pub fn sign(
        self,
        key: &RsaPrivateKey,
        message: &[u8],
        random: &mut impl CryptoRng,
    ) -> Result<Box<[u8]>, rsa::signature::Error> {
        let key = key.clone();
        let signature = match self {
            Self::Rs256 => SigningKey::<Sha256>::new(key).try_sign_with_rng(random, message),
            Self::Rs384 => SigningKey::<Sha384>::new(key).try_sign_with_rng(random, message),
            Self::Rs512 => SigningKey::<Sha512>::new(key).try_sign_with_rng(random, message),
        }?;
        Ok(signature.to_bytes())
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_count_in_exactly_their_case() {
        let check = |name, expected| assert_eq!(Algorithm::named(name), expected, "{name}");
        for algorithm in Algorithm::ALL {
            check(algorithm.name(), Ok(algorithm));
        }
        for other in OTHERS {
            check(other, Err(other));
        }
        for unregistered in ["", "rs256", "RS256 ", "None", "NONE", "RS1", "\"\r\n"] {
            check(unregistered, Err("unknown"));
        }
    }
}
