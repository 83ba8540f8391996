//! Where a URL leads, taken apart without changing a byte of it.

use std::fmt;

/// Whether TLS lies below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::smoke) enum Scheme {
    /// `http`, `ws`
    Plain,
    /// `https`, `wss`
    Tls,
}

/// What a connection is opened to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::smoke) struct Address {
    pub(in crate::smoke) scheme: Scheme,
    /// As the `Host` header has it.
    pub(in crate::smoke) authority: String,
}

/// A URL that says nothing of itself when it is shown: it may be signed.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::smoke) struct WireUrl {
    pub(in crate::smoke) address: Address,
    /// Path and query, as they stand in the URL. A secret, if they are signed.
    pub(in crate::smoke) target: String,
}

/// Why a text is no URL that can be opened.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::smoke) enum WireUrlError {
    /// Another scheme.
    #[error("expected a URL that begins with https://, http://, wss:// or ws://")]
    Scheme,
    /// Nothing where the host belongs, or more than host and port.
    #[error("expected a host, with a port from 1 to 65535 where it is not the scheme's own")]
    Host,
    /// What no server is ever sent.
    #[error("expected no #")]
    Fragment,
}

impl Address {
    /// Without the port; without the brackets of an IPv6 address.
    pub(in crate::smoke) fn host(&self) -> &str {
        let host = match self.authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => &self.authority,
        };
        host.trim_start_matches('[').trim_end_matches(']')
    }

    /// The port, or the scheme's own.
    pub(in crate::smoke) fn port(&self) -> u16 {
        let own = match self.scheme {
            Scheme::Plain => 80,
            Scheme::Tls => 443,
        };
        self.authority.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(own)
    }
}

impl WireUrl {
    /// Takes a URL apart. A path that is not there is `/`.
    ///
    /// # Errors
    ///
    /// It has another scheme, no host, a port that is none, or a fragment.
    pub(in crate::smoke) fn parse(text: &str) -> Result<Self, WireUrlError> {
        let (scheme, rest) = text.split_once("://").ok_or(WireUrlError::Scheme)?;
        let scheme = match scheme {
            "https" | "wss" => Scheme::Tls,
            "http" | "ws" => Scheme::Plain,
            _ => return Err(WireUrlError::Scheme),
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let is_of_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
        if rest.contains('#') {
            return Err(WireUrlError::Fragment);
        }
        // The colons between brackets are those of an IPv6 address.
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let is_port = |port: &str| {
            let is_digits = port.bytes().all(|byte| byte.is_ascii_digit());
            is_digits && port.parse::<u16>().is_ok_and(|port| port != 0)
        };
        let is_bracketed = host.starts_with('[') && host.ends_with(']');
        if host.is_empty()
            || !host.bytes().all(is_of_host)
            || host.contains(':') && !is_bracketed
            || !port.is_none_or(is_port)
        {
            return Err(WireUrlError::Host);
        }
        let slash = if target.starts_with('/') { "" } else { "/" };
        let address = Address { scheme, authority: authority.to_owned() };
        Ok(Self { address, target: format!("{slash}{target}") })
    }

    /// Without the query.
    pub(in crate::smoke) fn path(&self) -> &str {
        self.target.split_once('?').map_or(&*self.target, |(path, _)| path)
    }

    /// The parameters, as they stand in the query.
    pub(in crate::smoke) fn parameters(&self) -> Vec<String> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        query.split('&').filter(|text| !text.is_empty()).map(ToOwned::to_owned).collect()
    }

    /// With these parameters in place of its own.
    pub(in crate::smoke) fn with_parameters(&self, parameters: &[String]) -> Self {
        let mark = if parameters.is_empty() { "" } else { "?" };
        self.with_target(format!("{}{mark}{}", self.path(), parameters.join("&")))
    }

    /// With another path.
    pub(in crate::smoke) fn with_path(&self, path: &str) -> Self {
        self.with_target(format!("{path}{}", &self.target[self.path().len()..]))
    }

    /// With another target.
    pub(in crate::smoke) fn with_target(&self, target: String) -> Self {
        Self { address: self.address.clone(), target }
    }

    /// How many characters the URL has as a whole, with the scheme of a WebSocket.
    pub(in crate::smoke) fn websocket_length(&self) -> usize {
        let scheme = match self.address.scheme {
            Scheme::Plain => "ws://",
            Scheme::Tls => "wss://",
        };
        scheme.len() + self.address.authority.len() + self.target.len()
    }
}

/// Shows the authority alone.
impl fmt::Debug for WireUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authority = &self.address.authority;
        formatter.debug_struct("WireUrl").field("authority", authority).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_comes_apart_as_it_stands() {
        let check = |text: &str, scheme, host, port, path, parameters: &[&str]| {
            let url = WireUrl::parse(text).unwrap();
            assert_eq!((url.address.scheme, url.address.host()), (scheme, host), "{text}");
            assert_eq!((url.address.port(), url.path()), (port, path), "{text}");
            assert_eq!(url.parameters(), parameters, "{text}");
        };
        check(
            "wss://a.example/prod?x=%2f&y",
            Scheme::Tls,
            "a.example",
            443,
            "/prod",
            &["x=%2f", "y"],
        );
        check("ws://127.0.0.1:81/prod/", Scheme::Plain, "127.0.0.1", 81, "/prod/", &[]);
        check("https://a.example", Scheme::Tls, "a.example", 443, "/", &[]);
        check("http://[::1]:8080?x", Scheme::Plain, "::1", 8080, "/", &["x"]);
        check("ws://[::1]/", Scheme::Plain, "::1", 80, "/", &[]);
    }

    #[test]
    fn what_is_no_url_is_refused() {
        let check = |text: &str, error| assert_eq!(WireUrl::parse(text), Err(error), "{text}");
        check("prod", WireUrlError::Scheme);
        check("ftp://a.example/", WireUrlError::Scheme);
        check("https:///sign", WireUrlError::Host);
        check("https://user@a.example/", WireUrlError::Host);
        check("https://a example/", WireUrlError::Host);
        for port in ["", "0", "65536", "+1", "1:2", "x"] {
            check(&format!("https://a.example:{port}/"), WireUrlError::Host);
        }
        check("https://::1/", WireUrlError::Host);
        check("https://:443/", WireUrlError::Host);
        check("https://a.example/sign#x", WireUrlError::Fragment);
    }

    #[test]
    fn its_debug_form_hides_what_is_signed() {
        let url = WireUrl::parse("wss://a.example/prod?X-Amz-Signature=abc").unwrap();
        assert!(!format!("{url:?}").contains("abc"));
    }
}
