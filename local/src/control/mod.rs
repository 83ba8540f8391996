//! How other `countersign` commands ask a running `countersign run`: by a socket in the file system.
//!
//! Not by a port: any page in a browser can send requests to a port of loopback. The socket has mode
//! 0600, in a directory of mode 0700, so that it is the user's own programs who ask.
//!
//! One connection is one question: a line of JSON, a [`Request`], and a line of JSON back, `{"ok":…}` or
//! `{"error":"…"}`. Both are bounded. No secret key or signature ever goes back over it, and of tokens only the one of
//! the development issuer that was asked for.
//!
//! - [`directory`]: where the sockets are, and that it is the user's own
//! - [`server`], [`answers`]: the side of the running stack
//! - [`client`]: the side of the other command

pub mod answers;
pub mod client;
pub mod directory;
mod explain;
pub mod server;

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::explain::INPUT_BYTES;
use crate::jwt::development::Wanted;

/// What can be asked: `{"request":"permissions"}`
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(tag = "request", rename_all = "camelCase", deny_unknown_fields)]
pub enum Request {
    /// Which of the granted permissions were used, and how often.
    Permissions {},
    /// What would become of a presigned URL: a [`Report`](crate::explain::report::Report).
    Explain {
        /// The URL, as it was pasted.
        url: PastedUrl,
        /// When it is used, in seconds since 1970; by default at the time of the stack's clock.
        at: Option<i64>,
        /// The region of the API; by default that of the stack.
        region: Option<String>,
        /// The `Host` that the client sends; by default that of the URL.
        host: Option<String>,
    },
    /// A token of the development issuer: an [`IssuedToken`](crate::jwt::development::IssuedToken).
    Token(Wanted),
}

/// A text that may be a signed URL: `Debug` hides it.
#[derive(Clone, Deserialize, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PastedUrl(pub String);

impl fmt::Debug for PastedUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(hidden)")
    }
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

/// Bytes of a request: a text to be explained, each byte of which JSON may write as `\u0000`, and what is beside it.
const REQUEST_BYTES: usize = 6 * INPUT_BYTES + 4 * 1024;

/// Bytes of an answer: a template of CloudFormation's full size has fewer permissions.
const ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// How long one side waits for the other: both are on one machine.
const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests;
