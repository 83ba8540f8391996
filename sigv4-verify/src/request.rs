//! A request as it came over the wire.

use std::fmt;

use thiserror::Error;

use crate::found::Found;

/// A request before anything has been decoded or normalised: what was signed is what was sent.
///
/// Borrowed from the server that received it. Its `Debug` shows the method, the path and the names
/// of the headers; the query and the values may hold a signature and a session token.
#[derive(Clone, Copy)]
pub struct WireRequest<'a> {
    /// The method, as sent: `GET`.
    pub method: &'a str,
    /// The request-target in origin form (RFC 9112 §3.2.1), byte for byte:
    /// `/prod?room=lobby&X-Amz-Algorithm=…`.
    pub target: &'a str,
    /// Name and value of every header, in the order of the wire, the names in any case. A header
    /// whose value is not UTF-8 is left out by the caller; if it is signed, the request is refused.
    pub headers: &'a [(&'a str, &'a str)],
    /// The whole body; empty for a handshake.
    pub body: &'a [u8],
}

/// A header that may come once came more often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the header {name} is there more than once")]
pub struct RepeatedHeader {
    /// The name that was looked for.
    pub name: &'static str,
}

impl<'a> WireRequest<'a> {
    /// The target up to the first `?`.
    pub fn path(&self) -> &'a str {
        self.target.split_once('?').map_or(self.target, |(path, _)| path)
    }

    /// The target after the first `?`; empty without one.
    pub fn query(&self) -> &'a str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// The values of a header, in the order of the wire. The name is compared without case.
    pub fn header_values(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| *value)
    }

    /// The value of a header that may come once.
    ///
    /// # Errors
    ///
    /// [`RepeatedHeader`] if it came more often.
    pub fn header(&self, name: &'static str) -> Result<Option<&'a str>, RepeatedHeader> {
        let mut values = self.header_values(name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(RepeatedHeader { name }),
            (value, None) => Ok(value),
        }
    }
}

impl fmt::Debug for WireRequest<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header_names: Vec<&str> = self.headers.iter().map(|(name, _)| *name).collect();
        formatter
            .debug_struct("WireRequest")
            .field("method", &self.method)
            .field("path", &Found::new(self.path()))
            .field("header_names", &header_names)
            .field("body_length", &self.body.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_split(target: &str, path: &str, query: &str) {
        let request = WireRequest { method: "GET", target, headers: &[], body: b"" };
        assert_eq!((request.path(), request.query()), (path, query), "{target}");
    }

    const REQUEST: WireRequest<'static> = WireRequest {
        method: "GET",
        target: "/prod?X-Amz-Security-Token=MARKER",
        headers: &[("Host", "h"), ("X-Tag", "b"), ("x-tag", "a"), ("Authorization", "MARKER")],
        body: b"MARKER",
    };

    #[test]
    fn the_first_question_mark_ends_the_path() {
        check_split("/prod", "/prod", "");
        check_split("/prod?", "/prod", "");
        check_split("/prod?a?b", "/prod", "a?b");
        check_split("/%3F?a", "/%3F", "a");
    }

    #[test]
    fn headers_are_found_without_case_and_in_order() {
        assert_eq!(REQUEST.header("host"), Ok(Some("h")));
        assert_eq!(REQUEST.header("origin"), Ok(None));
        assert_eq!(REQUEST.header("x-tag"), Err(RepeatedHeader { name: "x-tag" }));
        assert_eq!(REQUEST.header_values("X-TAG").collect::<Vec<_>>(), ["b", "a"]);
    }

    #[test]
    fn debug_shows_no_value() {
        let debug = format!("{REQUEST:?}");
        assert!(!debug.contains("MARKER"), "{debug}");
        assert!(debug.contains("/prod") && debug.contains("X-Tag"), "{debug}");
    }

    #[test]
    fn debug_shows_no_value_where_the_question_mark_is_lost() {
        let debug =
            format!("{:?}", WireRequest { target: "/prod_X-Amz-Signature=MARKER", ..REQUEST });
        assert!(!debug.contains("MARKER"), "{debug}");
    }
}
