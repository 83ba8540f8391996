//! Query parameters as they go over the wire: percent-encoded by RFC 3986.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What is encoded: everything but RFC 3986's unreserved characters (section 2.3).
const NOT_UNRESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Appends the parameters to a URL that has no fragment.
pub(crate) fn append_query<N: AsRef<str>, V: AsRef<str>>(url: &mut String, parameters: &[(N, V)]) {
    let mut separator = if url.contains('?') { '&' } else { '?' };
    for (name, value) in parameters {
        url.push(separator);
        url.extend(utf8_percent_encode(name.as_ref(), NOT_UNRESERVED));
        url.push('=');
        url.extend(utf8_percent_encode(value.as_ref(), NOT_UNRESERVED));
        separator = '&';
    }
}

#[cfg(test)]
mod tests {
    use super::append_query;

    #[track_caller]
    fn check(parameters: &[(&str, &str)], expected: &str) {
        let mut url = String::from("wss://host/prod");
        append_query(&mut url, parameters);
        assert_eq!(url, format!("wss://host/prod{expected}"));
    }

    #[test]
    fn nothing_is_appended_for_no_parameters() {
        check(&[], "");
    }

    #[test]
    fn only_unreserved_characters_stay() {
        check(&[("aZ09-._~", "aZ09-._~")], "?aZ09-._~=aZ09-._~");
        check(
            &[("!*'()", " +%&=#?/:@$,;"), ("é", "日本")],
            "?%21%2A%27%28%29=%20%2B%25%26%3D%23%3F%2F%3A%40%24%2C%3B&%C3%A9=%E6%97%A5%E6%9C%AC",
        );
    }

    #[test]
    fn empty_names_and_values_keep_their_equals_sign() {
        check(&[("", ""), ("a", ""), ("", "b")], "?=&a=&=b");
    }
}
