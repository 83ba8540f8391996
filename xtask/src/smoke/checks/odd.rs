//! What came of something odd: nobody has published what AWS does, so anything may come, the end of the connection too.

use super::said;
use crate::chain::chain;
use crate::smoke::record::Trouble;
use crate::smoke::wire::WireError;
use crate::smoke::wire::http::Reply;
use crate::smoke::wire::websocket::{Answer, Event};

/// What came of it.
pub(super) enum Odd {
    /// A connection.
    Open,
    /// An answer.
    Answered(Reply),
    /// The end of the connection, or nothing that can be read.
    Ended(String),
}

impl Odd {
    /// Of a handshake.
    pub(super) fn of_handshake(outcome: Result<Answer, Trouble>) -> Result<Self, Trouble> {
        match outcome {
            Ok(Answer::Open(_)) => Ok(Self::Open),
            Ok(Answer::Refused(reply)) => Ok(Self::Answered(reply)),
            Err(Trouble::Wire(error)) => Self::of_error(error),
            Err(trouble) => Err(trouble),
        }
    }

    /// Of a request.
    pub(super) fn of_request(outcome: Result<Reply, Trouble>) -> Result<Self, Trouble> {
        Self::of_handshake(outcome.map(Answer::Refused))
    }

    /// Where nobody was reached, nothing came of it.
    fn of_error(error: WireError) -> Result<Self, Trouble> {
        match error {
            WireError::Failed(reply) => Ok(Self::Answered(reply)),
            error @ (WireError::Cut(_) | WireError::Malformed(_) | WireError::Late) => {
                Ok(Self::Ended(chain(&error)))
            }
            error @ (WireError::Connect { .. }
            | WireError::Tls { .. }
            | WireError::Roots(_)
            | WireError::Throttled) => Err(Trouble::Wire(error)),
        }
    }

    /// The answer, if it has this status.
    pub(super) fn is(&self, status: u16) -> bool {
        matches!(self, Self::Answered(reply) if reply.status == status)
    }

    /// In words.
    pub(super) fn said(&self, what: &str) -> String {
        match self {
            Self::Open => format!("{what}: a connection opened"),
            Self::Answered(reply) => said(what, reply),
            Self::Ended(how) => format!("{what}: {how}"),
        }
    }
}

/// What comes after a message, in words. Nothing of it is promised.
pub(super) fn event(event: Option<&Event>) -> String {
    match event {
        None => "nothing came".to_owned(),
        Some(Event::Message { payload, .. }) => {
            let json: serde_json::Value = serde_json::from_slice(payload).unwrap_or_default();
            match json["message"].as_str().filter(|_| json["requestId"].is_string()) {
                Some(words) => format!("answered \"{words}\""),
                None => "another message came".to_owned(),
            }
        }
        Some(Event::Pong(_)) => "a pong came".to_owned(),
        Some(Event::Closed(Some((code, reason)))) => format!("closed with {code} \"{reason}\""),
        Some(Event::Closed(None)) => "closed without a code".to_owned(),
        Some(Event::Cut) => "the connection was cut".to_owned(),
    }
}
