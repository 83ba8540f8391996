//! Which headers of the handshake are stored.

use std::collections::BTreeMap;

use lambda_entry::configuration::{EmptyItem, comma_separated};

use crate::ConnectEvent;
use crate::subprotocols::is_token;

/// The names of the headers that are stored with a connection, in lower case.
///
/// Their values are the client's word: no signature need cover them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptHeaders(Vec<String>);

impl KeptHeaders {
    /// Reads a comma-separated list of names.
    ///
    /// # Errors
    ///
    /// [`InvalidHeaderName`] for what is no header's name, and for the headers that carry
    /// credentials: `authorization`, `cookie`, `x-amz-*` (where the client signs a header, the live
    /// session token reaches the function in one of these) and `sec-websocket-*`.
    pub fn read(list: &str) -> Result<Self, InvalidHeaderName> {
        comma_separated(list)?.into_iter().map(read_name).collect::<Result<_, _>>().map(Self)
    }

    /// The headers of a handshake to store, by lower-case name. The values of a repeated one are joined by `, ` (RFC
    /// 9110, section 5.3).
    pub(crate) fn of(&self, event: &ConnectEvent) -> BTreeMap<String, String> {
        self.0
            .iter()
            .filter_map(|name| {
                let values: Vec<&str> = event.header_values(name).collect();
                (!values.is_empty()).then(|| (name.clone(), values.join(", ")))
            })
            .collect()
    }
}

fn read_name(item: &str) -> Result<String, InvalidHeaderName> {
    let name = item.to_ascii_lowercase();
    if !is_token(&name) || name.contains('*') {
        Err(InvalidHeaderName::Form(item.to_owned()))
    } else if ["authorization", "cookie"].contains(&name.as_str())
        || ["x-amz-", "sec-websocket-"].iter().any(|prefix| name.starts_with(prefix))
    {
        Err(InvalidHeaderName::Secret(item.to_owned()))
    } else {
        Ok(name)
    }
}

/// An item of the list that is not the name of a header to store.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHeaderName {
    /// Nothing stands between two commas.
    #[error(transparent)]
    Empty(#[from] EmptyItem),
    /// It is no name, or a pattern.
    #[error("{0:?} is not a header's name")]
    Form(String),
    /// Such a header may hold credentials.
    #[error("the header {0} can hold a secret")]
    Secret(String),
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[track_caller]
    fn check(list: &str, expected: &[(&str, &str)]) {
        let fixture = include_str!("../../tests/fixtures/events/websocket/connect.json");
        let mut event: Value = serde_json::from_str(fixture).expect("the fixture is JSON");
        event["multiValueHeaders"] = json!({
            "X-Client-Version": ["3.1"],
            "accept-language": ["de", "en"],
            "X-Amz-Security-Token": ["MARKER"],
            "x-empty": [""],
        });
        let event = lambda_entry::read_event(event).expect("the event is one of $connect");
        let kept = KeptHeaders::read(list).expect("the list is good").of(&event);
        let kept: Vec<_> = kept.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(kept, expected);
    }

    #[track_caller]
    fn check_secret(name: &str) {
        assert_eq!(KeptHeaders::read(name), Err(InvalidHeaderName::Secret(name.to_owned())));
    }

    #[track_caller]
    fn check_form(name: &str) {
        assert_eq!(KeptHeaders::read(name), Err(InvalidHeaderName::Form(name.to_owned())));
    }

    #[test]
    fn only_what_is_named_is_kept() {
        check("", &[]);
        check("x-client-version", &[("x-client-version", "3.1")]);
    }

    #[test]
    fn case_does_not_count() {
        check("X-CLIENT-VERSION", &[("x-client-version", "3.1")]);
        check("Accept-Language", &[("accept-language", "de, en")]);
    }

    #[test]
    fn what_the_client_did_not_send_is_not_there() {
        check("x-other", &[]);
        check("x-empty", &[("x-empty", "")]);
    }

    #[test]
    fn headers_with_credentials_cannot_be_kept() {
        for name in [
            "authorization",
            "Authorization",
            "cookie",
            "COOKIE",
            "x-amz-security-token",
            "X-Amz-Date",
            "sec-websocket-protocol",
            "Sec-WebSocket-Key",
        ] {
            check_secret(name);
        }
    }

    #[test]
    fn a_pattern_is_no_name() {
        check_form("*");
        check_form("x-*");
        check_form("x client");
        check_form("x:");
    }
}
