//! What of a text may be shown: nothing that its name calls a secret, nor what looks like one.
//!
//! A text is read as somebody would who undoes its encodings (`reading`), and hidden in the text as it is. So one
//! function serves URLs, headers, JSON, messages and functions' lines, whole or broken.
//!
//! - `reading`: a text without its encodings
//! - `names`: what the name of a value says of it
//! - `scan`: where the secrets of a text are

mod names;
mod reading;
mod scan;
#[cfg(test)]
pub(crate) mod tests;

use names::Kind;
use reading::Reading;

/// What stands for what is not shown.
pub const HIDDEN: &str = "(hidden)";

/// Every parameter of a signature begins so, in lower case.
const PREFIX: &str = "x-amz-";

/// Hexadecimal digits of the shortest token that its look tells from the name of a subprotocol.
const SHORTEST_DIGITS: usize = 16;

/// A text of any kind, whole or broken, without its secrets.
pub fn text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut end = 0;
    for piece in scan::secrets(&Reading::of(text)) {
        // Where two overlap, what is behind the first is hidden without another word.
        if piece.place.start >= end {
            shown.push_str(&text[end..piece.place.start]);
            shown.push_str(&piece.shown);
        }
        end = end.max(piece.place.end);
    }
    shown.push_str(&text[end..]);
    shown
}

/// The value of a header, a parameter, a member or an attribute.
pub fn value(name: &str, value: &str) -> String {
    match Kind::of(&decoded(name)) {
        Kind::Secret | Kind::SecretLine if !names::is_literal(value) => HIDDEN.to_owned(),
        Kind::Subprotocols => subprotocols(value),
        Kind::Secret | Kind::SecretLine | Kind::Other => text(value),
    }
}

/// Whether what goes under a name is a secret, whatever it looks like.
pub fn names_secret(name: &str) -> bool {
    Kind::of(&decoded(name)).is_secret()
}

/// Whether a text has names of a signature's parameters, plain or encoded, in whatever case.
pub fn names_signature(text: &str) -> bool {
    decoded(text).to_ascii_lowercase().contains(PREFIX)
}

/// A browser can send a token in no other header: `bearer, TOKEN`, `token.TOKEN`
fn subprotocols(list: &str) -> String {
    let mut is_behind_name = false;
    let shown = |element: &str| {
        let is_named = names_secret(element.trim());
        let is_hidden = is_named || is_behind_name || has_long_number(element);
        // A name alone is no secret: the token is the next element.
        let is_name = is_named && element.trim().bytes().all(|byte| byte.is_ascii_alphabetic());
        is_behind_name = is_name;
        if is_hidden && !is_name { blank_before(element) + HIDDEN } else { element.to_owned() }
    };
    text(list).split(',').map(shown).collect::<Vec<_>>().join(",")
}

fn blank_before(element: &str) -> String {
    element.chars().take_while(|character| character.is_whitespace()).collect()
}

/// Whether a part of it is a number such as a UUID's.
fn has_long_number(element: &str) -> bool {
    let digits = |part: &str| part.bytes().filter(u8::is_ascii_hexdigit).count();
    let is_number = |part: &str| {
        part.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
            && digits(part) >= SHORTEST_DIGITS
    };
    element.trim().split('.').any(is_number)
}

fn decoded(text: &str) -> String {
    String::from_utf8_lossy(Reading::of(text).bytes()).into_owned()
}
