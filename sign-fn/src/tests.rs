//! The contract of `POST /sign`, from the event's JSON to the reply.
//!
//! - here: what is answered;
//! - `claims`: what is granted of a token's claims;
//! - `refusals`: what is refused, and what the caller is told;
//! - `properties`: what holds for any names and values;
//! - `hiding`: what no log and no `Debug` text may hold.

mod claims;
mod hiding;
mod properties;
mod refusals;

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::{Credentials, provider::error::CredentialsError as SourceError};
use lambda_entry::{
    captured_log::CapturedLog, configuration::Variables, counted::Counted, metrics::Metrics,
};
use lambda_http::{
    Body, Context, LambdaEvent, Response, Service,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    request::LambdaRequest,
    service_fn,
};
use serde_json::{Value, json};

use crate::{
    config::{GRANTS, REQUESTABLE, REQUESTABLE_HEADERS, URL_TTL_SECONDS, tests::config},
    credentials::CredentialsSource,
    handler::{SignFunction, bare, handle},
};

/// An event's `timeEpoch` in seconds: 2026-01-02T03:04:05Z (and 678 ms, which are dropped).
const NOW: u64 = 1_767_323_045;
const TOKEN: &str = "TOK/+==";
const SECRET: &str = "secret/EXAMPLE";
const ANY: &[(&str, Option<&str>)] = &[(REQUESTABLE, Some("*")), (REQUESTABLE_HEADERS, Some("*"))];

/// Gives the same credentials each time; `None` fails each time.
struct Always(Option<Credentials>);

impl CredentialsSource for Always {
    async fn fetch(&self) -> Result<Credentials, SourceError> {
        self.0.clone().ok_or_else(|| SourceError::provider_error("MARKERCAUSE"))
    }
}

/// Credentials that end so many seconds after [`NOW`].
fn ending(seconds: u64) -> Always {
    let end = UNIX_EPOCH + Duration::from_secs(NOW + seconds);
    Always(Some(Credentials::new("ASIAEXAMPLE", SECRET, Some(TOKEN.into()), Some(end), "test")))
}

fn counting(bytes: &mut [u8]) -> Result<(), getrandom::Error> {
    for (number, byte) in (0..).zip(bytes) {
        *byte = number;
    }
    Ok(())
}

fn no_randomness(_: &mut [u8]) -> Result<(), getrandom::Error> {
    Err(getrandom::Error::UNSUPPORTED)
}

fn fixture(name: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/events/http");
    serde_json::from_slice(&std::fs::read(format!("{folder}/{name}.json")).unwrap()).unwrap()
}

fn event_with(body: &str) -> Value {
    let mut event = fixture("sign-json");
    event["body"] = body.into();
    event
}

/// A body whose `url` is the WebSocket URL followed by this.
fn body_with_url(rest: &str) -> String {
    let url = format!("wss://abc123.execute-api.eu-west-1.amazonaws.com/prod{rest}");
    json!({"url": url, "query": {"room": "lobby"}}).to_string()
}

type Randomness = fn(&mut [u8]) -> Result<(), getrandom::Error>;

type Function = SignFunction<Always, Randomness, Metrics<CapturedLog>>;

/// The function, and the lines of its metrics.
fn function(
    changes: &[(&str, Option<&str>)],
    source: Always,
    randomness: Randomness,
) -> (Function, CapturedLog) {
    let lines = CapturedLog::default();
    let variables = Variables::new(|_: &str| Some("sign".to_owned()));
    let metrics = Metrics::new(&variables, lines.clone()).unwrap();
    (SignFunction::new(config(changes).unwrap(), source, randomness, metrics), lines)
}

