//! `examine` looks at every rule, and the first that it finds broken is `verify`'s refusal.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use sigv4_verify::{
    Examination, Expected, Keys, Lack, Outcome, Refusal, Rule, Verified, WireRequest, examine,
    verify,
};
use time::{Duration, OffsetDateTime};

use crate::draft::{Draft, Sent};
use crate::vector::{Vector, all};
use crate::verdict::{TwoKeys, date};

/// A request that breaks what its parts break, each or none, in the query or in the headers.
fn requests() -> impl Strategy<Value = Sent> {
    let parts = (
        select(vec!["AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1", ""]),
        select(vec![
            "ASIAEXAMPLE/20260102/eu-west-1/execute-api/aws4_request",
            "AKIAEXAMPLE/20260102/eu-west-1/execute-api/aws4_request",
            "AKIAOTHER/20260102/eu-west-1/execute-api/aws4_request",
            "ASIAEXAMPLE/20260103/us-east-1/sts/aws4_request",
            "ASIAEXAMPLE",
        ]),
        select(vec!["20260102T030405Z", "20260102T025000Z", "20260102T033000Z", "yesterday", ""]),
        select(vec!["host", "host;x-tag", "x-tag", "Host", ""]),
        prop::option::of(select(vec![crate::draft::TOKEN, "other"])),
        select(vec![crate::draft::SECRET, "other"]),
        select(vec!["", "&X-Amz-Date=1", "&a=100%", "&X-Amz-Algorithm"]),
        select(vec![None, Some(("X-Tag", "1")), Some(("X-Amz-Content-SHA256", "1"))]),
    );
    (parts, any::<bool>()).prop_map(|(parts, in_query)| {
        let (algorithm, credential, date, signed_headers, token, secret, more, header) = parts;
        let draft = Draft {
            algorithm,
            credential: credential.to_owned(),
            date,
            signed_headers,
            token,
            secret,
            ..Draft::default()
        };
        let mut sent = if in_query { draft.presigned() } else { draft.authorized() };
        sent.target.push_str(more);
        sent.headers.extend(header.map(|(name, value)| (name, value.to_owned())));
        sent
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_first_broken_rule_is_the_refusal_of_a_request_with_many_faults(
        sent in requests(),
        session_ends in select(vec![date() - Duration::HOUR, date() + Duration::HOUR]),
    ) {
        let headers: Vec<_> = sent.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let request = WireRequest {
            method: "GET",
            target: &sent.target,
            headers: &headers,
            body: b"",
        };
        check_agree(&request, date(), "eu-west-1", "execute-api", &TwoKeys { session_ends });
    }

    #[test]
    fn the_first_broken_rule_is_the_refusal_of_what_botocore_signed_with_a_piece_replaced(
        vector in select(all()),
        (start, end) in any::<(Index, Index)>(),
        replacement in "[ -~é]{0,12}",
        seconds in -400_i64..400,
    ) {
        let characters: Vec<char> = vector.request.target.chars().collect();
        let start = start.index(characters.len());
        let end = (start + end.index(24)).min(characters.len());
        let target: String = characters[..start]
            .iter()
            .copied()
            .chain(replacement.chars())
            .chain(characters[end..].iter().copied())
            .collect();
        let headers = vector.request.headers();
        let request = WireRequest { target: &target, ..vector.request.on_the_wire(&headers) };
        let now = vector.date().time() + Duration::seconds(seconds);
        let Vector { region, service, credentials, .. } = &vector;
        check_agree(&request, now, region, service, credentials);
    }
}

#[track_caller]
fn check_agree(
    request: &WireRequest<'_>,
    now: OffsetDateTime,
    region: &str,
    service: &str,
    keys: &dyn Keys,
) {
    let expected = Expected { region, service, now };
    let verdict: Result<Verified, Refusal> = verify(request, &expected, keys);
    let examination = examine(request, &expected, Some(keys));
    assert_eq!(examination.first_broken(), verdict.as_ref().err(), "{}", request.target);
    for (rule, outcome) in examination.outcomes() {
        match outcome {
            Outcome::Kept => {}
            Outcome::Broken(refusal) => assert_eq!(refusal.rule(), rule),
            Outcome::NotLookedAt(Lack::Keys) => panic!("{rule}: there are keys"),
            Outcome::NotLookedAt(Lack::Rule(other)) => {
                assert!(*other < rule, "{rule} lacks {other}");
                assert_ne!(examination.outcome(*other), &Outcome::Kept, "{rule} lacks {other}");
            }
        }
    }
    if verdict.is_ok() {
        assert!(examination.outcomes().all(|(_, outcome)| *outcome == Outcome::Kept));
    }

    // Without keys all is the same, but for what asks about them.
    let without = examine(request, &expected, None);
    for (rule, outcome) in without.outcomes() {
        match (outcome, rule) {
            (
                Outcome::NotLookedAt(Lack::Keys),
                Rule::KnownKey | Rule::SessionToken | Rule::LiveCredentials | Rule::Signature,
            ) => {}
            (outcome, rule) => assert_eq!(outcome, examination.outcome(rule), "{rule}"),
        }
    }
}

fn examination(sent: &Sent) -> Examination {
    let headers: Vec<_> =
        sent.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let request = WireRequest { method: "GET", target: &sent.target, headers: &headers, body: b"" };
    let expected = Expected { region: "eu-west-1", service: "execute-api", now: date() };
    examine(&request, &expected, Some(&TwoKeys { session_ends: date() - Duration::HOUR }))
}

#[test]
fn what_does_not_build_on_a_broken_rule_is_looked_at() {
    let sent = Draft { date: "20260102T025000Z", secret: "other", ..Draft::default() }.presigned();
    let examination = examination(&sent);
    let broken: Vec<_> = examination
        .outcomes()
        .filter(|(_, outcome)| **outcome != Outcome::Kept)
        .map(|(rule, outcome)| (rule, matches!(outcome, Outcome::Broken(_))))
        .collect();
    let expected =
        [(Rule::NotExpired, true), (Rule::LiveCredentials, true), (Rule::Signature, true)];
    assert_eq!(broken, expected);
}

#[test]
fn what_builds_on_a_broken_rule_names_it() {
    let sent = Draft { date: "yesterday", ..Draft::default() }.presigned();
    let examination = examination(&sent);
    for rule in [Rule::NotExpired, Rule::NotEarly, Rule::Scope, Rule::Signature] {
        let outcome = examination.outcome(rule);
        assert_eq!(*outcome, Outcome::NotLookedAt(Lack::Rule(Rule::DateForm)), "{rule}");
    }
    assert_eq!(*examination.outcome(Rule::KnownKey), Outcome::Kept);
}
