//! A request's head as it came over the wire, before anything of it is decoded.

pub mod recording;

use std::collections::BTreeSet;
use std::fmt;

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use sigv4_verify::WireRequest;
use sigv4_verify::found::Found;

use crate::events::headers;
use crate::listener::Client;
use recording::RecordedHead;

/// Characters of a URL as it is sent: with the scheme and the host, which the head has elsewhere.
pub fn url_length(scheme: &str, host: &str, target: &str) -> usize {
    [scheme, "://", host, target].into_iter().map(str::len).sum()
}

/// A request's head. What was signed is what was sent: nothing here is decoded or normalized.
#[derive(Clone)]
pub struct Head {
    /// The method.
    pub method: String,
    /// Path and query as they came.
    pub target: String,
    /// Every header, in the order of the wire and its name as it came. Where that was not recorded (see
    /// [`recording`]), names are in lower case, and only those of one name in their order.
    pub headers: Vec<(String, String)>,
    /// Which of them, by their place, have a value that was not UTF-8: no signature covers one.
    pub not_utf8: BTreeSet<usize>,
    /// The client's address.
    pub source_ip: String,
}

impl Head {
    /// Reads it from what the server keeps.
    pub fn of(parts: &Parts) -> Self {
        let source = parts.extensions.get::<ConnectInfo<Client>>();
        let mut sent = sent_headers(parts);
        if let Some(authority) = parts.uri.authority() {
            // A target that names the host itself overrules the header (RFC 9112, section 3.2.2).
            sent.retain(|(name, _)| !name.eq_ignore_ascii_case("host"));
            sent.push(("Host".to_owned(), authority.as_str().as_bytes()));
        }
        let is_utf8 = |value: &[u8]| std::str::from_utf8(value).is_ok();
        let values = sent.iter().enumerate();
        let not_utf8 = values.filter(|(_, (_, value))| !is_utf8(value)).map(|(at, _)| at).collect();
        let headers = sent.into_iter().map(|(name, value)| (name, headers::text(value))).collect();
        Self {
            method: parts.method.as_str().to_owned(),
            target: parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned(),
            headers,
            not_utf8,
            source_ip: source
                .map_or_else(String::new, |address| address.0.address.ip().to_string()),
        }
    }

    /// The path as it came.
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(&self.target, |(path, _)| path)
    }

    /// The query as it came; `None` without a `?`.
    pub fn query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }

    /// The first value of a header, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The Host that the client named, without its port.
    pub fn domain_name(&self) -> &str {
        let host = self.header("host").unwrap_or_default();
        match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        }
    }

    /// Bytes of the request line and the headers together, roughly as they were sent.
    pub fn bytes(&self) -> usize {
        self.method.len() + self.target.len() + self.header_bytes()
    }

    /// Bytes of the headers alone, each line with its end.
    pub fn header_bytes(&self) -> usize {
        self.headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum()
    }

    /// For the verifier, with the body: without the headers that are not UTF-8, as it wants it.
    pub fn with_body<R>(&self, body: &[u8], use_it: impl FnOnce(&WireRequest<'_>) -> R) -> R {
        let headers = self.headers.iter().enumerate();
        let headers: Vec<_> = headers
            .filter(|(at, _)| !self.not_utf8.contains(at))
            .map(|(_, (name, value))| (name.as_str(), value.as_str()))
            .collect();
        use_it(&WireRequest { method: &self.method, target: &self.target, headers: &headers, body })
    }
}

/// The headers as they were recorded; where they were not, or are not those that the server has
/// read, the server's.
fn sent_headers(parts: &Parts) -> Vec<(String, &[u8])> {
    let read = &parts.headers;
    let recorded = parts.extensions.get::<RecordedHead>();
    // Found once: they are gone through for every name.
    let sent: Option<Vec<_>> = recorded.map(|recorded| recorded.headers().collect());
    match sent.filter(|sent| is_as_read(sent, read)) {
        Some(sent) => sent
            .into_iter()
            .map(|(name, value)| (String::from_utf8_lossy(name).into_owned(), value))
            .collect(),
        None => {
            read.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes())).collect()
        }
    }
}

/// Whether the server has read these headers: of each name the same values, in their order.
fn is_as_read(sent: &[(&[u8], &[u8])], read: &HeaderMap) -> bool {
    let is_as_read = |name: &HeaderName| {
        let sent = sent
            .iter()
            .filter(|(other, _)| other.eq_ignore_ascii_case(name.as_str().as_bytes()))
            .map(|(_, value)| *value);
        sent.eq(read.get_all(name).iter().map(HeaderValue::as_bytes))
    };
    sent.len() == read.len() && read.keys().all(is_as_read)
}

