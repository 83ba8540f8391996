//! What `/sign` refuses, and what the caller is told.

use serde_json::json;
use tests::stack::{Options, Stack};
use tests::{http, template};

use super::{CONTENT_TYPES, keys, signed};

/// A body, the code of its refusal, and words that the detail must have: above all the offender.
type Case<'a> = (&'a str, &'a str, &'a [&'a str]);

/// A stack on which callers may choose little. All is signed in one session: the next one's token
/// could be longer in a URL.
async fn stack() -> Stack {
    let template = template::with(|tree| template::reserve_one_environment(tree, "SignFunction"));
    let options = Options::default()
        .template(template)
        .parameter("Requestable", "room,other")
        .parameter("RequestableHeaders", "x-tenant");
    Stack::start_with(options).await
}

/// Each body is refused with 400, however it is declared.
async fn check(stack: &Stack, cases: &[Case<'_>]) {
    for (body, code, words) in cases {
        for headers in CONTENT_TYPES {
            check_refused(stack, headers, body.as_bytes(), 400, code, words).await;
        }
    }
}

async fn check_refused(
    stack: &Stack,
    headers: &[(&str, &str)],
    body: &[u8],
    status: u16,
    code: &str,
    words: &[&str],
) {
    let shown: String = String::from_utf8_lossy(body).chars().take(200).collect();
    let reply = http::request("POST", stack.sign_url(), headers, body).await;
    assert_eq!(reply.status, status, "{shown}: {}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{shown}");
    assert_eq!(reply.header("cache-control"), Some("no-store"), "{shown}");
    let problem = reply.json();
    assert_eq!(keys(&problem), ["code", "detail", "status", "title", "type"], "{shown}");
    assert_eq!(problem["type"], "about:blank");
    assert_eq!(problem["status"], status);
    assert_eq!(problem["code"], code, "{shown}: {problem}");
    let detail = problem["detail"].as_str().unwrap();
    for word in words {
        assert!(detail.contains(word), "{shown}: {detail} does not say {word}");
    }
}

#[tokio::test]
async fn bodies_that_cannot_be_read() {
    let stack = stack().await;
    check(
        &stack,
        &[
            ("{", "invalid_json", &["line 1, column 1"]),
            ("{\n  \"query\": oops}", "invalid_json", &["line 2, column 12"]),
            ("{} {}", "invalid_json", &["line 1, column 4"]),
            (" ", "invalid_json", &["line 1"]),
            ("room=lobby", "invalid_json", &["line 1, column 1"]),
            (r#"{"query":{"room":"\ud800"}}"#, "invalid_json", &["line 1"]),
            ("{\"query\":{\"room\":\"a\nb\"}}", "invalid_json", &["line 2"]),
            (&"[".repeat(10_000), "invalid_json", &["line 1"]),
            ("\u{feff}{}", "invalid_json", &["line 1, column 1"]),
        ],
    )
    .await;
    for headers in CONTENT_TYPES {
        let not_utf8 = b"{\"query\":{\"room\":\"\xff\"}}";
        check_refused(&stack, headers, not_utf8, 400, "invalid_json", &["line 1"]).await;
    }
    stack.stop().await;
}

#[tokio::test]
async fn bodies_of_another_shape() {
    let stack = stack().await;
    check(
        &stack,
        &[
            ("[]", "wrong_type", &["the body is an array", "expected an object"]),
            ("null", "wrong_type", &["the body is null"]),
            ("7", "wrong_type", &["the body is a number"]),
            (r#""room""#, "wrong_type", &["the body is a string"]),
            (r#"{"query":[]}"#, "wrong_type", &["`query` is an array", "expected an object"]),
            (r#"{"query":{"room":7}}"#, "wrong_type", &["`query.room` is a number"]),
            (r#"{"query":{"room":null}}"#, "wrong_type", &["`query.room` is null"]),
            (r#"{"query":{"room":["a"]}}"#, "wrong_type", &["`query.room` is an array"]),
            (r#"{"url":null}"#, "wrong_type", &["`url` is null", "expected a string"]),
            (r#"{"authMethod":true}"#, "wrong_type", &["`authMethod` is a boolean"]),
            (r#"{"headers":"a"}"#, "wrong_type", &["`headers` is a string"]),
            (r#"{"headers":{"x-tenant":{}}}"#, "wrong_type", &["`headers.x-tenant` is an object"]),
            (r#"{"Query":{}}"#, "unknown_field", &["`Query`"]),
            (r#"{"grants":{"admin":"1"}}"#, "unknown_field", &["`grants`"]),
            (r#"{"":{}}"#, "unknown_field", &["``"]),
            (r#"{"authMethod":"Header"}"#, "unknown_auth_method", &["`Header`"]),
            (r#"{"authMethod":""}"#, "unknown_auth_method", &["``"]),
            (r#"{"query":{},"query":{}}"#, "repeated_key", &["`query`", "the body"]),
            (r#"{"query":{"room":"a","r\u006fom":"b"}}"#, "repeated_key", &["`room`", "`query`"]),
            (
                r#"{"authMethod":"header","headers":{"x-tenant":"1","x-tenant":"1"}}"#,
                "repeated_key",
                &["`x-tenant`", "`headers`"],
            ),
        ],
    )
    .await;
    stack.stop().await;
}

#[tokio::test]
async fn parameters_that_may_not_be_requested() {
    let stack = stack().await;
    check(
        &stack,
        &[
            (r#"{"query":{"grant.userId":"1"}}"#, "reserved_name", &["`grant.userId`"]),
            (r#"{"query":{"GRANT.expires":"1"}}"#, "reserved_name", &["`GRANT.expires`"]),
            (r#"{"query":{"grant.":"1"}}"#, "reserved_name", &["`grant.`"]),
            (r#"{"query":{"gr\u0061nt.nonce":"1"}}"#, "reserved_name", &["`grant.nonce`"]),
            (r#"{"query":{"X-Amz-Expires":"9"}}"#, "reserved_name", &["`X-Amz-Expires`"]),
            (r#"{"query":{"x-aMZ-anything":"9"}}"#, "reserved_name", &["`x-aMZ-anything`"]),
            (r#"{"query":{"user":"1"}}"#, "name_not_allowed", &["`user`"]),
            (r#"{"query":{"Room":"1"}}"#, "name_not_allowed", &["`Room`"]),
            // Decoded exactly once: this name is harmless, and not allowed.
            (r#"{"query":{"grant%2EuserId":"1"}}"#, "name_not_allowed", &["`grant%2EuserId`"]),
            (r#"{"query":{"":"1"}}"#, "empty_name", &["empty name"]),
            (r#"{"query":{"room":"a\u0000"}}"#, "control_character", &["value", "`room`"]),
            (r#"{"query":{"room":"a\nb"}}"#, "control_character", &["value", "`room`"]),
            (r#"{"query":{"room":"\u007f"}}"#, "control_character", &["value", "`room`"]),
            (r#"{"query":{"room":"\u0085"}}"#, "control_character", &["value", "`room`"]),
            (r#"{"query":{"ro\tom":"a"}}"#, "control_character", &["name", r"`ro\tom`"]),
        ],
    )
    .await;
    stack.stop().await;
}

#[tokio::test]
async fn urls_that_are_not_signed_for() {
    let stack = stack().await;
    let ours = stack.websocket_url().to_owned();
    let of_url = |url: &str| json!({"url": url, "query": {"room": "lobby"}}).to_string();
    let (origin, path) = ours.rsplit_once('/').unwrap();
    let elsewhere = [
        String::new(),
        "/prod".to_owned(),
        "ws://127.0.0.1/prod".to_owned(),
        "ws://evil.example/prod".to_owned(),
        "https://evil.example/".to_owned(),
        ours.replacen("ws://", "wss://", 1),
        ours.replacen("ws://", "http://", 1),
        format!("{ours}/"),
        format!("{ours}x"),
        format!("{ours}/../other"),
        format!("{origin}//{path}"),
        format!("{origin}/%70rod"),
        format!("{ours}/@connections/x"),
        ours.replacen("ws://", "ws://user@", 1),
        ours.replacen("ws://", "ws://:password@", 1),
        format!("{origin}@evil.example/{path}"),
        format!("{ours}#fragment"),
        format!("{ours}#"),
    ];
    for url in &elsewhere {
        check(&stack, &[(&of_url(url), "wrong_url", &["`url`", &ours])]).await;
    }
    let query = |query: &str| of_url(&format!("{ours}?{query}"));
    check(
        &stack,
        &[
            (&query("room=1"), "repeated_name", &["`room`", "`url` and `query`"]),
            (&query("other=1&other=2"), "repeated_name", &["`other`"]),
            (&query("=1"), "empty_name", &["empty name"]),
            (&query("grant%2Eexpires=9"), "reserved_name", &["`grant.expires`"]),
            (&query("x%2Damz-date=9"), "reserved_name", &["`x-amz-date`"]),
            (&query("user=1"), "name_not_allowed", &["`user`"]),
            (&query("other=%0A"), "control_character", &["value", "`other`"]),
            (&query("other=a\nb"), "control_character", &["`url`"]),
            (&query("other=%ZZ"), "invalid_encoding", &["`other`"]),
            (&query("other=%F"), "invalid_encoding", &["`other`"]),
            (&query("other=%FF"), "invalid_encoding", &["`other`", "UTF-8"]),
        ],
    )
    .await;
    stack.stop().await;
}

#[tokio::test]
async fn headers_that_are_not_signed_along() {
    let stack = stack().await;
    let with = |headers: &str| format!(r#"{{"authMethod":"header","headers":{headers}}}"#);
    let reserved = [
        "Host",
        "authorization",
        "Cookie",
        "connection",
        "Upgrade",
        "content-length",
        "X-Amz-Security-Token",
        "x-amzn-trace-id",
        "X-Forwarded-For",
        "Sec-WebSocket-Protocol",
    ];
    for name in reserved {
        let body = with(&json!({name: "1"}).to_string());
        check(&stack, &[(&body, "reserved_header", &[&format!("`{name}`")])]).await;
    }
    for value in ["", " 1", "1 ", "1\r\nx-evil: 2", "a\tb", "\u{e9}", "\u{7f}"] {
        let body = with(&json!({"x-tenant": value}).to_string());
        check(&stack, &[(&body, "invalid_header_value", &["`x-tenant`"])]).await;
    }
    check(
        &stack,
        &[
            (&with(r#"{"x-other":"1"}"#), "header_not_allowed", &["`x-other`"]),
            (&with(r#"{"a b":"1"}"#), "invalid_header_name", &["`a b`"]),
            (&with(r#"{"":"1"}"#), "invalid_header_name", &["``"]),
            (&with(r#"{"a\r\nb":"1"}"#), "invalid_header_name", &[r"`a\r\nb`"]),
            (&with(r#"{"x-tenant":"1","X-Tenant":"1"}"#), "repeated_header", &["`X-Tenant`"]),
            (r#"{"headers":{"x-tenant":"1"}}"#, "headers_with_query_method", &["`x-tenant`"]),
            (
                r#"{"authMethod":"query","headers":{"x-tenant":"1"}}"#,
                "headers_with_query_method",
                &["`x-tenant`"],
            ),
        ],
    )
    .await;
    stack.stop().await;
}

#[tokio::test]
async fn what_is_too_long() {
    let stack = stack().await;
    let of_room = |length| json!({"query": {"room": "a".repeat(length)}}).to_string();
    let of_length = async |length| {
        let body = of_room(length);
        signed(&http::post(stack.sign_url(), &body).await)["url"].as_str().unwrap().len()
    };
    let room = 4_096 - of_length(0).await;
    assert_eq!(of_length(room).await, 4_096);
    let header = json!({"authMethod": "header", "query": {"room": "a".repeat(4_096)}});
    let headers = json!({"authMethod": "header", "headers": {"x-tenant": "a".repeat(10_240)}});
    check(
        &stack,
        &[
            (&of_room(room + 1), "url_too_long", &["4097", "4096"]),
            (&header.to_string(), "url_too_long", &["4096"]),
            (&headers.to_string(), "headers_too_long", &["10240"]),
        ],
    )
    .await;

    let blanks = |length: usize| format!("{{}}{}", " ".repeat(length - 2));
    for headers in CONTENT_TYPES {
        let longest = blanks(16_384);
        signed(&http::request("POST", stack.sign_url(), headers, longest.as_bytes()).await);
        let words = ["16385", "16384"];
        let longer = blanks(16_385);
        check_refused(&stack, headers, longer.as_bytes(), 413, "body_too_large", &words).await;
    }
    stack.stop().await;
}
