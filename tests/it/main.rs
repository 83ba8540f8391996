//! The end-to-end tests: real programs, real sockets, one module a story.
//!
//! - `echo`: the happy path, what an echo holds, pings, disconnects

mod echo;
