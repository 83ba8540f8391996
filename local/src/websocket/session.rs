//! The life of one open connection, between the 101 and its end. Needs no socket: it works on any
//! stream and sink of messages.

#[cfg(test)]
mod tests;

use std::pin::pin;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message};
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite;

use crate::clock::Clock;
use crate::limits::{CONNECTION_IDLE, CONNECTION_LIFETIME};

/// What others ask of a connection.
#[derive(Debug)]
pub enum Command {
    /// Send a text frame, and say whether it was taken.
    Post(String, oneshot::Sender<Posted>),
    /// Close it, with this code and reason.
    Close(Ending),
}

/// What became of a text that was to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// It goes out behind those that were taken before.
    Taken,
    /// Too many wait already: the client does not read.
    TooMuch,
}

/// How a connection ended, as `$disconnect` is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// RFC 6455's close code.
    pub status_code: u16,
    /// The reason that goes with it.
    pub reason: String,
}

/// What the session tells of its messages.
pub trait Observer: Send {
    /// A text message arrived. Must not wait: messages of one connection are worked on at once.
    fn message(&mut self, text: String);
    /// A message went in either direction.
    fn active(&mut self, at: OffsetDateTime);
}

/// Frames that wait for a client that reads slowly; API Gateway's own number is not known.
const WAITING_FRAMES: usize = 64;

/// Stays with a connection until it ends, and says how it did.
///
/// Closes it itself with 1001 after 10 minutes without a message or 2 hours after `connected_at`,
/// 1003 for a binary message, 1009 for a frame or a message beyond the limits, and on request. A
/// client that does not read holds up nothing but its own frames, and is given `farewell`, by the
/// machine's clock, to take the last of them.
pub async fn run<S>(
    socket: S,
    commands: mpsc::Receiver<Box<Command>>,
    observer: &mut impl Observer,
    clock: &Clock,
    connected_at: OffsetDateTime,
    farewell: Duration,
) -> Ending
where
    S: Stream<Item = Result<Message, axum::Error>> + Sink<Message, Error = axum::Error> + Unpin,
{
    let (sink, mut stream) = socket.split();
    // In boxes: a channel holds room for 32, also while the connection is idle.
    let (outgoing, frames) = mpsc::channel(WAITING_FRAMES);
    let mut writing = pin!(write(sink, frames));
    let ended = tokio::select! {
        // First what was read: a client may say good-bye and be gone before it is written to.
        biased;
        ended = converse(&mut stream, &outgoing, commands, observer, clock, connected_at) => ended,
        // It goes on for as long as the socket takes frames.
        () = &mut writing => return Ending::abnormal(),
    };
    let (ending, frame, unread) = match ended {
        Ended::Cut => return Ending::abnormal(),
        Ended::ByClient(ending) => (ending, None, Unread::Nothing),
        Ended::Here(ending, unread) => {
            let reason = ending.reason.as_str().into();
            let frame = CloseFrame { code: ending.status_code, reason };
            (ending, Some(Message::Close(Some(frame))), unread)
        }
    };
    let goodbye = async {
        if let Some(frame) = frame {
            // The channel is closed only by what follows.
            let _ = outgoing.send(Box::new(frame)).await;
        }
        drop(outgoing);
    };
    // Reading on answers the client's close frame, or receives its answer to ours. A socket that is
    // dropped with something unread is reset, and the client might never see why.
    let last_words = async { tokio::join!(goodbye, &mut writing, drain(&mut stream, unread)) };
    // Who takes longer is cut off.
    let _ = tokio::time::timeout(farewell, last_words).await;
    ending
}

/// Who ended a connection.
enum Ended {
    Here(Ending, Unread),
    ByClient(Ending),
    /// Nobody said anything.
    Cut,
}

/// What the client has sent that cannot be read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unread {
    Nothing,
    /// The rest of a message beyond the limits.
    Rest,
}

