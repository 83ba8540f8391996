//! What goes over the wire, byte for byte: a request, a handshake, frames.
//!
//! - `address`: where a URL leads, and the signed URL that hides itself
//! - `connection`: TCP, with TLS where the URL asks for it
//! - `http`: a request and its answer
//! - `websocket`: a handshake and what follows it

pub(super) mod address;
mod connection;
pub(super) mod http;
pub(super) mod websocket;

use std::io;
use std::time::Duration;

use super::repeat::Passing;
use super::report;
use http::Reply;

/// How long an answer is waited for: longer than API Gateway waits for an integration, which is 29 seconds
/// (API Gateway Developer Guide, "Quotas for running a WebSocket API").
const PATIENCE: Duration = Duration::from_secs(35);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum WireError {
    /// The host cannot be reached.
    #[error("cannot connect to {host}")]
    Connect {
        /// Host and port.
        host: String,
        #[source]
        source: io::Error,
    },
    /// TLS was not agreed upon.
    #[error("no TLS with {host}")]
    Tls {
        /// Host and port.
        host: String,
        #[source]
        source: io::Error,
    },
    /// The machine has no roots of trust.
    #[error("the machine's certificates cannot be used: {0}")]
    Roots(String),
    /// The connection ended or broke before the answer was there.
    #[error("the connection was cut")]
    Cut(#[source] io::Error),
    /// Nothing came in time.
    #[error("no answer within {} seconds", PATIENCE.as_secs())]
    Late,
    /// 429, and again after each wait.
    #[error("429: the stack throttles")]
    Throttled,
    /// Something behind the API is not ready, or fails: 500, 502, 503, 504.
    #[error("{}", report::reply(.0))]
    Failed(Reply),
    /// The answer is none of HTTP, or of WebSocket.
    #[error("the answer cannot be read: {0}")]
    Malformed(&'static str),
}

impl Passing for WireError {
    fn is_throttled(&self) -> bool {
        matches!(self, Self::Throttled)
    }

    fn is_passing(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Cut(_) | Self::Late | Self::Failed(_) => true,
            Self::Tls { .. } | Self::Roots(_) | Self::Throttled | Self::Malformed(_) => false,
        }
    }
}

/// The answer, if it says something of what was asked.
fn telling(reply: Reply) -> Result<Reply, WireError> {
    match reply.status {
        429 => Err(WireError::Throttled),
        500 | 502 | 503 | 504 => Err(WireError::Failed(reply)),
        _ => Ok(reply),
    }
}

/// Waits for `future` as long as an answer is waited for.
async fn patiently<T>(future: impl Future<Output = Result<T, WireError>>) -> Result<T, WireError> {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or(Err(WireError::Late))
}
