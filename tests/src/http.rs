//! An HTTP client that sends what it is given, byte for byte, and reads the whole answer.

use std::fmt;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use crate::secrets;

/// An answer, read whole.
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Shows the status alone: a body may be a signed URL.
impl fmt::Debug for Reply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Reply").field("status", &self.status).finish_non_exhaustive()
    }
}

impl Reply {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// Whether the body comes in chunks, and so may go on for ever.
    pub(crate) fn is_chunked(&self) -> bool {
        self.header("transfer-encoding") == Some("chunked")
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{} is not JSON: {error}", self.text()))
    }
}

/// Sends a request to the host and port of `url`. The headers are sent as given; `Host` and
/// `Content-Length` are added unless they are among them.
pub async fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let url = Url::parse(url).unwrap();
    let authority = authority(&url);
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let mut head = head(method, target, &authority, headers);
    if !body.is_empty() {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    head.push_str("Connection: close\r\n\r\n");
    raw(&authority, &[head.as_bytes(), body].concat()).await
}

/// Sends these bytes, which ask for the connection to be closed behind the answer.
pub async fn raw(authority: &str, request: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(authority).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let (head, body) = split(&answer).expect("an answer with a head");
    secrets::record_answer(body);
    parse(&head, body)
}

/// `POST` of JSON.
pub async fn post(url: &str, body: &str) -> Reply {
    request("POST", url, &[("Content-Type", "application/json")], body.as_bytes()).await
}

/// The host and port of a URL.
pub fn authority(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap(), url.port_or_known_default().unwrap())
}

/// A request line and headers, without the blank line at the end.
pub(crate) fn head(
    method: &str,
    target: &str,
    authority: &str,
    headers: &[(&str, &str)],
) -> String {
    secrets::record_request(authority, target, headers);
    let mut head = format!("{method} {target} HTTP/1.1\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head.push_str(&format!("Host: {authority}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head
}

/// The head of an answer, and what follows it.
pub(crate) fn split(answer: &[u8]) -> Option<(String, &[u8])> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some((String::from_utf8_lossy(&answer[..end]).into_owned(), &answer[end + 4..]))
}

/// An answer from its head and the rest of the stream.
pub(crate) fn parse(head: &str, body: &[u8]) -> Reply {
    let reply = Reply { body: body.to_vec(), ..parse_head(head) };
    assert!(!reply.is_chunked(), "the answers of local state their length");
    reply
}

/// An answer whose body is still to come.
pub(crate) fn parse_head(head: &str) -> Reply {
    let mut lines = head.split("\r\n");
    let status_line = lines.next().unwrap();
    let status = status_line.split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    Reply { status, headers, body: Vec::new() }
}
