//! Where the URLs of handshakes come from: signed anew for each, or always the same.

use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::http::Uri;

use super::client::address;
use crate::Error;

/// What a server prints when it is ready, as one line of JSON: the addresses of `countersign run --json`.
#[derive(Clone, Debug, Deserialize)]
pub struct Addresses {
    /// Where connections are opened.
    pub websocket: String,
    /// Where URLs are signed, if they must be.
    pub sign: Option<String>,
}

/// How many clients ask for URLs at once.
const SIGNING_CLIENTS: usize = 4;

/// The most that an answer may have in front of its body.
const HEAD_BYTES: usize = 16 * 1_024;

impl Addresses {
    /// So many URLs, each good for one handshake, within the minute.
    ///
    /// # Errors
    ///
    /// Where one is not signed.
    pub async fn take(&self, count: usize) -> Result<Vec<String>, Error> {
        let Some(sign) = &self.sign else { return Ok(vec![self.websocket.clone(); count]) };
        let shares = (0..SIGNING_CLIENTS).map(|client| {
            let share = (count + client) / SIGNING_CLIENTS;
            sign_several(sign, share)
        });
        let urls = futures_util::future::try_join_all(shares).await?;
        Ok(urls.into_iter().flatten().collect())
    }
}

/// One after the other, over one connection.
async fn sign_several(sign: &str, count: usize) -> Result<Vec<String>, Error> {
    #[derive(Deserialize)]
    struct Signed {
        url: String,
    }
    let mut stream = TcpStream::connect(address(sign)?).await?;
    stream.set_nodelay(true)?;
    let uri: Uri = sign.parse()?;
    let host = uri.authority().map(ToString::to_string).unwrap_or_default();
    let request =
        format!("POST {} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n", uri.path());
    let mut urls = Vec::with_capacity(count);
    let mut buffer = Vec::new();
    for _ in 0..count {
        stream.write_all(request.as_bytes()).await?;
        buffer.clear();
        let answer = loop {
            if let Some(answer) = whole_answer(&buffer)? {
                break answer;
            }
            if stream.read_buf(&mut buffer).await? == 0 {
                return Err("POST /sign: the connection ended before its answer".into());
            }
        };
        if answer.status != 201 {
            let body = String::from_utf8_lossy(answer.body);
            return Err(format!("POST /sign was answered with {}: {body}", answer.status).into());
        }
        urls.push(serde_json::from_slice::<Signed>(answer.body)?.url);
    }
    Ok(urls)
}

/// An answer as HTTP/1.1 has it.
#[derive(Debug, PartialEq, Eq)]
struct Answer<'a> {
    status: u16,
    body: &'a [u8],
}

/// The answer, once all of it is there.
fn whole_answer(bytes: &[u8]) -> Result<Option<Answer<'_>>, Error> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        let is_too_long = bytes.len() > HEAD_BYTES;
        return if is_too_long {
            Err("POST /sign: the answer has no end of head".into())
        } else {
            Ok(None)
        };
    };
    let (head, body) = bytes.split_at(end + 4);
    let head = std::str::from_utf8(head)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let (Some(status), Some(length)) = (status, length) else {
        return Err("POST /sign: the answer has no status, or no Content-Length".into());
    };
    Ok(body.get(..length).map(|body| Answer { status, body }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_its_body_is() {
        let check = |text: &str, expected: Option<(u16, &str)>| {
            let expected = expected.map(|(status, body)| Answer { status, body: body.as_bytes() });
            assert_eq!(whole_answer(text.as_bytes()).unwrap(), expected, "{text:?}");
        };
        check("", None);
        check("HTTP/1.1 201 Created\r\ncontent-length: 2\r\n", None);
        check("HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{", None);
        check("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}", Some((201, "{}")));
        check("HTTP/1.1 429 Too Many\r\na: b\r\ncontent-length: 0\r\n\r\n", Some((429, "")));
    }

    #[test]
    fn an_answer_without_a_length_is_refused() {
        for text in ["HTTP/1.1 201 Created\r\n\r\n", "HTTP/1.1\r\ncontent-length: 1\r\n\r\n"] {
            assert!(whole_answer(text.as_bytes()).is_err(), "{text:?}");
        }
        assert!(whole_answer(&[b'x'; HEAD_BYTES + 1]).is_err());
    }

    #[tokio::test]
    async fn without_a_signer_every_url_is_the_same() {
        let addresses = Addresses { websocket: "ws://127.0.0.1:1/".to_owned(), sign: None };
        assert_eq!(addresses.take(2).await.unwrap(), ["ws://127.0.0.1:1/", "ws://127.0.0.1:1/"]);
    }
}
