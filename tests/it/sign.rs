//! `POST /sign`: what it gives.

mod claims;
mod configuration;
mod credentials;
mod headers;
mod iam;
mod origins;
mod refusals;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::http::{self, Reply};
use tests::stack::{Options, Stack};
use tests::websocket;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use url::Url;

/// How a body may be declared: JSON, a form (as by `curl -d`), and not at all.
const CONTENT_TYPES: [&[(&str, &str)]; 3] = [
    &[("Content-Type", "application/json")],
    &[("Content-Type", "application/x-www-form-urlencoded")],
    &[],
];

/// The names of an object's members, sorted.
fn keys(object: &Value) -> Vec<&str> {
    let mut keys: Vec<_> = object.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// The JSON of a 201, its head and shape checked.
#[track_caller]
fn signed(reply: &Reply) -> Value {
    assert_eq!(reply.status, 201, "{}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let answer = reply.json();
    assert_eq!(keys(&answer), ["expiresAt", "headers", "url"]);
    answer
}

/// The parameters of a URL, decoded, each of them there once.
#[track_caller]
fn parameters(url: &str) -> BTreeMap<String, String> {
    let url = Url::parse(url).unwrap();
    let pairs: Vec<_> = url.query_pairs().into_owned().collect();
    let parameters: BTreeMap<_, _> = pairs.iter().cloned().collect();
    assert_eq!(parameters.len(), pairs.len(), "a parameter is repeated");
    parameters
}

/// `expiresAt`, as seconds since 1970.
#[track_caller]
fn expires_at(answer: &Value) -> i64 {
    let text = answer["expiresAt"].as_str().unwrap();
    OffsetDateTime::parse(text, &Rfc3339).unwrap().unix_timestamp()
}

#[tokio::test]
async fn a_body_is_read_whatever_its_content_type() {
    let stack = Stack::start().await;
    let now = stack.clock.now().unix_timestamp();
    let mut nonces = Vec::new();
    for headers in CONTENT_TYPES {
        let body = br#"{"query":{"room":"l\u00f6bby & co. +"}}"#;
        let answer = signed(&http::request("POST", stack.sign_url(), headers, body).await);
        assert_eq!(answer["headers"], json!({}));
        assert_eq!(expires_at(&answer), now + 60);
        let url = answer["url"].as_str().unwrap();
        assert!(url.starts_with(&format!("{}?", stack.websocket_url())));
        assert!(url.contains("room=l%C3%B6bby%20%26%20co.%20%2B&"), "encoded as RFC 3986 wants");
        let mut parameters = parameters(url);
        assert_eq!(parameters.remove("room").as_deref(), Some("l\u{f6}bby & co. +"));
        assert_eq!(parameters.remove("grant.expires"), Some((now + 60).to_string()));
        nonces.extend(parameters.remove("grant.nonce"));
        assert_eq!(parameters.remove("X-Amz-Expires").as_deref(), Some("60"));
        let rest: Vec<_> = parameters.keys().map(String::as_str).collect();
        let of_the_signature = [
            "X-Amz-Algorithm",
            "X-Amz-Credential",
            "X-Amz-Date",
            "X-Amz-Security-Token",
            "X-Amz-Signature",
            "X-Amz-SignedHeaders",
        ];
        assert_eq!(rest, of_the_signature);
        let mut socket = websocket::open(url).await.unwrap();
        let echo = socket.ask("hello").await;
        assert_eq!(echo["connection"]["requested"], json!({"room": "l\u{f6}bby & co. +"}));
    }
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), CONTENT_TYPES.len(), "every URL has a nonce of its own");
    stack.stop().await;
}

type Headers<'a> = &'a [(&'a str, &'a str)];

#[tokio::test]
async fn an_empty_body_asks_for_nothing() {
    let stack = Stack::start().await;
    let empty: [(Headers<'_>, &[u8]); 6] = [
        (CONTENT_TYPES[0], b""),
        (CONTENT_TYPES[1], b""),
        (CONTENT_TYPES[2], b""),
        (CONTENT_TYPES[0], b"{}"),
        (CONTENT_TYPES[1], b" {} "),
        (CONTENT_TYPES[2], br#"{"query":{},"headers":{},"authMethod":"query"}"#),
    ];
    for (headers, body) in empty {
        let answer = signed(&http::request("POST", stack.sign_url(), headers, body).await);
        let mut socket = websocket::open(answer["url"].as_str().unwrap()).await.unwrap();
        let connection = &socket.ask("hello").await["connection"];
        assert_eq!(connection["requested"], json!({}));
        assert_eq!(connection["granted"], json!({}));
    }
    stack.stop().await;
}

#[tokio::test]
async fn the_query_of_a_url_is_merged() {
    let stack = Stack::start().await;
    let url = format!("{}?room=a%20b+c%2Bd&%C3%A9=&x=%2541", stack.websocket_url());
    let spelled_otherwise = url.replacen("ws://", "  WS://", 1);
    for url in [url, spelled_otherwise] {
        let body = json!({"url": url, "query": {"user": "1"}});
        let answer = signed(&stack.ask_to_sign(&body).await);
        let mut socket = websocket::open(answer["url"].as_str().unwrap()).await.unwrap();
        let requested = socket.ask("hello").await["connection"]["requested"].take();
        let expected = json!({"room": "a b c+d", "\u{e9}": "", "x": "%41", "user": "1"});
        assert_eq!(requested, expected);
    }
    stack.stop().await;
}

#[tokio::test]
async fn what_the_stack_grants_is_signed_and_stored() {
    let grants = json!({"tenant": "acme", "a.b": "\u{f6} +&=", "empty": ""});
    let options = Options::default()
        .parameter("Grants", &grants.to_string())
        .parameter("UrlTtlSeconds", "7")
        .parameter("Requestable", "");
    let stack = Stack::start_with(options).await;

    let answer = signed(&stack.ask_to_sign(&json!({})).await);
    let now = stack.clock.now().unix_timestamp();
    assert_eq!(expires_at(&answer), now + 7);
    let url = answer["url"].as_str().unwrap();
    let parameters = parameters(url);
    assert_eq!(parameters["grant.tenant"], "acme");
    assert_eq!(parameters["grant.expires"], (now + 7).to_string());
    assert_eq!(parameters["X-Amz-Expires"], "7");
    let mut socket = websocket::open(url).await.unwrap();
    assert_eq!(socket.ask("hello").await["connection"]["granted"], grants);
    let stored = &stack.rows("ConnectionsTable")[0]["granted"];
    let expected =
        json!({"M": {"tenant": {"S": "acme"}, "a.b": {"S": "\u{f6} +&="}, "empty": {"S": ""}}});
    assert_eq!(*stored, expected);

    // Closed by default: nothing may be requested.
    let reply = stack.ask_to_sign(&json!({"query": {"room": "lobby"}})).await;
    assert_eq!((reply.status, &reply.json()["code"]), (400, &json!("name_not_allowed")));
    stack.stop().await;
}

#[tokio::test]
async fn only_post_sign_is_a_route() {
    let stack = Stack::start().await;
    let beside = format!("{}/x", stack.sign_url());
    for (method, url) in [("GET", stack.sign_url()), ("PUT", stack.sign_url()), ("POST", &beside)] {
        let reply = http::request(method, url, &[], b"").await;
        assert_eq!((reply.status, reply.json()), (404, json!({"message": "Not Found"})));
    }
    assert!(stack.processes("SignFunction").is_empty());
    stack.stop().await;
}
