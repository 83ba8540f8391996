//! Every variable: what is taken, and how a refusal reads.

use std::collections::BTreeMap;

use super::*;
use crate::limits::{ROOM_BESIDE_GRANTS, URL_CHARACTERS};

/// A good configuration, with some variables set otherwise; `None` takes one away.
pub(crate) fn config(changes: &[(&str, Option<&str>)]) -> Result<Config, ConfigurationError> {
    let mut variables = BTreeMap::from([
        (WEBSOCKET_URL, "wss://abc123.execute-api.eu-west-1.amazonaws.com/prod"),
        (SIGNER_ROLE_ARN, "arn:aws:iam::123456789012:role/SignerRole"),
        (URL_TTL_SECONDS, "60"),
        (GRANTS, "{}"),
        (CLAIM_GRANTS, "{}"),
        (REQUESTABLE, "room"),
        (REQUESTABLE_HEADERS, ""),
        (AWS_REGION, "eu-west-1"),
    ]);
    for (name, value) in changes {
        match value {
            Some(value) => variables.insert(name, value),
            None => variables.remove(name),
        };
    }
    Config::from_variables(&Variables::new(|name: &str| {
        variables.get(name).map(|value| (*value).to_owned())
    }))
}

#[track_caller]
fn check(variable: &'static str, value: &str) -> Config {
    config(&[(variable, Some(value))]).unwrap()
}

#[track_caller]
fn check_refused(variable: &'static str, value: &str, reason: &str) {
    let error = config(&[(variable, Some(value))]).unwrap_err();
    let text = lambda_entry::chain(&error).to_string();
    assert!(text.starts_with(&format!("{variable} is {value:?}, expected ")), "{text}");
    assert!(text.contains(reason), "{text}");
}

#[test]
fn every_variable_must_be_there() {
    for variable in [
        WEBSOCKET_URL,
        SIGNER_ROLE_ARN,
        URL_TTL_SECONDS,
        GRANTS,
        CLAIM_GRANTS,
        REQUESTABLE,
        REQUESTABLE_HEADERS,
        AWS_REGION,
    ] {
        let text = config(&[(variable, None)]).unwrap_err().to_string();
        assert!(text.starts_with(&format!("{variable} is not set, expected ")), "{text}");
    }
}

#[test]
fn the_websocket_url() {
    for (value, url) in [
        ("wss://HOST.example:443/prod", "wss://host.example/prod"),
        ("ws://localhost:3001/prod", "ws://localhost:3001/prod"),
        ("ws://127.8.9.1:3001/prod", "ws://127.8.9.1:3001/prod"),
        ("ws://[::1]:3001/$default", "ws://[::1]:3001/$default"),
    ] {
        assert_eq!(check(WEBSOCKET_URL, value).websocket_url.as_str(), url);
    }
    check_refused(WEBSOCKET_URL, "", "relative URL without a base");
    check_refused(WEBSOCKET_URL, "wss://", "empty host");
    check_refused(WEBSOCKET_URL, "https://host.example/prod", "the scheme is another");
    for host in ["host.example", "localhost.example", "10.0.0.1", "[::2]", "[::ffff:127.0.0.1]"] {
        check_refused(WEBSOCKET_URL, &format!("ws://{host}/prod"), "loopback hosts only");
    }
    check_refused(WEBSOCKET_URL, "wss://user@host.example/prod", "user name or password");
    check_refused(WEBSOCKET_URL, "wss://host.example/prod?", "a query");
    check_refused(WEBSOCKET_URL, "wss://host.example/prod#", "a fragment");
}

#[test]
fn the_signer_role() {
    let arn = "arn:aws-cn:iam::123456789012:role/path/to/Signer";
    assert_eq!(check(SIGNER_ROLE_ARN, arn).signer_role_arn(), arn);
    for value in [
        "",
        "SignerRole",
        "arn:aws:iam::123456789012:role/",
        "arn:aws:iam::123456789012:user/Signer",
        "arn:aws:iam::12345678901:role/Signer",
        "arn:aws:iam::12345678901x:role/Signer",
        "arn:aws:iam:eu-west-1:123456789012:role/Signer",
        "arn::iam::123456789012:role/Signer",
        "arn:aws:sts::123456789012:role/Signer",
    ] {
        check_refused(SIGNER_ROLE_ARN, value, "it has another form");
    }
}

