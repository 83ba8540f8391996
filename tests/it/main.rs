//! The end-to-end tests: real programs, real sockets, one module a story.
//!
//! - `echo`: the happy path, what an echo holds, pings, disconnects
//! - `surroundings`: what the person who runs it has configured for AWS changes nothing

mod echo;
mod surroundings;
