//! A good URL that tests break, and what is said of a broken one.

use local::explain::report::{Check, Outcome, Report, Status};
use local::explain::{Known, Question, exit_code, explain};
use sigv4_verify::SecretKey;
use sigv4_verify::amz_date::AmzDate;
use sigv4_verify::canonical_query::CanonicalQuery;
use sigv4_verify::canonical_request::CanonicalRequest;
use sigv4_verify::credential::CredentialScope;
use sigv4_verify::signed_headers::SignedHeaders;
use sigv4_verify::signing_key::SigningKey;
use sigv4_verify::string_to_sign::string_to_sign;
use sigv4_verify::{Placement, WireRequest, hex};
use time::OffsetDateTime;

pub(super) const HOST: &str = "abc123.execute-api.eu-west-1.amazonaws.com";
pub(super) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// The session token, as the URL has it.
pub(super) const TOKEN: &str = "IQoJb3JpZ2luX2VjEHMaCWV1LXdlc3QtMSJHMEUCIQDcSL7Xx%2BoQxk3qY2VtJ2h5Zz%2F9a2Fw4bH0sV5nQwIgTq8\
    h1mR4oPz0aKfYdLw2Xc7vBn3eGs6JtUiOyPlKjHgFdSaQ%2FmNbVcXzLkJhGfDsAqWeRtYuIoP1234567890abcdefGHIJKLmnop%3D%3D";

/// When the good URL is used: a minute after it was signed.
pub(super) const NOW: &str = "20260102T030505Z";

/// The parameters of the good URL as they are signed.
pub(super) fn unsigned() -> String {
    format!(
        "wss://{HOST}/$default?room=my%20lobby&tags=a%2Fb&grant.plan=free&grant.expires=1767323145\
         &grant.nonce=q83vEjRWeJCrze8SNFZ4kA&X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Credential=ASIAIOSFODNN7EXAMPLE%2F20260102%2Feu-west-1%2Fexecute-api%2Faws4_request\
         &X-Amz-Date=20260102T030405Z&X-Amz-Expires=300&X-Amz-SignedHeaders=host&X-Amz-Security-Token={TOKEN}"
    )
}

pub(super) fn good() -> String {
    signed_as(&unsigned(), str::to_owned)
}

/// Signs with a canonical request that was changed.
pub(super) fn signed_as(unsigned: &str, change: impl FnOnce(&str) -> String) -> String {
    signed_with(unsigned, change, SECRET, |_| {})
}

/// Signs with a canonical request, a secret key and a scope of the key that were changed.
pub(super) fn signed_with(
    unsigned: &str,
    change: impl FnOnce(&str) -> String,
    secret: &str,
    change_scope: impl FnOnce(&mut CredentialScope<'_>),
) -> String {
    let (_, rest) = unsigned.split_once("://").unwrap();
    let (host, _) = rest.split_once(['/', '?']).unwrap();
    let target = &rest[host.len()..];
    let headers = [("host", host)];
    let request = WireRequest { method: "GET", target, headers: &headers, body: b"" };
    let query = CanonicalQuery::parse(request.query()).unwrap();
    let headers = SignedHeaders::parse("host").unwrap();
    let hash = sigv4_verify::payload_hash::check(&request, Placement::Query).unwrap();
    let canonical =
        CanonicalRequest::build(&request, &query, Placement::Query, &headers, &hash).unwrap();
    let hash = hex::sha256(change(canonical.expose()).as_bytes());
    let date = query.values("X-Amz-Date").next().unwrap().into_owned();
    let date = AmzDate::parse(&date).unwrap();
    let day = date.day();
    let mut scope = CredentialScope {
        day: &day,
        region: "eu-west-1",
        service: "execute-api",
        terminator: "aws4_request",
    };
    let string = string_to_sign(date, &scope, &hash);
    change_scope(&mut scope);
    let signature = SigningKey::derive(&SecretKey::new(secret), &scope).sign(&string);
    format!("{unsigned}&X-Amz-Signature={}", signature.expose())
}

pub(super) fn time(text: &str) -> OffsetDateTime {
    AmzDate::parse(text).unwrap().time()
}

/// What is said of a text, with the right secret key or without one.
pub(super) fn explained(text: &str, secret: Option<&str>) -> Report {
    let secret = secret.map(SecretKey::new);
    let known = secret.as_ref().map_or(Known::Nothing, Known::Secret);
    let question = Question { now: time(NOW), region: None, host: None, known };
    let report = explain(text, &question);
    check_hides(&report, text);
    report
}

/// That neither form of an explanation holds a piece of a secret.
pub(super) fn check_hides(report: &Report, url: &str) {
    const PIECE: usize = 12;
    let signature = url.split("X-Amz-Signature=").nth(1).unwrap_or_default();
    let signature = signature.split('&').next().unwrap_or_default();
    let token = TOKEN.replace("%2F", "/").replace("%2B", "+");
    let json = serde_json::to_string(report).unwrap();
    for shown in [report.to_string(), json, format!("{report:?}")] {
        for secret in [SECRET, TOKEN, &token, signature] {
            for start in 0..=secret.len().saturating_sub(PIECE) {
                let piece = secret.get(start..start + PIECE).unwrap_or_default();
                assert!(piece.is_empty() || !shown.contains(piece), "{piece} is in {shown}");
            }
        }
    }
}

pub(super) fn first_finding(report: &Report) -> Option<&Check> {
    report.checks.iter().find(|check| check.status == Status::Finding)
}

/// That a text would be refused, first by this rule, in words that hold these.
#[track_caller]
pub(super) fn check_refused(text: &str, secret: Option<&str>, rule: Option<u8>, words: &str) {
    let report = explained(text, secret);
    let first = first_finding(&report).unwrap_or_else(|| panic!("nothing is found: {report}"));
    assert_eq!(first.rule, rule, "{words}: {report}");
    assert!(first.detail.contains(words), "{words}: {report}");
    let verdict = &report.verdict;
    assert_eq!((verdict.outcome, verdict.rule), (Outcome::Refused, rule), "{report}");
    assert!(verdict.sentence.contains(words), "{report}");
    assert_eq!(verdict.advice.is_some(), rule.is_some(), "{report}");
    assert_eq!(exit_code(&report), 1);
}
