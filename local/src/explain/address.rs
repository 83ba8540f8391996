//! The address of a URL, split where a client splits it and changed nowhere: what was signed is what stands there.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::Listener;
use super::report::{Check, Status};

/// What no client sends as it is, besides what is not ASCII.
const NEVER_SENT: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>');

/// A URL in its parts, byte for byte.
pub(super) struct Address<'a> {
    scheme: Scheme,
    has_user: bool,
    host: &'a str,
    port: Option<u16>,
    path: &'a str,
    query: &'a str,
    has_fragment: bool,
}

/// Why a text is no URL that could be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum AddressError {
    #[error("it does not begin with wss://, or another scheme")]
    NoScheme,
    #[error("its scheme is another than wss, https, ws and http")]
    OtherScheme,
    #[error("it has no host, or one with characters that no host has")]
    Host,
    #[error("its port is no number from 1 to 65535")]
    Port,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Wss,
    Https,
    Ws,
    Http,
}

impl Scheme {
    fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "wss" => Some(Self::Wss),
            "https" => Some(Self::Https),
            "ws" => Some(Self::Ws),
            "http" => Some(Self::Http),
            _ => None,
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Wss | Self::Https => 443,
            Self::Ws | Self::Http => 80,
        }
    }
}

impl<'a> Address<'a> {
    pub(super) fn parse(url: &'a str) -> Result<Self, AddressError> {
        let (scheme, rest) = url.split_once("://").ok_or(AddressError::NoScheme)?;
        let scheme = Scheme::parse(scheme).ok_or(AddressError::OtherScheme)?;
        let (rest, has_fragment) = match rest.split_once('#') {
            Some((before, _)) => (before, true),
            None => (rest, false),
        };
        let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (has_user, host) = match authority.rsplit_once('@') {
            Some((_, host)) => (true, host),
            None => (false, authority),
        };
        let (host, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.contains(']') => {
                let digits = port.bytes().all(|byte| byte.is_ascii_digit());
                let port: Option<u16> = if digits { port.parse().ok() } else { None };
                (name, Some(port.filter(|port| *port > 0).ok_or(AddressError::Port)?))
            }
            _ => (host, None),
        };
        let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte);
        if host.is_empty() || !host.bytes().all(is_host) {
            return Err(AddressError::Host);
        }
        Ok(Self { scheme, has_user, host, port, path, query, has_fragment })
    }

    /// The `Host` that a client sends: in lower case, without the scheme's own port.
    pub(super) fn host_header(&self) -> String {
        let host = self.host.to_ascii_lowercase();
        match self.port.filter(|port| *port != self.scheme.default_port()) {
            Some(port) => format!("{host}:{port}"),
            None => host,
        }
    }

    /// The host as it stands, without a port.
    pub(super) fn host(&self) -> &'a str {
        self.host
    }

    /// The port that clients leave away, if the URL has none.
    pub(super) fn default_port(&self) -> u16 {
        self.scheme.default_port()
    }

    /// As it stands; `/` for none.
    pub(super) fn path(&self) -> &'a str {
        if self.path.is_empty() { "/" } else { self.path }
    }

    /// What follows the `?`, as it stands.
    pub(super) fn query(&self) -> &'a str {
        self.query
    }

    /// The request-target that a client sends.
    pub(super) fn target(&self) -> String {
        format!("{}?{}", self.path(), self.query)
    }

    /// The same, with what clients must percent-encode encoded: as long as the one that is sent.
    pub(super) fn target_as_sent(&self) -> String {
        utf8_percent_encode(&self.target(), NEVER_SENT).to_string()
    }

    /// The scheme of the handshake.
    pub(super) fn websocket_scheme(&self) -> &'static str {
        if self.listener().is_tls { "wss" } else { "ws" }
    }

    /// Where a client connects.
    pub(super) fn listener(&self) -> Listener {
        Listener {
            port: self.port.unwrap_or_else(|| self.default_port()),
            is_tls: matches!(self.scheme, Scheme::Wss | Scheme::Https),
        }
    }

    /// The region of `API.execute-api.REGION.amazonaws.com`.
    pub(super) fn region(&self) -> Option<String> {
        let host = self.host.to_ascii_lowercase();
        let host = host.strip_suffix(".cn").unwrap_or(&host);
        let (api, region) = host.strip_suffix(".amazonaws.com")?.split_once(".execute-api.")?;
        (!api.is_empty() && !region.is_empty()).then(|| region.to_owned())
    }

    /// Whether the host is neither API Gateway's own nor this machine.
    pub(super) fn is_custom_domain(&self) -> bool {
        self.region().is_none() && !self.is_of_this_machine()
    }

    /// Who knows what the URL does not say.
    pub(super) fn who_knows(&self) -> &'static str {
        if self.is_of_this_machine() { "only the stack knows: --local" } else { "only AWS knows" }
    }

    fn is_of_this_machine(&self) -> bool {
        ["localhost", "127.0.0.1", "[::1]"].contains(&self.host)
    }

    /// What its form has to say.
    pub(super) fn checks(&self) -> Vec<Check> {
        vec![self.scheme_check(), self.host_check(), self.fragment_check()]
    }

    fn scheme_check(&self) -> Check {
        let check =
            |status, detail| Check::other("it is opened over TLS, as a WebSocket", status, detail);
        let is_aws = self.region().is_some();
        match self.scheme {
            Scheme::Wss => check(Status::Ok, "wss"),
            Scheme::Ws if !is_aws => check(Status::Ok, "ws, as on one machine"),
            Scheme::Ws | Scheme::Http if is_aws => {
                check(Status::Finding, "API Gateway takes wss alone, not a connection without TLS")
            }
            Scheme::Https | Scheme::Http | Scheme::Ws => {
                check(Status::Warning, "https and http: some clients want wss or ws")
            }
        }
    }

    fn host_check(&self) -> Check {
        const NAME: &str = "the host is written as clients send it";
        let is_default = self.port == Some(self.default_port());
        if self.has_user {
            Check::other(
                NAME,
                Status::Warning,
                "it has a user name: not every client takes that, and none signs it",
            )
        } else if self.port.is_some() && !is_default && self.region().is_some() {
            Check::other(NAME, Status::Finding, "it has a port, and API Gateway has none but 443")
        } else if is_default {
            let detail =
                "it has the scheme's own port: clients leave it away, and some signers do not";
            Check::other(NAME, Status::Warning, detail)
        } else if self.host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            let detail =
                "it has upper-case letters: most clients send lower case, and some signers do not";
            Check::other(NAME, Status::Warning, detail)
        } else {
            Check::other(NAME, Status::Ok, self.host_header())
        }
    }

    fn fragment_check(&self) -> Check {
        const NAME: &str = "it has no fragment";
        if self.has_fragment {
            let detail = "it has a #: a browser opens no such WebSocket, and what follows is never sent (write %23)";
            Check::other(NAME, Status::Finding, detail)
        } else {
            Check::other(NAME, Status::Ok, "")
        }
    }
}
