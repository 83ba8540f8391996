//! What a request said, made fit to show in a message or a log line.

use std::fmt;
use std::ops::{Range, RangeInclusive};

/// Characters of a found text that are shown at most; every well-formed value of SigV4 that we show
/// is shorter.
const LONGEST_SHOWN: usize = 128;

/// The same of what stands for a date, an algorithm or a hash. A date and the algorithm have 16.
const LONGEST_SHORT: usize = 32;

/// Letters and digits in a row that are shown at most. An access key id has 20, a secret key 40, a
/// signature 64: each may stand under another parameter's name.
const LONGEST_RUN: usize = 32;

/// Characters of a secret access key: letters in both cases, and nearly always digits. (One key of 900 has none.)
const SECRET_KEY: usize = 40;

/// The beginning of a longer run, which is shown.
const BEGINNING: usize = 8;

/// Characters of the shortest access key id (IAM API Reference, `AccessKey`), and of the longest that is
/// shown: AWS's have 20, and a signature in capital letters is none.
const KEY_ID: RangeInclusive<usize> = 16..=LONGEST_RUN;

/// Characters of the other parts of a credential; the longest region has 14.
const LONGEST_PART: usize = 24;

/// A text from the request, cut so that it cannot carry a secret along.
///
/// One wrong character on the wire is enough to make two parameters one:
/// `X-Amz-Date=…Z_X-Amz-Security-Token=…` is a date that ends in a live token. So the text ends
/// before its first `=`, plain or percent-encoded, which neither a date, a credential nor a list of
/// headers contains, early in a run that could be a secret, and after 128 characters, or fewer. What was cut off is shown as `…`.
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

    /// The same of a credential, whole or a part of it: key id and secret key are easily exchanged, so
    /// nothing is shown unless it begins with what has the form of an id, and then what has the form of a
    /// credential's parts.
    pub fn credential(text: &str) -> Self {
        let is_id = |part: &str| {
            let is_of_id = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
            KEY_ID.contains(&part.len()) && part.bytes().all(is_of_id)
        };
        let is_part = |part: &str| {
            let is_of_part = |byte: u8| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte)
            };
            part.len() <= LONGEST_PART && part.bytes().all(is_of_part)
        };
        let mut parts = text.split('/');
        let id = parts.next().filter(|id| is_id(id));
        Self(id.map_or_else(
            || "…".to_owned(),
            |id| {
                let parts = parts.map(|part| if is_part(part) { part } else { "…" });
                [id].into_iter().chain(parts).take(6).collect::<Vec<_>>().join("/")
            },
        ))
    }

    fn cut(text: &str, longest: usize) -> Self {
        let ends = ["=", "%3D", "%3d"].iter().filter_map(|end| text.find(end));
        let before = ends.min().and_then(|end| text.get(..end)).unwrap_or(text);
        let before = match long_run(before) {
            Some(run) => &before[..run.start + BEGINNING],
            None => before,
        };
        let shown: String = before.chars().take(longest).collect();
        let cut = shown.len() < text.len();
        Self(if cut { shown + "…" } else { shown })
    }
}

/// Where the first run of characters is that could be a secret: letters and digits alone, or with what base64
/// has beside them, plain or percent-encoded, where capitals, small letters and digits are mixed as only a
/// random text mixes them. A `+` may have become a space. As long as a secret key, capitals and small letters are enough:
/// it may have no digit.
pub fn long_run(text: &str) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let plain = runs(text, |byte| byte.is_ascii_alphanumeric()).next();
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_%".contains(&byte);
    let mixed = runs(text, |byte| base64(byte) || byte == b' ').find(|run| {
        has_both_cases(&bytes[run.clone()]) && bytes[run.clone()].iter().any(u8::is_ascii_digit)
    });
    let long = runs(text, base64)
        .find(|run| run.len() >= SECRET_KEY && has_both_cases(&bytes[run.clone()]));
    plain.into_iter().chain(mixed).chain(long).min_by_key(|run| run.start)
}

/// The long runs of such characters.
fn runs(text: &str, is_in_run: impl Fn(u8) -> bool) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    let runs = text.as_bytes().split(move |byte| !is_in_run(*byte)).map(move |run| {
        let range = start..start + run.len();
        start = range.end + 1;
        range
    });
    runs.filter(|run| run.len() > LONGEST_RUN)
}

fn has_both_cases(run: &[u8]) -> bool {
    run.iter().any(u8::is_ascii_uppercase) && run.iter().any(u8::is_ascii_lowercase)
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
        check(&format!("AWS4-{half}{half}"), "AWS4-012…");
        check(half, half);
    }

    #[test]
    fn a_secret_key_is_not_shown_whole_however_it_is_encoded() {
        check("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "wJalrXUt…");
        check("wJalrXUtnFEMI%2FK7MDENG%2BbPxRfiCYEXAMPLEKEY", "wJalrXUt…");
        check("wJalrXUtnFEMI%252FK7MDENG%252BbPxRfiCYEXAMPLEKEY", "wJalrXUt…");
    }

    #[test]
    fn a_secret_key_without_a_digit_is_not_shown_whole() {
        check("wJalrXUtnFEMI/KqMDENG+bPxRfiCYEXAMPLEKEY", "wJalrXUt…");
        check("wJalrXUtnFEMI-KqMDENG_bPxRfiCYEXAMPLEKEY", "wJalrXUt…");
    }

    #[test]
    fn a_long_name_that_people_made_is_shown() {
        check(
            "my-own-development-machine-in-the-office.local",
            "my-own-development-machine-in-the-office.local",
        );
        check("/api/v1/a-rather-long-path/of-its-own", "/api/v1/a-rather-long-path/of-its-own");
    }

    #[test]
    fn nothing_is_shown_from_the_first_equals_sign_on() {
        check("20260102T030405Z_X-Amz-Security-Token=TOK", "20260102…");
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
        assert_eq!(Found::short(&token).to_string(), "IQoJb3Jp…");
        let dotted = "IQoJb3Jp.Z2luX2Vj.EA4aCXVz.LWVhc3Qt.MSJHMEUC";
        assert_eq!(Found::short(dotted).to_string(), "IQoJb3Jp.Z2luX2Vj.EA4aCXVz.LWVhc…");
        assert_eq!(Found::short("AWS4-HMAC-SHA256").to_string(), "AWS4-HMAC-SHA256");
        assert_eq!(Found::short(&"é".repeat(32)).to_string(), "é".repeat(32));
    }

    #[test]
    fn of_a_credential_only_what_has_the_form_of_its_parts_is_shown() {
        let check = |text: &str, shown| assert_eq!(Found::credential(text).to_string(), shown);
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        check("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE");
        check("AKIAIOSFODNN7EXAMPLE/20260102/eu-west-1", "AKIAIOSFODNN7EXAMPLE/20260102/eu-west-1");
        check(&format!("AKIAIOSFODNN7EXAMPLE/{secret}"), "AKIAIOSFODNN7EXAMPLE/…/…");
        check(&format!("{secret}/20260102/eu-west-1/execute-api/aws4_request"), "…");
        check("wJalrXUtnFEMIwK7MDENGwbPxRfiCYEXAMPLEKEY", "…");
        check("20260102/eu-west-1", "…");
        check(&"0123456789ABCDEF".repeat(4), "…");
        check("", "…");
    }

    #[test]
    fn debug_escapes_control_characters() {
        assert_eq!(format!("{:?}", Found::new("a\nb")), "\"a\\nb\"");
    }
}
