//! Where random bytes come from, and texts made of them.

/// Fills a buffer with random bytes. In production [`operating_system_randomness`]; a test may count.
pub type Randomness = Box<dyn Fn(&mut [u8]) -> Result<(), RandomnessError> + Send + Sync>;

/// No random bytes could be had.
#[derive(Debug, thiserror::Error)]
#[error("no random bytes could be had")]
pub struct RandomnessError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl RandomnessError {
    /// Wraps the reason.
    pub fn new(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(reason.into())
    }
}

/// The operating system's generator.
pub fn operating_system_randomness() -> Randomness {
    Box::new(|buffer| getrandom::fill(buffer).map_err(RandomnessError::new))
}

/// `LENGTH` characters of `A`–`Z` and `2`–`7`, the alphabet of AWS's identifiers.
pub(crate) fn identifier<const LENGTH: usize>(
    randomness: &Randomness,
) -> Result<String, RandomnessError> {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut bytes = [0; LENGTH];
    randomness(&mut bytes)?;
    Ok(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect())
}
