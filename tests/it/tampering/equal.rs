//! What looks different and is not: the canonical form of Signature Version 4 makes it equal, or
//! the signature does not cover it. Each of these opens its connection, with the parameters as they
//! were signed.

use tests::stack::Stack;
use tests::websocket::{self, split_url};

use super::{meaning, parameters};

/// A change of the request-target that changes nothing, and why.
type Equal = (&'static str, fn(&str) -> String);

/// Changes of the query as it stands on the wire. The canonical query has every name and value
/// decoded, encoded again and sorted (IAM User Guide, "Create a signed AWS API request").
const QUERIES: [Equal; 11] = [
    ("parameters count in any order", |query| query.split('&').rev().collect::<Vec<_>>().join("&")),
    ("the digits of an escape count in either case", |query| {
        let mut parts = query.split('%');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| format!("{text}%{}{}", part[..2].to_lowercase(), &part[2..]))
    }),
    ("what need not be escaped may be", |query| query.replace("room=", "%72oo%6d=")),
    ("the names of the signature's own parameters may be escaped, too", |query| {
        query.replace("X-Amz-", "%58%2DAmz%2d")
    }),
    ("what a query may hold unescaped need not be escaped", |query| {
        query.replace("%2F", "/").replace("%27", "'").replace("%3B", ";").replace("%3D", "=")
    }),
    ("characters beyond ASCII may be sent as they are", |query| {
        query.replace("%C3%AB", "\u{eb}").replace("%F0%9F%9A%AA", "\u{1f6aa}")
    }),
    ("a + is a space", |query| query.replace("%20", "+")),
    ("a name without = has an empty value", |query| query.replace("empty=", "empty")),
    ("nothing between two & is no parameter", |query| query.replace('&', "&&")),
    ("nothing before the first & is no parameter", |query| format!("&{query}")),
    ("nothing behind the last & is no parameter", |query| format!("{query}&&")),
];

/// The whole target, by the authority and the signed one.
type Target = fn(&str, &str) -> String;

/// Further headers, by the authority that was signed.
type Headers = fn(&str) -> Vec<(&'static str, String)>;

/// What the signature does not cover: changes of the whole target by the authority, and headers.
const ELSEWHERE: [(&str, Target, Headers); 5] = [
    (
        "a target may name the host, as for a proxy",
        |authority, target| format!("http://{authority}{target}"),
        |_| vec![],
    ),
    (
        "a fragment is no part of a target",
        |_, target| format!("{target}#X-Amz-Signature=0"),
        |_| vec![],
    ),
    (
        "spaces around a header's value do not count",
        |_, target| target.to_owned(),
        |authority| vec![("Host", format!("\t {authority} "))],
    ),
    (
        "the name of a header counts in any case",
        |_, target| target.to_owned(),
        |authority| vec![("hOST", authority.to_owned())],
    ),
    (
        "a header that is not signed may be anything",
        |_, target| target.to_owned(),
        |_| vec![("User-Agent", "anything".to_owned()), ("X-Room", "another".to_owned())],
    ),
];

async fn check_opens(
    stack: &Stack,
    why: &str,
    change: impl FnOnce(&str, &str) -> String,
    headers: Headers,
) {
    let (authority, target) = split_url(&stack.sign(parameters()).await);
    let changed = change(&authority, &target);
    let headers = headers(&authority);
    assert!(changed != target || !headers.is_empty(), "{why}: nothing was changed");
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let opened = websocket::open_raw(&authority, &changed, &headers).await;
    let mut socket = opened.unwrap_or_else(|reply| panic!("{why}: {}", reply.text()));
    let echo = socket.ask("hello").await;
    assert_eq!(echo["connection"]["requested"], parameters(), "{why}");
    socket.close().await;
}

#[tokio::test]
async fn what_the_canonical_query_makes_equal_connects() {
    let stack = Stack::start().await;
    for (why, change) in QUERIES {
        let change = |_: &str, target: &str| {
            let (path, query) = target.split_once('?').unwrap();
            let changed = format!("{path}?{}", change(query));
            assert_eq!(meaning(&changed), meaning(target), "{why}");
            changed
        };
        check_opens(&stack, why, change, |_| vec![]).await;
    }
    stack.stop().await;
}

#[tokio::test]
async fn what_the_signature_does_not_cover_connects() {
    let stack = Stack::start().await;
    for (why, change, headers) in ELSEWHERE {
        check_opens(&stack, why, change, headers).await;
    }
    stack.stop().await;
}
