//! Area `signing`: what signing and verifying one URL costs, beside other signers and a floor.
//!
//! - [`case`]: what is signed, and how it grows;
//! - [`ours`], [`bare`], [`floor`]: our signer and verifier, `aws-sigv4` by itself, and the least that is possible.

pub mod bare;
pub mod case;
pub mod floor;
pub mod ours;
#[cfg(test)]
mod tests;
