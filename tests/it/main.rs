//! The end-to-end tests: real programs, real sockets, one module a story.
//!
//! - `command`: the `countersign` command: options, messages, exit codes
//! - `echo`: the happy path, what an echo holds, pings, disconnects
//! - `house`: which room may use what, and how its files look
//! - `processes`: told to stop, the command ends every process that it has started
//! - `secrets`: what all programs log at their most talkative
//! - `surroundings`: what the person who runs it has configured for AWS changes nothing

mod command;
mod echo;
mod house;
#[cfg(target_os = "linux")]
mod processes;
mod secrets;
mod surroundings;
