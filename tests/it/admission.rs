//! ws-connect through the front door: whom it lets in, and what it stores.

use std::time::Duration;

use serde_json::json;
use tests::http::Reply;
use tests::stack::{ACCOUNT_ID, Options, Stack};
use tests::waiting::eventually;
use tests::websocket::{self, Socket};
use time::OffsetDateTime;
use url::Url;

const PAGE: &str = "https://app.example.com";

/// The handshake is refused by ws-connect: with this status and no body, and the reason is in the
/// log alone.
async fn check_refused(
    stack: &Stack,
    outcome: Result<Socket, Reply>,
    status: u16,
    reason: &str,
    count: usize,
) {
    let refused = outcome.expect_err("the handshake is refused");
    assert_eq!((refused.status, refused.text().as_str()), (status, ""));
    let what = format!("{count} refusals because of {reason} in the log");
    eventually(&what, || stack.log_count("ConnectFunction", reason) == count).await;
}

/// The value of a parameter of a URL.
fn parameter(url: &str, name: &str) -> String {
    let url = Url::parse(url).unwrap();
    url.query_pairs().find(|(other, _)| other == name).unwrap().1.into_owned()
}

/// Drives the clock to this long after the beginning of a second.
fn advance_to(stack: &Stack, second: i64, after: Duration) {
    let until = OffsetDateTime::from_unix_timestamp(second).unwrap() + after - stack.clock.now();
    stack.clock.advance(until.try_into().unwrap());
}

