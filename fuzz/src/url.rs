//! A presigned URL: the input is the request-target, from the path on.

use std::time::Duration;

use local::explain::report::{Outcome, Report, Status};
use local::explain::{Known, Question, explain};
use sigv4_sign::Signer;
use sigv4_verify::canonical_query::CanonicalQuery;
use sigv4_verify::{Rule, SecretKey, WireRequest};
use url::{Url, form_urlencoded};

use crate::verifier::{self, HOST, REGION, SECRET, credentials, verdict, verdict_on_own};

/// Checks one request-target.
pub fn check(data: &[u8]) {
    // The server hands on nothing but UTF-8.
    let Ok(target) = std::str::from_utf8(data) else { return };
    check_that_nobody_else_signs(target);
    check_that_the_canonical_form_is_its_own(target);
    check_that_what_is_signed_is_verified(target);
    check_that_it_is_explained(target);
}

/// Nobody else's URL passes; where the signature's rules are what is broken first, it is by the one that the verdict
/// names; and the explanation shows no secret either.
fn check_that_it_is_explained(target: &str) {
    let report = explained(target, "another secret");
    assert_ne!(report.verdict.outcome, Outcome::Pass, "{report}");
    check_that_no_secret_shows(target, &format!("{report} {report:?}"));
    let findings = report.checks.iter().filter(|check| check.status == Status::Finding);
    let first = findings.map(|check| check.rule).next().flatten();
    // What was pasted is put right first, so that it may be another target; a key's account is not known.
    let as_it_is = report.checks.first().is_some_and(|check| check.status == Status::Ok);
    let of_account = [Rule::KnownKey, Rule::SessionToken, Rule::LiveCredentials];
    if let Some(rule) = Rule::ALL.into_iter().find(|rule| Some(rule.number()) == first)
        && as_it_is
        && !target.contains('#')
        && !of_account.contains(&rule)
    {
        let token = value_of(target, "X-Amz-Security-Token");
        let refusal = verdict(target, &[], "another secret", token.as_deref()).unwrap_err();
        assert_eq!(refusal.rule(), rule, "{report}");
    }
}

fn explained(target: &str, secret: &str) -> Report {
    let secret = SecretKey::new(secret);
    let known = Known::Secret(&secret);
    let question =
        Question { now: verifier::now().into(), region: Some(REGION), host: None, known };
    explain(&format!("wss://{HOST}{target}"), &question)
}

/// Without the secret there is no signature; and what a refusal says shows none.
fn check_that_nobody_else_signs(target: &str) {
    let request = WireRequest { method: "GET", target, headers: &[], body: b"" };
    let token = value_of(target, "X-Amz-Security-Token");
    let refusal = verdict(target, &[], "another secret", token.as_deref()).unwrap_err();
    check_that_no_secret_shows(target, &format!("{refusal} {refusal:?} {request:?}"));
}

fn check_that_no_secret_shows(target: &str, said: &str) {
    let token = value_of(target, "X-Amz-Security-Token");
    for secret in token.into_iter().chain(value_of(target, "X-Amz-Signature")) {
        // Shorter ones, and those that stand elsewhere too, may be said for another reason.
        if secret.len() > 30 && target.matches(&secret).count() == 1 {
            assert!(!said.contains(&secret), "a secret shows: {said}");
        }
    }
}

/// The first value of a parameter.
fn value_of(target: &str, name: &str) -> Option<String> {
    let (_, query) = target.split_once('?')?;
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(other, _)| other == name).map(|(_, value)| value.into_owned())
}

fn check_that_the_canonical_form_is_its_own(target: &str) {
    let canonical = |query: &str| {
        let mut text = String::new();
        CanonicalQuery::parse(query).ok()?.write(&mut text, None);
        Some(text)
    };
    if let Some(once) = canonical(target.split_once('?').map_or("", |(_, query)| query)) {
        assert_eq!(canonical(&once).as_deref(), Some(&*once));
    }
}

/// The path and the parameters, signed anew: the verifier takes them, and takes nothing added.
fn check_that_what_is_signed_is_verified(target: &str) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let Ok(endpoint) = Url::parse(&format!("wss://{HOST}/{}", path.trim_start_matches('/'))) else {
        return;
    };
    let parameters: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    let credentials = credentials();
    let signer = Signer { credentials: &credentials, region: REGION, time: verifier::now() };
    let lifetime = Duration::from_secs(60);
    let Ok(signed) = signer.presigned_url(&endpoint, &parameters, lifetime) else { return };
    let target = verifier::target(signed.secret_text());
    if let Err(refusal) = verdict_on_own(target, &[]) {
        panic!("what was signed is refused: {refusal}");
    }
    let report = explained(target, SECRET);
    let signature = report.checks.iter().find(|check| check.rule == Some(Rule::Signature.number()));
    if signature.is_some_and(|check| check.status != Status::Ok) {
        // Only where the text is taken for another one, as with an ellipsis or a backslash in its path.
        assert!(
            report.checks.iter().any(|check| check.rule.is_none() && check.status != Status::Ok),
            "{report}"
        );
    }
    let longer = format!("{target}&more=1");
    assert_eq!(verdict_on_own(&longer, &[]).unwrap_err().rule(), Rule::Signature);
    assert_eq!(verdict_on_own(&format!("/more{target}"), &[]).unwrap_err().rule(), Rule::Signature);
}
