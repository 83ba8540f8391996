//! Plays WebSocket APIs: the handshake, the messages of an open connection, its end.
//!
//! - [`handshake`]: signature, policy, `$connect`, and only then the 101
//! - [`session`]: one open connection
//! - [`registry`]: all of them, for `@connections`
//! - [`routes`]: invoking the three routes' functions
//! - [`refusal`]: what a refused handshake is told

mod answer;
pub mod handshake;
pub mod refusal;
pub mod registry;
mod routes;
pub mod session;