/// Shows the method and the path: the rest may hold a signature and a token. So may the path, where
/// the `?` was lost.
impl fmt::Debug for Head {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method, Found::new(self.path()))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::recording::Recording;
    use super::*;

    #[test]
    fn debug_shows_no_query_not_even_one_without_its_question_mark() {
        let check = |target: &str, expected: &str| {
            let head = Head {
                method: "GET".to_owned(),
                target: target.to_owned(),
                headers: vec![("Authorization".to_owned(), "MARKER".to_owned())],
                not_utf8: BTreeSet::new(),
                source_ip: String::new(),
            };
            assert_eq!(format!("{head:?}"), expected);
        };
        check("/prod?X-Amz-Security-Token=MARKER", "GET /prod");
        check("/prodX-Amz-Security-Token=MARKER", "GET /prodX-Amz-Security-Token…");
        check("/prod%3FX-Amz-Security-Token%3DMARKER", "GET /prod%3FX-Amz-Security-Token…");
    }

    #[test]
    fn the_domain_name_is_the_host_without_its_port() {
        let check = |host: &str, expected: &str| {
            let request = Request::builder().uri("/").header("Host", host).body(());
            let head = Head::of(&request.unwrap().into_parts().0);
            assert_eq!(head.domain_name(), expected);
        };
        check("localhost:3000", "localhost");
        check("localhost", "localhost");
        check("[::1]:3000", "[::1]");
        check("[::1]", "[::1]");
    }

    #[test]
    fn a_header_that_is_not_utf8_is_for_the_event_and_not_for_the_verifier() {
        let check = |target: &str| {
            let value = |bytes| axum::http::HeaderValue::from_bytes(bytes).unwrap();
            let request = Request::builder()
                .uri(target)
                .header("Host", "named")
                .header("X-Tag", value(b"\xe4"))
                .header("X-Tag", value("\u{e4}".as_bytes()))
                .header("X-Tag", value(b"\xff\xfe"));
            let head = Head::of(&request.body(()).unwrap().into_parts().0);
            let of_event: Vec<_> =
                head.headers.iter().filter(|(name, _)| name == "x-tag").collect();
            let values: Vec<_> = of_event.iter().map(|(_, value)| value.as_str()).collect();
            assert_eq!(values, ["\u{e4}", "\u{e4}", "\u{ff}\u{fe}"]);
            head.with_body(b"", |request| {
                assert_eq!(request.header("x-tag"), Ok(Some("\u{e4}")), "{target}");
                assert_eq!(request.header("host"), Ok(Some("named")), "{target}");
            });
        };
        check("/prod");
        check("http://named/prod");
    }

    #[test]
    fn names_are_as_recorded_where_that_is_what_was_read() {
        let check = |recorded: &str, expected: &[&str]| {
            let recording = Recording::default();
            recording.record(recorded.as_bytes());
            let request = Request::builder().header("Host", "named").header("X-Tag", "1");
            let mut request = request.header("X-Tag", "2").body(()).unwrap();
            request.extensions_mut().insert(recording.take().expect("a head"));
            let head = Head::of(&request.into_parts().0);
            let names: Vec<_> = head.headers.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, expected, "{recorded:?}");
        };
        let lower = ["host", "x-tag", "x-tag"];
        let head = |lines: &str| format!("GET / HTTP/1.1\r\n{lines}\r\n\r\n");
        check(&head("X-TAG: 1\r\nHost: named\r\nx-Tag:2 "), &["X-TAG", "Host", "x-Tag"]);
        check(&head("X-TAG: 2\r\nHost: named\r\nx-Tag: 1"), &lower);
        check(&head("X-TAG: 1\r\nHost: named"), &lower);
        check(&head("X-TAG: 1\r\nHost: named\r\nx-Tag: 3"), &lower);
        check(&head("X-TAG: 1\r\nHost: named\r\nx-Tag: 2\r\nMore: 1"), &lower);
    }

    fn check(target: &str, expected: &str, host: &str) {
        let request = Request::builder().uri(target).header("Host", "named:1").body(());
        let head = Head::of(&request.unwrap().into_parts().0);
        assert_eq!((head.target.as_str(), head.header("host")), (expected, Some(host)), "{target}");
        assert_eq!(head.headers.len(), 1, "one host only");
    }

    #[test]
    fn the_host_is_that_of_the_target_where_it_names_one() {
        check("/a%2fb?c", "/a%2fb?c", "named:1");
        check("http://other:2/a%2fb?c", "/a%2fb?c", "other:2");
    }
}
