//! What Countersign costs, measured beside what one would use instead: `cargo xtask bench`.
//!
//! - [`areas`]: what can be measured, in order;
//! - [`gateway`]: handshakes, echoes and open connections, of `countersign run` and of what one would use instead;
//! - [`lambda`]: the functions, cold and warm;
//! - [`percentile`]: what half, or nearly all, of the samples stay under;
//! - [`pinning`]: on which processor something runs, and how many files it may open;
//! - [`process`]: what the kernel says of a process: its time, its memory, its children;
//! - [`report`]: tables, and what they are measured against;
//! - [`text`]: tables as people read them;
//! - [`results`]: where tables are kept;
//! - [`machine`]: on what they were measured;
//! - [`signing`]: signing and verifying a URL;
//! - [`size`]: how large the functions are;
//! - [`workplace`]: what is built and installed, and how long a run may take.

pub mod areas;
pub mod gateway;
pub mod lambda;
pub mod machine;
pub mod percentile;
pub mod pinning;
pub mod process;
pub mod report;
pub mod results;
pub mod signing;
pub mod size;
pub mod text;
pub mod workplace;

/// What a measurement may fail with, as when a program does not start.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
