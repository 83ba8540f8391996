//! CORS: which pages may call `/sign`.

use tests::http::{self, Reply};
use tests::stack::{Options, Stack};

const PAGE: &str = "https://app.example.com";
const STRANGER: &str = "https://evil.example";
const ALLOWED_HEADERS: &str =
    "content-type,authorization,x-amz-date,x-amz-security-token,x-amz-content-sha256";

async fn preflight(stack: &Stack, origin: &str) -> Reply {
    let headers = [
        ("Origin", origin),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "content-type"),
    ];
    http::request("OPTIONS", stack.sign_url(), &headers, b"").await
}

async fn sign(stack: &Stack, origin: Option<&str>, body: &str) -> Reply {
    let origin = origin.map(|origin| ("Origin", origin));
    let headers: Vec<_> =
        [("Content-Type", "application/json")].into_iter().chain(origin).collect();
    http::request("POST", stack.sign_url(), &headers, body.as_bytes()).await
}

/// The CORS headers of a reply, sorted.
fn cors(reply: &Reply) -> Vec<(&str, &str)> {
    let mut headers: Vec<_> = reply
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| name.starts_with("access-control-"))
        .collect();
    headers.sort_unstable();
    headers
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_may_ask_and_read() {
    let origins = format!("{PAGE},http://localhost:8080");
    let stack = Stack::start_with(Options::default().parameter("AllowedOrigins", &origins)).await;
    for origin in [PAGE, "http://localhost:8080"] {
        let reply = preflight(&stack, origin).await;
        assert_eq!((reply.status, reply.body.len()), (204, 0));
        let expected = [
            ("access-control-allow-headers", ALLOWED_HEADERS),
            ("access-control-allow-methods", "POST"),
            ("access-control-allow-origin", origin),
            ("access-control-max-age", "600"),
        ];
        assert_eq!(cors(&reply), expected);
    }
    assert!(stack.processes("SignFunction").is_empty(), "the gateway answers preflights itself");

    for (body, status) in [("", 201), ("oops", 400)] {
        let reply = sign(&stack, Some(PAGE), body).await;
        assert_eq!(reply.status, status);
        assert_eq!(cors(&reply), [("access-control-allow-origin", PAGE)]);
        assert_eq!(reply.header("vary"), Some("Origin"));
    }
    stack.stop().await;
}

#[tokio::test]
async fn a_page_of_another_origin_may_not() {
    let stack = Stack::start_with(Options::default().parameter("AllowedOrigins", PAGE)).await;
    for origin in [STRANGER, "http://app.example.com", "https://app.example.com:8443", "null"] {
        assert_eq!(cors(&preflight(&stack, origin).await), []);
        // The browser keeps the answer from the page.
        let reply = sign(&stack, Some(origin), "").await;
        assert_eq!((reply.status, cors(&reply)), (201, vec![]));
    }
    let reply = sign(&stack, None, "").await;
    assert_eq!((reply.status, cors(&reply)), (201, vec![]));
    stack.stop().await;
}

#[tokio::test]
async fn without_allowed_origins_there_is_no_cors() {
    let stack = Stack::start().await;
    let reply = preflight(&stack, PAGE).await;
    assert_eq!((reply.status, cors(&reply)), (404, vec![]));
    let reply = sign(&stack, Some(PAGE), "").await;
    assert_eq!((reply.status, cors(&reply)), (201, vec![]));
    stack.stop().await;
}
