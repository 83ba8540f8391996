//! What of a URL may be shown: not its token, not its signature, nor what could be one under another name.

use sigv4_verify::found::{Found, long_run};
use sigv4_verify::percent;

/// What stands for what is not shown.
pub const HIDDEN: &str = "(hidden)";

/// Names of what is never shown, in lower case.
const SECRET_NAMES: [&str; 2] = ["x-amz-signature", "x-amz-security-token"];

/// What the name of a secret has in it, in lower case.
const SECRET_WORDS: [&str; 9] = [
    "api-key",
    "api_key",
    "apikey",
    "authorization",
    "cookie",
    "password",
    "secret",
    "signature",
    "token",
];

/// Every parameter of a signature begins so, in lower case.
const PREFIX: &str = "x-amz-";

/// Characters of the longest name in an ARN: a role's, or a session's. (IAM User Guide, "IAM and AWS STS quotas")
const LONGEST_NAME: usize = 64;

/// Characters of a parameter that is shown whole; a credential has fewer, a session token several times as many.
const LONGEST_SHOWN: usize = 96;

/// The beginning of a longer one.
const BEGINNING: usize = 8;

/// The text of a URL, whole or broken, without its secrets.
pub fn masked(url: &str) -> String {
    url.split('&').map(masked_piece).collect::<Vec<_>>().join("&")
}

/// Whether a text has names of a signature's parameters, plain or encoded, in whatever case.
pub fn names_signature(text: &str) -> bool {
    decoded(text).to_ascii_lowercase().contains(PREFIX)
}

/// Whether what goes under a name is a secret, whatever it looks like.
pub fn names_secret(name: &str) -> bool {
    let name = decoded(name).to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// The value of a header, a parameter or an attribute.
pub fn value(name: &str, value: &str) -> String {
    if names_secret(name) { HIDDEN.to_owned() } else { text(value) }
}

/// A text of any kind and length, cut where it could be a secret.
pub fn text(text: &str) -> String {
    if names_signature(text) {
        masked(text)
    } else if could_be_secret(text) && !is_arn(text) {
        beginning(text)
    } else {
        text.to_owned()
    }
}

/// A text that is no secret by its name, cut where it could be one all the same.
pub(super) fn shown(text: &str) -> String {
    if could_be_secret(text) || text.chars().count() > LONGEST_SHOWN {
        beginning(text)
    } else {
        text.to_owned()
    }
}

fn beginning(text: &str) -> String {
    text.chars().take(BEGINNING).chain(['…']).collect()
}

fn could_be_secret(text: &str) -> bool {
    let decoded = decoded(text);
    long_run(&decoded).is_some() && !is_credential(&decoded)
}

/// Whether a text is an ARN, with names that people and CloudFormation make: those of roles and sessions are long.
fn is_arn(text: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.,@$".contains(&byte);
    let mut names = text.split([':', '/']);
    names.next() == Some("arn")
        && text.split(':').count() >= 6
        && names.all(|name| name.len() <= LONGEST_NAME && name.bytes().all(is_of_name))
}

/// Whether a text is a credential, or an id, and nothing that could be a secret key.
fn is_credential(text: &str) -> bool {
    Found::credential(text).to_string() == text
}

/// The name of a parameter; where its `=` was lost, a name holds a secret as well.
pub(super) fn shown_name(name: &str) -> String {
    masked(&shown(name))
}

/// What stands between two `&`. Behind a secret's name nothing is shown, whatever separates them.
fn masked_piece(piece: &str) -> String {
    let lower = piece.to_ascii_lowercase();
    let ends = SECRET_NAMES.iter().filter_map(|name| Some(lower.find(name)? + name.len()));
    if let Some(before) = ends.min().and_then(|end| piece.get(..end)) {
        let separator = if piece.len() > before.len() { "=" } else { "" };
        let hidden = if separator.is_empty() { "" } else { HIDDEN };
        return format!("{}{separator}{hidden}", shown_parts(before));
    }
    let decoded = decoded(piece).to_ascii_lowercase();
    if SECRET_NAMES.iter().any(|name| decoded.contains(name)) {
        return HIDDEN.to_owned();
    }
    shown_parts(piece)
}

/// Address, name and value by themselves: only the last of them may be long.
fn shown_parts(piece: &str) -> String {
    let piece = without_user(piece);
    let (address, pair) = split_behind(&piece, '?');
    let (name, value) = split_behind(pair, '=');
    let value = if names_secret(name) { HIDDEN.to_owned() } else { shown(value) };
    [shown(address), shown(name), value].concat()
}

/// The address without the user, who may have a password.
fn without_user(address: &str) -> String {
    let authority = address.find("://").map_or(0, |at| at + "://".len());
    let (scheme, rest) = address.split_at(authority);
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(user) if !scheme.is_empty() => format!("{scheme}{HIDDEN}{}", &rest[user..]),
        _ => address.to_owned(),
    }
}

