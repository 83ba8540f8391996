//! Whole events, key for key, against fixtures of AWS's shape.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use time::Duration;

use super::*;

static NONE: BTreeMap<String, String> = BTreeMap::new();

/// The event is the fixture, no key more and none less, and one that other functions read.
#[track_caller]
fn check(event: &[u8], fixture: &str) {
    let read: ApiGatewayV2httpRequest = serde_json::from_slice(event).unwrap();
    assert_eq!(read.request_context.http.source_ip.as_deref(), Some("203.0.113.7"));
    let event: serde_json::Value = serde_json::from_slice(event).unwrap();
    let expected: serde_json::Value = serde_json::from_str(fixture).unwrap();
    assert_eq!(event, expected);
}

/// The headers of every fixture, and these.
fn headers(own: &[(&str, &str)]) -> Vec<(String, String)> {
    let of_every_request = [
        ("Host", "def456.execute-api.eu-west-1.amazonaws.com"),
        ("X-Amzn-Trace-Id", "Root=1-69573425-0c2fd1e02a3b4c5d6e7f8091"),
        ("X-Forwarded-For", "203.0.113.7"),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
    ];
    let all = of_every_request.iter().chain(own);
    all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A `POST /sign` without a body, as in the fixtures.
fn request(headers: &[(String, String)]) -> Request<'_> {
    Request {
        route_key: "POST /sign",
        account_id: "123456789012",
        api_id: "def456",
        stage: "$default",
        domain_name: "def456.execute-api.eu-west-1.amazonaws.com",
        method: "POST",
        path: "/sign",
        raw_query: "",
        headers,
        body: b"",
        source_ip: "203.0.113.7",
        request_id: "Wq3bJhVYjoEEPbQ=",
        at: OffsetDateTime::UNIX_EPOCH + Duration::milliseconds(1_767_323_045_678),
        path_parameters: &NONE,
        stage_variables: &NONE,
        authorizer: None,
    }
}

/// The event of a `POST /sign` by curl with this body, and with this Content-Type if one is given.
fn posted(content_type: Option<&str>, body: &[u8]) -> Vec<u8> {
    let length = body.len().to_string();
    let mut own =
        vec![("User-Agent", "curl/8.9.1"), ("Accept", "*/*"), ("Content-Length", length.as_str())];
    own.extend(content_type.map(|value| ("Content-Type", value)));
    event(&Request { body, ..request(&headers(&own)) })
}

const BODY: &[u8] = br#"{"query":{"room":"lobby"}}"#;

#[test]
fn json_arrives_as_text() {
    check(
        &posted(Some("application/json"), BODY),
        include_str!("../../../../tests/fixtures/events/http/sign-json.json"),
    );
}

#[test]
fn a_form_arrives_in_base64() {
    check(
        &posted(Some("application/x-www-form-urlencoded"), BODY),
        include_str!("../../../../tests/fixtures/events/http/sign-form.json"),
    );
}

#[test]
fn a_body_without_a_type_arrives_in_base64() {
    check(
        &posted(None, BODY),
        include_str!("../../../../tests/fixtures/events/http/sign-no-content-type.json"),
    );
}

#[test]
fn no_body_has_no_key() {
    check(
        &posted(None, b""),
        include_str!("../../../../tests/fixtures/events/http/sign-no-body.json"),
    );
}

#[test]
fn cookies_query_path_and_identity() {
    let headers = headers(&[
        ("Cookie", "theme=dark; id=1"),
        ("Accept", "text/html"),
        ("cookie", "last=2"),
        ("accept", "application/json"),
    ]);
    let path_parameters = BTreeMap::from([("room".to_owned(), "lo bby".to_owned())]);
    let stage_variables = BTreeMap::from([("colour".to_owned(), "blue".to_owned())]);
    let identity = IamIdentity {
        access_key: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        account_id: "123456789012".to_owned(),
        caller_id: "AIDAIOSFODNN7EXAMPLE1".to_owned(),
        cognito_identity: None,
        user_arn: "arn:aws:iam::123456789012:user/developer".to_owned(),
        user_id: "AIDAIOSFODNN7EXAMPLE1".to_owned(),
    };
    let event = event(&Request {
        route_key: "GET /rooms/{room}",
        stage: "beta",
        method: "GET",
        path: "/beta/rooms/lo%20bby",
        raw_query: "tag=a&tag=b%2Cc&q=x+y&empty",
        path_parameters: &path_parameters,
        stage_variables: &stage_variables,
        authorizer: Some(&Authorizer::Iam(identity)),
        ..request(&headers)
    });
    check(&event, include_str!("../../../../tests/fixtures/events/http/cookies-query-iam.json"));
}

#[test]
fn only_some_types_are_text() {
    let check = |content_type, body: &[u8], is_base64_encoded| {
        let event = posted(Some(content_type), body);
        let event: serde_json::Value = serde_json::from_slice(&event).unwrap();
        assert_eq!(event["isBase64Encoded"], is_base64_encoded, "{content_type}");
    };
    check("application/json; charset=utf-8", b"{}", false);
    check("Application/JSON", b"{}", false);
    check("application/xml", b"<a/>", false);
    check("application/javascript", b"0", false);
    check("text/plain;charset=UTF-8", b"a", false);
    check("application/problem+json", b"{}", true);
    check("application/octet-stream", b"a", true);
    check("multipart/form-data; boundary=x", b"--x--", true);
    // What is not UTF-8 fits no JSON string, whatever it is called.
    check("application/json", b"\xff", true);
}

