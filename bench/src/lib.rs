//! What Countersign costs, measured beside what one would use instead: `cargo xtask bench`.
//!
//! - [`report`]: tables, and what they are measured against;
//! - [`size`]: how large the functions are;
//! - [`workplace`]: what is built and installed, and how long a run may take.

pub mod report;
pub mod size;
pub mod workplace;

/// What a measurement may fail with, as when a program does not start.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
