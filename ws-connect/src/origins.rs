//! Which web pages may connect.

use lambda_entry::configuration::{EmptyItem, comma_separated};
use url::{Origin, Url};

/// The origins that may connect, with the meaning that they have in the CORS configuration of an
/// HTTP API (`AllowOrigins` of "Configure CORS for HTTP APIs", API Gateway developer guide): an exact
/// origin, `*` for any, `https://*` and `http://*` for any of that scheme. None at all: no browser.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedOrigins(Vec<Allowed>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Allowed {
    Any,
    /// Any that begins with this: `https://`.
    Scheme(&'static str),
    Exact(String),
}

impl AllowedOrigins {
    /// Reads a comma-separated list.
    ///
    /// # Errors
    ///
    /// [`InvalidOrigin`] for an item that no browser's `Origin` header could ever equal, such as one
    /// with a path, a port that is the scheme's own or a capital letter, and for a wildcard that the
    /// HTTP API does not know.
    pub fn read(list: &str) -> Result<Self, InvalidOrigin> {
        comma_separated(list)?.into_iter().map(Allowed::read).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a page of this origin may connect.
    pub fn allow(&self, origin: &str) -> bool {
        self.0.iter().any(|allowed| match allowed {
            Allowed::Any => true,
            Allowed::Scheme(scheme) => origin.starts_with(scheme),
            Allowed::Exact(exact) => origin == exact,
        })
    }
}

impl Allowed {
    fn read(item: &str) -> Result<Self, InvalidOrigin> {
        match item {
            "*" => Ok(Self::Any),
            "https://*" => Ok(Self::Scheme("https://")),
            "http://*" => Ok(Self::Scheme("http://")),
            exact if is_origin(exact) => Ok(Self::Exact(exact.to_owned())),
            other => Err(InvalidOrigin::Form(other.to_owned())),
        }
    }
}

/// Whether the text is a scheme, `://` and a host, with a port or without, and just as a browser
/// writes it ("ASCII serialization of an origin", WHATWG HTML).
fn is_origin(text: &str) -> bool {
    let Some((_, host)) = text.split_once("://") else { return false };
    let in_host = |byte: u8| byte.is_ascii_graphic() && !b"/?#@*\\".contains(&byte);
    let Ok(url) = Url::parse(text) else { return false };
    let as_a_browser_writes_it = match url.origin() {
        origin @ Origin::Tuple(..) => origin.ascii_serialization(),
        // Of a scheme of its own, such as chrome-extension.
        Origin::Opaque(_) => url.as_str().to_owned(),
    };
    !host.is_empty() && host.bytes().all(in_host) && text == as_a_browser_writes_it
}

/// An item of the list that is no origin.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOrigin {
    /// Nothing stands between two commas.
    #[error(transparent)]
    Empty(#[from] EmptyItem),
    /// It has another form.
    #[error("{0} is not of the form scheme://host or scheme://host:port, as browsers write it")]
    Form(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(list: &str, origin: &str, expected: bool) {
        let allowed = AllowedOrigins::read(list).expect("the list is good");
        assert_eq!(allowed.allow(origin), expected, "{origin} by {list}");
    }

    #[track_caller]
    fn check_refused(list: &str) {
        assert!(AllowedOrigins::read(list).is_err(), "{list}");
    }

    #[test]
    fn no_origins_allow_none() {
        check("", "https://app.example.com", false);
        check("", "null", false);
    }

    #[test]
    fn an_exact_origin_allows_itself() {
        let list = "https://app.example.com,http://localhost:3000";
        check(list, "https://app.example.com", true);
        check(list, "http://localhost:3000", true);
    }

    #[test]
    fn an_exact_origin_may_have_any_scheme_and_host() {
        for origin in [
            "http://[::1]:8080",
            "https://192.0.2.1",
            "https://xn--bcher-kva.example",
            "https://app.example.com:80",
            "chrome-extension://abcdefghijklmnop",
            "capacitor://localhost",
        ] {
            check(origin, origin, true);
        }
    }

    #[test]
    fn an_exact_origin_allows_nothing_else() {
        let list = "https://app.example.com";
        check(list, "http://app.example.com", false);
        check(list, "https://app.example.com:8443", false);
        check(list, "https://app.example.com.evil.example", false);
        check(list, "https://evil.example/https://app.example.com", false);
        check(list, "", false);
        check(list, "null", false);
    }

    #[test]
    fn a_star_allows_any() {
        check("*", "https://app.example.com", true);
        check("*", "null", true);
    }

    #[test]
    fn a_scheme_with_a_star_allows_that_scheme() {
        check("https://*", "https://app.example.com", true);
        check("https://*", "http://app.example.com", false);
        check("http://*", "http://localhost:3000", true);
        check("http://*", "https://app.example.com", false);
        check("https://*", "null", false);
    }

    #[test]
    fn what_is_no_origin_is_refused_at_the_start() {
        for list in [
            "app.example.com",
            "https://",
            "://app.example.com",
            "https://app.example.com/",
            "https://app.example.com/path",
            "https://*.example.com",
            "https://user@app.example.com",
            "ht tp://app.example.com",
            "null",
            "https://a.example,",
            "HTTPS://app.example.com",
            "https://App.example.com",
            "https://app.example.com:443",
            "http://localhost:80",
            "https://app.example.com:08443",
            "https://app.example.com:",
            "https://a:b:c",
            "https://a:70000",
            "https://b\u{fc}cher.example",
            "https://%61pp.example.com",
            "http://[::0001]",
            "http://127.1",
            "file://",
            "Chrome-extension://abcdefghijklmnop",
        ] {
            check_refused(list);
        }
    }
}
