//! Custom domain names: each stands for stages of APIs, has a listener of its own, and is signed for by its own
//! address.

mod command;
mod connections;
mod doors;
mod events;

use aws_credential_types::Credentials;
use local::iam::PermissionUse;
use serde_json::{Value, json};
use tests::http;
use tests::stack::{Options, Stack};
use tests::{aws, websocket};

const HTTP_DOMAIN: &str = "api.example.com";
const WEBSOCKET_DOMAIN: &str = "ws.example.com";

/// Well formed, and nobody's.
const NOBODY: &str = "AAAAAAAAAAAAAAA=";

/// A stack with a domain for each API, and these base paths.
fn with_domains(http_base_path: &str, websocket_base_path: &str) -> Options {
    Options::default()
        .parameter("HttpDomainName", HTTP_DOMAIN)
        .parameter("HttpBasePath", http_base_path)
        .parameter("WebSocketDomainName", WEBSOCKET_DOMAIN)
        .parameter("WebSocketBasePath", websocket_base_path)
        .parameter("HostedZoneId", "Z0123456789ABCDEFGHIJ")
}

/// The host and port of the HTTP API's domain.
fn http_domain(stack: &Stack) -> String {
    stack.running.http_domains[0].address.to_string()
}

/// The host and port of the WebSocket API's domain.
fn websocket_domain(stack: &Stack) -> String {
    stack.running.websocket_domains[0].address.to_string()
}

/// The host and port of the WebSocket API's own endpoint.
fn execute_api(stack: &Stack) -> String {
    stack.running.websocket_apis[0].address.to_string()
}

fn developer(stack: &Stack) -> Credentials {
    aws::credentials(stack.running.iam.developer())
}

/// A session of the role that signs URLs.
async fn signer(stack: &Stack) -> Credentials {
    let function = stack.function_credentials("SignFunctionRole");
    aws::assume_role(&stack.aws_url(), &function, &stack.role("SignerRole").arn).await
}

/// How often ws-default's role has used its permission to manage connections.
fn posts(stack: &Stack) -> Option<u64> {
    let holders = stack.running.services.permissions.uses();
    let role = holders.into_iter().find(|holder| holder.name == "DefaultFunctionRole");
    let is_meant = |one: &PermissionUse| one.action == "execute-api:ManageConnections";
    role.unwrap().permissions.into_iter().find(is_meant).unwrap().used
}

/// Signs at the one domain, connects at the other, is echoed and disconnects.
async fn check_story(http_base_path: &str, websocket_base_path: &str) {
    let stack = Stack::start_with(with_domains(http_base_path, websocket_base_path)).await;
    let below = |base_path: &str| match base_path {
        "" => String::new(),
        base_path => format!("/{base_path}"),
    };
    let sign = format!("http://{}{}/sign", http_domain(&stack), below(http_base_path));
    assert_eq!(stack.sign_url(), sign);
    let websocket = format!("ws://{}{}", websocket_domain(&stack), below(websocket_base_path));
    assert_eq!(stack.websocket_url(), websocket);

    let url = stack.sign(json!({"room": "lobby"})).await;
    let path = if websocket_base_path.is_empty() { "/" } else { "" };
    assert!(url.starts_with(&format!("{websocket}{path}?")), "another address");
    let mut socket = websocket::open(&url).await.unwrap();
    let echo = socket.ask("hello").await;
    assert_eq!(
        (&echo["message"], &echo["connection"]["requested"]["room"]),
        (&json!("hello"), &json!("lobby"))
    );
    assert_eq!(posts(&stack), Some(1), "the echo comes by @connections");
    assert_eq!(stack.rows("ConnectionsTable").len(), 1);
    socket.close().await;
    stack.all_disconnected().await;
    assert_eq!(stack.rows("ConnectionsTable"), Vec::<Value>::new());
    stack.stop().await;
}

#[tokio::test]
async fn a_url_of_the_one_domain_opens_a_connection_at_the_other() {
    check_story("", "").await;
    check_story("v1", "chat").await;
    check_story("v1/urls", "chat").await;
}

#[tokio::test]
async fn one_api_may_have_a_domain_without_the_other() {
    let http = Options::default()
        .parameter("HttpDomainName", HTTP_DOMAIN)
        .parameter("HostedZoneId", "Z0123456789ABCDEFGHIJ");
    let websocket = Options::default()
        .parameter("WebSocketDomainName", WEBSOCKET_DOMAIN)
        .parameter("HostedZoneId", "Z0123456789ABCDEFGHIJ");
    for (options, expected) in [(http, (1, 0)), (websocket, (0, 1))] {
        let stack = Stack::start_with(options).await;
        let running = &stack.running;
        assert_eq!((running.http_domains.len(), running.websocket_domains.len()), expected);
        let mut socket = stack.connect(json!({})).await;
        assert_eq!(socket.ask("hello").await["message"], "hello");
        socket.close().await;
        stack.stop().await;
    }
}

#[tokio::test]
async fn where_signing_is_by_iam_the_domains_path_is_signed() {
    let options = with_domains("v1/urls", "").parameter("SignAuthorization", "IAM");
    let stack = Stack::start_with(options).await;
    let sign = stack.sign_url();
    let headers = [("content-type", "application/json")];
    let ask = async |url: &str| {
        aws::send(&developer(&stack), "execute-api", "POST", url, &headers, b"{}").await.status
    };
    assert_eq!(ask(sign).await, 201);
    assert_eq!(http::post(sign, "{}").await.status, 403);
    let own = format!("http://{}/sign", stack.running.http_apis[0].address);
    assert_eq!(ask(&own).await, 201);
    stack.stop().await;
}
