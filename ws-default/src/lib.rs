//! The Lambda behind `$default`: echoes, with what is stored of the connection.
//!
//! What comes in is a text message; what goes out is posted to the connection as one text frame:
//!
//! | message | frame |
//! |---|---|
//! | `{"type":"ping","id":ID}` | `{"type":"pong","id":ID}`, without reading the table |
//! | any other | `{"message":TEXT,"connection":{"connectionId","connectedAt","granted","requested"},"requestId"}` |
//! | any other, of a connection that is not stored or past its time | `{"error":"unknown_connection","requestId"}` |
//! | one whose frame would be longer than [`MAXIMUM_FRAME_BYTES`] | `{"error":"message_too_large","requestId"}` |
//!
//! `ID` is any JSON value, given back as it was written; a ping without one gets a pong without one.
//! An object with any other key is no ping, and is echoed. `TEXT` is the message as it came,
//! `connectedAt` milliseconds since the epoch, `granted` and `requested` objects of strings.
//!
//! A connection that turns out to be gone when it is posted to is removed from the table. The reply to
//! API Gateway is `{"statusCode":200}` in all these cases. A fault of ours fails the invocation
//! ([`MessageError`]): API Gateway, which ignores the status of a reply on this route, then sends the
//! client its own frame `{"message": "Internal server error", …}`, and Lambda counts an error.
//!
//! Echoes are counted as `Echoed`, connections that are gone as `Gone` ([`lambda_entry::metrics`]); pongs and
//! the frames with an `error` are not.
//!
//! | variable | meaning | required | default | example |
//! |---|---|---|---|---|
//! | `CONNECTIONS_TABLE` | table of connections | yes | | `countersign-Connections` |
//! | `CONNECTIONS_URL` | where connections are posted to: `https`, or `http` for loopback; origin and stage | yes | | `https://abc123.execute-api.eu-west-1.amazonaws.com/prod` |
//!
//! Those of [`lambda_entry`] come on top.

mod config;
mod connections_url;
mod event;
mod frame;
mod handler;
mod posting;

pub use config::Config;
pub use connections_url::{ConnectionsUrl, InvalidConnectionsUrl};
pub use event::{MalformedBody, MessageEvent};
pub use frame::MAXIMUM_FRAME_BYTES;
pub use handler::{MessageError, handle};
pub use posting::{ConnectionsApi, PostError, PostToConnection, Posted};
