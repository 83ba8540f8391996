//! What is let through, and how the caller is told that he is not.

use serde_json::json;
use tests::http::{self, Reply};
use tests::stack::Stack;
use tests::tokens::Key;
use tests::{template, websocket};

use super::{DEVELOPMENT, ask, ask_with, changed, claims, options, with_issuer};

#[tokio::test]
async fn a_token_of_the_development_issuer_is_worth_a_url_that_opens_a_connection() {
    let stack = Stack::start_with(options(DEVELOPMENT)).await;
    let token = stack.token(&json!({"sub": "alice"}));
    for authorization in [token.clone(), format!("Bearer {token}"), format!("bearer {token}")] {
        let reply = ask(&stack, &authorization).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        let url = reply.json()["url"].as_str().unwrap().to_owned();
        let mut socket = websocket::open(&url).await.unwrap();
        assert_eq!(socket.ask("hello").await["message"], "hello");
    }
    assert_eq!(stack.invocations("SignFunction"), 3);
    stack.stop().await;
}

#[tokio::test]
async fn a_token_ends_by_the_stacks_clock() {
    let stack = Stack::start_with(options(DEVELOPMENT)).await;
    let token = stack.token(&json!({"sub": "alice"}));
    stack.pass(std::time::Duration::from_secs(3599)).await;
    assert_eq!(ask_with(&stack, &token).await.status, 201);
    stack.pass(std::time::Duration::from_secs(1)).await;
    check(&ask_with(&stack, &token).await, 401, &invalid("the token has expired"));
    stack.stop().await;
}

#[tokio::test]
async fn a_refusal_is_401_with_a_challenge() {
    let stack = Stack::start_with(with_issuer()).await;
    let key = Key::of_the_issuer();
    let none = http::post(stack.sign_url(), "{}").await;
    check(&none, 401, "Bearer");
    assert_eq!(none.header("apigw-requestid").map(str::len), Some(16));
    check(&ask(&stack, "").await, 401, "Bearer");
    let segments = invalid("token contains an invalid number of segments");
    check(&ask_with(&stack, "not-a-token").await, 401, &segments);
    check(&ask(&stack, "Basic YWxpY2U6c2VjcmV0").await, 401, &segments);
    let audience = key.token(&changed(&claims(&stack), "aud", json!("another")));
    let description = "the token does not have a valid audience";
    check(&ask_with(&stack, &audience).await, 401, &invalid(description));
    assert_eq!(stack.invocations("SignFunction"), 0);
    stack.stop().await;
}

#[tokio::test]
async fn a_client_id_stands_in_for_an_audience_that_is_not_there() {
    let stack = Stack::start_with(with_issuer()).await;
    let key = Key::of_the_issuer();
    let client = |client: &str| {
        let claims = changed(&claims(&stack), "aud", json!(null));
        key.token(&changed(&claims, "client_id", json!(client)))
    };
    assert_eq!(ask_with(&stack, &client("countersign")).await.status, 201);
    let invalid = invalid("the token does not have a valid audience");
    check(&ask_with(&stack, &client("another")).await, 401, &invalid);
    let both = changed(&claims(&stack), "aud", json!("another"));
    let both = key.token(&changed(&both, "client_id", json!("countersign")));
    check(&ask_with(&stack, &both).await, 401, &invalid);
    stack.stop().await;
}

#[tokio::test]
async fn a_token_without_one_of_the_routes_scopes_is_403() {
    let stack = Stack::start_with(with_issuer().parameter("JwtScopes", "sign,connect")).await;
    let key = Key::of_the_issuer();
    let with = |name, value| key.token(&changed(&claims(&stack), name, value));
    for (name, value) in [
        ("scope", json!("sign")),
        ("scope", json!("openid connect")),
        ("scp", json!(["connect", "openid"])),
    ] {
        assert_eq!(ask_with(&stack, &with(name, value)).await.status, 201);
    }
    for (name, value) in [("scope", json!("signer")), ("scp", json!([])), ("other", json!("sign"))]
    {
        let reply = ask_with(&stack, &with(name, value)).await;
        check(&reply, 403, r#"Bearer scope="sign connect" error="insufficient_scope""#);
    }
    assert_eq!(stack.invocations("SignFunction"), 3);
    stack.stop().await;
}

#[tokio::test]
async fn a_page_is_answered_its_preflight_and_may_read_why_it_is_refused() {
    let page = "https://app.example.com";
    let stack = Stack::start_with(options(DEVELOPMENT).parameter("AllowedOrigins", page)).await;
    let preflight = [
        ("Origin", page),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "authorization,content-type"),
    ];
    let reply = http::request("OPTIONS", stack.sign_url(), &preflight, b"").await;
    assert_eq!(reply.status, 204);
    let allowed = reply.header("access-control-allow-headers").unwrap().to_ascii_lowercase();
    assert!(allowed.split(',').any(|name| name.trim() == "authorization"), "{allowed}");
    let reply = http::request("POST", stack.sign_url(), &[("Origin", page)], b"").await;
    check(&reply, 401, "Bearer");
    assert_eq!(reply.header("access-control-allow-origin"), Some(page));
    stack.stop().await;
}

#[tokio::test]
async fn a_token_may_stand_in_the_query_where_the_authorizer_says_so() {
    let template = template::with(|tree| {
        template::set(tree, "SignAuthorizer", "IdentitySource", "[$request.querystring.token]");
    });
    let stack = Stack::start_with(options(DEVELOPMENT).template(template)).await;
    let token = stack.token(&json!({"sub": "alice"}));
    let url = format!("{}?token={token}", stack.sign_url());
    assert_eq!(http::post(&url, "{}").await.status, 201);
    check(&ask_with(&stack, &token).await, 401, "Bearer");
    stack.stop().await;
}

fn invalid(description: &str) -> String {
    format!(r#"Bearer scope="" error="invalid_token" error_description="{description}""#)
}

#[track_caller]
fn check(reply: &Reply, status: u16, challenge: &str) {
    assert_eq!((reply.status, reply.header("www-authenticate")), (status, Some(challenge)));
    let message = if status == 401 { "Unauthorized" } else { "Forbidden" };
    assert_eq!(reply.json(), json!({"message": message}));
    assert_eq!(reply.header("content-type"), Some("application/json"));
}
