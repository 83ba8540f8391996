//! The life of one open connection, between the 101 and its end. Needs no socket: it works on any
//! stream and sink of messages.

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
    /// Send a text frame, then say so.
    Post(String, oneshot::Sender<()>),
    /// Close it, with this code and reason.
    Close(Ending),
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

/// Stays with a connection until it ends, and says how it did.
///
/// Closes it itself with 1001 after 10 minutes without a message or 2 hours after `connected_at`,
/// 1003 for a binary message, 1009 for a frame or a message beyond the limits, 1000 on request.
pub async fn run<S>(
    socket: S,
    mut commands: mpsc::Receiver<Command>,
    observer: &mut impl Observer,
    clock: &Clock,
    connected_at: OffsetDateTime,
) -> Ending
where
    S: Stream<Item = Result<Message, axum::Error>> + Sink<Message, Error = axum::Error> + Unpin,
{
    let (mut sink, mut stream) = socket.split();
    let mut last_active = clock.now();
    let ending = loop {
        let end_at = (last_active + CONNECTION_IDLE).min(connected_at + CONNECTION_LIFETIME);
        tokio::select! {
            received = stream.next() => match received {
                Some(Ok(Message::Text(text))) => {
                    last_active = clock.now();
                    observer.active(last_active);
                    observer.message(text.as_str().to_owned());
                }
                Some(Ok(Message::Binary(_))) => break Ending::new(1003, "Binary data is not accepted"),
                // Answered by the WebSocket library; they do not count as messages.
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(frame))) => return closed_by_client(frame),
                Some(Err(error)) if is_too_big(&error) => break Ending::new(1009, "Message too long"),
                Some(Err(_)) | None => return Ending::abnormal(),
            },
            command = commands.recv() => match command {
                Some(Command::Post(text, sent)) => {
                    last_active = clock.now();
                    observer.active(last_active);
                    if sink.send(Message::Text(text.into())).await.is_ok() {
                        // Whoever asked may have stopped waiting.
                        let _ = sent.send(());
                    }
                }
                Some(Command::Close(ending)) => break ending,
                None => break Ending::going_away(),
            },
            () = clock.sleep_until(end_at) => break Ending::going_away(),
        }
    };
    let frame = CloseFrame { code: ending.status_code, reason: ending.reason.clone().into() };
    // The client may be gone already; the connection has ended either way.
    let _ = sink.send(Message::Close(Some(frame))).await;
    ending
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

    /// By a cut without a close frame.
    pub fn abnormal() -> Self {
        Self::new(1006, "Connection Closed Abnormally")
    }
}

