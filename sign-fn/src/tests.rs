//! The contract of `POST /sign`, from the event's JSON to the reply.
//!
//! - here: what is answered and what is refused;
//! - `properties`: what holds for any names and values;
//! - `hiding`: what no log and no `Debug` text may hold.

mod hiding;
mod properties;

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::{Credentials, provider::error::CredentialsError as SourceError};
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
    handler::{SignFunction, handle},
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

type Randomness = fn(&mut [u8]) -> Result<(), getrandom::Error>;

fn reply_to(
    changes: &[(&str, Option<&str>)],
    source: Always,
    randomness: Randomness,
    event: Value,
) -> Response<Body> {
    let function = SignFunction::new(config(changes).unwrap(), source, randomness);
    let request = lambda_http::request::from_str(&event.to_string()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(handle(&function, request))
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
    let answer = signed(changes, ending(3600), event_with(body));
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

/// The body is refused with this status and code, and the detail names the offender.
#[track_caller]
fn check_refused(
    changes: &[(&str, Option<&str>)],
    body: &str,
    status: u16,
    code: &str,
    offender: &str,
) {
    let reply = reply_to(changes, ending(3600), counting, event_with(body));
    let problem = json_of(&reply, status, "application/problem+json");
    assert_eq!(problem["code"], code, "{problem}");
    assert_eq!(problem["status"], status);
    assert!(problem["detail"].as_str().unwrap().contains(offender), "{problem}");
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
    let body = |query: &str| {
        let url = format!("wss://abc123.execute-api.eu-west-1.amazonaws.com/prod{query}");
        json!({"url": url, "query": {"room": "lobby"}}).to_string()
    };
    check(ANY, &body(""), &[("room", "lobby")]);
    check(ANY, &body("?a=b+c"), &[("a", "b c"), ("room", "lobby")]);
    check_refused(ANY, &body("?room=lobby"), 400, "repeated_name", "`room`");
    check_refused(ANY, &body("?a=1&a=1"), 400, "repeated_name", "`a`");
    check_refused(ANY, &body("?=1"), 400, "empty_name", "empty name");
    check_refused(ANY, &body("?grant%2Eexpires=9"), 400, "reserved_name", "`grant.expires`");
    check_refused(ANY, &body("?a=%0A"), 400, "control_character", "value of the parameter `a`");
    check_refused(ANY, &body("?a=%ZZ"), 400, "invalid_encoding", "`a`");
    check_refused(ANY, &body("#a"), 400, "wrong_url", "`url` has a fragment");
    check_refused(ANY, r#"{"url":"wss://other.example/prod"}"#, 400, "wrong_url", "`url`");
}

#[test]
fn a_body_that_cannot_be_read() {
    check_refused(&[], "{", 400, "invalid_json", "line 1, column 1");
    check_refused(&[], "{\n \"query\": }", 400, "invalid_json", "line 2, column 11");
    check_refused(&[], "{} {}", 400, "invalid_json", "line 1, column 4");
    check_refused(&[], " ", 400, "invalid_json", "line 1");
    check_refused(&[], r#"{"url":"\ud800"}"#, 400, "invalid_json", "line 1");
    check_refused(&[], &"[".repeat(10_000), 400, "invalid_json", "line 1");
    let mut event = fixture("sign-form");
    event["body"] = "eyJ1cmwiOiL/In0=".into(); // {"url":"\xFF"}
    let reply = reply_to(&[], ending(3600), counting, event);
    assert_eq!(json_of(&reply, 400, "application/problem+json")["code"], "invalid_json");
}

#[test]
fn a_body_of_another_shape() {
    check_refused(&[], "[]", 400, "wrong_type", "the body is an array");
    check_refused(&[], "null", 400, "wrong_type", "the body is null");
    check_refused(&[], r#"{"query":"a=b"}"#, 400, "wrong_type", "`query` is a string");
    check_refused(&[], r#"{"query":{"room":7}}"#, 400, "wrong_type", "`query.room` is a number");
    check_refused(&[], r#"{"url":{}}"#, 400, "wrong_type", "`url` is an object");
    check_refused(&[], r#"{"authMethod":true}"#, 400, "wrong_type", "`authMethod` is a boolean");
    check_refused(&[], r#"{"headers":{"a":null}}"#, 400, "wrong_type", "`headers.a` is null");
    check_refused(&[], r#"{"Query":{}}"#, 400, "unknown_field", "`Query`");
    check_refused(&[], r#"{"grants":{}}"#, 400, "unknown_field", "`grants`");
    check_refused(&[], r#"{"authMethod":"Header"}"#, 400, "unknown_auth_method", "`Header`");
    check_refused(&[], r#"{"query":{},"query":{}}"#, 400, "repeated_key", "`query` stands twice");
    check_refused(
        &[],
        r#"{"query":{"room":"a","r\u006fom":"a"}}"#,
        400,
        "repeated_key",
        "`room` stands twice in `query`",
    );
    check_refused(
        ANY,
        r#"{"authMethod":"header","headers":{"a":"1","a":"2"}}"#,
        400,
        "repeated_key",
        "`a` stands twice in `headers`",
    );
}

#[test]
fn names_that_may_not_be_requested() {
    check_refused(&[], r#"{"query":{"Room":"a"}}"#, 400, "name_not_allowed", "`Room`");
    check_refused(
        &[(REQUESTABLE, Some(""))],
        r#"{"query":{"room":"a"}}"#,
        400,
        "name_not_allowed",
        "`room`",
    );
    check_refused(ANY, r#"{"query":{"":"a"}}"#, 400, "empty_name", "empty name");
    check_refused(ANY, r#"{"query":{"grant.userId":"1"}}"#, 400, "reserved_name", "`grant.userId`");
    check_refused(
        ANY,
        r#"{"query":{"GRANT.expires":"1"}}"#,
        400,
        "reserved_name",
        "`GRANT.expires`",
    );
    check_refused(ANY, r#"{"query":{"x-amz-date":"1"}}"#, 400, "reserved_name", "`x-amz-date`");
    check_refused(
        ANY,
        r#"{"query":{"a\u0000":"1"}}"#,
        400,
        "control_character",
        r"name of the parameter `a\0`",
    );
    check_refused(
        ANY,
        r#"{"query":{"a":"\u0085"}}"#,
        400,
        "control_character",
        "value of the parameter `a`",
    );
}

#[test]
fn headers_that_may_not_be_requested() {
    let refused = |headers: &str, code, offender| {
        let body = format!(r#"{{"authMethod":"header","headers":{headers}}}"#);
        check_refused(ANY, &body, 400, code, offender);
    };
    refused(r#"{"a b":"1"}"#, "invalid_header_name", "`a b`");
    refused(r#"{"":"1"}"#, "invalid_header_name", "``");
    refused(r#"{"Host":"1"}"#, "reserved_header", "`Host`");
    refused(r#"{"authorization":"1"}"#, "reserved_header", "`authorization`");
    refused(r#"{"X-Amz-Security-Token":"1"}"#, "reserved_header", "`X-Amz-Security-Token`");
    refused(r#"{"x-forwarded-for":"1"}"#, "reserved_header", "`x-forwarded-for`");
    refused(r#"{"sec-websocket-protocol":"1"}"#, "reserved_header", "`sec-websocket-protocol`");
    refused(r#"{"a":"1","A":"2"}"#, "repeated_header", "`A`");
    refused(r#"{"a":""}"#, "invalid_header_value", "`a`");
    refused(r#"{"a":" 1"}"#, "invalid_header_value", "`a`");
    refused(r#"{"a":"1\r\nb: 2"}"#, "invalid_header_value", "`a`");
    refused(r#"{"a":"é"}"#, "invalid_header_value", "`a`");

    let body = r#"{"authMethod":"header","headers":{"x-tenant":"7"}}"#;
    check_refused(&[], body, 400, "header_not_allowed", "`x-tenant`");
    check_refused(ANY, r#"{"headers":{"a":"1"}}"#, 400, "headers_with_query_method", "`a`");
}

#[test]
fn what_is_too_long() {
    let longest = format!(r#"{{"query":{{"room":"lobby"}}}}{}"#, " ".repeat(16_384 - 26));
    check(&[], &longest, &[("room", "lobby")]);
    check_refused(
        &[],
        &format!("{longest} "),
        413,
        "body_too_large",
        "16385 bytes, the limit is 16384",
    );

    let of_room = |length| json!({"query": {"room": "a".repeat(length)}}).to_string();
    let answer = signed(&[], ending(3600), event_with(&of_room(0)));
    let room = 4_096 - answer["url"].as_str().unwrap().len();
    let longest = signed(&[], ending(3600), event_with(&of_room(room)));
    assert_eq!(longest["url"].as_str().unwrap().len(), 4_096);
    check_refused(
        &[],
        &of_room(room + 1),
        400,
        "url_too_long",
        "4097 characters, the limit is 4096",
    );
    let by_header =
        json!({"authMethod": "header", "query": {"room": "a".repeat(4_096)}}).to_string();
    check_refused(&[], &by_header, 400, "url_too_long", "the limit is 4096");

    let headers = json!({"authMethod": "header", "headers": {"a": "b".repeat(10_240)}}).to_string();
    check_refused(ANY, &headers, 400, "headers_too_long", "the limit is 10240");
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

/// The request fails for no fault of the caller, who is not told why.
#[track_caller]
fn check_failure(source: Always, randomness: Randomness, event: Value, expected: Value) {
    let reply = reply_to(&[], source, randomness, event);
    let status = u16::try_from(expected["status"].as_u64().unwrap()).unwrap();
    assert_eq!(json_of(&reply, status, "application/problem+json"), expected);
}

#[test]
fn no_credentials() {
    let expected = json!({
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "code": "credentials_unavailable",
        "detail": "nothing can be signed at the moment, try again later",
    });
    let event = fixture("sign-json");
    check_failure(Always(None), counting, event.clone(), expected.clone());
    // The event's time has a fraction of a second, so that there are 9.322 seconds left.
    check_failure(ending(10), counting, event, expected);
}

#[test]
fn faults_of_ours() {
    let expected = json!({
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "code": "internal_error",
    });
    check_failure(ending(3600), no_randomness, fixture("sign-json"), expected.clone());
    for time in [json!(0), json!(-1), json!(i64::MIN)] {
        let mut event = fixture("sign-json");
        event["requestContext"]["timeEpoch"] = time;
        check_failure(ending(3600), counting, event, expected.clone());
    }
    let mut event = fixture("sign-json");
    event["requestContext"]["timeEpoch"] = json!(i64::MAX);
    let endless = Credentials::new("ASIAEXAMPLE", SECRET, None, None, "test");
    check_failure(Always(Some(endless)), counting, event, expected);
}

#[test]
fn api_gateway_gets_text() {
    let through_lambda = |body: &str| {
        let function = &SignFunction::new(config(&[]).unwrap(), ending(3600), counting);
        let mut service = lambda_http::Adapter::from(service_fn(async |request| {
            Ok::<_, std::convert::Infallible>(handle(function, request).await)
        }));
        let request: LambdaRequest = serde_json::from_value(event_with(body)).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let reply = runtime.block_on(service.call(LambdaEvent::new(request, Context::default())));
        serde_json::to_value(reply.unwrap()).unwrap()
    };
    for (body, status, content_type) in
        [("{}", 201, "application/json"), ("[]", 400, "application/problem+json")]
    {
        let reply = through_lambda(body);
        assert_eq!(reply["statusCode"], status);
        assert_eq!(reply["isBase64Encoded"], false);
        assert_eq!(
            reply["headers"],
            json!({"cache-control": "no-store", "content-type": content_type})
        );
        assert!(serde_json::from_str::<Value>(reply["body"].as_str().unwrap()).is_ok());
    }
}