#[tokio::test]
async fn the_row_of_a_connection_is_as_promised() {
    let options = Options::default()
        .parameter("Grants", r#"{"tenant":"acme"}"#)
        .parameter("KeptHeaders", "X-Client-Version,accept-language,x-absent");
    let stack = Stack::start_with(options).await;
    let connected_at = stack.clock.epoch_milliseconds();
    let url = stack.sign(json!({"room": "l\u{f6}bby \u{1f6aa}", "a.b": ""})).await;
    let headers = [
        ("User-Agent", "test/1"),
        ("X-Client-Version", "3.1"),
        ("Accept-Language", "de"),
        ("accept-language", "en"),
        ("X-Not-Kept", "MARKER"),
    ];
    let mut socket = websocket::open_with(&url, &headers).await.unwrap();
    let echo = socket.ask("hello").await;

    let role_name = &stack.role("SignerRole").name;
    let lifetime_and_margin = 2 * 60 * 60 + 10 * 60;
    let mut expected = json!({
        "connectionId": {"S": echo["connection"]["connectionId"]},
        "granted": {"M": {"tenant": {"S": "acme"}}},
        "requested": {"M": {"room": {"S": "l\u{f6}bby \u{1f6aa}"}, "a.b": {"S": ""}}},
        "headers": {"M": {"x-client-version": {"S": "3.1"}, "accept-language": {"S": "de, en"}}},
        "connectedAt": {"N": connected_at.to_string()},
        "sourceIp": {"S": "127.0.0.1"},
        "userAgent": {"S": "test/1"},
        "caller": {"S": format!(
            "arn:aws:sts::{ACCOUNT_ID}:assumed-role/{role_name}/sign-websocket-url"
        )},
        "apiId": {"S": stack.template.websocket_apis[0].id},
        "stage": {"S": "prod"},
        "expiresAt": {"N": (connected_at / 1_000 + lifetime_and_margin).to_string()},
    });
    assert_eq!(stack.rows("ConnectionsTable"), [expected.clone()]);

    let url_expires: i64 = parameter(&url, "grant.expires").parse().unwrap();
    let nonce = json!({
        "nonce": {"S": parameter(&url, "grant.nonce")},
        "expiresAt": {"N": (url_expires + 300).to_string()},
    });
    assert_eq!(stack.rows("NoncesTable"), [nonce]);

    // A client that sends nothing of its own leaves less.
    stack.remove_row("ConnectionsTable", &json!({"connectionId": expected["connectionId"]}));
    let mut socket = stack.connect(json!({})).await;
    expected["connectionId"]["S"] = socket.ask("hello").await["connection"]["connectionId"].take();
    expected["requested"] = json!({"M": {}});
    expected["headers"] = json!({"M": {}});
    expected.as_object_mut().unwrap().remove("userAgent");
    assert_eq!(stack.rows("ConnectionsTable"), [expected]);
    stack.stop().await;
}

#[tokio::test]
async fn rows_are_forgotten_when_their_time_has_come() {
    let stack = Stack::start().await;
    let url = stack.sign(json!({})).await;
    let mut socket = websocket::open(&url).await.unwrap();
    socket.ask("hello").await;
    let nonce_expires: i64 = parameter(&url, "grant.expires").parse().unwrap();
    advance_to(&stack, nonce_expires + 300 + 60, Duration::ZERO);
    eventually("the nonce is forgotten", || stack.rows("NoncesTable").is_empty()).await;
    assert_eq!(stack.rows("ConnectionsTable").len(), 1, "the connection is still open");
    stack.stop().await;
}

#[tokio::test]
async fn pages_of_allowed_origins_may_connect() {
    let origins = format!("{PAGE},http://*");
    let stack = Stack::start_with(Options::default().parameter("AllowedOrigins", &origins)).await;
    for origin in [PAGE, "http://localhost:8080"] {
        let url = stack.sign(json!({})).await;
        let mut socket = websocket::open_with(&url, &[("Origin", origin)]).await.unwrap();
        assert_eq!(socket.ask("hello").await["message"], "hello");
    }
    // No browser: nothing to protect.
    stack.connect(json!({})).await.ask("hello").await;

    let before = stack.rows("NoncesTable").len();
    let url = stack.sign(json!({})).await;
    let foreign: [&[(&str, &str)]; 5] = [
        &[("Origin", "https://evil.example")],
        &[("Origin", "https://app.example.com.evil.example")],
        &[("Origin", "null")],
        &[("Origin", "")],
        &[("Origin", PAGE), ("Origin", "https://evil.example")],
    ];
    for (index, headers) in foreign.into_iter().enumerate() {
        let outcome = websocket::open_with(&url, headers).await;
        check_refused(&stack, outcome, 403, "origin_not_allowed", index + 1).await;
    }
    assert_eq!(stack.rows("NoncesTable").len(), before, "no nonce is spent");
    websocket::open_with(&url, &[("Origin", PAGE)]).await.expect("the URL is still good");
    stack.stop().await;
}

#[tokio::test]
async fn without_allowed_origins_no_browser_connects() {
    let stack = Stack::start().await;
    let url = stack.sign(json!({})).await;
    let outcome = websocket::open_with(&url, &[("Origin", PAGE)]).await;
    check_refused(&stack, outcome, 403, "origin_not_allowed", 1).await;
    websocket::open(&url).await.expect("it is no browser").ask("hello").await;
    stack.stop().await;
}

/// The subprotocol that the 101 names for this offer.
async fn chosen(stack: &Stack, offer: &[(&str, &str)]) -> Option<String> {
    let url = stack.sign(json!({})).await;
    let socket = websocket::open_with(&url, offer).await.unwrap();
    let mut headers = socket.headers.iter();
    headers.find(|(name, _)| name == "sec-websocket-protocol").map(|(_, value)| value.clone())
}

#[tokio::test]
async fn a_subprotocol_is_chosen_from_the_clients() {
    const OFFER: &str = "Sec-WebSocket-Protocol";
    let options = Options::default().parameter("Subprotocols", "chat.v1,chat.v2");
    let stack = Stack::start_with(options).await;
    let check = async |offer: &[(&str, &str)], expected: Option<&str>| {
        assert_eq!(chosen(&stack, offer).await.as_deref(), expected, "{offer:?}");
    };
    check(&[], None).await;
    check(&[(OFFER, "chat.v1")], Some("chat.v1")).await;
    check(&[(OFFER, "chat.v2, chat.v1")], Some("chat.v2")).await;
    check(&[(OFFER, "other,chat.v1")], Some("chat.v1")).await;
    check(&[(OFFER, "other"), (OFFER, "chat.v2")], Some("chat.v2")).await;

    let before = stack.rows("NoncesTable").len();
    let url = stack.sign(json!({})).await;
    for (index, offer) in ["other", "Chat.v1", "chat.v1x, chat"].into_iter().enumerate() {
        let outcome = websocket::open_with(&url, &[(OFFER, offer)]).await;
        check_refused(&stack, outcome, 400, "subprotocol_not_allowed", index + 1).await;
    }
    assert_eq!(stack.rows("NoncesTable").len(), before, "no nonce is spent");
    // The origin is looked at first, the time after it.
    let both = [(OFFER, "other"), ("Origin", PAGE)];
    let outcome = websocket::open_with(&url, &both).await;
    check_refused(&stack, outcome, 403, "origin_not_allowed", 1).await;
    let expires = parameter(&url, "grant.expires").parse().unwrap();
    advance_to(&stack, expires, Duration::ZERO);
    let outcome = websocket::open_with(&url, &[(OFFER, "other")]).await;
    check_refused(&stack, outcome, 400, "subprotocol_not_allowed", 4).await;
    stack.stop().await;
}

#[tokio::test]
async fn a_url_ends_at_its_second() {
    const JUST_BEFORE: Duration = Duration::from_millis(999);
    let stack = Stack::start().await;
    let sign = async || stack.sign(json!({})).await;
    let (early, late, later) = (sign().await, sign().await, sign().await);
    let expires: i64 = parameter(&early, "grant.expires").parse().unwrap();
    assert_eq!(expires, stack.clock.now().unix_timestamp() + 60);

    advance_to(&stack, expires - 1, JUST_BEFORE);
    websocket::open(&early).await.expect("a millisecond is left").ask("hello").await;
    advance_to(&stack, expires, Duration::ZERO);
    check_refused(&stack, websocket::open(&late).await, 403, "url_expired", 1).await;
    advance_to(&stack, expires + 1, Duration::ZERO);
    check_refused(&stack, websocket::open(&later).await, 403, "url_expired", 2).await;
    assert_eq!(stack.rows("NoncesTable").len(), 1, "no nonce of theirs is spent");
    assert_eq!(stack.rows("ConnectionsTable").len(), 1);
    stack.stop().await;
}

#[tokio::test]
async fn a_signature_ends_after_five_minutes() {
    let stack = Stack::start_with(Options::default().parameter("UrlTtlSeconds", "300")).await;
    let url = stack.sign(json!({})).await;
    let signed_at = stack.clock.now().unix_timestamp();
    assert_eq!(parameter(&url, "grant.expires"), (signed_at + 300).to_string());

    // The gateway refuses before it asks anyone.
    advance_to(&stack, signed_at + 301, Duration::ZERO);
    let refused = websocket::open(&url).await.expect_err("the signature is too old");
    assert_eq!(refused.status, 403);
    assert_eq!(refused.header("x-amzn-errortype"), Some("InvalidSignatureException"));
    let message = refused.json()["message"].take();
    assert!(message.as_str().unwrap().starts_with("Signature expired: "), "{message}");
    assert!(stack.processes("ConnectFunction").is_empty());
    stack.stop().await;
}

#[tokio::test]
async fn a_bad_value_stops_the_start_and_is_named() {
    let check = async |parameter: &'static str, value: &str, variable: &str, reason: &str| {
        let stack = Stack::start_with(Options::default().parameter(parameter, value)).await;
        let url = stack.sign(json!({})).await;
        let refused = websocket::open(&url).await.expect_err("there is no one to ask");
        let message = refused.json()["message"].take();
        assert_eq!((refused.status, message), (502, json!("Internal server error")));
        let what = format!("the log names {variable} and says {reason}");
        eventually(&what, || {
            let lines = stack.log();
            lines.iter().any(|line| line.contains(variable) && line.contains(reason))
        })
        .await;
        stack.stop().await;
    };
    check("KeptHeaders", "X-Amz-Security-Token", "KEPT_HEADERS", "can hold a secret").await;
    check("Subprotocols", "chat v1", "SUBPROTOCOLS", "is not a token").await;
    check("AllowedOrigins", "https://App.example.com", "ALLOWED_ORIGINS", "is not of the form")
        .await;
}
