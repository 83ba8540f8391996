//! What a watcher is told: the lines of JSON that the page reads.

use serde::Serialize;

use crate::report::Broken;

/// Something that happened in a handshake: a line of JSON, `{"event":"arrived","handshake":ID,…}`
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event<'a> {
    /// A request came.
    Arrived {
        /// Its request id, which names the handshake in every further line.
        handshake: &'a str,
        /// When, in milliseconds since 1970.
        at: i64,
        /// `GET`
        method: &'a str,
        /// The URL without its secrets.
        url: &'a str,
        /// Its headers, without secrets.
        headers: &'a [(String, String)],
    },
    /// The signature was looked at.
    Judged {
        /// Whose.
        handshake: &'a str,
        /// Every rule of the signature, in AWS's order, and what was found.
        rules: &'a [Judgement],
        /// The canonical request, line by line, if it could be written.
        canonical_request: Option<&'a [String]>,
        /// The string to sign, likewise.
        string_to_sign: Option<&'a [String]>,
    },
    /// The policies were asked.
    Decided {
        /// Whose.
        handshake: &'a str,
        /// The caller's ARN.
        principal: &'a str,
        /// `execute-api:Invoke`
        action: &'a str,
        /// An ARN.
        resource: &'a str,
        /// AWS's words where it is denied.
        denied: Option<&'a str>,
    },
    /// `$connect`'s function is asked.
    Invoked {
        /// Whose.
        handshake: &'a str,
        /// The function's name.
        function: &'a str,
        /// The connection's id.
        connection_id: &'a str,
        /// The event, without secrets.
        payload: &'a serde_json::Value,
    },
    /// A function wrote a line that names the connection.
    Logged {
        /// Whose.
        handshake: &'a str,
        /// The function's name.
        function: &'a str,
        /// The line.
        line: &'a str,
    },
    /// `$connect`'s function has answered, or has not.
    Answered {
        /// Whose.
        handshake: &'a str,
        /// The answer.
        answer: Option<&'a serde_json::Value>,
        /// Why there is none.
        error: Option<&'a str>,
    },
    /// An item of a table whose key is the connection's id.
    Stored {
        /// Whose.
        handshake: &'a str,
        /// The table's name.
        table: &'a str,
        /// The item, in DynamoDB's JSON.
        item: &'a serde_json::Value,
    },
    /// The handshake was answered.
    Ended {
        /// Whose.
        handshake: &'a str,
        /// 101, or that of the refusal.
        status: u16,
        /// Why it was refused.
        refusal: Option<&'a Broken>,
    },
    /// The client went away before it was answered. What its function does is told all the same.
    Gone {
        /// Whose.
        handshake: &'a str,
    },
    /// The connection is over, and `$disconnect` has run.
    Disconnected {
        /// Whose.
        handshake: &'a str,
        /// RFC 6455's close code.
        status_code: u16,
        /// The reason that goes with it.
        reason: &'a str,
        /// How many items of [`Event::Stored`] are still there; `null` where that could not be read in time.
        left: Option<usize>,
    },
}

/// A rule of the signature, and what was found.
#[derive(Clone, Debug, Serialize)]
pub struct Judgement {
    /// Its number.
    pub number: u8,
    /// A sentence that holds when it is kept.
    pub name: &'static str,
    /// How it ended.
    pub status: Status,
    /// What was found, if it is broken; without secrets.
    pub found: Option<String>,
}

/// How a rule ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// It is kept.
    Kept,
    /// It is broken.
    Broken,
    /// It could not be looked at, as something before it is broken.
    NotChecked,
}
