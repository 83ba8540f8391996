//! One client, which comes again when its connection is lost.

use std::time::Duration;

use serde_json::{Value, json};
use tests::stack::Stack;
use tests::websocket::{self, Socket};
use tokio_tungstenite::tungstenite::Message;

use crate::phases::Effect;

/// How long a client waits for an answer before it takes it for lost: twice what a function may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A client, and its connection.
pub(crate) struct Client {
    number: usize,
    socket: Socket,
    /// How many of its handshakes were refused.
    pub(crate) refused: u64,
}

impl Client {
    /// Connects the client of this number.
    pub(crate) async fn connect(stack: &Stack, number: usize) -> Self {
        let (socket, refused) = connect(stack, number).await;
        Self { number, socket, refused }
    }

    /// Leaves, and comes again.
    pub(crate) async fn reconnect(&mut self, stack: &Stack) {
        let (socket, refused) = connect(stack, self.number).await;
        self.refused += refused;
        std::mem::replace(&mut self.socket, socket).close().await;
    }

    /// Sends a message that nobody else sends, and waits for what becomes of it: `None` where it comes
    /// back.
    pub(crate) async fn say(&mut self, stack: &Stack, round: usize) -> Option<Effect> {
        let text = format!("client {} round {round}", self.number);
        self.socket.send(&text).await;
        let effect = tokio::time::timeout(PATIENCE, self.answer(&text)).await;
        let effect = effect.unwrap_or(Some(Effect::Lost));
        if effect.is_some_and(|effect| effect != Effect::ErrorFrame) {
            let (socket, refused) = connect(stack, self.number).await;
            self.socket = socket;
            self.refused += refused;
        }
        effect
    }

    /// The connection.
    pub(crate) fn into_socket(self) -> Socket {
        self.socket
    }

    async fn answer(&mut self, text: &str) -> Option<Effect> {
        while let Some(message) = self.socket.next().await {
            let Message::Text(answer) = message else { continue };
            let read: Value = serde_json::from_str(answer.as_str()).unwrap_or_default();
            if read["message"] == text {
                return None;
            }
            if read["message"] == "Internal server error" {
                return Some(Effect::ErrorFrame);
            }
            println!("client {} was told {answer} instead of {text}", self.number);
            return Some(Effect::Unexpected);
        }
        Some(Effect::Cut)
    }
}

/// Signs and connects, again and again until it is let in, and says how often it was refused.
async fn connect(stack: &Stack, number: usize) -> (Socket, u64) {
    let mut refused = 0;
    loop {
        let url = stack.sign(json!({"room": number.to_string()})).await;
        match websocket::open(&url).await {
            Ok(socket) => return (socket, refused),
            Err(reply) => {
                assert!(reply.status >= 500, "a handshake was refused with {}", reply.status);
                refused += 1;
            }
        }
    }
}