/// An answer of a function, and the status, Content-Type and body of the response that it stands for.
#[track_caller]
fn check_response(answer: &str, expected: (u16, &str, &str)) -> Response<Bytes> {
    let response = response(Bytes::copy_from_slice(answer.as_bytes())).unwrap();
    let content_type = response.headers().get("content-type").unwrap().to_str().unwrap();
    let body = std::str::from_utf8(response.body()).unwrap();
    assert_eq!((response.status().as_u16(), content_type, body), expected, "{answer}");
    response
}

/// The cases of `InvokeResponseExtensionsIntegrationTests.cs` in `aws/aws-lambda-dotnet`, which are
/// compared with the real service there, and what follows from them.
#[test]
fn an_answer_without_a_status_code_is_the_body_as_it_came() {
    let check = |answer: &str, body: &str| {
        check_response(answer, (200, "application/json", body));
    };
    check(r#"{"name": "John Doe", "age": 30}"#, r#"{"name": "John Doe", "age": 30}"#);
    check(r#"{"z":1,"a":1.0,"a":2}"#, r#"{"z":1,"a":1.0,"a":2}"#);
    check("[1, 2, 3, 4, 5]", "[1, 2, 3, 4, 5]");
    check("42", "42");
    check("null", "null");
    check(r#""test""#, "test");
    check(r#""Special \"quoted\" text""#, r#"Special "quoted" text"#);
    check(r#""""#, "");
    check("Hello, World!", "Hello, World!");
    check(r#"{"name": "John Doe", "age":"#, r#"{"name": "John Doe", "age":"#);
    check(
        r#"{"headers": {"content-type": "text/xml"}}"#,
        r#"{"headers": {"content-type": "text/xml"}}"#,
    );
}

#[test]
fn an_answer_with_a_status_code_is_read_as_a_response() {
    check_response(r#"{"statusCode": 204}"#, (204, "text/plain; charset=utf-8", ""));
    check_response(r#"{"statusCode": 200, "body": "a"}"#, (200, "text/plain; charset=utf-8", "a"));
    let typed = r#"{"statusCode": 201, "headers": {"Content-Type": "text/html"}, "body": "a"}"#;
    check_response(typed, (201, "text/html", "a"));
    let encoded = r#"{"statusCode": 200, "isBase64Encoded": true, "body": "w6Q="}"#;
    check_response(encoded, (200, "text/plain; charset=utf-8", "ä"));
    let nothing =
        r#"{"statusCode": 200, "headers": null, "cookies": null, "body": null, "more": 1}"#;
    check_response(nothing, (200, "text/plain; charset=utf-8", ""));
}

#[test]
fn every_cookie_gets_a_header_of_its_own() {
    let answer = r#"{"statusCode": 200, "cookies": ["a=1; Secure", "b=2"], "headers": {"X-A": 1}}"#;
    let response = check_response(answer, (200, "text/plain; charset=utf-8", ""));
    let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1; Secure", "b=2"]);
    assert_eq!(response.headers()["x-a"], "1");
}

#[test]
fn a_header_that_concerns_one_hop_only_is_left_out() {
    let headers = HOP_HEADERS.map(|name| format!(r#""{}": "1""#, name.to_uppercase())).join(",");
    let answer = format!(
        r#"{{"statusCode": 200, "headers": {{{headers}, "Content-Length": "9"}}, "body": "a"}}"#
    );
    let response = check_response(&answer, (200, "text/plain; charset=utf-8", "a"));
    assert_eq!(response.headers().len(), 1, "{:?}", response.headers());
}

#[test]
fn a_status_code_that_ends_no_request_is_malformed() {
    let check = |status_code: u16, ends: bool| {
        let response = response(format!(r#"{{"statusCode": {status_code}}}"#).into());
        match response {
            Ok(response) => assert_eq!((response.status().as_u16(), ends), (status_code, true)),
            Err(error) => {
                assert!(matches!(error, AnswerError::StatusCode(found) if found == status_code));
                assert!(!ends, "{status_code}");
            }
        }
    };
    check(0, false);
    check(100, false);
    check(101, false);
    check(103, false);
    check(199, false);
    check(200, true);
    check(999, true);
    check(1000, false);
}

#[test]
fn an_answer_with_a_status_code_and_a_fault_is_malformed() {
    let check = |answer: &str, expected: &str| {
        let error = response(Bytes::copy_from_slice(answer.as_bytes())).expect_err(answer);
        assert_eq!(error.to_string(), expected, "{answer}");
    };
    let format = "the answer does not have the proxy format";
    check(r#"{"statusCode": 200.5, "body": "Hello"}"#, format);
    check(r#"{"statusCode": "200"}"#, format);
    check(r#"{"statusCode": null}"#, format);
    check(r#"{"statusCode": 200, "body": {"a": 1}}"#, format);
    check(r#"{"statusCode": 200, "cookies": "a=1"}"#, format);
    check(r#"{"statusCode": 200, "isBase64Encoded": true, "body": "ä"}"#, "the body is not base64");
    let header = r#"{"statusCode": 200, "headers": {"a b": "1"}}"#;
    check(header, r#"header "a b" has a name or a value that HTTP does not allow"#);
    let header = r#"{"statusCode": 200, "headers": {"a": "1\n2"}}"#;
    check(header, r#"header "a" has a name or a value that HTTP does not allow"#);
}
