//! axum's bare WebSocket echo: what the socket alone costs, with neither a function nor a check.
//!
//! Prints its address as `countersign run --json` does, and runs until it is killed.

use std::io::{self, Write as _};

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use serde_json::json;
use tokio::net::TcpListener;

/// Small buffers: the usual ones are 128 KiB a connection.
const READ_BUFFER_BYTES: usize = 4_096;

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let listener = listener.tap_io(|stream| {
        // A connection that keeps its delay is slower, and that shows.
        let _ = stream.set_nodelay(true);
    });
    writeln!(io::stdout(), "{}", json!({"websocket": format!("ws://{address}/")}))?;
    axum::serve(listener, Router::new().route("/", get(upgrade))).await
}

async fn upgrade(upgrade: WebSocketUpgrade) -> Response {
    upgrade.read_buffer_size(READ_BUFFER_BYTES).write_buffer_size(0).on_upgrade(echo)
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if let Message::Text(_) = message
            && socket.send(message).await.is_err()
        {
            return;
        }
    }
}
