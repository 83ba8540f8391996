//! The Lambda behind `$disconnect`: forgets the connection.
//!
//! API Gateway tells of a closed connection as well as it can: late, never or more than once. So a
//! connection that is not there is no error, and one that is never told of is forgotten by the
//! table's TTL. An event of another type fails the invocation: a message can name any route where the
//! API selects by what it says. The reply is `{"statusCode":200}`; a store that does not answer fails the invocation,
//! and Lambda counts an error. What is forgotten is counted as `Disconnected` ([`lambda_entry::metrics`]), also
//! where it was not there any more.
//!
//! | variable | meaning | required | default | example |
//! |---|---|---|---|---|
//! | `CONNECTIONS_TABLE` | table of connections | yes | | `countersign-Connections` |
//!
//! Those of [`lambda_entry`] come on top.

mod config;
mod event;
mod handler;

pub use config::Config;
pub use event::DisconnectEvent;
pub use handler::handle;
