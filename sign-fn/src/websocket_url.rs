//! The request's `url`: the configured WebSocket URL, of which only the query is the caller's.

use percent_encoding::percent_decode_str;
use url::Url;

use crate::refusal::{Refusal, Shown};

/// The parameters in the query of `url`, in their order, read as a form: names and values are
/// percent-decoded exactly once, and `+` is a space.
///
/// # Errors
///
/// [`Refusal::WrongUrl`] unless `url`, parsed as browsers do, is the WebSocket URL with any query;
/// [`Refusal::ControlCharacter`], because that parser drops tabs and line ends;
/// [`Refusal::InvalidEncoding`] for a query that is no percent-encoded UTF-8.
pub(crate) fn parameters(url: &str, websocket_url: &Url) -> Result<Vec<(String, String)>, Refusal> {
    if url.chars().any(char::is_control) {
        return Err(Refusal::ControlCharacter { place: "`url`".to_owned() });
    }
    let wrong = |fault| Refusal::WrongUrl { fault, expected: websocket_url.to_string() };
    let has_userinfo = authority(url).contains('@');
    let mut url = Url::parse(url).map_err(|_| wrong("is not an absolute URL"))?;
    if has_userinfo {
        return Err(wrong("has a user name or password"));
    }
    if url.fragment().is_some() {
        return Err(wrong("has a fragment"));
    }
    let query = url.query().unwrap_or_default().to_owned();
    url.set_query(None);
    if url != *websocket_url {
        return Err(wrong("is another URL"));
    }
    query.split('&').filter(|pair| !pair.is_empty()).map(parameter).collect()
}

/// The authority as it was written: a user name and password of no characters leave no trace in what
/// the parser gives.
fn authority(url: &str) -> &str {
    const SLASHES: [char; 2] = ['/', '\\'];
    let after_scheme = url.split_once(':').map_or("", |(_, rest)| rest.trim_start_matches(SLASHES));
    after_scheme.split(['/', '\\', '?', '#']).next().unwrap_or_default()
}

fn parameter(pair: &str) -> Result<(String, String), Refusal> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let decode = |text| {
        decode(text).map_err(|fault| Refusal::InvalidEncoding { name: Shown::from(name), fault })
    };
    Ok((decode(name)?, decode(value)?))
}

fn decode(text: &str) -> Result<String, &'static str> {
    let escapes_are_whole = text.split('%').skip(1).all(|after| {
        let mut digits = after.bytes().take(2);
        digits.len() == 2 && digits.all(|digit| digit.is_ascii_hexdigit())
    });
    if !escapes_are_whole {
        return Err("a `%` without two hexadecimal digits");
    }
    percent_decode_str(&text.replace('+', " "))
        .decode_utf8()
        .map(|text| text.into_owned())
        .map_err(|_| "bytes that are not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: &[(&str, &str)]) {
        let expected: Vec<(String, String)> =
            expected.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        assert_eq!(read(url).unwrap(), expected);
    }

    #[track_caller]
    fn check_refused(url: &str, message: &str) {
        let refusal = read(url).unwrap_err().to_string();
        assert!(refusal.contains(message), "{refusal}");
    }

    fn read(url: &str) -> Result<Vec<(String, String)>, Refusal> {
        parameters(url, &Url::parse("wss://host.example/prod").unwrap())
    }

    #[test]
    fn the_same_url_after_parsing() {
        check("wss://host.example/prod", &[]);
        check("WSS://HOST.example:443/x/../%2e/prod?", &[]);
        check("  wss:host.example\\prod ", &[]);
    }

    #[test]
    fn the_query_is_read_as_a_form() {
        check(
            "wss://host.example/prod?a=b+c%20d%2Be&&f&=g&h=i=j&%C3%A9=é&k='\"<>",
            &[("a", "b c d+e"), ("f", ""), ("", "g"), ("h", "i=j"), ("é", "é"), ("k", "'\"<>")],
        );
    }

    #[test]
    fn an_at_sign_may_stand_in_the_query() {
        check("wss://host.example/prod?a=@b", &[("a", "@b")]);
        check("wss:host.example\\prod?@", &[("@", "")]);
    }

    #[test]
    fn names_and_values_are_decoded_once() {
        check("wss://host.example/prod?%2561=%252B", &[("%61", "%2B")]);
    }

    #[test]
    fn another_url_is_refused() {
        for url in [
            "",
            "/prod",
            "//host.example/prod",
            "wss://host.example",
            "wss://host.example/prod/",
            "wss://host.example/Prod",
            "wss://host.example/%70rod",
            "wss://host.example//prod",
            "wss://host.example:444/prod",
            "wss://host.example./prod",
            "wss://other.example/prod",
            "ws://host.example/prod",
            "https://host.example/prod",
            "wss://user@host.example/prod",
            "wss://:password@host.example/prod",
            "wss://host.example@other.example/prod",
            "wss://@host.example/prod",
            "wss://:@host.example/prod",
            "wss:\\\\@host.example/prod",
            "wss:@host.example/prod?a=b",
            "wss://host.example/prod#",
            "wss://host.example/prod?a=b#c",
            "wss://host.example\\@other.example/prod",
        ] {
            check_refused(url, "expected wss://host.example/prod with any query");
        }
    }

    #[test]
    fn a_query_that_cannot_be_decoded_is_refused() {
        check_refused("wss://host.example/prod?a=1&b=%", "`b` in `url` has a `%`");
        check_refused("wss://host.example/prod?b=%4", "`b` in `url` has a `%`");
        check_refused("wss://host.example/prod?b=%4g", "`b` in `url` has a `%`");
        check_refused("wss://host.example/prod?%zz", "`%zz` in `url` has a `%`");
        check_refused("wss://host.example/prod?b=%FF", "`b` in `url` has bytes");
        check_refused("wss://host.example/prod?b=%C3", "`b` in `url` has bytes");
    }

    #[test]
    fn control_characters_are_refused_where_the_parser_would_drop_them() {
        check_refused("wss://host.example/prod?a\n=b", "`url` has a control character");
        check_refused("\twss://host.example/prod", "`url` has a control character");
    }
}
