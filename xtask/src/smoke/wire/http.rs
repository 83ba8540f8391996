//! A request as it is given, byte for byte, and its answer.

use std::fmt;
use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

use super::address::{Address, WireUrl};
use super::{WireError, connection, patiently, telling};
use crate::smoke::repeat::unthrottled;

/// The longest answer that is read: far longer than any that a stack gives.
const ANSWER_BYTES: u64 = 1024 * 1024;

/// A header to be sent.
pub(in crate::smoke) type Header<'a> = (&'a str, &'a str);

/// How much of a request is to go up in the time that an answer is waited for.
const CHUNK_BYTES: usize = 64 * 1024;

/// An answer.
#[derive(Clone)]
pub(in crate::smoke) struct Reply {
    pub(in crate::smoke) status: u16,
    /// Their names in lower case.
    pub(in crate::smoke) headers: Vec<(String, String)>,
    pub(in crate::smoke) body: Vec<u8>,
}

/// Shows the status alone: a body may be a signed URL.
impl fmt::Debug for Reply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Reply").field("status", &self.status).finish_non_exhaustive()
    }
}

impl Reply {
    /// The value of a header.
    pub(in crate::smoke) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null where it is none.
    pub(in crate::smoke) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// `x-amzn-ErrorType`, without what may follow a colon.
    pub(in crate::smoke) fn error_type(&self) -> Option<&str> {
        let value = self.header("x-amzn-errortype")?;
        Some(value.split(':').next().unwrap_or(value))
    }

    /// `message` or `Message` of the body.
    pub(in crate::smoke) fn message(&self) -> Option<String> {
        let json = self.json();
        let message = json.get("message").or_else(|| json.get("Message"))?;
        Some(message.as_str()?.to_owned())
    }
}

