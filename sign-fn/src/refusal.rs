//! Why a request is not answered with a signed URL.

use crate::{
    credentials::CredentialsError,
    limits::{BODY_BYTES, HEADER_BYTES, URL_CHARACTERS},
};

/// Why a request is not answered with a signed URL.
///
/// The text of a variant that is the caller's fault is for the caller: it names what was wrong and what
/// was expected. It shows names, never a value of a parameter, a header or a claim; of other values an unknown
/// `authMethod` alone. Where the fault is ours the text is for the log.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The caller's token has not a claim that is granted here, or there is no token.
    #[error("the claim `{claim}` is missing, expected a token that has it: it is granted here")]
    ClaimMissing {
        /// The claim's name, from the configuration.
        claim: Shown,
    },
    /// A claim has a value that is not signed.
    #[error("the claim `{claim}` is blank or has a control character, expected a value to grant")]
    ClaimUnusable {
        /// The claim's name, from the configuration.
        claim: Shown,
    },
    /// The body is longer than [`BODY_BYTES`].
    #[error("the body has {found} bytes, the limit is {BODY_BYTES}")]
    BodyTooLarge {
        /// Its length in bytes, decoded.
        found: usize,
    },
    /// The body is not JSON, or JSON that serde_json does not read: with a number beyond all doubles,
    /// or objects more than 127 levels deep.
    #[error(
        "the body cannot be read, reading stopped at line {line}, column {column}: expected JSON, its numbers in the range of a double, its objects at most 127 levels deep"
    )]
    InvalidJson {
        /// Line of the first fault, from 1.
        line: usize,
        /// Column of the first fault in bytes, from 1.
        column: usize,
    },
    /// A key stands twice in an object.
    #[error("the key `{key}` stands twice in {place}")]
    RepeatedKey {
        /// The key.
        key: Shown,
        /// The object.
        place: &'static str,
    },
    /// A field that the request does not have.
    #[error(
        "`{name}` is no field of the request, expected `query`, `url`, `authMethod` or `headers`"
    )]
    UnknownField {
        /// The field.
        name: Shown,
    },
    /// A value of another JSON type.
    #[error("{place} is {found}, expected {expected}")]
    WrongType {
        /// Where the value stands.
        place: String,
        /// Its type, with article.
        found: &'static str,
        /// The type that belongs there, with article.
        expected: &'static str,
    },
    /// `authMethod` is neither of the two.
    #[error("`authMethod` is `{found}`, expected `query` or `header`")]
    UnknownAuthMethod {
        /// What it is.
        found: Shown,
    },
    /// `url` is not the configured WebSocket URL, or more than it and a query.
    #[error("`url` {fault}, expected {expected} with any query")]
    WrongUrl {
        /// What is wrong with it.
        fault: &'static str,
        /// The configured WebSocket URL.
        expected: String,
    },
    /// The query of `url` cannot be decoded.
    #[error("the parameter `{name}` in `url` has {fault}, expected percent-encoded UTF-8")]
    InvalidEncoding {
        /// The name, as it stands in `url`.
        name: Shown,
        /// What is wrong with name or value.
        fault: &'static str,
    },
    /// A parameter without a name.
    #[error("a parameter has an empty name, expected one of at least one character")]
    EmptyName,
    /// A control character in a name or a value.
    #[error("{place} has a control character, expected none")]
    ControlCharacter {
        /// Where it stands.
        place: String,
    },
    /// A name that the caller cannot set.
    #[error(
        "the parameter `{name}` is reserved, expected a name that does not begin with `grant.` or `x-amz-`"
    )]
    ReservedName {
        /// The name.
        name: Shown,
    },
    /// A name that this stack does not take.
    #[error("the parameter `{name}` is not among the names that may be requested here")]
    NameNotAllowed {
        /// The name.
        name: Shown,
    },
    /// A parameter that is given twice.
    #[error("the parameter `{name}` is given twice, expected once in `url` and `query` together")]
    RepeatedName {
        /// The name.
        name: Shown,
    },
    /// Headers, but no header method.
    #[error(
        "`headers` has `{name}`, expected none unless `authMethod` is `header`: a browser can send no headers"
    )]
    HeadersWithQueryMethod {
        /// The first of them.
        name: Shown,
    },
    /// A header name that is no token.
    #[error("the header `{name}` has no valid name, expected letters, digits and hyphens")]
    InvalidHeaderName {
        /// The name.
        name: Shown,
    },
    /// A header that the caller cannot set.
    #[error("the header `{name}` is reserved")]
    ReservedHeader {
        /// The name.
        name: Shown,
    },
    /// A header that this stack does not take.
    #[error("the header `{name}` is not among the names that may be requested here")]
    HeaderNotAllowed {
        /// The name.
        name: Shown,
    },
    /// A header that is given twice.
    #[error("the header `{name}` is given twice, expected names that differ in more than case")]
    RepeatedHeader {
        /// The name, as given the second time.
        name: Shown,
    },
    /// A header value that cannot be sent and signed alike.
    #[error(
        "the value of the header `{name}` is empty or has other characters than visible ASCII and inner spaces"
    )]
    InvalidHeaderValue {
        /// The name.
        name: Shown,
    },
    /// The URL is longer than API Gateway takes.
    #[error(
        "the signed URL would have {found} characters, the limit is {URL_CHARACTERS}: `url`, `query` and what is granted are too much together"
    )]
    UrlTooLong {
        /// Its length in characters, all of them ASCII.
        found: usize,
    },
    /// URL and headers together are longer than API Gateway takes.
    #[error(
        "URL and signed headers would have {found} bytes, the limit is {HEADER_BYTES}: `headers` asks for too much"
    )]
    HeadersTooLong {
        /// Their length in bytes, with the separators of the headers.
        found: usize,
    },
    /// There is nothing to sign with.
    #[error("no credentials of the signer role")]
    Credentials(#[from] CredentialsError),
    /// The event has no usable time.
    #[error("the event's requestContext.timeEpoch is {found}, expected milliseconds since 1970")]
    EventTime {
        /// What it is.
        found: i64,
    },
    /// The event is not one of an HTTP API.
    #[error(
        "the event has no request context, expected one of an HTTP API with payload format 2.0"
    )]
    EventContext,
    /// The operating system gave no random bytes.
    #[error("no random bytes for a nonce")]
    Randomness(#[source] getrandom::Error),
    /// The signer refused what was checked before.
    #[error("the URL could not be signed")]
    Signing(#[from] sigv4_sign::SigningError),
}

/// Text of a caller, made fit for a message: control characters are escaped, and it ends after 64
/// characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown(String);

impl<T: AsRef<str>> From<T> for Shown {
    fn from(text: T) -> Self {
        const LENGTH: usize = 64;
        let mut characters = text.as_ref().chars();
        let mut shown: String =
            characters.by_ref().take(LENGTH).flat_map(char::escape_debug).collect();
        if characters.next().is_some() {
            shown.push('…');
        }
        Self(shown)
    }
}

impl std::fmt::Display for Shown {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Shown;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(Shown::from(text).to_string(), expected);
    }

    #[test]
    fn shown_text_is_short_and_printable() {
        check("room", "room");
        check("a\nb\u{202e}", "a\\nb\\u{202e}");
        check(&"é".repeat(64), &"é".repeat(64));
        check(&"é".repeat(65), &format!("{}…", "é".repeat(64)));
    }
}
