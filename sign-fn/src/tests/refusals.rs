//! What is refused, and what the caller is told.

use super::*;

/// The body is refused with this status and code, and the detail names the offender.
#[track_caller]
pub(super) fn check_refused(
    changes: &[(&str, Option<&str>)],
    body: &str,
    status: u16,
    code: &str,
    offender: &str,
) {
    check_event_refused(changes, event_with(body), status, code, offender);
}

/// The same for an event.
#[track_caller]
pub(super) fn check_event_refused(
    changes: &[(&str, Option<&str>)],
    event: Value,
    status: u16,
    code: &str,
    offender: &str,
) {
    let reply = reply_to(changes, ending(3600), counting, event);
    let problem = json_of(&reply, status, "application/problem+json");
    assert_eq!(problem["code"], code, "{problem}");
    assert_eq!(problem["status"], status);
    assert!(problem["detail"].as_str().unwrap().contains(offender), "{problem}");
}

#[test]
fn a_url_that_cannot_be_merged() {
    check_refused(ANY, &body_with_url("?room=lobby"), 400, "repeated_name", "`room`");
    check_refused(ANY, &body_with_url("?a=1&a=1"), 400, "repeated_name", "`a`");
    check_refused(ANY, &body_with_url("?=1"), 400, "empty_name", "empty name");
    check_refused(
        ANY,
        &body_with_url("?grant%2Eexpires=9"),
        400,
        "reserved_name",
        "`grant.expires`",
    );
    check_refused(
        ANY,
        &body_with_url("?a=%0A"),
        400,
        "control_character",
        "value of the parameter `a`",
    );
    check_refused(ANY, &body_with_url("?a=%ZZ"), 400, "invalid_encoding", "`a`");
    check_refused(ANY, &body_with_url("#a"), 400, "wrong_url", "`url` has a fragment");
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
    // Well-formed, but more than is read.
    check_refused(&[], r#"{"query":1e400}"#, 400, "invalid_json", "in the range of a double");
    let deep = |levels| format!("{}1{}", r#"{"a":"#.repeat(levels), "}".repeat(levels));
    check_refused(&[], &deep(128), 400, "invalid_json", "objects at most 127 levels deep");
    check_refused(&[], &deep(127), 400, "unknown_field", "`a`");
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
