//! A signed URL that was changed opens nothing, and ws-connect never hears of it. What the
//! canonical form of Signature Version 4 makes equal is no change: those are listed as well.
//!
//! - `characters`: every character of path and query
//! - `parameters`: each parameter, whole
//! - `host`: the host, and headers that carry a signature
//! - `equal`: what looks different and is not

mod characters;
mod equal;
mod host;
mod parameters;

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};
use tests::stack::Stack;
use tests::websocket::{self, split_url};
use url::form_urlencoded;

/// A stack, and a signed URL for it.
struct Signed {
    stack: Stack,
    authority: String,
    target: String,
}

impl Signed {
    async fn new() -> Self {
        let stack = Stack::start().await;
        let (authority, target) = split_url(&stack.sign(parameters()).await);
        Self { stack, authority, target }
    }

    /// The path, and the parameters as they stand in the query.
    fn parts(&self) -> (&str, Vec<&str>) {
        let (path, query) = self.target.split_once('?').unwrap();
        (path, query.split('&').collect())
    }

    /// Every attempt is refused before ws-connect is asked. After all of them the URL itself still
    /// opens a connection: none has spent its nonce.
    async fn check_refused(self, attempts: Vec<Attempt>) {
        let Self { stack, authority, target } = self;
        assert!(!attempts.is_empty());
        futures_util::stream::iter(attempts)
            .for_each_concurrent(8, async |attempt| {
                // Of thousands none is one too many for `$connect`, which takes ten a millisecond.
                stack.clock.advance(Duration::from_millis(1));
                let headers: Vec<_> =
                    attempt.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
                let outcome = websocket::open_raw(&authority, &attempt.target, &headers).await;
                let status = outcome.map_or_else(|reply| reply.status, |_| 101);
                assert_eq!(status, attempt.status, "{}", attempt.change);
            })
            .await;
        assert_eq!(stack.invocations("ConnectFunction"), 0);
        assert!(stack.rows("ConnectionsTable").is_empty());
        assert!(stack.rows("NoncesTable").is_empty());
        let opened = websocket::open_raw(&authority, &target, &[]).await;
        assert!(opened.is_ok(), "the URL itself: {opened:?}");
        assert_eq!(stack.invocations("ConnectFunction"), 1);
        stack.stop().await;
    }
}

/// What is signed for: a space, characters of two and four bytes, what must be escaped, nothing.
fn parameters() -> Value {
    json!({"room": "lobby 7", "Na/me": "Zo\u{eb} \u{1f6aa}+'%", "empty": ""})
}

/// A handshake that is not the signed one.
struct Attempt {
    /// What was done to it.
    change: String,
    target: String,
    headers: Vec<(&'static str, String)>,
    /// What it is answered.
    status: u16,
}

impl Attempt {
    fn target(change: impl Into<String>, target: String) -> Self {
        // A target without a path makes a malformed request line, which the server itself refuses.
        let status = if target.starts_with('/') { 403 } else { 400 };
        Self { change: change.into(), target, headers: Vec::new(), status }
    }

    fn headers(change: &str, target: &str, headers: Vec<(&'static str, String)>) -> Self {
        Self { headers, ..Self::target(change, target.to_owned()) }
    }
}

/// What Signature Version 4 signs of a request-target: the path as it stands, and the parameters
/// decoded, in whatever order. Found without the verifier's own code.
fn meaning(target: &str) -> (&str, Vec<(String, String)>) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut parameters: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    parameters.sort();
    (path, parameters)
}