/// The reply, which is counted for what it is.
#[track_caller]
fn reply_to(
    changes: &[(&str, Option<&str>)],
    source: Always,
    randomness: Randomness,
    event: Value,
) -> Response<Body> {
    let (function, lines) = function(changes, source, randomness);
    let request = lambda_http::request::from_str(&event.to_string()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let reply = runtime.block_on(handle(&function, request));
    check_counted(&lines, &event, &reply);
    reply
}

/// A reply is counted once, at the time of its event, if that has one; a refusal by its code.
#[track_caller]
fn check_counted(lines: &CapturedLog, event: &Value, reply: &Response<Body>) {
    let body: Value = serde_json::from_slice(reply.body()).unwrap();
    let (metric, reason) = match reply.status().as_u16() {
        201 => ("Signed", None),
        _ => ("Refused", Some(body["code"].as_str().unwrap().to_owned())),
    };
    let at = event["requestContext"]["timeEpoch"].as_i64().filter(|at| *at > 0);
    let counted = at.map(|at| Counted {
        metric: metric.to_owned(),
        function_name: "sign".to_owned(),
        reason,
        at,
    });
    assert_eq!(Counted::read_all(&lines.text()), Vec::from_iter(counted));
}

/// The JSON of a reply whose head is checked.
#[track_caller]
fn json_of(reply: &Response<Body>, status: u16, content_type: &str) -> Value {
    let body: Value = serde_json::from_slice(reply.body()).unwrap();
    assert_eq!(reply.status(), status, "{body}");
    assert_eq!(reply.headers()[CONTENT_TYPE], content_type);
    assert_eq!(reply.headers()[CACHE_CONTROL], "no-store");
    assert_eq!(reply.headers().len(), 2);
    body
}

fn signed(changes: &[(&str, Option<&str>)], source: Always, event: Value) -> Value {
    json_of(&reply_to(changes, source, counting, event), 201, "application/json")
}

/// The parameters of the URL that is signed for this body, without those of the signature and the
/// two that always are there.
#[track_caller]
fn check(changes: &[(&str, Option<&str>)], body: &str, expected: &[(&str, &str)]) {
    check_event(changes, event_with(body), expected);
}

/// The same for an event.
#[track_caller]
fn check_event(changes: &[(&str, Option<&str>)], event: Value, expected: &[(&str, &str)]) {
    check_parameters(&signed(changes, ending(3600), event), expected);
}

#[track_caller]
fn check_parameters(answer: &Value, expected: &[(&str, &str)]) {
    let url = url::Url::parse(answer["url"].as_str().unwrap()).unwrap();
    let found: Vec<(String, String)> = url
        .query_pairs()
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .take_while(|(name, _)| name != "grant.expires")
        .collect();
    let expected: Vec<(String, String)> =
        expected.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_url_for_a_browser() {
    // The signature is botocore's, of the same URL with `https`.
    let changes = [(GRANTS, Some(r#"{"plan":"a b"}"#))];
    assert_eq!(
        signed(&changes, ending(3600), fixture("sign-json")),
        json!({
            "url": "wss://abc123.execute-api.eu-west-1.amazonaws.com/prod?room=lobby\
                &grant.plan=a%20b&grant.expires=1767323105&grant.nonce=AAECAwQFBgcICQoLDA0ODw\
                &X-Amz-Algorithm=AWS4-HMAC-SHA256\
                &X-Amz-Credential=ASIAEXAMPLE%2F20260102%2Feu-west-1%2Fexecute-api%2Faws4_request\
                &X-Amz-Date=20260102T030405Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host\
                &X-Amz-Security-Token=TOK%2F%2B%3D%3D&X-Amz-Signature=\
                a150d3063df2fc5ec302bcb0f136fa9d853ff1f7504fef12113740b317da099f",
            "headers": {},
            "expiresAt": "2026-01-02T03:05:05Z",
        })
    );
}

#[test]
fn headers_for_a_client_that_can_send_some() {
    // The signature is botocore's.
    let changes = [(GRANTS, Some(r#"{"plan":"a b"}"#)), (REQUESTABLE_HEADERS, Some("X-Tenant"))];
    let body = r#"{"query":{"room":"lobby"},"authMethod":"header","headers":{"x-tenant":"7"}}"#;
    assert_eq!(
        signed(&changes, ending(3600), event_with(body)),
        json!({
            "url": "wss://abc123.execute-api.eu-west-1.amazonaws.com/prod?room=lobby\
                &grant.plan=a%20b&grant.expires=1767323105&grant.nonce=AAECAwQFBgcICQoLDA0ODw",
            "headers": {
                "x-tenant": "7",
                "x-amz-date": "20260102T030405Z",
                "x-amz-security-token": "TOK/+==",
                "authorization": "AWS4-HMAC-SHA256 \
                    Credential=ASIAEXAMPLE/20260102/eu-west-1/execute-api/aws4_request, \
                    SignedHeaders=host;x-amz-date;x-amz-security-token;x-tenant, Signature=\
                    5bb432e9f6308836a2604f5afb845f738d4f3fa771215b2a0fd059ef5c375600",
            },
            "expiresAt": "2026-01-02T03:05:05Z",
        })
    );
}

#[test]
fn the_content_type_does_not_matter() {
    let json = signed(&[], ending(3600), fixture("sign-json"));
    assert_eq!(signed(&[], ending(3600), fixture("sign-form")), json);
    assert_eq!(signed(&[], ending(3600), fixture("sign-no-content-type")), json);
}

#[test]
fn no_body_asks_for_nothing() {
    let nothing = signed(&[], ending(3600), fixture("sign-no-body"));
    assert!(nothing["url"].as_str().unwrap().contains("/prod?grant.expires="), "{nothing}");
    assert_eq!(signed(&[], ending(3600), event_with("")), nothing);
    assert_eq!(signed(&[], ending(3600), event_with("{}")), nothing);
}

#[test]
fn what_may_be_requested() {
    check(&[], "{}", &[]);
    check(&[], r#"{"authMethod":"query","headers":{}}"#, &[]);
    check(&[], r#"{"query":{"room":""}}"#, &[("room", "")]);
    check(&[], "\t{\"query\" : {\"room\": \"a b+c%20\"}}\n", &[("room", "a b+c%20")]);
    check(ANY, r#"{"query":{"b":"2","a":"1","A":"é😀"}}"#, &[("b", "2"), ("a", "1"), ("A", "é😀")]);
    check(ANY, r#"{"query":{"grant":"1","x-amz":"2"}}"#, &[("grant", "1"), ("x-amz", "2")]);
    check(ANY, r#"{"query":{"grant%2Eexpires":"1"}}"#, &[("grant%2Eexpires", "1")]);
    check(
        &[(GRANTS, Some(r#"{"plan":"free"}"#))],
        r#"{"query":{"room":"lobby"}}"#,
        &[("room", "lobby"), ("grant.plan", "free")],
    );
}

#[test]
fn the_query_of_url_is_merged() {
    check(ANY, &body_with_url(""), &[("room", "lobby")]);
    check(ANY, &body_with_url("?a=b+c"), &[("a", "b c"), ("room", "lobby")]);
}

/// How long a URL lives, in seconds, by all three that say it.
#[track_caller]
fn check_life(ttl: &str, credentials_end: u64, expected: u64) {
    let changes = [(URL_TTL_SECONDS, Some(ttl))];
    let answer = signed(&changes, ending(credentials_end), fixture("sign-no-body"));
    let url = answer["url"].as_str().unwrap();
    assert!(url.contains(&format!("grant.expires={}&", NOW + expected)), "{url}");
    assert!(url.contains(&format!("X-Amz-Expires={expected}&")), "{url}");
    let (minutes, seconds) = ((4 * 60 + 5 + expected) / 60, (4 * 60 + 5 + expected) % 60);
    assert_eq!(answer["expiresAt"], format!("2026-01-02T03:{minutes:02}:{seconds:02}Z"));
}

#[test]
fn a_url_dies_with_its_credentials() {
    check_life("60", 3600, 60);
    check_life("300", 300, 300);
    check_life("1", 3600, 1);
    check_life("60", 59, 59);
    check_life("300", 11, 11);
}

/// What API Gateway is given for an event that comes the whole way through lambda_http.
fn through_lambda(changes: &[(&str, Option<&str>)], event: Value) -> Value {
    let (function, _) = &function(changes, ending(3600), counting);
    let mut service = lambda_http::Adapter::from(service_fn(async |request| {
        Ok::<_, std::convert::Infallible>(handle(function, request).await)
    }));
    let request: LambdaRequest = serde_json::from_value(event).unwrap();
    let event = bare(LambdaEvent::new(request, Context::default()));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let reply = runtime.block_on(service.call(event));
    serde_json::to_value(reply.unwrap()).unwrap()
}

#[test]
fn api_gateway_gets_text() {
    // What the handler does not read may be anything.
    let mut odd = event_with("{}");
    odd["rawQueryString"] = "<&%".into();
    odd["headers"]["host"] = "a b".into();
    odd["headers"]["x-forwarded-proto"] = ":".into();
    for (event, status, content_type) in [
        (event_with("{}"), 201, "application/json"),
        (odd, 201, "application/json"),
        (event_with("[]"), 400, "application/problem+json"),
    ] {
        let reply = through_lambda(&[], event);
        assert_eq!(reply["statusCode"], status);
        assert_eq!(reply["isBase64Encoded"], false);
        assert_eq!(
            reply["headers"],
            json!({"cache-control": "no-store", "content-type": content_type})
        );
        assert!(serde_json::from_str::<Value>(reply["body"].as_str().unwrap()).is_ok());
    }
}