async fn converse(
    stream: &mut (impl Stream<Item = Result<Message, axum::Error>> + Unpin),
    outgoing: &mpsc::Sender<Box<Message>>,
    mut commands: mpsc::Receiver<Box<Command>>,
    observer: &mut impl Observer,
    clock: &Clock,
    connected_at: OffsetDateTime,
) -> Ended {
    let here = |ending| Ended::Here(ending, Unread::Nothing);
    let mut last_active = clock.now();
    loop {
        let end_at = (last_active + CONNECTION_IDLE).min(connected_at + CONNECTION_LIFETIME);
        tokio::select! {
            received = stream.next() => match received {
                Some(Ok(Message::Text(text))) => {
                    last_active = clock.now();
                    observer.active(last_active);
                    observer.message(text.as_str().to_owned());
                }
                Some(Ok(Message::Binary(_))) => return here(Ending::binary()),
                // Answered by the WebSocket library; they do not count as messages.
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(frame))) => return Ended::ByClient(Ending::by_client(frame)),
                Some(Err(error)) if is_too_big(&error) => {
                    return Ended::Here(Ending::too_big(), Unread::Rest);
                }
                Some(Err(_)) | None => return Ended::Cut,
            },
            command = commands.recv() => match command.map(|command| *command) {
                Some(Command::Post(text, reply)) => {
                    let posted = match outgoing.try_send(Box::new(Message::Text(text.into()))) {
                        Ok(()) => {
                            last_active = clock.now();
                            observer.active(last_active);
                            Posted::Taken
                        }
                        Err(_) => Posted::TooMuch,
                    };
                    // Whoever asked may have stopped waiting.
                    let _ = reply.send(posted);
                }
                Some(Command::Close(ending)) => return here(ending),
                None => return here(Ending::going_away()),
            },
            () = clock.sleep_until(end_at) => return here(Ending::going_away()),
        }
    }
}

/// Writes frames until there are no more, or the socket takes no more.
async fn write(
    mut sink: impl Sink<Message, Error = axum::Error> + Unpin,
    mut frames: mpsc::Receiver<Box<Message>>,
) {
    while let Some(frame) = frames.recv().await {
        if sink.send(*frame).await.is_err() {
            return;
        }
    }
}

/// Reads until the client has closed, or is gone. Where it cannot be read any more, its end cannot
/// be seen either.
async fn drain(
    stream: &mut (impl Stream<Item = Result<Message, axum::Error>> + Unpin),
    unread: Unread,
) {
    match unread {
        Unread::Rest => std::future::pending().await,
        Unread::Nothing => while let Some(Ok(_)) = stream.next().await {},
    }
}

impl Ending {
    /// An ending with this code and reason.
    pub fn new(status_code: u16, reason: &str) -> Self {
        Self { status_code, reason: reason.to_owned() }
    }

    /// By API Gateway: idle for too long, open for too long.
    pub fn going_away() -> Self {
        Self::new(1001, "Going away")
    }

    /// By `DELETE @connections`.
    pub fn closed_normally() -> Self {
        Self::new(1000, "Connection Closed Normally")
    }

    /// By the client, with its close frame.
    fn by_client(frame: Option<CloseFrame>) -> Self {
        match frame {
            Some(frame) => Self::new(frame.code, &frame.reason),
            None => Self::new(1005, "Client-side close frame status not set"),
        }
    }

    /// For a binary message.
    fn binary() -> Self {
        Self::new(1003, "Binary data is not accepted")
    }

    /// For a frame or a message beyond the limits.
    fn too_big() -> Self {
        Self::new(1009, "Message too long")
    }

    /// By a cut without a close frame.
    pub fn abnormal() -> Self {
        Self::new(1006, "Connection Closed Abnormally")
    }
}

fn is_too_big(error: &axum::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if let Some(tungstenite::Error::Capacity(_)) = error.downcast_ref() {
            return true;
        }
        source = error.source();
    }
    false
}
