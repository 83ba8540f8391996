//! The harness of the end-to-end tests: a stack of the real template with the real Lambda programs,
//! and clients that say exactly what a test wants on the wire.
//!
//! - [`programs`]: the programs, built once by the code that `countersign run` uses
//! - [`stack`]: a running stack, with its clock, faults and logs in the test's hands
//! - [`http`]: an HTTP client that sends what it is given, byte for byte
//! - [`websocket`]: a handshake and a conversation, likewise
//! - [`template`]: copies of the template with one thing changed
//! - [`waiting`]: for what must come true

#![expect(clippy::print_stderr, reason = "a failed test shows what the programs said")]

pub mod http;
pub mod programs;
pub mod stack;
pub mod template;
pub mod waiting;
pub mod websocket;
