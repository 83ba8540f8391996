//! By which kind of address a WebSocket API is reached: API Gateway's own, or a custom domain's.

use std::net::IpAddr;

use super::wire::WireError;
use super::wire::address::WireUrl;
use super::wire::http::Reply;
use super::wire::websocket::{self, Answer, Form};

/// What stands in a path where nothing is.
pub(super) const NOWHERE: &str = "-smoke-other";
/// What a custom domain says of a path that leads nowhere, and API Gateway's own addresses never
/// (`docs/fidelity.md`).
const NO_METHOD: &str = "No method found matching route ";

/// A kind of address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    /// `ID.execute-api.REGION.amazonaws.com`, with the stage in its path.
    Endpoint,
    /// A name of its own, with a base path or none.
    Domain,
}

impl Door {
    /// The host tells; on one machine, where all have one host, what is said of a path that leads nowhere.
    pub(super) async fn find(websocket_url: &WireUrl) -> Result<Self, WireError> {
        if let Some(door) = Self::of_host(websocket_url.address.host()) {
            return Ok(door);
        }
        let nowhere = format!("{}/{NOWHERE}", websocket_url.path().trim_end_matches('/'));
        let answer =
            websocket::open(&websocket_url.with_target(nowhere), &[], Form::Proper).await?;
        let is_domain = match answer {
            Answer::Open(_) => false,
            Answer::Refused(reply) => says_no_method(&reply),
        };
        Ok(if is_domain { Self::Domain } else { Self::Endpoint })
    }

    fn of_host(host: &str) -> Option<Self> {
        if host.parse::<IpAddr>().is_ok() || host == "localhost" {
            return None;
        }
        let is_own = host.split('.').nth(1) == Some("execute-api");
        Some(if is_own { Self::Endpoint } else { Self::Domain })
    }

    /// As the report has it.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Endpoint => "API Gateway's own",
            Self::Domain => "a custom domain",
        }
    }
}

/// What `local` answers where a domain leads nowhere.
pub(super) fn is_nowhere(reply: &Reply) -> bool {
    reply.status == 404 && reply.error_type() == Some("NotFoundException") && says_no_method(reply)
}

fn says_no_method(reply: &Reply) -> bool {
    reply.message().is_some_and(|message| message.starts_with(NO_METHOD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_tells_but_on_one_machine() {
        let check = |host, door| assert_eq!(Door::of_host(host), door, "{host}");
        check("a1b2c3.execute-api.eu-west-1.amazonaws.com", Some(Door::Endpoint));
        check("a1b2c3.execute-api.cn-north-1.amazonaws.com.cn", Some(Door::Endpoint));
        check("ws.example.com", Some(Door::Domain));
        check("execute-api.example.com", Some(Door::Domain));
        check("127.0.0.1", None);
        check("::1", None);
        check("localhost", None);
    }
}
