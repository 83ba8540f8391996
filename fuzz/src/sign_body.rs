//! The body of `POST /sign`: the input is the body. It is asked of two functions, one that lets a
//! caller choose any parameter and one that lets it choose a single one.

use std::io;
use std::sync::OnceLock;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use lambda_entry::configuration::Variables;
use lambda_entry::metrics::{FUNCTION_NAME_VARIABLE, Metrics};
use lambda_http::Request;
use serde_json::{Map, Value, json};
use sign_fn::limits::URL_CHARACTERS;
use sign_fn::{Config, CredentialsSource, SignFunction, config, handle};
use url::{Url, form_urlencoded};

use crate::verifier::{self, HOST, NOW, REGION, credentials, verdict_on_own};

/// What the second function lets a caller choose, as a parameter and as a header.
const CHOICE: &str = "room";

/// Checks one body.
pub fn check(body: &[u8]) {
    static FUNCTIONS: OnceLock<[Function; 2]> = OnceLock::new();
    let [any, one] = FUNCTIONS.get_or_init(|| [function("*"), function(CHOICE)]);
    let signed_for_any = answer(any, body);
    let signed_for_one = answer(one, body);
    // Who may choose anything may choose this one.
    assert!(signed_for_any.is_some() || signed_for_one.is_none());
    for signed in signed_for_any.iter().chain(&signed_for_one) {
        check_signed(body, signed);
    }
    if let Some(signed) = signed_for_one {
        let chosen = signed.parameters.iter().filter(|(name, _)| !name.starts_with("grant."));
        assert!(chosen.map(|(name, _)| name).all(|name| name == CHOICE), "{signed:?}");
    }
}

type Function =
    SignFunction<Always, fn(&mut [u8]) -> Result<(), getrandom::Error>, Metrics<io::Sink>>;

/// What a caller was given.
#[derive(Debug)]
struct Signed {
    url: String,
    headers: Map<String, Value>,
    /// Those of the URL that are not of the signature, sorted.
    parameters: Vec<(String, String)>,
}

/// The URL holds what was asked for and what is granted, nothing else, and opens.
fn check_signed(body: &[u8], signed: &Signed) {
    assert!(signed.url.len() <= URL_CHARACTERS, "{} characters", signed.url.len());
    let mut expected = requested(body);
    expected.push(("grant.plan".to_owned(), "a b".to_owned()));
    expected.push(("grant.userId".to_owned(), "u|1".to_owned()));
    expected.push(("grant.expires".to_owned(), (NOW + 60).to_string()));
    expected.push(("grant.nonce".to_owned(), "BwcHBwcHBwcHBwcHBwcHBw".to_owned()));
    expected.sort();
    assert_eq!(signed.parameters, expected);
    let headers: Vec<_> =
        signed.headers.iter().map(|(name, value)| (&**name, value.as_str().unwrap())).collect();
    if let Err(refusal) = verdict_on_own(verifier::target(&signed.url), &headers) {
        panic!("what was signed is refused: {refusal}");
    }
}

/// The parameters that a body asks for, read in another way than sign-fn does.
fn requested(body: &[u8]) -> Vec<(String, String)> {
    let body: Value =
        if body.is_empty() { json!({}) } else { serde_json::from_slice(body).unwrap() };
    let of_url = body.get("url").map(|url| Url::parse(url.as_str().unwrap()).unwrap());
    let of_url = of_url.iter().flat_map(|url| pairs(url.query().unwrap_or_default()));
    let of_query = body.get("query").into_iter().flat_map(|query| query.as_object().unwrap());
    let of_query = of_query.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()));
    of_url.chain(of_query).collect()
}

/// What the function answers; `None` where it refuses. It never fails.
fn answer(function: &Function, body: &[u8]) -> Option<Signed> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let reply = runtime.block_on(handle(function, request(body)));
    let answer: Value = serde_json::from_slice(reply.body()).unwrap();
    let status = reply.status().as_u16();
    assert!(matches!(status, 201 | 400 | 413), "{answer}");
    if status != 201 {
        assert_eq!(answer["status"], status);
        return None;
    }
    let url = answer["url"].as_str().unwrap().to_owned();
    let query = url.split_once('?').unwrap().1;
    let mut parameters: Vec<_> =
        pairs(query).into_iter().filter(|(name, _)| !name.starts_with("X-Amz-")).collect();
    parameters.sort();
    Some(Signed { headers: answer["headers"].as_object().unwrap().clone(), url, parameters })
}

fn pairs(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// The request as API Gateway's event brings it.
fn request(body: &[u8]) -> Request {
    let event = json!({
        "version": "2.0", "routeKey": "POST /sign", "rawPath": "/sign", "rawQueryString": "",
        "headers": {"host": HOST},
        "requestContext": {
            "accountId": "123456789012", "apiId": "def456", "domainName": HOST,
            "domainPrefix": "def456", "requestId": "Wq3bJhVYjoEEPbQ=", "routeKey": "POST /sign",
            "authorizer": {"jwt": {"claims": {"sub": "u|1"}, "scopes": null}},
            "stage": "$default", "time": "02/Jan/2026:03:04:05 +0000", "timeEpoch": NOW * 1000,
            "http": {"method": "POST", "path": "/sign", "protocol": "HTTP/1.1",
                     "sourceIp": "203.0.113.7", "userAgent": "fuzz"},
        },
        "body": STANDARD.encode(body), "isBase64Encoded": true,
    });
    lambda_http::request::from_str(&event.to_string()).unwrap()
}

fn function(requestable: &str) -> Function {
    let variables = Variables::new(|name: &str| {
        let value = match name {
            config::WEBSOCKET_URL => &format!("wss://{HOST}/prod"),
            config::SIGNER_ROLE_ARN => "arn:aws:iam::123456789012:role/SignerRole",
            config::URL_TTL_SECONDS => "60",
            config::GRANTS => r#"{"plan":"a b"}"#,
            config::CLAIM_GRANTS => r#"{"sub":"userId"}"#,
            FUNCTION_NAME_VARIABLE => "fuzz",
            config::REQUESTABLE | config::REQUESTABLE_HEADERS => requestable,
            config::AWS_REGION => REGION,
            _ => return None,
        };
        Some(value.to_owned())
    });
    let randomness = |bytes: &mut [u8]| {
        bytes.fill(7);
        Ok(())
    };
    let metrics = Metrics::new(&variables, io::sink()).unwrap();
    SignFunction::new(Config::from_variables(&variables).unwrap(), Always, randomness, metrics)
}

struct Always;

impl CredentialsSource for Always {
    async fn fetch(&self) -> Result<Credentials, CredentialsError> {
        Ok(credentials())
    }
}