/// Behind the first such character; all is behind it where there is none.
fn split_behind(text: &str, separator: char) -> (&str, &str) {
    text.split_at(text.find(separator).map_or(0, |at| at + separator.len_utf8()))
}

/// Decoded as often as somebody may have encoded it.
fn decoded(text: &str) -> String {
    percent::decode(&percent::decode(text)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str =
        "IQoJb3JpZ2luX2VjEHMa/CWV1LXdlc3QtMSJHMEUCIQDcSL7Xx+oQxk3qY2VtJ2h5Zz/9a2Fw4bH0sV5nQ==";

    fn check(url: &str, expected: &str) {
        assert_eq!(masked(url), expected);
    }

    #[test]
    fn what_is_secret_by_its_name_is_hidden() {
        check(
            "wss://h/prod?room=a&X-Amz-Security-Token=T%2F&X-Amz-Signature=s",
            "wss://h/prod?room=a&X-Amz-Security-Token=(hidden)&X-Amz-Signature=(hidden)",
        );
        check(
            "?x-amz-security-token=T=U&X-AMZ-SIGNATURE",
            "?x-amz-security-token=(hidden)&X-AMZ-SIGNATURE",
        );
    }

    #[test]
    fn what_is_secret_by_its_name_is_hidden_where_separators_are_lost() {
        check("room=aX-Amz-Signature=s", "room=aX-Amz-Signature=(hidden)");
        check("X-Amz-SignatureS rest", "X-Amz-Signature=(hidden)");
        check("wss://h/p%3FX-Amz-Signature%3Ds", "wss://h/p%3FX-Amz-Signature=(hidden)");
        check("X%2DAmz%2DSignature%3Ds", "(hidden)");
        check("X%252DAmz%252DSignature=s", "(hidden)");
    }

    #[test]
    fn what_the_name_of_a_parameter_calls_a_secret_is_hidden() {
        check(
            "wss://token.example/p?token=T&room=a",
            "wss://token.example/p?token=(hidden)&room=a",
        );
        check("Api%2DKey=K&password=", "Api%2DKey=(hidden)&password=(hidden)");
    }

    #[test]
    fn a_text_of_any_kind_is_cut_only_where_it_could_be_a_secret() {
        let check = |text: &str, expected: &str| assert_eq!(super::text(text), expected);
        let kept = |text: &str| assert_eq!(super::text(text), text);
        kept(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/150.0.0.0 Safari/537.36",
        );
        kept(
            "arn:aws:sts::111122223333:assumed-role/countersign-SignerRole-1A2B3C4D5E6F7G/countersign-sign",
        );
        kept("permessage-deflate; client_max_window_bits");
        check(TOKEN, "IQoJb3Jp…");
        check("wJalrXUtnFEMI/K7MDENG bPxRfiCYEXAMPLEKEY", "wJalrXUt…");
        check(
            "https://h/?a=b&X-Amz-Signature=s&c=d",
            "https://h/?a=b&X-Amz-Signature=(hidden)&c=d",
        );
        check(&format!("arn:aws:iam::1:role/{TOKEN}"), "arn:aws:…");
    }

    #[test]
    fn a_value_is_hidden_by_its_name() {
        let check = |name: &str, expected: &str| assert_eq!(value(name, "v"), expected, "{name}");
        check("Cookie", HIDDEN);
        check("x-amz-security-token", HIDDEN);
        check("Proxy-Authorization", HIDDEN);
        check("X%2DApi%2DKey", HIDDEN);
        check("X-Amz-SignedHeaders", "v");
        check("room", "v");
    }

    #[test]
    fn what_could_be_a_secret_is_cut() {
        check(&format!("room={}", "0123456789abcdef".repeat(4)), "room=01234567…");
        check(&format!("room={TOKEN}{TOKEN}"), "room=IQoJb3Jp…");
        check("room=lobby%20one", "room=lobby%20one");
    }

    #[test]
    fn a_secret_key_is_hidden_wherever_it_stands() {
        const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        check(&format!("room={SECRET}"), "room=wJalrXUt…");
        check(
            &format!("room={}", SECRET.replace('/', "%2F").replace('+', "%2B")),
            "room=wJalrXUt…",
        );
        check(&format!("wss://me:{SECRET}@h/p?a=b"), "wss://me…a=b");
        check("wss://me:K7MDENG+bPxRfiCYEXAMPLEKEY@h/p?a=b", "wss://(hidden)@h/p?a=b");
        check("wss://me:p@ss@h", "wss://(hidden)@h");
        let scope = "%2F20260102%2Feu-west-1%2Fexecute-api%2Faws4_request";
        let credential = |id: &str| format!("X-Amz-Credential={id}{scope}");
        check(&credential("ASIAIOSFODNN7EXAMPLE"), &credential("ASIAIOSFODNN7EXAMPLE"));
        check(&credential(SECRET), "X-Amz-Credential=wJalrXUt…");
    }
}
