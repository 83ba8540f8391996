//! The heads of requests as they come over a connection, byte for byte: the server's own library
//! gives the names of headers in lower case, and keeps what they were to itself.
//!
//! It calls a service once for each head, in their order. So the heads wait here in theirs until the service
//! is called, and what lies between two of them is counted and not kept.
//!
//! Not every head is had: none from one on that is longer than `LONGEST_HEAD`, none behind a body that is not
//! counted by its Content-Length, and none of a connection on which more than `WAITING_HEADS` have waited. And
//! where a Content-Length comes twice, or with a Transfer-Encoding, the server reads other headers than were sent.

use std::collections::VecDeque;
use std::io::{self, BufRead};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Longer than any head that API Gateway takes. The other listeners take longer ones, where the names of
/// headers matter to nobody.
const LONGEST_HEAD: usize = 32 * 1024;

/// How many heads may wait: of requests that were sent without waiting for an answer.
const WAITING_HEADS: usize = 64;

/// What a connection has sent of heads, from the last one that was taken on.
#[derive(Default)]
pub struct Recording(Mutex<State>);

#[derive(Default)]
struct State {
    complete: VecDeque<RecordedHead>,
    next: Next,
}

/// What the next byte belongs to.
enum Next {
    /// A head, of which there is this.
    Head(Vec<u8>),
    /// A body, of which this much is still to come.
    Body(u64),
    /// Nobody here can say. Nothing more is recorded.
    Unknown,
}

impl Default for Next {
    fn default() -> Self {
        Self::Head(Vec::new())
    }
}

/// A head as it was sent: the request line and the headers, up to the blank line.
#[derive(Clone)]
pub struct RecordedHead(Vec<u8>);

impl Recording {
    /// The head of the request that the server has come to, if it was recorded. To be called once
    /// for each request.
    pub fn take(&self) -> Option<RecordedHead> {
        self.state().complete.pop_front()
    }

    /// Records nothing more, and holds nothing: what follows is no HTTP.
    pub fn stop(&self) {
        *self.state() = State { complete: VecDeque::new(), next: Next::Unknown };
    }

    /// Records what was read.
    pub fn record(&self, bytes: &[u8]) {
        self.state().record(bytes);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code that holds the lock can panic half-way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn record(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            match &mut self.next {
                Next::Head(head) => {
                    // Most heads come in one piece.
                    head.reserve(bytes.len());
                    // Of a slice this cannot fail; it finds the end many bytes at a time.
                    let _ = bytes.read_until(b'\n', head);
                    if head.ends_with(b"\n\r\n") || head.ends_with(b"\n\n") {
                        let head = RecordedHead(std::mem::take(head));
                        self.next = head.followed_by();
                        self.complete.push_back(head);
                    } else if matches!(head.as_slice(), b"\r\n" | b"\n") {
                        // Blank lines before a request are skipped (RFC 9112, section 2.2).
                        head.clear();
                    } else if head.len() > LONGEST_HEAD {
                        self.next = Next::Unknown;
                    }
                    if self.complete.len() > WAITING_HEADS {
                        *self = Self { complete: VecDeque::new(), next: Next::Unknown };
                    }
                }
                Next::Body(left) => {
                    let here = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                    *left -= here as u64;
                    bytes = &bytes[here..];
                    if *left == 0 {
                        self.next = Next::default();
                    }
                }
                Next::Unknown => return,
            }
        }
    }
}

impl RecordedHead {
    /// Every header in its order: the name as it was sent, the value without the blanks around it.
    pub fn headers(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let lines = self.0.split(|byte| *byte == b'\n').skip(1);
        lines.filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            Some((&line[..colon], line[colon + 1..].trim_ascii()))
        })
    }

    /// What comes behind it. Only what the server takes for a request matters here: at anything else
    /// it ends the connection.
    fn followed_by(&self) -> Next {
        let mut body = Next::default();
        for (name, value) in self.headers() {
            if name.eq_ignore_ascii_case(b"transfer-encoding") {
                return Next::Unknown;
            }
            if name.eq_ignore_ascii_case(b"content-length") {
                let length = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
                body = match length {
                    Some(0) => Next::default(),
                    Some(length) => Next::Body(length),
                    None => return Next::Unknown,
                };
            }
        }
        body
    }
}

