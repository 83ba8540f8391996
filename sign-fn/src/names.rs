//! Which names of parameters and headers a caller may choose.
//!
//! Names arrive here decoded exactly once: out of JSON, or out of a query. They are not decoded again,
//! because neither is what API Gateway hands on: `grant%2Eexpires` as a JSON key is a harmless name
//! that travels as `grant%252Eexpires`.

use std::collections::BTreeSet;

/// The parameters that sign-fn sets: what stands in them is granted, not requested.
pub(crate) const GRANT_PREFIX: &str = "grant.";

/// The names that a stack lets callers choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedNames {
    /// Every name that is not reserved (`*` in the configuration).
    Any,
    /// These names; none, if empty.
    Only(BTreeSet<String>),
}

impl AllowedNames {
    /// Whether a parameter of this name may be requested; names of parameters are compared exactly.
    pub(crate) fn allow_parameter(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(names) => names.contains(name),
        }
    }

    /// Whether a header of this name may be signed along; names of headers are compared ignoring ASCII case.
    pub(crate) fn allow_header(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(names) => names.iter().any(|allowed| allowed.eq_ignore_ascii_case(name)),
        }
    }
}

/// Whether only Countersign (`grant.`) or Signature Version 4 (`X-Amz-`) may set a parameter of this name.
pub(crate) fn is_reserved_parameter(name: &str) -> bool {
    starts_with_ignoring_case(name, GRANT_PREFIX) || starts_with_ignoring_case(name, "x-amz-")
}

/// Whether a header of this name belongs to the connection, to the signature or to API Gateway.
pub(crate) fn is_reserved_header(name: &str) -> bool {
    const NAMES: [&str; 6] =
        ["host", "authorization", "cookie", "connection", "upgrade", "content-length"];
    const PREFIXES: [&str; 4] = ["x-amz-", "x-amzn-", "x-forwarded-", "sec-websocket-"];
    NAMES.iter().any(|reserved| name.eq_ignore_ascii_case(reserved))
        || PREFIXES.iter().any(|prefix| starts_with_ignoring_case(name, prefix))
}

/// Whether the text is a header name: a token of RFC 9110, section 5.6.2.
pub(crate) fn is_header_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Whether the text is visible ASCII, with spaces only inside, and not empty.
pub(crate) fn is_header_value(value: &str) -> bool {
    !value.is_empty()
        && value.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        && !value.starts_with(' ')
        && !value.ends_with(' ')
}

fn starts_with_ignoring_case(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule: fn(&str) -> bool, yes: &[&str], no: &[&str]) {
        for name in yes {
            assert!(rule(name), "{name:?}");
        }
        for name in no {
            assert!(!rule(name), "{name:?}");
        }
    }

    #[test]
    fn reserved_parameters() {
        check(
            is_reserved_parameter,
            &["grant.", "grant.expires", "GRANT.x", "gRaNt.é", "X-Amz-Date", "x-amz-", "x-aMZ-a"],
            &[
                "",
                "grant",
                "grants.a",
                "grant%2Ea",
                " grant.a",
                "x-amz",
                "x-amzn-a",
                "grant\u{2024}a",
                "é",
            ],
        );
    }

    #[test]
    fn reserved_headers() {
        check(
            is_reserved_header,
            &[
                "Host",
                "authorization",
                "COOKIE",
                "connection",
                "Upgrade",
                "content-length",
                "X-Amz-Date",
                "x-amzn-trace-id",
                "X-Forwarded-For",
                "Sec-WebSocket-Protocol",
            ],
            &["", "hosts", "x-amz", "origin", "user-agent", "x-tenant", "sec-fetch-mode"],
        );
    }

    #[test]
    fn header_names_are_tokens() {
        check(
            is_header_name,
            &["a", "X-Tenant", "!#$%&'*+-.^_`|~09"],
            &["", "a b", "a:", "é", "a\n", "(a)"],
        );
    }

    #[test]
    fn header_values_are_visible() {
        check(
            is_header_value,
            &["a", "!~", "a  b"],
            &["", " ", " a", "a ", "a\tb", "a\nb", "é", "\u{7f}"],
        );
    }

    #[test]
    fn allowed_names() {
        let only = AllowedNames::Only(BTreeSet::from(["room".to_owned(), "X-Tenant".to_owned()]));
        assert!(only.allow_parameter("room") && !only.allow_parameter("Room"));
        assert!(only.allow_header("x-tenant") && !only.allow_header("tenant"));
        assert!(!AllowedNames::Only(BTreeSet::new()).allow_parameter("room"));
        assert!(AllowedNames::Any.allow_parameter("room") && AllowedNames::Any.allow_header("a"));
    }
}
