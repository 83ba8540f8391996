//! What Countersign costs, measured beside what one would use instead: `cargo xtask bench`.
//!
//! - [`lambda`]: the functions, cold and warm;
//! - [`report`]: tables, and what they are measured against;
//! - [`workplace`]: what is built and installed, and how long a run may take.

pub mod lambda;
pub mod report;
pub mod workplace;

/// What a measurement may fail with, as when a program does not start.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