/// A connection that records what is read from it.
pub struct RecordedStream<Stream> {
    stream: Stream,
    recording: Arc<Recording>,
}

impl<Stream> RecordedStream<Stream> {
    /// Records `stream` in `recording`.
    pub fn new(stream: Stream, recording: Arc<Recording>) -> Self {
        Self { stream, recording }
    }
}

impl<Stream: AsyncRead + Unpin> AsyncRead for RecordedStream<Stream> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.recording.record(&buffer.filled()[before..]);
        outcome
    }
}

impl<Stream: AsyncWrite + Unpin> AsyncWrite for RecordedStream<Stream> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of headers that were recorded, a line for each head, when `sent` arrives in pieces of every length.
    #[track_caller]
    fn check(sent: &str, expected: &[&str]) {
        for length in 1..=sent.len() {
            let recording = Recording::default();
            for piece in sent.as_bytes().chunks(length) {
                recording.record(piece);
            }
            let mut heads = Vec::new();
            while let Some(head) = recording.take() {
                let names = head.headers().map(|(name, _)| String::from_utf8_lossy(name));
                heads.push(names.collect::<Vec<_>>().join(" "));
            }
            assert_eq!(heads, expected, "{sent:?} in pieces of {length}");
        }
    }

    #[test]
    fn heads_are_kept_and_what_lies_between_is_not() {
        check("GET / HTTP/1.1\r\nHost: a\r\nX-cUstom: b:c\r\n\r\n", &["Host X-cUstom"]);
        check("GET / HTTP/1.1\nhost:a\n\n", &["host"]);
        check("GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nB: b\r\n\r\n", &["", "B"]);
        check(
            "\r\n\nGET / HTTP/1.1\r\nA: a\r\n\r\n\r\nGET / HTTP/1.1\r\nB: b\r\n\r\n",
            &["A", "B"],
        );
        check("GET / HTTP/1.1\r\nA: a\r\nCut", &[]);
    }

    #[test]
    fn a_body_that_looks_like_a_head_is_none() {
        let body = "GET / HTTP/1.1\r\nFalse: a\r\n\r\n";
        let length = body.len();
        let next = "GET / HTTP/1.1\r\nTrue: a\r\n\r\n";
        check(
            &format!("POST / HTTP/1.1\r\ncontent-Length: {length}\r\n\r\n{body}{next}"),
            &["content-Length", "True"],
        );
        check(
            &format!("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n{next}"),
            &["Content-Length", "True"],
        );
    }

    #[test]
    fn behind_a_body_without_a_length_nothing_is_known() {
        let next = "GET / HTTP/1.1\r\nTrue: a\r\n\r\n";
        let chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
        check(&format!("{chunked}{next}"), &["Transfer-Encoding"]);
        check(&format!("POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n{next}"), &["Content-Length"]);
    }

    #[test]
    fn what_is_held_is_bounded_and_nothing_when_stopped() {
        let request = "GET / HTTP/1.1\r\nA: a\r\n\r\n";
        let check = |sent: &str, expected: bool| {
            let recording = Recording::default();
            recording.record(sent.as_bytes());
            assert_eq!(recording.take().is_some(), expected, "{} bytes", sent.len());
            let state = recording.state();
            assert!(matches!(state.next, Next::Head(_)) == expected);
        };
        check(&request.repeat(WAITING_HEADS), true);
        check(&request.repeat(WAITING_HEADS + 1), false);
        check(&format!("GET / HTTP/1.1\r\nA: {}", "a".repeat(LONGEST_HEAD)), false);

        let recording = Recording::default();
        recording.record(request.as_bytes());
        recording.stop();
        recording.record(request.as_bytes());
        assert!(recording.take().is_none());
    }
}
