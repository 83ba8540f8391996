//! What Countersign costs, measured beside what one would use instead: `cargo xtask bench`.
//!
//! - [`report`]: tables, and what they are measured against;
//! - [`signing`]: signing and verifying a URL;
//! - [`workplace`]: what is built and installed, and how long a run may take.

pub mod report;
pub mod signing;
pub mod workplace;

/// What a measurement may fail with, as when a program does not start.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