/// Sends a request and reads the whole answer. `Host`, `Content-Length` and `Connection: close` come by
/// themselves, unless `headers` has a `Host`. A throttle is waited for.
pub(in crate::smoke) async fn request(
    method: &str,
    url: &WireUrl,
    headers: &[Header<'_>],
    body: &[u8],
) -> Result<Reply, WireError> {
    let mut head = head(method, url, "HTTP/1.1", headers);
    // A length belongs to every request that could have a body (RFC 9110, section 8.6).
    if !body.is_empty() || ["POST", "PUT", "PATCH"].contains(&method) {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    head.push_str("Connection: close\r\n\r\n");
    let request = [head.as_bytes(), body].concat();
    unthrottled(async || telling(exchange(&url.address, &request, method).await?)).await
}

async fn exchange(address: &Address, request: &[u8], method: &str) -> Result<Reply, WireError> {
    let (reader, mut writer) = tokio::io::split(patiently(connection::open(address)).await?);
    // Of a body that is refused nobody reads the rest: what counts is the answer.
    let writing = async {
        for chunk in request.chunks(CHUNK_BYTES) {
            let writing = async { writer.write_all(chunk).await.map_err(WireError::Cut) };
            if patiently(writing).await.is_err() {
                return;
            }
        }
        let _ = writer.flush().await;
    };
    let mut reader = BufReader::new(reader);
    let reading = async {
        let head = read_head(&mut reader).await?;
        read_body(head, &mut reader, method).await
    };
    tokio::pin!(reading);
    tokio::select! {
        reply = &mut reading => reply,
        () = writing => patiently(reading).await,
    }
}

/// A request line and headers, without the blank line at the end.
pub(super) fn head(method: &str, url: &WireUrl, version: &str, headers: &[Header<'_>]) -> String {
    let mut head = format!("{method} {} {version}\r\n", url.target);
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head.push_str(&format!("Host: {}\r\n", url.address.authority));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head
}

/// Reads status and headers, and nothing behind them.
pub(super) async fn read_head(
    stream: &mut (impl AsyncBufRead + Unpin),
) -> Result<Reply, WireError> {
    let status = read_line(stream).await?;
    let status = status.split(' ').nth(1).and_then(|text| text.parse().ok());
    let status = status.ok_or(WireError::Malformed("its first line has no status"))?;
    let mut headers = Vec::new();
    loop {
        let line = read_line(stream).await?;
        if line.is_empty() {
            return Ok(Reply { status, headers, body: Vec::new() });
        }
        let (name, value) =
            line.split_once(':').ok_or(WireError::Malformed("a header has no colon"))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

/// Reads the body that belongs to this head, as RFC 9112, section 6.3, has it.
pub(super) async fn read_body(
    mut reply: Reply,
    stream: &mut (impl AsyncBufRead + Unpin),
    method: &str,
) -> Result<Reply, WireError> {
    if method == "HEAD" || matches!(reply.status, 100..200 | 204 | 304) {
        return Ok(reply);
    }
    if reply.header("transfer-encoding").is_some_and(|value| value.ends_with("chunked")) {
        reply.body = read_chunks(stream).await?;
    } else if let Some(length) = reply.header("content-length") {
        let length: u64 =
            length.parse().map_err(|_| WireError::Malformed("its length is no number"))?;
        read_exactly(stream, length, &mut reply.body).await?;
    } else {
        stream.take(ANSWER_BYTES).read_to_end(&mut reply.body).await.map_err(WireError::Cut)?;
    }
    Ok(reply)
}

async fn read_chunks(stream: &mut (impl AsyncBufRead + Unpin)) -> Result<Vec<u8>, WireError> {
    let mut body = Vec::new();
    loop {
        let line = read_line(stream).await?;
        let length = line.split(';').next().unwrap_or_default().trim();
        let length = u64::from_str_radix(length, 16)
            .map_err(|_| WireError::Malformed("the length of a chunk is no number"))?;
        read_exactly(stream, length, &mut body).await?;
        let end = read_line(stream).await?;
        if length == 0 {
            return Ok(body);
        }
        if !end.is_empty() {
            return Err(WireError::Malformed("a chunk is longer than it says"));
        }
    }
}

async fn read_exactly(
    stream: &mut (impl AsyncBufRead + Unpin),
    length: u64,
    body: &mut Vec<u8>,
) -> Result<(), WireError> {
    if length + body.len() as u64 > ANSWER_BYTES {
        return Err(WireError::Malformed("it is longer than any that was expected"));
    }
    let read = stream.take(length).read_to_end(body).await.map_err(WireError::Cut)?;
    if read as u64 == length { Ok(()) } else { Err(cut()) }
}

async fn read_line(stream: &mut (impl AsyncBufRead + Unpin)) -> Result<String, WireError> {
    let mut line = Vec::new();
    let read = stream.take(ANSWER_BYTES).read_until(b'\n', &mut line).await;
    read.map_err(WireError::Cut)?;
    if line.pop() != Some(b'\n') {
        return Err(cut());
    }
    Ok(String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned())
}

/// The other side has ended the connection.
pub(super) fn cut() -> WireError {
    WireError::Cut(io::ErrorKind::UnexpectedEof.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read of an answer, and what is left of the stream.
    async fn check(answer: &str, method: &str, expected: Result<(u16, &str), ()>) {
        let mut stream = BufReader::new(answer.as_bytes());
        let reply = async {
            let head = read_head(&mut stream).await?;
            read_body(head, &mut stream, method).await
        };
        let read = reply.await.map(|reply| (reply.status, String::from_utf8(reply.body).unwrap()));
        let expected = expected.map(|(status, body)| (status, body.to_owned()));
        assert_eq!(read.map_err(drop), expected, "{answer}");
    }

    #[tokio::test]
    async fn a_body_ends_as_its_head_says() {
        check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc", "GET", Ok((200, "ab"))).await;
        check("HTTP/1.1 200 OK\r\n\r\nabc", "GET", Ok((200, "abc"))).await;
        check("HTTP/1.1 204\r\n\r\nabc", "GET", Ok((204, ""))).await;
        check("HTTP/1.1 426 No\r\nContent-Length: 2\r\n\r\n", "HEAD", Ok((426, ""))).await;
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let body = "2;x=y\r\nab\r\nA\r\n0123456789\r\n0\r\n\r\n";
        check(&format!("{chunked}{body}"), "GET", Ok((200, "ab0123456789"))).await;
    }

    #[tokio::test]
    async fn what_is_no_answer_is_an_error() {
        check("", "GET", Err(())).await;
        check("HTTP/1.1\r\n\r\n", "GET", Err(())).await;
        check("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "GET", Err(())).await;
        check("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", "GET", Err(())).await;
        check("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", "GET", Err(())).await;
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        check(&format!("{chunked}x\r\n"), "GET", Err(())).await;
        check(&format!("{chunked}2\r\nabc\r\n0\r\n\r\n"), "GET", Err(())).await;
    }
}
