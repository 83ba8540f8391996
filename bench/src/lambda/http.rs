//! HTTP/1.1 for a server that must cost nothing: requests are read, answers are written in one piece.

use std::io::{self, BufRead};

/// The longest body that is read: an invocation's payload (Lambda quotas, "Invocation payload").
const LONGEST_BODY: usize = 6 * 1024 * 1024;

/// One request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) target: String,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    /// The next request of a connection; `None` where the other side has closed it.
    pub(super) fn read(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let Some(first) = line(reader)? else { return Ok(None) };
        let mut words = first.split(' ');
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            return Err(malformed("the first line of a request"));
        };
        let (method, target) = (method.to_owned(), target.to_owned());
        let mut headers = Vec::new();
        loop {
            let header = line(reader)?.ok_or_else(|| malformed("the end of a request's head"))?;
            if header.is_empty() {
                break;
            }
            let (name, value) = header.split_once(':').ok_or_else(|| malformed("a header"))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut request = Self { method, target, headers, body: Vec::new() };
        request.body = request.read_body(reader)?;
        Ok(Some(request))
    }

    /// The value of a header, whose name is given in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    fn read_body(&self, reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if self.header("transfer-encoding").is_some_and(|it| it.eq_ignore_ascii_case("chunked")) {
            loop {
                let size = line(reader)?.ok_or_else(|| malformed("a chunk"))?;
                let size = size.split(';').next().unwrap_or_default().trim();
                let size = usize::from_str_radix(size, 16).map_err(|_| malformed("a chunk"))?;
                if size == 0 {
                    // What follows the last chunk, up to an empty line, is not asked for.
                    while line(reader)?.is_some_and(|trailer| !trailer.is_empty()) {}
                    return Ok(body);
                }
                append(reader, &mut body, size)?;
                line(reader)?;
            }
        }
        if let Some(length) = self.header("content-length") {
            let length = length.parse().map_err(|_| malformed("Content-Length"))?;
            append(reader, &mut body, length)?;
        }
        Ok(body)
    }
}

/// An answer, head and body, to be written at once.
pub(super) fn answer(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        text.extend([name, ": ", value, "\r\n"]);
    }
    text.push_str("\r\n");
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

fn line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    if reader.read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    let text = String::from_utf8(bytes).map_err(|_| malformed("a line that is no text"))?;
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn append(reader: &mut impl BufRead, body: &mut Vec<u8>, size: usize) -> io::Result<()> {
    let start = body.len();
    if start.saturating_add(size) > LONGEST_BODY {
        return Err(malformed("a body that is too long"));
    }
    body.resize(start + size, 0);
    reader.read_exact(&mut body[start..])
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not HTTP/1.1: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All requests of a connection, as `METHOD TARGET BODY`.
    #[track_caller]
    fn check(sent: &str, expected: &[&str]) {
        let mut reader = sent.as_bytes();
        let mut found = Vec::new();
        while let Some(request) = Request::read(&mut reader).unwrap() {
            let body = String::from_utf8(request.body).unwrap();
            found.push(format!("{} {} {body}", request.method, request.target));
        }
        assert_eq!(found, expected);
    }

    #[test]
    fn requests_follow_one_another() {
        check(
            "GET /a HTTP/1.1\r\nHost: h\r\n\r\nPOST /b HTTP/1.1\r\ncontent-length: 2\r\n\r\nhiGET /c HTTP/1.1\r\n\r\n",
            &["GET /a ", "POST /b hi", "GET /c "],
        );
    }

    #[test]
    fn chunks_and_trailers_are_read() {
        check(
            "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nT: v\r\n\r\nGET /b HTTP/1.1\r\n\r\n",
            &["POST /a hello", "GET /b "],
        );
    }

    #[test]
    fn what_ends_early_is_an_error() {
        for sent in [
            "GET /a HTTP/1.1\r\nHost: h\r\n",
            "POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nhi",
            "POST /a HTTP/1.1\r\nContent-Length: x\r\n\r\nhi",
            "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi",
            "nonsense\r\n\r\n",
        ] {
            assert!(Request::read(&mut sent.as_bytes()).is_err(), "{sent:?}");
        }
    }

    #[test]
    fn an_answer_is_one_piece() {
        let bytes = answer("200 OK", &[("X-A", "b")], b"hi");
        let expected = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\nhi";
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    }
}
