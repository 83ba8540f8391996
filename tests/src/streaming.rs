//! An answer that goes on: its head, then line after line, until one side ends it.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use url::{Position, Url};

use crate::http::{self, Reply};

/// How long a head or a line is waited for: far longer than any takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer whose body comes in chunks. Dropping it closes the connection.
pub struct Streaming {
    /// Its head.
    pub head: Reply,
    stream: BufReader<TcpStream>,
    /// What has come and is not yet read.
    rest: Vec<u8>,
}

/// Sends a request without a body, its headers as [`http::request`] does.
///
/// # Errors
///
/// An answer that states its length: this one, whole.
pub async fn open(method: &str, url: &str, headers: &[(&str, &str)]) -> Result<Streaming, Reply> {
    let opening = open_patiently(method, url, headers);
    tokio::time::timeout(PATIENCE, opening).await.expect("an answer in time")
}

async fn open_patiently(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
) -> Result<Streaming, Reply> {
    let url = Url::parse(url).unwrap();
    let authority = http::authority(&url);
    let target = &url[Position::BeforePath..Position::AfterQuery];
    let request = http::head(method, target, &authority, headers) + "\r\n";
    let mut stream = BufReader::new(TcpStream::connect(authority).await.unwrap());
    stream.get_mut().write_all(request.as_bytes()).await.unwrap();
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(stream.read_line(&mut head).await.unwrap(), 0, "the head ends early: {head}");
    }
    let mut head = http::parse_head(head.trim_end());
    if head.is_chunked() {
        return Ok(Streaming { head, stream, rest: Vec::new() });
    }
    let length = head.header("content-length").map_or(0, |length| length.parse().unwrap());
    if method != "HEAD" {
        head.body.resize(length, 0);
        stream.read_exact(&mut head.body).await.unwrap();
    }
    Err(head)
}

impl Streaming {
    /// The next line, without its end; `None` when the other side has ended the body as HTTP has it.
    pub async fn line(&mut self) -> Option<String> {
        let reading = async {
            loop {
                if let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                    let line: Vec<_> = self.rest.drain(..=end).collect();
                    return Some(String::from_utf8(line).unwrap().trim_end().to_owned());
                }
                let chunk = self.chunk().await;
                if chunk.is_empty() {
                    assert!(self.rest.is_empty(), "the last line has no end");
                    return None;
                }
                self.rest.extend(chunk);
            }
        };
        tokio::time::timeout(PATIENCE, reading).await.expect("a line in time")
    }

    /// (RFC 9112, section 7.1)
    async fn chunk(&mut self) -> Vec<u8> {
        let mut length = String::new();
        self.stream.read_line(&mut length).await.unwrap();
        let length = usize::from_str_radix(length.trim_end(), 16).expect("the length of a chunk");
        let mut chunk = vec![0; length + 2];
        self.stream.read_exact(&mut chunk).await.unwrap();
        chunk.truncate(length);
        chunk
    }
}