#[test]
fn the_life_of_a_url() {
    for seconds in [1, 60, 300] {
        let found = check(URL_TTL_SECONDS, &seconds.to_string()).url_ttl;
        assert_eq!(found, Duration::from_secs(seconds));
    }
    check_refused(URL_TTL_SECONDS, "0", "out of range");
    check_refused(URL_TTL_SECONDS, "301", "out of range");
    check_refused(URL_TTL_SECONDS, "-1", "invalid digit");
    check_refused(URL_TTL_SECONDS, "1.5", "invalid digit");
    check_refused(URL_TTL_SECONDS, "", "empty string");
}

#[test]
fn the_grants() {
    assert_eq!(check(GRANTS, "{}").grants, []);
    assert_eq!(
        check(GRANTS, r#"{"plan": "free", "é": ""}"#).grants,
        [("grant.plan".to_owned(), "free".to_owned()), ("grant.é".to_owned(), String::new())]
    );
    check_refused(GRANTS, "", "line 1 column 0");
    check_refused(GRANTS, "[]", "not an object");
    check_refused(GRANTS, r#"{"a": "1", "a": "2"}"#, "`a` stands twice");
    check_refused(GRANTS, r#"{"a": 1}"#, "`a` is a number");
    check_refused(GRANTS, r#"{"": "1"}"#, "a name is empty");
    check_refused(GRANTS, r#"{"expires": "1"}"#, "`expires` is set by sign-fn");
    check_refused(GRANTS, r#"{"Nonce": "1"}"#, "`Nonce` is set by sign-fn");
    check_refused(GRANTS, r#"{"a\n": "1"}"#, "`a\\n` has a control character");
    check_refused(GRANTS, r#"{"a": "\u0000"}"#, "`a` has a control character");
}

#[test]
fn the_grants_leave_room_for_the_signature() {
    let of_length = |character: &str, length: usize| {
        let value = character.repeat(length);
        format!(r#"{{"a": "{value}"}}"#)
    };
    let room = URL_CHARACTERS - ROOM_BESIDE_GRANTS - "&grant.a=".len();
    assert_eq!(check(GRANTS, &of_length("b", room)).grants.len(), 1);
    check_refused(GRANTS, &of_length("b", room + 1), "they have 2049 characters in the URL");
    assert_eq!(check(GRANTS, &of_length("/", room / 3)).grants.len(), 1);
    check_refused(GRANTS, &of_length("/", room / 3 + 1), "characters in the URL");
    assert_eq!(check(GRANTS, &of_length("\u{f6}", room / 6)).grants.len(), 1);
    check_refused(GRANTS, &of_length("\u{f6}", room / 6 + 1), "characters in the URL");
}

#[test]
fn the_claim_grants() {
    let claim_grant =
        |claim: &str, grant: &str| ClaimGrant { claim: claim.to_owned(), grant: grant.to_owned() };
    assert_eq!(check(CLAIM_GRANTS, "{}").claim_grants, []);
    assert_eq!(
        check(CLAIM_GRANTS, r#"{"sub": "userId", "https://é/t": "sub", "a": "UserId"}"#)
            .claim_grants,
        [
            claim_grant("sub", "grant.userId"),
            claim_grant("https://é/t", "grant.sub"),
            claim_grant("a", "grant.UserId"),
        ]
    );
    check_refused(CLAIM_GRANTS, "", "line 1 column 0");
    check_refused(CLAIM_GRANTS, r#"["sub"]"#, "not an object");
    check_refused(CLAIM_GRANTS, r#"{"a": "b", "a": "c"}"#, "`a` stands twice");
    check_refused(CLAIM_GRANTS, r#"{"a": true}"#, "`a` is a boolean");
    check_refused(CLAIM_GRANTS, r#"{"": "a"}"#, "the name of a claim is empty");
    check_refused(CLAIM_GRANTS, r#"{"a": ""}"#, "a name is empty");
    check_refused(CLAIM_GRANTS, r#"{"exp": "Expires"}"#, "`Expires` is set by sign-fn");
    check_refused(CLAIM_GRANTS, r#"{"jti": "nonce"}"#, "`nonce` is set by sign-fn");
    check_refused(CLAIM_GRANTS, r#"{"a\u0000": "b"}"#, "`a\\0` has a control character");
    check_refused(CLAIM_GRANTS, r#"{"a": "b\u0085"}"#, "`a` has a control character");
    check_refused(CLAIM_GRANTS, r#"{"a": "b", "c": "b"}"#, "the grant `b` is set twice");
}

#[test]
fn a_claim_sets_no_configured_grant() {
    let claims = r#"{"sub": "plan"}"#;
    let changes = [(GRANTS, Some(r#"{"plan": "free"}"#)), (CLAIM_GRANTS, Some(claims))];
    let error = config(&changes).unwrap_err();
    let text = lambda_entry::chain(&error).to_string();
    assert!(text.starts_with(&format!("CLAIM_GRANTS is {claims:?}, expected ")), "{text}");
    assert!(text.ends_with("the grant `plan` is set twice"), "{text}");
}

#[test]
fn grants_and_the_names_of_claim_grants_share_their_room() {
    let check = |grant: usize, name: usize, expected: Option<usize>| {
        let grants = format!(r#"{{"a": "{}"}}"#, "b".repeat(grant));
        let claims = format!(r#"{{"sub": "{}"}}"#, "c".repeat(name));
        let read = config(&[(GRANTS, Some(&grants)), (CLAIM_GRANTS, Some(&claims))]);
        let found = read.err().map(|error| lambda_entry::chain(&error).to_string());
        let expected = expected.map(|found| format!("they have {found} characters in the URL"));
        assert_eq!(found.as_deref().and_then(|text| text.rsplit(": ").next()), expected.as_deref());
    };
    let room = URL_CHARACTERS - ROOM_BESIDE_GRANTS - "&grant.a=&grant.=".len();
    check(room - 10, 10, None);
    check(room - 10, 11, Some(URL_CHARACTERS - ROOM_BESIDE_GRANTS + 1));
    check(1, room - 1, None);
    check(1, room, Some(URL_CHARACTERS - ROOM_BESIDE_GRANTS + 1));
}

#[test]
fn the_requestable_names() {
    let only =
        |names: &[&str]| AllowedNames::Only(names.iter().map(|name| (*name).to_owned()).collect());
    assert_eq!(check(REQUESTABLE, "").requestable, only(&[]));
    assert_eq!(check(REQUESTABLE, "*").requestable, AllowedNames::Any);
    assert_eq!(check(REQUESTABLE, "room, lang").requestable, only(&["room", "lang"]));
    check_refused(REQUESTABLE, "room,,lang", "item 2 of the list is empty");
    check_refused(REQUESTABLE, "room,*", "stands beside other names");
    check_refused(REQUESTABLE, "room,Grant.user", "`Grant.user` is reserved");
    check_refused(REQUESTABLE, "x-amz-date", "`x-amz-date` is reserved");
    check_refused(REQUESTABLE, "a\u{7f}b", "has a control character");
}

#[test]
fn the_requestable_headers() {
    assert_eq!(check(REQUESTABLE_HEADERS, "*").requestable_headers, AllowedNames::Any);
    let headers = check(REQUESTABLE_HEADERS, "X-Tenant,user-agent").requestable_headers;
    assert!(headers.allow_header("x-tenant") && headers.allow_header("User-Agent"));
    check_refused(REQUESTABLE_HEADERS, "x tenant", "`x tenant` is no header name");
    check_refused(REQUESTABLE_HEADERS, "Cookie", "`Cookie` is reserved");
    check_refused(REQUESTABLE_HEADERS, "x-tenant,*", "stands beside other names");
}

#[test]
fn the_region() {
    assert_eq!(check(AWS_REGION, "us-gov-east-1").region, "us-gov-east-1");
    check_refused(AWS_REGION, "", "it has another form");
    check_refused(AWS_REGION, "eu/west", "it has another form");
}
