//! A WebSocket client whose handshake is sent byte for byte as the test wants it.

use std::fmt;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};

use crate::http::{self, Reply};

/// How long a test waits for what must come: far longer than it takes, so that only a fault runs
/// into it.
const PATIENCE: Duration = Duration::from_secs(30);

/// An open connection.
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
    /// The headers of the 101, their names in lower case.
    pub headers: Vec<(String, String)>,
}

/// Opens a signed URL.
///
/// # Errors
///
/// The answer that was not a 101.
pub async fn open(url: &str) -> Result<Socket, Reply> {
    open_with(url, &[]).await
}

/// Opens a URL with further headers.
///
/// # Errors
///
/// The answer that was not a 101.
pub async fn open_with(url: &str, headers: &[(&str, &str)]) -> Result<Socket, Reply> {
    let (authority, target) = split_url(url);
    open_raw(&authority, &target, headers).await
}

/// The authority and the request-target of a `ws://` URL, as they stand in it.
pub fn split_url(url: &str) -> (String, String) {
    let rest = url.strip_prefix("ws://").unwrap_or_else(|| panic!("not a ws:// URL"));
    let end = rest.find('/').unwrap_or(rest.len());
    (rest[..end].to_owned(), rest[end..].to_owned())
}

/// A text message as frames of at most `length` bytes.
pub fn in_frames(text: &str, length: usize) -> Vec<Message> {
    let chunks: Vec<_> = text.as_bytes().chunks(length).collect();
    let frame = |(index, chunk): (usize, &&[u8])| {
        let kind = if index == 0 { Data::Text } else { Data::Continue };
        let is_last = index + 1 == chunks.len();
        Message::Frame(Frame::message(chunk.to_vec(), OpCode::Data(kind), is_last))
    };
    chunks.iter().enumerate().map(frame).collect()
}

/// Opens a connection with this request-target on the wire, whatever it is.
///
/// # Errors
///
/// The answer that was not a 101.
pub async fn open_raw(
    authority: &str,
    target: &str,
    headers: &[(&str, &str)],
) -> Result<Socket, Reply> {
    Handshake::begin(authority, target, headers).await.answer().await
}

/// A handshake that was sent and not yet answered.
pub struct Handshake(TcpStream);

impl Handshake {
    /// Sends it, with this request-target on the wire, whatever it is.
    pub async fn begin(authority: &str, target: &str, headers: &[(&str, &str)]) -> Self {
        let mut stream = TcpStream::connect(authority).await.unwrap();
        let mut head = http::head("GET", target, authority, headers);
        // The key of RFC 6455's own example: any 16 bytes will do.
        head.push_str(
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        Self(stream)
    }

    /// Waits for the answer.
    ///
    /// # Errors
    ///
    /// The answer that was not a 101.
    pub async fn answer(self) -> Result<Socket, Reply> {
        let Self(mut stream) = self;
        let mut answer = Vec::new();
        let head = loop {
            let mut byte = [0];
            // One byte at a time: what follows a 101 belongs to the WebSocket.
            let count = tokio::time::timeout(PATIENCE, stream.read(&mut byte)).await;
            if count.expect("an answer to the handshake").unwrap_or(0) == 0 {
                panic!("the connection was cut in the handshake");
            }
            answer.push(byte[0]);
            if answer.ends_with(b"\r\n\r\n") {
                break String::from_utf8_lossy(&answer[..answer.len() - 4]).into_owned();
            }
        };
        let reply = http::parse(&head, b"");
        if reply.status == 101 {
            let stream = WebSocketStream::from_raw_socket(stream, Role::Client, None).await;
            return Ok(Socket { stream, headers: reply.headers });
        }
        let length = reply.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.unwrap();
        Err(Reply { body, ..reply })
    }
}

/// Shows nothing of what is said.
impl fmt::Debug for Socket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Socket").finish_non_exhaustive()
    }
}

impl Socket {
    /// Sends a text message.
    pub async fn send(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.unwrap();
    }

    /// Sends any frame.
    pub async fn send_message(&mut self, message: Message) {
        self.stream.send(message).await.unwrap();
    }

    /// The next text message.
    pub async fn text(&mut self) -> String {
        match self.next().await {
            Some(Message::Text(text)) => text.as_str().to_owned(),
            other => panic!("expected a text message, got {other:?}"),
        }
    }

    /// The next text message, as JSON.
    pub async fn json(&mut self) -> serde_json::Value {
        let text = self.text().await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text} is not JSON: {error}"))
    }

    /// Sends a text and returns the next text message as JSON.
    pub async fn ask(&mut self, text: &str) -> serde_json::Value {
        self.send(text).await;
        self.json().await
    }

    /// The close frame that the other side ends with.
    pub async fn closed(&mut self) -> Option<CloseFrame> {
        loop {
            match self.next().await {
                Some(Message::Close(frame)) => return frame,
                Some(_) => {}
                None => return None,
            }
        }
    }

    /// Closes it as a client does, and waits for the answer.
    pub async fn close(mut self) {
        self.stream.close(None).await.unwrap();
        self.closed().await;
    }

    /// Cuts it without a close frame.
    pub fn cut(self) {}

    /// The next frame, whatever it is; `None` once the connection is cut.
    pub async fn next(&mut self) -> Option<Message> {
        let next = tokio::time::timeout(PATIENCE, self.stream.next()).await;
        next.expect("a message in time").and_then(Result::ok)
    }
}
