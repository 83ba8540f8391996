//! Percent-encoding as Signature Version 4 wants it: everything but the unreserved characters of
//! RFC 3986 §2.3 (letters, digits, `-`, `.`, `_`, `~`), byte by byte, upper-case hexadecimal. It
//! works on bytes, so escapes that are not UTF-8 pass through unchanged.
//!
//! Source: IAM User Guide, "Create a signed AWS API request", function `UriEncode`.

use std::borrow::Cow;

use thiserror::Error;

const UPPER_HEX: &[u8; 16] = b"0123456789ABCDEF";

/// A `%` that is not followed by two hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the % at byte {position} is not followed by two hexadecimal digits")]
pub struct BadEscape {
    /// Where the `%` stands in the text that was read, from 0.
    pub position: usize,
}

/// Appends a path to `canonical`, every byte but `/` and the unreserved characters encoded. A path
/// that is encoded already is so encoded twice, as every service but S3 wants it.
pub fn encode_path(path: &str, canonical: &mut String) {
    for byte in path.bytes() {
        if byte == b'/' {
            canonical.push('/');
        } else {
            push_encoded(byte, canonical);
        }
    }
}

/// One side of a query parameter, decoded and encoded again. A `+` is a space.
///
/// # Errors
///
/// [`BadEscape`] where a `%` begins no escape: such a text has no canonical form.
pub fn recode(raw: &str) -> Result<Cow<'_, str>, BadEscape> {
    if is_canonical(raw) {
        return Ok(Cow::Borrowed(raw));
    }
    let mut canonical = String::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = match (byte, after) {
            (b'%', [high, low, after @ ..]) => {
                let Some(byte) = escaped(*high, *low) else {
                    return Err(BadEscape { position: raw.len() - rest.len() });
                };
                push_encoded(byte, &mut canonical);
                after
            }
            (b'%', _) => return Err(BadEscape { position: raw.len() - rest.len() }),
            (b'+', _) => {
                push_encoded(b' ', &mut canonical);
                after
            }
            _ => {
                push_encoded(*byte, &mut canonical);
                after
            }
        };
    }
    Ok(Cow::Owned(canonical))
}

/// What a text from [`recode`] stands for. Bytes that are not UTF-8 become U+FFFD: for reading
/// only, never for signing.
pub fn decode(canonical: &str) -> Cow<'_, str> {
    if !canonical.contains('%') {
        return Cow::Borrowed(canonical);
    }
    let mut decoded = Vec::with_capacity(canonical.len());
    let mut pieces = canonical.as_bytes().split(|byte| *byte == b'%');
    decoded.extend_from_slice(pieces.next().unwrap_or_default());
    for piece in pieces {
        if let [high, low, after @ ..] = piece {
            decoded.extend(escaped(*high, *low));
            decoded.extend_from_slice(after);
        }
    }
    Cow::Owned(match String::from_utf8(decoded) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

/// Whether recoding changes nothing, as of all that signers write: a session token is long, and need not be copied.
fn is_canonical(raw: &str) -> bool {
    let mut rest = raw.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = match after {
            _ if is_unreserved(*byte) => after,
            [high, low, after @ ..] if *byte == b'%' && is_canonical_escape(*high, *low) => after,
            _ => return false,
        };
    }
    true
}

fn is_canonical_escape(high: u8, low: u8) -> bool {
    let is_upper_case = |digit: u8| !digit.is_ascii_lowercase();
    escaped(high, low).is_some_and(|byte| !is_unreserved(byte))
        && is_upper_case(high)
        && is_upper_case(low)
}

fn push_encoded(byte: u8, canonical: &mut String) {
    if is_unreserved(byte) {
        canonical.push(char::from(byte));
    } else {
        canonical.push('%');
        for nibble in [byte >> 4, byte & 0xF] {
            canonical.push(char::from(UPPER_HEX[usize::from(nibble)]));
        }
    }
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// The byte that two digits stand for.
fn escaped(high: u8, low: u8) -> Option<u8> {
    Some(hex_value(high)? << 4 | hex_value(low)?)
}

fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_recode(raw: &str, canonical: &str) {
        assert_eq!(recode(raw).as_deref(), Ok(canonical), "{raw}");
    }

    fn check_bad(raw: &str, position: usize) {
        assert_eq!(recode(raw), Err(BadEscape { position }), "{raw}");
    }

    fn check_path(path: &str, expected: &str) {
        let mut canonical = String::new();
        encode_path(path, &mut canonical);
        assert_eq!(canonical, expected);
    }

    #[test]
    fn unreserved_characters_stay() {
        check_recode("", "");
        check_recode("AZaz09-._~", "AZaz09-._~");
        check_recode("%41%7A%7e%2D", "Az~-");
    }

    #[test]
    fn everything_else_is_encoded_in_upper_case() {
        check_recode("!$'()*,;:@/?", "%21%24%27%28%29%2A%2C%3B%3A%40%2F%3F");
        check_recode("%c3%a9é", "%C3%A9%C3%A9");
        check_recode("%25%2541", "%25%2541");
    }

    #[test]
    fn a_plus_is_a_space_and_an_encoded_plus_a_plus() {
        check_recode("a+b%20c%2Bd", "a%20b%20c%2Bd");
    }

    #[test]
    fn bytes_that_are_not_utf_8_pass() {
        check_recode("%ff%C3", "%FF%C3");
        assert_eq!(decode("%FFa"), "\u{FFFD}a");
    }

    #[test]
    fn a_bad_escape_is_refused_at_its_place() {
        check_bad("%", 0);
        check_bad("a%4", 1);
        check_bad("ab%4g", 2);
        check_bad("ab%g4", 2);
        check_bad("%41%é", 3);
    }

    #[test]
    fn a_path_is_encoded_once_more() {
        check_path("/$default/%40connections/Id%3D", "/%24default/%2540connections/Id%253D");
        check_path("/é//.", "/%C3%A9//.");
    }

    #[test]
    fn decode_undoes_the_escapes() {
        assert_eq!(decode("TOK%2F%2B%3D%3D"), "TOK/+==");
        assert_eq!(decode("host"), "host");
    }
}
