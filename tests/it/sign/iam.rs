//! `/sign` with IAM authorization: a signed request, by someone who may.

use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings};
use local::iam::AccessKey;
use serde_json::json;
use tests::http::{self, Reply};
use tests::stack::{Options, Stack};
use tests::{aws, websocket};
use url::Url;

use super::signed;

const BODY: &[u8] = br#"{"query":{"room":"lobby"}}"#;
const JSON: (&str, &str) = ("content-type", "application/json");

/// The headers that sign a `POST` of [`BODY`] as JSON.
fn signature(url: &str, key: &AccessKey, time: SystemTime) -> Vec<(String, String)> {
    let authority = http::authority(&Url::parse(url).unwrap());
    let headers = [("host", authority.as_str()), JSON];
    let body = SignableBody::Bytes(BODY);
    let request = SignableRequest::new("POST", url, headers.into_iter(), body).unwrap();
    let settings = SigningSettings::default();
    let instructions = aws::sign(&aws::credentials(key), "execute-api", time, settings, request);
    let headers = instructions.headers();
    headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

async fn post(url: &str, signature: &[(String, String)], body: &[u8]) -> Reply {
    let signature = signature.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let headers: Vec<_> = signature.chain([JSON]).collect();
    http::request("POST", url, &headers, body).await
}

#[track_caller]
fn check_forbidden(reply: &Reply) {
    assert_eq!((reply.status, reply.json()), (403, json!({"message": "Forbidden"})));
    assert!(reply.header("apigw-requestid").is_some());
}

#[tokio::test]
async fn only_who_may_invoke_the_api_is_given_a_url() {
    let stack = Stack::start_with(Options::default().parameter("SignAuthorization", "IAM")).await;
    let url = stack.sign_url();
    let now = SystemTime::from(stack.clock.now());
    let developer = stack.running.iam.developer();
    let good = signature(url, developer, now);

    check_forbidden(&post(url, &[], BODY).await);
    let session = |role| {
        let role = &stack.role(role).arn;
        stack.running.iam.session_for_function(role, "test", stack.clock.now()).unwrap()
    };
    for role in ["SignFunctionRole", "ConnectFunctionRole", "DefaultFunctionRole"] {
        check_forbidden(&post(url, &signature(url, &session(role), now), BODY).await);
    }
    check_forbidden(&post(url, &good, br#"{"query":{"room":"lounge"}}"#).await);
    let old = signature(url, developer, now - Duration::from_secs(301));
    check_forbidden(&post(url, &old, BODY).await);
    assert!(stack.processes("SignFunction").is_empty(), "no one asked sign-fn");

    let answer = signed(&post(url, &good, BODY).await);
    let mut socket = websocket::open(answer["url"].as_str().unwrap()).await.unwrap();
    let echo = socket.ask("hello").await;
    assert_eq!(echo["connection"]["requested"], json!({"room": "lobby"}));
    stack.stop().await;
}
