//! How other `countersign` commands ask a running `countersign run`: by a socket in the file system.
//!
//! Not by a port: any page in a browser can send requests to a port of loopback. The socket has mode
//! 0600, in a directory of mode 0700, so that it is the user's own programs who ask.
//!
//! One connection is one question: a line of JSON, a [`Request`], and a line of JSON back, `{"ok":…}` or
//! `{"error":"…"}`. Both are bounded. No secret key, token or signature ever goes back over it.
//!
//! - [`directory`]: where the sockets are, and that it is the user's own
//! - [`server`]: the side of the running stack
//! - [`client`]: the side of the other command

pub mod client;
pub mod directory;
pub mod server;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What can be asked: `{"request":"permissions"}`
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(tag = "request", rename_all = "camelCase", deny_unknown_fields)]
pub enum Request {
    /// Which of the granted permissions were used, and how often.
    Permissions {},
}

/// What is answered.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
enum Answer {
    /// What was asked for.
    Ok(Value),
    /// Why not, in words for a person.
    Error(String),
}

/// Bytes of a request: a URL several times as long as API Gateway's limit fits in.
const REQUEST_BYTES: usize = 64 * 1024;

/// Bytes of an answer: a template of CloudFormation's full size has fewer permissions.
const ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// How long one side waits for the other: both are on one machine.
const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests;
