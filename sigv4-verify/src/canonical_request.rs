//! The canonical request: method, path, query, headers, names of the headers and hash of the body,
//! a line each.
//!
//! Source: IAM User Guide, "Create a signed AWS API request", step 1.

use std::fmt;

use thiserror::Error;

use crate::auth_parameters::Placement;
use crate::canonical_query::CanonicalQuery;
use crate::hex;
use crate::percent::encode_path;
use crate::presigned_query::SIGNATURE;
use crate::request::WireRequest;
use crate::signed_headers::SignedHeaders;

/// The text whose hash is signed. It holds the session token of a presigned URL, so `Debug` hides
/// it.
#[derive(Clone, PartialEq, Eq)]
pub struct CanonicalRequest(String);

/// A signed header that the request does not have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the header {name} is signed, but not there")]
pub struct SignedHeaderMissing {
    /// Its name.
    pub name: String,
}

impl CanonicalRequest {
    /// Builds the text.
    ///
    /// - The path is that of the wire, encoded once more: no service that this crate plays decodes
    ///   it first, and none is known to resolve `.`, `..` or `//`, so these stay.
    /// - Under [`Placement::Query`] the query is without `X-Amz-Signature`; under
    ///   [`Placement::Header`] it is whole.
    /// - A header value loses the spaces and tabs around it; inside it, runs of spaces become one.
    ///   Repeats are joined by a comma, in the order of the wire.
    ///
    /// `payload_hash` comes from [`payload_hash::check`](crate::payload_hash::check).
    ///
    /// # Errors
    ///
    /// [`SignedHeaderMissing`] for the first signed header that is not there.
    pub fn build(
        request: &WireRequest<'_>,
        query: &CanonicalQuery<'_>,
        placement: Placement,
        signed_headers: &SignedHeaders,
        payload_hash: &str,
    ) -> Result<Self, SignedHeaderMissing> {
        let mut text = String::with_capacity(2 * request.target.len() + 512);
        text.push_str(request.method);
        text.push('\n');
        encode_path(request.path(), &mut text);
        text.push('\n');
        query.write(
            &mut text,
            match placement {
                Placement::Query => Some(SIGNATURE),
                Placement::Header => None,
            },
        );
        text.push('\n');
        for name in signed_headers.names() {
            push_header(request, name, &mut text)?;
        }
        for line in ["\n", signed_headers.as_str(), "\n", payload_hash] {
            text.push_str(line);
        }
        Ok(Self(text))
    }

    /// The text itself. It may hold a session token.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The SHA-256 of the text, as the string to sign has it.
    pub fn hash(&self) -> String {
        hex::sha256(self.0.as_bytes())
    }
}

fn push_header(
    request: &WireRequest<'_>,
    name: &str,
    text: &mut String,
) -> Result<(), SignedHeaderMissing> {
    text.push_str(name);
    let mut separator = ':';
    for value in request.header_values(name) {
        text.push(separator);
        push_trimmed(value, text);
        separator = ',';
    }
    if separator == ':' {
        return Err(SignedHeaderMissing { name: name.to_owned() });
    }
    text.push('\n');
    Ok(())
}

fn push_trimmed(value: &str, text: &mut String) {
    let mut words = value.trim_matches([' ', '\t']).split(' ').filter(|word| !word.is_empty());
    text.push_str(words.next().unwrap_or_default());
    for word in words {
        text.push(' ');
        text.push_str(word);
    }
}

impl fmt::Debug for CanonicalRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CanonicalRequest({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(
        target: &str,
        headers: &[(&str, &str)],
        placement: Placement,
        signed_headers: &str,
    ) -> Result<CanonicalRequest, SignedHeaderMissing> {
        let request = WireRequest { method: "GET", target, headers, body: b"" };
        let query = CanonicalQuery::parse(request.query()).expect(target);
        let signed_headers = SignedHeaders::parse(signed_headers).expect(signed_headers);
        CanonicalRequest::build(&request, &query, placement, &signed_headers, "HASH")
    }

    fn check_header(headers: &[(&str, &str)], line: &str) {
        let canonical = build("/", headers, Placement::Query, "x").expect("x is there");
        assert_eq!(canonical.expose(), format!("GET\n/\n\n{line}\n\nx\nHASH"));
    }

    #[test]
    fn a_line_for_each_part() {
        let headers = [("X-Other", "1"), ("HOST", "h:3001"), ("X-Amz-Date", "D")];
        let target = "/$default?b=&a&X-Amz-Signature=s";
        let canonical =
            build(target, &headers, Placement::Query, "host;x-amz-date").expect("all there");
        assert_eq!(
            canonical.expose(),
            "GET\n/%24default\na=&b=\nhost:h:3001\nx-amz-date:D\n\nhost;x-amz-date\nHASH"
        );
        assert_eq!(canonical.hash(), hex::sha256(canonical.expose().as_bytes()));
    }

    #[test]
    fn under_header_placement_the_query_is_whole() {
        let canonical = build("/?X-Amz-Signature=s", &[("Host", "h")], Placement::Header, "host")
            .expect("all there");
        assert_eq!(canonical.expose(), "GET\n/\nX-Amz-Signature=s\nhost:h\n\nhost\nHASH");
    }

    #[test]
    fn spaces_are_trimmed_and_collapsed() {
        check_header(&[("x", " \t a   b  c\t")], "x:a b c");
        check_header(&[("x", "a \t b")], "x:a \t b");
        check_header(&[("x", "\"a  b\"")], "x:\"a b\"");
        check_header(&[("x", "  ")], "x:");
    }

    #[test]
    fn repeats_are_joined_in_the_order_of_the_wire() {
        check_header(&[("x", "b"), ("y", "-"), ("X", " a "), ("x", "")], "x:b,a,");
    }

    #[test]
    fn a_signed_header_that_is_missing_is_named() {
        let error =
            build("/", &[("Host", "h")], Placement::Query, "host;origin").expect_err("no origin");
        assert_eq!(error, SignedHeaderMissing { name: "origin".into() });
    }

    #[test]
    fn debug_hides_the_text() {
        let canonical =
            build("/?X-Amz-Security-Token=MARKER", &[("Host", "h")], Placement::Query, "host");
        assert!(!format!("{canonical:?}").contains("MARKER"));
    }
}
