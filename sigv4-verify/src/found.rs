//! What a request said, made fit to show in a message or a log line.

use std::fmt;

/// Characters of a found text that are shown at most; every well-formed value of SigV4 that we show
/// is shorter.
const LONGEST_SHOWN: usize = 128;

/// The same of what stands for a date, an algorithm or a hash. A date and the algorithm have 16.
const LONGEST_SHORT: usize = 32;

/// Letters and digits in a row that are shown at most. An access key id has 20, a signature 64: it
/// may stand under another parameter's name.
const LONGEST_RUN: usize = 32;

/// A text from the request, cut so that it cannot carry a secret along.
///
/// One wrong character on the wire is enough to make two parameters one:
/// `X-Amz-Date=…Z_X-Amz-Security-Token=…` is a date that ends in a live token. So the text ends
/// before its first `=`, plain or percent-encoded, which neither a date, a credential nor a list of
/// headers contains, after 32 letters and digits in a row, and after 128 characters, or fewer. What was
/// cut off is shown as `…`.
#[derive(Clone, PartialEq, Eq)]
pub struct Found(String);

impl Found {
    /// Keeps of `text` what may be shown, 128 characters at most.
    pub fn new(text: &str) -> Self {
        Self::cut(text, LONGEST_SHOWN)
    }

    /// The same of what stands where a short text belongs, 32 characters at most: a whole token sent
    /// under such a name has `/` and `+` enough to show more than its beginning otherwise.
    pub fn short(text: &str) -> Self {
        Self::cut(text, LONGEST_SHORT)
    }

    fn cut(text: &str, longest: usize) -> Self {
        let ends = ["=", "%3D", "%3d"].iter().filter_map(|end| text.find(end));
        let before = ends.min().and_then(|end| text.get(..end)).unwrap_or(text);
        let mut run = 0;
        let shown: String = before
            .chars()
            .take(longest)
            .take_while(|character| {
                run = if character.is_ascii_alphanumeric() { run + 1 } else { 0 };
                run <= LONGEST_RUN
            })
            .collect();
        let cut = shown.len() < text.len();
        Self(if cut { shown + "…" } else { shown })
    }
}

impl fmt::Display for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, shown: &str) {
        assert_eq!(Found::new(text).to_string(), shown);
    }

    #[test]
    fn a_short_text_is_shown_whole() {
        check("", "");
        check("host;x-amz-date", "host;x-amz-date");
    }

    #[test]
    fn a_signature_is_not_shown_whole_under_whatever_name() {
        let half = "0123456789abcdef0123456789abcdef";
        check(&format!("AWS4-{half}{half}"), &format!("AWS4-{half}…"));
        check(half, half);
    }

    #[test]
    fn nothing_is_shown_from_the_first_equals_sign_on() {
        check(
            "20260102T030405Z_X-Amz-Security-Token=TOK",
            "20260102T030405Z_X-Amz-Security-Token…",
        );
        check("=TOK", "…");
        check("/prod%3FX-Amz-Security-Token%3DTOK=", "/prod%3FX-Amz-Security-Token…");
        check("/prod%3fX-Amz-Security-Token%3dTOK", "/prod%3fX-Amz-Security-Token…");
    }

    #[test]
    fn a_long_text_is_cut() {
        check(&"é".repeat(128), &"é".repeat(128));
        check(&"é".repeat(129), &("é".repeat(128) + "…"));
    }

    #[test]
    fn what_stands_for_a_short_text_is_cut_earlier() {
        let token = "IQoJb3Jp/Z2luX2Vj+EA4aCXVz/LWVhc3Qt+MSJHMEUC/IQDe".repeat(4);
        assert_eq!(Found::short(&token).to_string(), "IQoJb3Jp/Z2luX2Vj+EA4aCXVz/LWVhc…");
        assert_eq!(Found::short("AWS4-HMAC-SHA256").to_string(), "AWS4-HMAC-SHA256");
        assert_eq!(Found::short(&"é".repeat(32)).to_string(), "é".repeat(32));
    }

    #[test]
    fn debug_escapes_control_characters() {
        assert_eq!(format!("{:?}", Found::new("a\nb")), "\"a\\nb\"");
    }
}
