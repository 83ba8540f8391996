//! Plays WebSocket APIs: the handshake, the messages of an open connection, its end.
//!
//! - [`gateway`]: one API at its listener
//! - `handshake`: signature, policy, `$connect`, and only then the 101
//! - `admitted`: the duty to tell `$disconnect`
//! - `conversation`: an open connection and the functions
//! - [`session`]: an open connection and its socket
//! - [`registry`]: all of them, for `@connections`
//! - `routes`: invoking the three routes' functions
//! - [`refusal`]: what a refused handshake is told

mod admitted;
mod answer;
mod conversation;
pub mod gateway;
mod handshake;
pub mod refusal;
pub mod registry;
mod routes;
pub mod session;
