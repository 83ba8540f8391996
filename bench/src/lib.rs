//! What Countersign costs, measured beside what one would use instead: `cargo xtask bench`.
//!
//! - [`areas`]: what can be measured, in order;
//! - [`lambda`]: the functions, cold and warm;
//! - [`report`]: tables, and what they are measured against;
//! - [`text`]: tables as people read them;
//! - [`results`]: where tables are kept;
//! - [`machine`]: on what they were measured;
//! - [`signing`]: signing and verifying a URL;
//! - [`workplace`]: what is built and installed, and how long a run may take.

pub mod areas;
pub mod lambda;
pub mod machine;
pub mod report;
pub mod results;
pub mod signing;
pub mod text;
pub mod workplace;

/// What a measurement may fail with, as when a program does not start.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
