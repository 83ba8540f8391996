//! The text as it was pasted: what mails, shells, JSON and HTML do to a URL on its way here is found, and undone, so
//! that the other checks see the URL that was meant.

use sigv4_verify::percent;
use sigv4_verify::presigned_query::SIGNATURE;

use super::report::{Check, Status};
use super::signature::SIGNATURE_LENGTH;

/// A text, and the URL that it was meant to be.
pub(super) struct Pasted {
    pub(super) url: String,
    pub(super) checks: Vec<Check>,
}

const NAME: &str = "the text is a URL and nothing else";

/// Something that happens to a URL on its way: what is found, and the text without it. `None` where it
/// has not happened.
type Damage = (fn(&str) -> Option<String>, &'static str);

/// In the order in which they are undone: what came last, first.
const DAMAGES: [Damage; 9] = [
    (without_quotes, "there are quotes around it"),
    (without_line_breaks, "a line break cuts it: copy it as one line"),
    (
        without_invisible_characters,
        "it has characters that cannot be seen, as web pages and chats add them",
    ),
    (
        with_encoded_spaces,
        "it has a space: a browser writes %20 for it, other clients end the URL there",
    ),
    (without_json_escapes, "it has \\u0026 for &, as JSON writes it: decode the JSON"),
    (without_backslashes, "it has backslashes, as a shell or JSON adds them"),
    (
        without_html_escapes,
        "it has &amp; for &, as HTML writes it: copy what the page shows, not its source",
    ),
    (decoded_whole, "it is percent-encoded as a whole, its :// too"),
    (with_scheme, "it has no scheme: it begins with wss://"),
];

impl Pasted {
    pub(super) fn read(text: &str) -> Self {
        let of_json = url_of_json(text);
        let mut url = of_json.as_deref().unwrap_or(text).trim().to_owned();
        let mut checks = Vec::new();
        for (undone, found) in DAMAGES {
            if let Some(better) = undone(&url) {
                url = better;
                checks.push(Check::other(NAME, Status::Finding, found));
            }
        }
        if url.contains('…') || url.ends_with("...") {
            checks.push(if has_whole_signature(&url) {
                let found = "it has …: that is a value's own, or it was shortened";
                Check::other(NAME, Status::Warning, found)
            } else {
                let found = "it was shortened: it has … where the rest should be";
                Check::other(NAME, Status::Finding, found)
            });
        }
        if checks.is_empty() {
            checks.push(Check::other(NAME, Status::Ok, ""));
        }
        if of_json.is_some() {
            let name = "the text is JSON with a member url";
            checks.insert(0, Check::other(name, Status::Ok, "that URL is explained"));
        }
        Self { url, checks }
    }
}

/// The member `url` of an object, as /sign answers it.
fn url_of_json(text: &str) -> Option<String> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).ok()?;
    Some(object.get("url")?.as_str()?.to_owned())
}

/// What differs from the text before, if anything.
fn changed(before: &str, after: String) -> Option<String> {
    (before != after).then_some(after)
}

/// Whether it has a signature that is not cut.
fn has_whole_signature(text: &str) -> bool {
    signature_end(text).is_some_and(|end| text[end..].is_empty() || text[end..].starts_with('&'))
}

/// Behind the last digit of a signature that has them all.
fn signature_end(text: &str) -> Option<usize> {
    let name = format!("{SIGNATURE}=");
    let start = text.find(&name)? + name.len();
    let digits = text.get(start..start + SIGNATURE_LENGTH)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(start + SIGNATURE_LENGTH)
}

/// Those at the beginning, and what is behind them at the end. At the end alone they may be a value's own, unless a
/// signature stands before them.
fn without_quotes(text: &str) -> Option<String> {
    const QUOTES: [char; 11] = ['"', '\'', '`', '<', '>', '“', '”', '‘', '’', '«', '»'];
    // Behind the quotes of JSON or of a list may be what separates its parts.
    const BEHIND: [char; 2] = [',', ';'];
    let is_behind_signature =
        || signature_end(text).is_some_and(|end| text[end..].starts_with(QUOTES));
    let quoted = text.starts_with(QUOTES) || is_behind_signature();
    quoted.then(|| text.trim_end_matches(BEHIND).trim_matches(QUOTES).trim().to_owned())
}

fn without_line_breaks(text: &str) -> Option<String> {
    let lines = text.split(['\n', '\r', '\t']).map(|line| line.trim().trim_end_matches('\\'));
    changed(text, if text.contains(['\n', '\r', '\t']) { lines.collect() } else { text.to_owned() })
}

fn without_invisible_characters(text: &str) -> Option<String> {
    // U+200C and U+200D join letters and emoji: they are a text's own.
    let is_seen = |c: &char| {
        !c.is_control()
            && !matches!(
                c,
                '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'
                    ..='\u{202e}' | '\u{2060}' | '\u{feff}'
            )
    };
    changed(text, text.chars().filter(is_seen).collect())
}

fn with_encoded_spaces(text: &str) -> Option<String> {
    changed(text, text.replace(' ', "%20"))
}

fn without_json_escapes(text: &str) -> Option<String> {
    let escapes = [("\\u0026", "&"), ("\\u003d", "="), ("\\u003D", "="), ("\\u0027", "'")];
    changed(
        text,
        escapes.into_iter().fold(text.to_owned(), |text, (escape, c)| text.replace(escape, c)),
    )
}

/// Those that stand before each `&` or before the query: others are a value's own.
fn without_backslashes(text: &str) -> Option<String> {
    let (address, query) = text.split_once('?').unwrap_or((text, ""));
    let of_each = query.contains('&') && query.matches('&').count() == query.matches("\\&").count();
    (address.contains('\\') || of_each).then(|| text.replace('\\', ""))
}

fn without_html_escapes(text: &str) -> Option<String> {
    let escapes = ["&amp;", "&#38;", "&#x26;"];
    changed(
        text,
        escapes.into_iter().fold(text.to_owned(), |text, escape| text.replace(escape, "&")),
    )
}

fn decoded_whole(text: &str) -> Option<String> {
    let begins = ["%3A%2F%2F", "%3a%2f%2f"].iter().any(|encoded| text.contains(encoded));
    (begins && !text.contains("://")).then(|| percent::decode(text).into_owned())
}

/// Only where it can be nothing else: a host, a path and the parameters of a signature.
fn with_scheme(text: &str) -> Option<String> {
    let text = text.strip_prefix("//").unwrap_or(text);
    let host = text.split(['/', '?']).next().unwrap_or_default();
    let is_host = host.contains('.') || host.starts_with("localhost");
    (!text.contains("://") && is_host && super::mask::names_signature(text))
        .then(|| format!("wss://{text}"))
}
