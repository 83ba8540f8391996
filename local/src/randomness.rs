//! Randomness as an argument, and the identifiers that are made of it.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE;

/// The length of an id that API Gateway gives.
pub const GATEWAY_ID_CHARACTERS: usize = 16;

/// A source of random bytes. Clones share the source.
#[derive(Clone)]
pub struct Randomness(Arc<Fill>);

type Fill = dyn Fn(&mut [u8]) + Send + Sync;

impl Randomness {
    /// From a function that fills a buffer.
    pub fn new(fill: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    /// The operating system's generator.
    ///
    /// # Panics
    ///
    /// If the system has none, as nothing safe could be done then.
    pub fn operating_system() -> Self {
        Self::new(|bytes| {
            getrandom::fill(bytes).expect("the operating system gives random bytes");
        })
    }

    /// Fills a buffer with random bytes.
    pub fn fill(&self, bytes: &mut [u8]) {
        (self.0)(bytes);
    }

    /// Random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0)(&mut bytes);
        bytes
    }

    /// `LENGTH` characters of `A` to `Z` and `2` to `7`, the alphabet of IAM's unique ids.
    pub fn identifier<const LENGTH: usize>(&self) -> String {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let bytes = self.bytes::<LENGTH>();
        bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
    }

    /// An id as API Gateway gives to connections, requests and messages: [`GATEWAY_ID_CHARACTERS`], 15 of
    /// base64url and `=`.
    pub fn gateway_id(&self) -> String {
        BASE64_URL_SAFE.encode(self.bytes::<11>())
    }

    /// An id as API Gateway gives to a message of a connection. That its end is the connection's was seen in
    /// captures, and is written nowhere.
    pub fn message_id(&self, connection_id: &str) -> String {
        const SHARED_CHARACTERS: usize = 7;
        let end = connection_id.len().saturating_sub(SHARED_CHARACTERS);
        let mut id = self.gateway_id();
        id.truncate(id.len() - SHARED_CHARACTERS);
        id + &connection_id[end..]
    }

    /// A random UUID (RFC 9562, version 4), as Lambda, STS and DynamoDB number their requests.
    pub fn uuid(&self) -> String {
        let mut bytes = self.bytes::<16>();
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex = hex(&bytes);
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }

    /// A trace header's value: `Root=1-…`, as in `X-Amzn-Trace-Id`.
    pub fn trace_id(&self, epoch_seconds: i64) -> String {
        format!("Root=1-{epoch_seconds:08x}-{}", hex(&self.bytes::<12>()))
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0x0f)]).collect()
}

impl fmt::Debug for Randomness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Randomness")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operating_system_gives_different_bytes() {
        let randomness = Randomness::operating_system();
        assert_ne!(randomness.bytes::<32>(), randomness.bytes::<32>());
    }

    #[test]
    fn ids_have_the_forms_of_aws() {
        let zeros = Randomness::new(|bytes| bytes.fill(0));
        assert_eq!(zeros.gateway_id(), "AAAAAAAAAAAAAAA=");
        assert_eq!(zeros.message_id("WqXyzcbHDoECJrw="), "AAAAAAAAAoECJrw=");
        assert_eq!(zeros.uuid(), "00000000-0000-4000-8000-000000000000");
        assert_eq!(zeros.trace_id(0x6500_0000), "Root=1-65000000-000000000000000000000000");
        let ones = Randomness::new(|bytes| bytes.fill(0xff));
        assert_eq!(ones.uuid(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
