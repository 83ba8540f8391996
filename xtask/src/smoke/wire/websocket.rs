//! A WebSocket whose handshake is sent byte for byte, and whose frames are seen one by one.

use std::fmt;
use std::io::{self, Cursor};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{Frame, FrameHeader};

use super::address::WireUrl;
use super::connection::{self, Duplex};
use super::http::{self, Header, Reply};
use super::{WireError, patiently, telling};
use crate::smoke::repeat::unthrottled;

/// The longest frame that is taken: no message is longer (API Gateway Developer Guide, "Quotas for running a
/// WebSocket API": 128 KB).
const FRAME_BYTES: u64 = 128 * 1024;

/// What a handshake looks like, beside its target and further headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::smoke) enum Form {
    /// As RFC 6455, section 4.1, has it.
    Proper,
    /// For another version of the protocol.
    OtherVersion,
    /// Without `Sec-WebSocket-Key`.
    NoKey,
    /// By HTTP/1.0, which knows no upgrade.
    Http10,
}

/// How a handshake is answered.
pub(in crate::smoke) enum Answer {
    /// 101.
    Open(Socket),
    /// Anything else.
    Refused(Reply),
}

/// A handshake whose connection is there and which is not sent yet.
pub(in crate::smoke) struct Handshake {
    stream: BufReader<Box<dyn Duplex>>,
    head: String,
    accept: String,
}

/// An open connection.
pub(in crate::smoke) struct Socket {
    stream: BufReader<Box<dyn Duplex>>,
    /// The headers of the 101, their names in lower case.
    pub(in crate::smoke) headers: Vec<(String, String)>,
}

/// What comes over an open connection.
#[derive(PartialEq, Eq)]
pub(in crate::smoke) enum Event {
    /// A text or binary message, whole, and in how many frames it came.
    Message { kind: Kind, payload: Vec<u8>, frames: usize },
    /// A pong, and what it holds.
    Pong(Vec<u8>),
    /// A close frame, with code and reason where it has some.
    Closed(Option<(u16, String)>),
    /// The end, without a close frame.
    Cut,
}

/// Whether a message is text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::smoke) enum Kind {
    Text,
    Binary,
}

