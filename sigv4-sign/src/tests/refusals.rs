//! What is not signed.

use super::*;

#[track_caller]
fn check_endpoint(endpoint: &str, expected: &str) {
    match presign(endpoint, NONE, None) {
        Err(SigningError::Endpoint { found }) => assert_eq!(found, expected),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_endpoint_that_is_more_than_an_endpoint() {
    check_endpoint("ftp://host/prod", "another scheme");
    check_endpoint("mailto:a@example.org", "another scheme");
    check_endpoint("wss://user@host/prod", "a user name or password");
    check_endpoint("wss://:password@host/prod", "a user name or password");
    check_endpoint("wss://host/prod?", "a query");
    check_endpoint("wss://host/prod?a=b", "a query");
    check_endpoint("wss://host/prod#", "a fragment");
}

#[track_caller]
fn check_parameter(name: &str, refused: bool) {
    let found = presign(ENDPOINT, &[(name, "value")], None);
    assert_eq!(matches!(found, Err(SigningError::Parameter { .. })), refused, "{found:?}");
}

#[test]
fn a_parameter_of_the_signing_scheme() {
    check_parameter("X-Amz-Signature", true);
    check_parameter("x-aMZ-anything", true);
    check_parameter("x-amz-", true);
    check_parameter("x-amz", false);
    check_parameter("x-amzé", false);
    check_parameter("ax-amz-b", false);
}

#[track_caller]
fn check_headers(headers: &[(&str, &str)], offender: Option<&str>) {
    let credentials = credentials(None);
    let signer = Signer { credentials: &credentials, region: REGION, time: at(TIME) };
    let found = signer.signed_headers(&Url::parse(ENDPOINT).unwrap(), NONE, headers);
    match (found, offender) {
        (Ok(_), None) => {}
        (Err(SigningError::Header { name, .. }), Some(offender)) => assert_eq!(name, offender),
        (found, offender) => panic!("{found:?}, but expected {offender:?}"),
    }
}

#[test]
fn a_header_that_cannot_be_signed_and_sent() {
    check_headers(&[("User-Agent", "a  b"), ("empty", "")], None);
    check_headers(&[("", "a")], Some(""));
    check_headers(&[("a b", "a")], Some("a b"));
    check_headers(&[("a\n", "a")], Some("a\\n"));
    check_headers(&[("Host", "a")], Some("Host"));
    check_headers(&[("Authorization", "a")], Some("Authorization"));
    check_headers(&[("X-Amz-Date", "a")], Some("X-Amz-Date"));
    check_headers(&[("One", "a"), ("oNe", "a")], Some("oNe"));
    check_headers(&[("a", " b")], Some("a"));
    check_headers(&[("a", "b ")], Some("a"));
    check_headers(&[("a", "b\tc")], Some("a"));
    check_headers(&[("a", "b\r\nc: d")], Some("a"));
    check_headers(&[("a", "é")], Some("a"));
}

#[track_caller]
fn check_lifetime(lifetime: Duration, refused: bool) {
    let credentials = credentials(None);
    let signer = Signer { credentials: &credentials, region: REGION, time: at(TIME) };
    let found = signer.presigned_url(&Url::parse(ENDPOINT).unwrap(), NONE, lifetime);
    assert_eq!(matches!(found, Err(SigningError::Lifetime { .. })), refused, "{found:?}");
}

#[test]
fn a_lifetime_that_cannot_be_written() {
    check_lifetime(Duration::from_secs(1), false);
    check_lifetime(Duration::from_secs(604_800), false);
    check_lifetime(Duration::ZERO, true);
    check_lifetime(Duration::from_millis(1_500), true);
    check_lifetime(Duration::from_secs(604_801), true);
}

#[track_caller]
fn check_time(time: SystemTime, refused: bool) {
    let credentials = credentials(None);
    let signer = Signer { credentials: &credentials, region: REGION, time };
    let found = signer.presigned_url(&Url::parse(ENDPOINT).unwrap(), NONE, LIFETIME);
    assert_eq!(matches!(found, Err(SigningError::Time)), refused, "{found:?}");
}

#[test]
fn a_time_that_cannot_be_written() {
    check_time(at(0), false);
    check_time(at(253_402_300_799), false);
    check_time(at(253_402_300_800), true);
    check_time(SystemTime::UNIX_EPOCH - Duration::from_secs(1), true);
}

#[test]
fn a_url_too_long_for_the_library() {
    let value = "a".repeat(70_000);
    let found = presign(ENDPOINT, &[("a", &value)], None);
    assert!(matches!(found, Err(SigningError::Unsignable(_))), "{found:?}");
}
