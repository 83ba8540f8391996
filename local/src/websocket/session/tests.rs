//! The session, driven by channels in place of a socket.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::*;

const FAREWELL: Duration = Duration::from_secs(1);

/// A socket of two channels. One whose client does not read takes no frame.
struct Channels {
    reads: bool,
    incoming: mpsc::UnboundedReceiver<Result<Message, axum::Error>>,
    outgoing: mpsc::UnboundedSender<Message>,
}

impl Stream for Channels {
    type Item = Result<Message, axum::Error>;
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.incoming.poll_recv(context)
    }
}

impl Sink<Message> for Channels {
    type Error = axum::Error;
    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        if self.reads { Poll::Ready(Ok(())) } else { Poll::Pending }
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
    commands: mpsc::Sender<Box<Command>>,
    clock: Clock,
    session: tokio::task::JoinHandle<(Ending, Vec<String>)>,
}

impl Client {
    async fn try_post(&self, text: &str) -> Posted {
        let (reply, posted) = oneshot::channel();
        self.commands.send(Box::new(Command::Post(text.to_owned(), reply))).await.unwrap();
        posted.await.unwrap()
    }

    /// Has a message sent, and returns once the session has taken it.
    async fn post(&self, text: &str) {
        assert_eq!(self.try_post(text).await, Posted::Taken);
    }
}

fn open() -> Client {
    open_with(true)
}

fn open_with(reads: bool) -> Client {
    let (send, incoming) = mpsc::unbounded_channel();
    let (outgoing, receive) = mpsc::unbounded_channel();
    let (commands, orders) = mpsc::channel(1);
    let clock = Clock::driven(OffsetDateTime::UNIX_EPOCH);
    let session = tokio::spawn({
        let clock = clock.clone();
        async move {
            let mut messages = Messages::default();
            let socket = Channels { reads, incoming, outgoing };
            let start = clock.now();
            let ending = run(socket, orders, &mut messages, &clock, start, FAREWELL).await;
            (ending, messages.0)
        }
    });
    Client { send, receive, commands, clock, session }
}

async fn check(act: impl AsyncFnOnce(&mut Client), ending: (u16, &str)) -> Client {
    check_with(open(), act, ending).await
}

async fn check_with(
    mut client: Client,
    act: impl AsyncFnOnce(&mut Client),
    ending: (u16, &str),
) -> Client {
    act(&mut client).await;
    let (actual, _) = (&mut client.session).await.unwrap();
    assert_eq!(actual, Ending::new(ending.0, ending.1));
    client
}

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
async fn a_cut_is_abnormal() {
    let cut = async |client: &mut Client| {
        let (unused, _) = mpsc::unbounded_channel();
        client.send = unused;
    };
    check(cut, (1006, "Connection Closed Abnormally")).await;
}

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
async fn too_big_a_message_is_refused() {
    let big = async |client: &mut Client| {
        let error = tungstenite::error::CapacityError::MessageTooLong { size: 2, max_size: 1 };
        let error = axum::Error::new(tungstenite::Error::Capacity(error));
        client.send.send(Err(error)).unwrap();
    };
    let start = tokio::time::Instant::now();
    check(big, (1009, "Message too long")).await;
    assert!(start.elapsed() >= FAREWELL, "the client has time to read why");
}

#[tokio::test(start_paused = true)]
async fn it_is_closed_on_request() {
    let delete = async |client: &mut Client| {
        client.commands.send(Box::new(Command::Close(Ending::closed_normally()))).await.unwrap();
    };
    check(delete, (1000, "Connection Closed Normally")).await;
}

#[tokio::test(start_paused = true)]
async fn silence_ends_it_after_ten_minutes() {
    let wait = async |client: &mut Client| {
        client.post("then silence").await;
        client.clock.advance(CONNECTION_IDLE);
    };
    check(wait, (1001, "Going away")).await;
}

#[tokio::test(start_paused = true)]
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
        client.clock.advance(Duration::from_secs(CONNECTION_LIFETIME.as_secs() % step.as_secs()));
    };
    check(talk, (1001, "Going away")).await;
}

/// Posts until no more is taken; the first frame is in the writer's hands already.
async fn fill(client: &Client) {
    let mut taken = 0;
    while client.try_post("unread").await == Posted::Taken {
        taken += 1;
    }
    assert!((WAITING_FRAMES..=WAITING_FRAMES + 1).contains(&taken), "{taken}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_can_be_closed() {
    let delete = async |client: &mut Client| {
        fill(client).await;
        client.commands.send(Box::new(Command::Close(Ending::closed_normally()))).await.unwrap();
    };
    check_with(open_with(false), delete, (1000, "Connection Closed Normally")).await;
}

#[tokio::test(start_paused = true)]
async fn what_it_does_not_read_keeps_no_connection_alive() {
    let wait = async |client: &mut Client| {
        fill(client).await;
        client.clock.advance(CONNECTION_IDLE);
    };
    check_with(open_with(false), wait, (1001, "Going away")).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_is_still_heard() {
    let client = open_with(false);
    fill(&client).await;
    client.send.send(Ok(Message::Text("hello".into()))).unwrap();
    client.send.send(Ok(Message::Close(None))).unwrap();
    let (_, messages) = client.session.await.unwrap();
    assert_eq!(messages, ["hello"]);
}