impl Handshake {
    /// Connects.
    pub(in crate::smoke) async fn prepare(
        url: &WireUrl,
        headers: &[Header<'_>],
        form: Form,
    ) -> Result<Self, WireError> {
        let key = STANDARD.encode(random::<16>()?);
        let version = match form {
            Form::Http10 => "HTTP/1.0",
            Form::Proper | Form::OtherVersion | Form::NoKey => "HTTP/1.1",
        };
        let mut head = http::head("GET", url, version, headers);
        head.push_str("Connection: Upgrade\r\nUpgrade: websocket\r\n");
        let number = if form == Form::OtherVersion { "12" } else { "13" };
        head.push_str(&format!("Sec-WebSocket-Version: {number}\r\n"));
        if form != Form::NoKey {
            head.push_str(&format!("Sec-WebSocket-Key: {key}\r\n"));
        }
        head.push_str("\r\n");
        let stream = patiently(connection::open(&url.address)).await?;
        let stream = BufReader::new(stream);
        Ok(Self { stream, head, accept: derive_accept_key(key.as_bytes()) })
    }

    /// Sends it and waits for the answer.
    pub(in crate::smoke) async fn send(self) -> Result<Answer, WireError> {
        patiently(self.exchange()).await
    }

    async fn exchange(mut self) -> Result<Answer, WireError> {
        self.stream.write_all(self.head.as_bytes()).await.map_err(WireError::Cut)?;
        self.stream.flush().await.map_err(WireError::Cut)?;
        let reply = http::read_head(&mut self.stream).await?;
        if reply.status != 101 {
            let reply = http::read_body(reply, &mut self.stream, "GET").await?;
            return Ok(Answer::Refused(telling(reply)?));
        }
        if reply.header("sec-websocket-accept") != Some(&self.accept) {
            return Err(WireError::Malformed("its Sec-WebSocket-Accept is not that of the key"));
        }
        Ok(Answer::Open(Socket { stream: self.stream, headers: reply.headers }))
    }
}

/// Sends a handshake. A throttle is waited for.
pub(in crate::smoke) async fn open(
    url: &WireUrl,
    headers: &[Header<'_>],
    form: Form,
) -> Result<Answer, WireError> {
    unthrottled(async || Handshake::prepare(url, headers, form).await?.send().await).await
}

impl Socket {
    /// Sends a text message in one frame.
    pub(in crate::smoke) async fn send_text(&mut self, text: &str) -> Result<(), WireError> {
        self.send_in_frames(text, usize::MAX).await
    }

    /// Sends a text message in frames of at most so many bytes.
    pub(in crate::smoke) async fn send_in_frames(
        &mut self,
        text: &str,
        length: usize,
    ) -> Result<(), WireError> {
        let chunks: Vec<_> = text.as_bytes().chunks(length.max(1)).collect();
        for (index, chunk) in chunks.iter().enumerate() {
            let kind = if index == 0 { Data::Text } else { Data::Continue };
            self.send(chunk, OpCode::Data(kind), index + 1 == chunks.len()).await?;
        }
        Ok(())
    }

    /// Sends a binary message.
    pub(in crate::smoke) async fn send_binary(&mut self, bytes: &[u8]) -> Result<(), WireError> {
        self.send(bytes, OpCode::Data(Data::Binary), true).await
    }

    /// Sends a ping.
    pub(in crate::smoke) async fn send_ping(&mut self, bytes: &[u8]) -> Result<(), WireError> {
        self.send(bytes, OpCode::Control(Control::Ping), true).await
    }

    /// Sends a close frame.
    pub(in crate::smoke) async fn send_close(&mut self, code: u16) -> Result<(), WireError> {
        self.send(&code.to_be_bytes(), OpCode::Control(Control::Close), true).await
    }

    async fn send(&mut self, bytes: &[u8], opcode: OpCode, fin: bool) -> Result<(), WireError> {
        // A client masks what it sends (RFC 6455, section 5.3).
        let mask = Some(random::<4>()?);
        let header = FrameHeader { is_final: fin, opcode, mask, ..FrameHeader::default() };
        let mut wire = Vec::with_capacity(bytes.len() + 14);
        Frame::from_payload(header, bytes.to_vec().into())
            .format(&mut wire)
            .map_err(|_| WireError::Malformed("a frame of ours cannot be written"))?;
        let writing = async {
            self.stream.write_all(&wire).await?;
            self.stream.flush().await
        };
        patiently(async { writing.await.map_err(WireError::Cut) }).await
    }

    /// What comes next, within the time that any answer is waited for.
    pub(in crate::smoke) async fn next(&mut self) -> Result<Event, WireError> {
        patiently(self.event()).await
    }

    /// What comes within this time, if anything.
    pub(in crate::smoke) async fn next_within(
        &mut self,
        time: Duration,
    ) -> Result<Option<Event>, WireError> {
        tokio::time::timeout(time, self.event()).await.ok().transpose()
    }

    /// The next text message.
    pub(in crate::smoke) async fn text(&mut self) -> Result<String, WireError> {
        match self.next().await? {
            Event::Message { kind: Kind::Text, payload, .. } => String::from_utf8(payload)
                .map_err(|_| WireError::Malformed("a text message is not UTF-8")),
            Event::Message { kind: Kind::Binary, .. } => {
                Err(WireError::Malformed("a message is binary, expected text"))
            }
            Event::Pong(_) => Err(WireError::Malformed("a pong that nobody asked for")),
            Event::Closed(_) => Err(WireError::Malformed("the connection was closed")),
            Event::Cut => Err(http::cut()),
        }
    }

    /// What comes next. A ping is answered on the way. To be dropped between two frames only.
    async fn event(&mut self) -> Result<Event, WireError> {
        let mut message: Option<(Kind, Vec<u8>, usize)> = None;
        loop {
            let Some((header, payload)) = self.frame().await? else { return Ok(Event::Cut) };
            match header.opcode {
                OpCode::Control(Control::Ping) => {
                    self.send(&payload, OpCode::Control(Control::Pong), true).await?;
                    continue;
                }
                OpCode::Control(Control::Pong) => return Ok(Event::Pong(payload)),
                OpCode::Control(Control::Close) => return Ok(Event::Closed(close(&payload))),
                OpCode::Data(Data::Text) => message = Some((Kind::Text, payload, 1)),
                OpCode::Data(Data::Binary) => message = Some((Kind::Binary, payload, 1)),
                OpCode::Data(Data::Continue) => match &mut message {
                    Some((_, bytes, frames)) => {
                        bytes.extend(payload);
                        *frames += 1;
                    }
                    None => return Err(WireError::Malformed("a message begins in its middle")),
                },
                OpCode::Control(Control::Reserved(_)) | OpCode::Data(Data::Reserved(_)) => {
                    return Err(WireError::Malformed("a frame of no known kind"));
                }
            }
            if let Some((kind, payload, frames)) = message.take_if(|_| header.is_final) {
                return Ok(Event::Message { kind, payload, frames });
            }
        }
    }

    /// The next frame; `None` at the end of the stream.
    async fn frame(&mut self) -> Result<Option<(FrameHeader, Vec<u8>)>, WireError> {
        let mut bytes = Vec::new();
        let (header, length) = loop {
            match self.stream.read_u8().await {
                Ok(byte) => bytes.push(byte),
                Err(error) if is_end(&error) => return Ok(None),
                Err(error) => return Err(WireError::Cut(error)),
            }
            let parsed = FrameHeader::parse(&mut Cursor::new(&bytes));
            let parsed = parsed.map_err(|_| WireError::Malformed("a frame has no proper head"))?;
            if let Some(parsed) = parsed {
                break parsed;
            }
        };
        if length > FRAME_BYTES {
            return Err(WireError::Malformed("a frame is longer than any message"));
        }
        let mut payload = Vec::new();
        let read = (&mut self.stream).take(length).read_to_end(&mut payload).await;
        match read {
            Ok(read) if read as u64 == length => Ok(Some((header, payload))),
            Ok(_) => Ok(None),
            Err(error) if is_end(&error) => Ok(None),
            Err(error) => Err(WireError::Cut(error)),
        }
    }
}

fn is_end(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset)
}

/// Code and reason of a close frame.
fn close(payload: &[u8]) -> Option<(u16, String)> {
    let (code, reason) = payload.split_first_chunk::<2>()?;
    Some((u16::from_be_bytes(*code), String::from_utf8_lossy(reason).into_owned()))
}

fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], WireError> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes)
        .map_err(|_| WireError::Malformed("this machine has no randomness"))?;
    Ok(bytes)
}

/// Shows nothing of what is said.
impl fmt::Debug for Socket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Socket").finish_non_exhaustive()
    }
}