fn closed_by_client(frame: Option<CloseFrame>) -> Ending {
    match frame {
        Some(frame) => Ending::new(frame.code, &frame.reason),
        None => Ending::new(1005, "Client-side close frame status not set"),
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

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use std::time::Duration;

    use super::*;

    /// A socket of two channels.
    struct Channels {
        incoming: mpsc::UnboundedReceiver<Result<Message, axum::Error>>,
        outgoing: mpsc::UnboundedSender<Message>,
    }

    impl Stream for Channels {
        type Item = Result<Message, axum::Error>;
        fn poll_next(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Self::Item>> {
            self.incoming.poll_recv(context)
        }
    }

    impl Sink<Message> for Channels {
        type Error = axum::Error;
        fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
            Poll::Ready(Ok(()))
        }
        fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), axum::Error> {
            self.outgoing.send(message).map_err(axum::Error::new)
        }
        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
            Poll::Ready(Ok(()))
        }
        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
            Poll::Ready(Ok(()))
        }
    }

    #[derive(Default)]
    struct Messages(Vec<String>);

    impl Observer for Messages {
        fn message(&mut self, text: String) {
            self.0.push(text);
        }
        fn active(&mut self, _: OffsetDateTime) {}
    }

    struct Client {
        send: mpsc::UnboundedSender<Result<Message, axum::Error>>,
        receive: mpsc::UnboundedReceiver<Message>,
        commands: mpsc::Sender<Command>,
        clock: Clock,
        session: tokio::task::JoinHandle<(Ending, Vec<String>)>,
    }

    impl Client {
        /// Has a message sent, and returns once the session has done so.
        async fn post(&self, text: &str) {
            let (sent, was_sent) = oneshot::channel();
            self.commands.send(Command::Post(text.to_owned(), sent)).await.unwrap();
            was_sent.await.unwrap();
        }
    }

    fn open() -> Client {
        let (send, incoming) = mpsc::unbounded_channel();
        let (outgoing, receive) = mpsc::unbounded_channel();
        let (commands, orders) = mpsc::channel(1);
        let clock = Clock::driven(OffsetDateTime::UNIX_EPOCH);
        let session = tokio::spawn({
            let clock = clock.clone();
            async move {
                let mut messages = Messages::default();
                let socket = Channels { incoming, outgoing };
                let start = clock.now();
                let ending = run(socket, orders, &mut messages, &clock, start).await;
                (ending, messages.0)
            }
        });
        Client { send, receive, commands, clock, session }
    }

    async fn check(act: impl AsyncFnOnce(&mut Client), ending: (u16, &str)) -> Client {
        let mut client = open();
        act(&mut client).await;
        let (actual, _) = (&mut client.session).await.unwrap();
        assert_eq!(actual, Ending::new(ending.0, ending.1));
        client
    }

    #[tokio::test]
    async fn a_client_ends_it_with_its_own_code() {
        let close = |frame| {
            async move |client: &mut Client| {
                client.send.send(Ok(Message::Close(frame))).unwrap();
            }
        };
        check(close(None), (1005, "Client-side close frame status not set")).await;
        let frame = CloseFrame { code: 3000, reason: "enough".into() };
        check(close(Some(frame)), (3000, "enough")).await;
    }

    #[tokio::test]
    async fn a_cut_is_abnormal() {
        let cut = async |client: &mut Client| {
            let (unused, _) = mpsc::unbounded_channel();
            client.send = unused;
        };
        check(cut, (1006, "Connection Closed Abnormally")).await;
    }

    #[tokio::test]
    async fn a_binary_message_is_refused() {
        let binary = async |client: &mut Client| {
            client.send.send(Ok(Message::Binary(vec![1].into()))).unwrap();
        };
        let mut client = check(binary, (1003, "Binary data is not accepted")).await;
        let Some(Message::Close(Some(frame))) = client.receive.recv().await else {
            panic!("no close frame")
        };
        assert_eq!(frame.code, 1003);
    }

    #[tokio::test]
    async fn too_big_a_message_is_refused() {
        let big = async |client: &mut Client| {
            let error = tungstenite::error::CapacityError::MessageTooLong { size: 2, max_size: 1 };
            let error = axum::Error::new(tungstenite::Error::Capacity(error));
            client.send.send(Err(error)).unwrap();
        };
        check(big, (1009, "Message too long")).await;
    }

    #[tokio::test]
    async fn it_is_closed_on_request() {
        let delete = async |client: &mut Client| {
            client.commands.send(Command::Close(Ending::closed_normally())).await.unwrap();
        };
        check(delete, (1000, "Connection Closed Normally")).await;
    }

    #[tokio::test]
    async fn silence_ends_it_after_ten_minutes() {
        let wait = async |client: &mut Client| {
            client.post("then silence").await;
            client.clock.advance(CONNECTION_IDLE);
        };
        check(wait, (1001, "Going away")).await;
    }

    #[tokio::test]
    async fn messages_keep_it_alive_for_two_hours() {
        let talk = async |client: &mut Client| {
            let step = CONNECTION_IDLE - Duration::from_secs(60);
            let steps = CONNECTION_LIFETIME.as_secs() / step.as_secs();
            for _ in 0..steps {
                client.post("still here").await;
                assert!(!client.session.is_finished());
                client.clock.advance(step);
            }
            client.post("last").await;
            client
                .clock
                .advance(Duration::from_secs(CONNECTION_LIFETIME.as_secs() % step.as_secs()));
        };
        check(talk, (1001, "Going away")).await;
    }
}
