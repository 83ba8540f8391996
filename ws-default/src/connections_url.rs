//! Where connections are posted to.

use std::str::FromStr;

use url::{Host, Url};

/// The URL of the WebSocket API's stage, under which its `@connections` are.
///
/// It is configured rather than built from the event, which does not tell the base path of a custom
/// domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionsUrl(String);

impl ConnectionsUrl {
    /// The URL, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ConnectionsUrl {
    type Err = InvalidConnectionsUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text)?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return Err(InvalidConnectionsUrl::PlainHttp),
            _ => return Err(InvalidConnectionsUrl::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidConnectionsUrl::UserInfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidConnectionsUrl::QueryOrFragment);
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// A URL to which messages of connections must not be sent.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidConnectionsUrl {
    /// It is no URL.
    #[error("it is not a URL")]
    Syntax(#[from] url::ParseError),
    /// It is `wss`, for example.
    #[error("its scheme is neither https nor http")]
    Scheme,
    /// It is `http` and its host is not loopback.
    #[error("plain http leaves this machine")]
    PlainHttp,
    /// It has a user name or a password.
    #[error("it has a user name or a password")]
    UserInfo,
    /// It has a query or a fragment.
    #[error("it has a query or a fragment")]
    QueryOrFragment,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let url = text.parse::<ConnectionsUrl>();
        assert_eq!(url.as_ref().map(ConnectionsUrl::as_str), Ok(expected));
    }

    #[track_caller]
    fn check_refused(text: &str, expected: InvalidConnectionsUrl) {
        assert_eq!(text.parse::<ConnectionsUrl>(), Err(expected), "{text}");
    }

    #[test]
    fn a_stage_of_the_default_endpoint_is_good() {
        let url = "https://abc123.execute-api.eu-west-1.amazonaws.com/prod";
        check(url, url);
        let url = "https://abc123.execute-api.eu-west-1.amazonaws.com/$default";
        check(url, url);
    }

    #[test]
    fn a_slash_at_the_end_does_not_count() {
        check("https://ws.example.com/", "https://ws.example.com");
        check("https://ws.example.com/chat/", "https://ws.example.com/chat");
    }

    #[test]
    fn plain_http_is_for_loopback() {
        check("http://127.0.0.1:3001/prod", "http://127.0.0.1:3001/prod");
        check("http://[::1]:3001/prod", "http://[::1]:3001/prod");
        check("http://localhost:3001/prod", "http://localhost:3001/prod");
        check_refused("http://ws.example.com/prod", InvalidConnectionsUrl::PlainHttp);
        check_refused("http://localhost.example.com/prod", InvalidConnectionsUrl::PlainHttp);
        check_refused("http://192.0.2.1/prod", InvalidConnectionsUrl::PlainHttp);
    }

    #[test]
    fn other_schemes_are_refused() {
        check_refused("wss://ws.example.com/prod", InvalidConnectionsUrl::Scheme);
        check_refused("file:///prod", InvalidConnectionsUrl::Scheme);
    }

    #[test]
    fn what_does_not_belong_is_refused() {
        check_refused("https://user@ws.example.com/prod", InvalidConnectionsUrl::UserInfo);
        check_refused("https://:word@ws.example.com/prod", InvalidConnectionsUrl::UserInfo);
        check_refused("https://ws.example.com/prod?a=b", InvalidConnectionsUrl::QueryOrFragment);
        check_refused("https://ws.example.com/prod?", InvalidConnectionsUrl::QueryOrFragment);
        check_refused("https://ws.example.com/prod#a", InvalidConnectionsUrl::QueryOrFragment);
    }

    #[test]
    fn what_is_no_url_is_refused() {
        let relative = url::ParseError::RelativeUrlWithoutBase;
        check_refused("", InvalidConnectionsUrl::Syntax(relative));
        check_refused("ws.example.com/prod", InvalidConnectionsUrl::Syntax(relative));
    }
}
