//! The policy language: documents read strictly, requests decided by them.
//!
//! [`parse`] turns JSON into a [`document`]; [`evaluate`] decides. Sources: IAM User Guide, "Policy
//! evaluation logic", "IAM JSON policy element reference", "Grammar of the IAM JSON policy language".

pub(crate) mod condition;
pub(crate) mod document;
pub(crate) mod error;
pub(crate) mod evaluate;
pub(crate) mod json;
pub(crate) mod operator;
pub(crate) mod parse;
pub(crate) mod pattern;
pub(crate) mod variables;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod witness;
