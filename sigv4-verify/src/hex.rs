//! Lower-case hexadecimal, and the SHA-256 that Signature Version 4 writes in it.

use sha2::{Digest, Sha256};

const LOWER_HEX: &[u8; 16] = b"0123456789abcdef";

/// 32 bytes as 64 digits.
pub(crate) fn encode(bytes: &[u8; 32]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 0xF])
        .map(|nibble| char::from(LOWER_HEX[usize::from(nibble)]))
        .collect()
}

/// The SHA-256 of `bytes` as 64 digits.
pub fn sha256(bytes: &[u8]) -> String {
    encode(&Sha256::digest(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_of_nothing() {
        assert_eq!(sha256(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn sha256_of_a_text() {
        assert_eq!(
            sha256(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
