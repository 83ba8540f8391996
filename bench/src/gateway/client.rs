//! A WebSocket client that costs little: one of many in one thread.

use std::io;
use std::net::SocketAddr;

use futures_util::StreamExt;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::http::Uri;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::Error;

/// An open connection.
pub type Socket = WebSocketStream<TcpStream>;

/// What a connection reads at once; the usual 128 KiB would be more than a gigabyte for 10,000 of them.
const READ_BUFFER_BYTES: usize = 4_096;

/// Opens a connection. The URL may hold a signature, and is in no error.
///
/// # Errors
///
/// Where nobody listens, or the answer is not 101.
pub async fn open(url: &str) -> Result<Socket, Error> {
    let stream = TcpStream::connect(address(url)?).await?;
    stream.set_nodelay(true)?;
    let config =
        WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES).write_buffer_size(0);
    match tokio_tungstenite::client_async_with_config(url, stream, Some(config)).await {
        Ok((socket, _)) => Ok(socket),
        Err(tungstenite::Error::Http(answer)) => {
            let body = answer.body().as_deref().unwrap_or_default();
            let body = String::from_utf8_lossy(body);
            Err(format!("a handshake was answered with {}: {body}", answer.status()).into())
        }
        Err(error) => Err(error.into()),
    }
}

/// The next text.
///
/// # Errors
///
/// Where the connection ends first, or something else arrives.
pub async fn receive(socket: &mut Socket) -> Result<tungstenite::Utf8Bytes, Error> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => return Ok(text),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(_)) => return Err("a frame arrived that is no text".into()),
            Some(Err(error)) => return Err(error.into()),
            None => return Err("a connection ended before its answer".into()),
        }
    }
}

/// Says good-bye, and waits until the other side has. Gives what was still under way: nothing, where all is well.
///
/// # Errors
///
/// Where the connection breaks instead.
pub async fn close(mut socket: Socket) -> Result<Vec<tungstenite::Utf8Bytes>, Error> {
    socket.close(None).await?;
    let mut late = Vec::new();
    while let Some(frame) = socket.next().await {
        match frame {
            Ok(Message::Text(text)) => late.push(text),
            Ok(_) => {}
            // Some servers do not wait for the end of TCP behind the good-byes.
            Err(tungstenite::Error::Io(error))
                if error.kind() == io::ErrorKind::ConnectionReset =>
            {
                break;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(late)
}

/// Of `ws://127.0.0.1:3001/…` or `http://…`: where it leads.
pub(super) fn address(url: &str) -> Result<SocketAddr, Error> {
    let wrong = || "a URL is not as expected: ws or http, to an address and port of this machine";
    let uri: Uri = url.parse().map_err(|_| wrong())?;
    let authority = uri.authority().ok_or_else(wrong)?.as_str();
    Ok(authority.replace("localhost", "127.0.0.1").parse().map_err(|_| wrong())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_that_of_the_url() {
        let check = |url, expected: Option<&str>| {
            let expected = expected.map(|address| address.parse().unwrap());
            assert_eq!(address(url).ok(), expected, "{url}");
        };
        check("ws://127.0.0.1:3001/prod?a=b", Some("127.0.0.1:3001"));
        check("http://localhost:3000/sign", Some("127.0.0.1:3000"));
        check("ws://127.0.0.1/prod", None);
        check("ws://example.com:80/", None);
        check("/prod", None);
    }

    #[test]
    fn no_error_holds_the_url() {
        let error = address("ws://SECRET/").unwrap_err().to_string();
        assert!(!error.contains("SECRET"), "{error}");
    }
}
