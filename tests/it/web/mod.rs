//! The page's listener: what it serves, what it tells the page, and that it tells nobody else.

mod command;
mod files;
mod guard;
mod stack;
mod trace;

use tests::http::Reply;
use tests::stack::Stack;
use tests::streaming::{self, Streaming};

/// The host and port that the page is at.
fn host(stack: &Stack) -> String {
    stack.page().strip_prefix("http://").unwrap().to_owned()
}

/// `POST` by the page at this host, as a browser sends it. `Ok` is an answer that goes on.
async fn post(host: &str, path: &str) -> Result<Streaming, Reply> {
    let origin = format!("http://{host}");
    let headers = [("Origin", origin.as_str()), ("Sec-Fetch-Site", "same-origin")];
    streaming::open("POST", &format!("{origin}{path}"), &headers).await
}

/// What the page at this host is told of its stack.
async fn told(host: &str) -> serde_json::Value {
    let Err(reply) = post(host, "/stack").await else { panic!("it goes on") };
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/json"));
    reply.json()
}

/// That an answer lets no other page read, embed or frame it.
fn check_is_closed(reply: &Reply, what: &str) {
    let of_cors = reply.headers.iter().find(|(name, _)| name.starts_with("access-control-"));
    assert_eq!(of_cors, None, "{what}");
    let policy = reply.header("content-security-policy").unwrap_or_default();
    for directive in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"] {
        assert!(policy.split("; ").any(|other| other == directive), "{what}: {policy}");
    }
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(reply.header(name), Some(value), "{what}: {name}");
    }
}
