//! Tokens of a key of the tests' own, each with one thing wrong.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rsa::RsaPrivateKey;
use serde_json::{Map, Value, json};
use std::sync::OnceLock;

use super::algorithm::Algorithm;
use super::development::{DevelopmentKey, Source};
use super::refusal::{Part, TimeClaim};
use super::*;
use crate::randomness::Randomness;
use crate::template::IdentitySource;

const NOW: i64 = 1_800_000_000;
const ISSUER: &str = "https://tokens.example.com/";

/// One key for all tests: it takes a while to make.
fn key() -> &'static DevelopmentKey {
    static KEY: OnceLock<DevelopmentKey> = OnceLock::new();
    KEY.get_or_init(|| DevelopmentKey::make(&Randomness::operating_system()).unwrap())
}

fn authorizer() -> JwtAuthorizer {
    JwtAuthorizer {
        logical_id: "Authorizer".to_owned(),
        identity_source: IdentitySource::Header("X-Token".to_owned()),
        issuer: ISSUER.to_owned(),
        audience: vec!["one".to_owned(), "two".to_owned()],
        scopes: Vec::new(),
    }
}

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": "two", "exp": NOW + 60, "nbf": NOW, "iat": NOW, "sub": "alice"})
}

fn header() -> Value {
    json!({"alg": "RS256", "kid": key().id})
}

fn signed(header: &Value, claims: &Value, key: &RsaPrivateKey) -> String {
    let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(header), encode(claims));
    let randomness = Randomness::operating_system();
    let algorithm = Algorithm::named(header["alg"].as_str().unwrap_or_default());
    let algorithm = algorithm.unwrap_or(Algorithm::Rs256);
    let signature = algorithm.sign(key, signed.as_bytes(), &mut Source(&randomness)).unwrap();
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

fn head(headers: &[(&str, &str)], target: &str) -> Head {
    Head {
        method: "POST".to_owned(),
        target: target.to_owned(),
        headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        not_utf8: Default::default(),
        source_ip: String::new(),
    }
}

fn ask(authorizer: &JwtAuthorizer, head: &Head) -> Result<Authorized, Refusal> {
    let now = OffsetDateTime::from_unix_timestamp(NOW).unwrap();
    super::authorize(authorizer, &key().public(), head, now)
}

/// Whether a token with these changes is taken.
fn check(
    change_header: &[(&str, Value)],
    change_claims: &[(&str, Value)],
    expected: Result<(), Refusal>,
) {
    let changed = |mut value: Value, changes: &[(&str, Value)]| {
        let members: &mut Map<_, _> = value.as_object_mut().unwrap();
        for (name, new) in changes {
            if new.is_null() {
                members.remove(*name);
            } else {
                members.insert((*name).to_owned(), new.clone());
            }
        }
        value
    };
    let header = changed(header(), change_header);
    let claims = changed(claims(), change_claims);
    let token = signed(&header, &claims, &key().private);
    let found = ask(&authorizer(), &head(&[("x-token", &token)], "/"));
    assert_eq!(found.map(drop), expected, "{header} {claims}");
}

#[test]
fn a_right_token_is_taken_by_each_algorithm() {
    check(&[], &[], Ok(()));
    for algorithm in Algorithm::ALL {
        let token =
            signed(&json!({"alg": algorithm.name(), "kid": "k"}), &claims(), &key().private);
        let now = OffsetDateTime::from_unix_timestamp(NOW).unwrap();
        for other in Algorithm::ALL {
            let keys = KeySet::of("k", key().private.as_public_key().clone(), other);
            let head = head(&[("x-token", &token)], "/");
            let found = super::authorize(&authorizer(), &keys, &head, now).map(drop);
            let expected = match algorithm == other {
                true => Ok(()),
                false => Err(Refusal::KeyAlgorithm { token: algorithm }),
            };
            assert_eq!(found, expected, "{algorithm} with a key for {other}");
        }
    }
}

#[test]
fn another_algorithm_or_key_is_refused() {
    for other in ["none", "HS256", "ES256", "PS256", "EdDSA"] {
        check(&[("alg", json!(other))], &[], Err(Refusal::Algorithm(other)));
    }
    for unknown in [json!(""), json!("rs256"), json!(["RS256"]), Value::Null] {
        check(&[("alg", unknown)], &[], Err(Refusal::Algorithm("unknown")));
    }
    check(&[("kid", Value::Null)], &[], Err(Refusal::NoKeyId));
    check(&[("kid", json!(1))], &[], Err(Refusal::NoKeyId));
    check(&[("kid", json!("other"))], &[], Err(Refusal::UnknownKey));
    check(&[("crit", json!(["exp"]))], &[], Err(Refusal::Critical));
    check(&[("jwk", json!({"kty": "RSA"})), ("x5u", json!("https://x"))], &[], Ok(()));
}

#[test]
fn the_issuer_counts_text_by_text() {
    let refusal = || Err(Refusal::Issuer { expected: ISSUER.to_owned() });
    for other in ["https://tokens.example.com", "HTTPS://tokens.example.com/", ""] {
        check(&[], &[("iss", json!(other))], refusal());
    }
    check(&[], &[("iss", json!([ISSUER]))], refusal());
    check(&[], &[("iss", Value::Null)], refusal());
}

#[test]
fn one_audience_is_enough_and_a_client_counts_where_there_is_none() {
    let refusal = || Err(Refusal::Audience { expected: authorizer().audience });
    check(&[], &[("aud", json!(["three", "one"]))], Ok(()));
    check(&[], &[("aud", json!(["three"]))], refusal());
    check(&[], &[("aud", json!([]))], refusal());
    check(&[], &[("aud", json!("one two"))], refusal());
    check(&[], &[("aud", json!(1))], refusal());
    check(&[], &[("aud", Value::Null)], refusal());
    check(&[], &[("aud", Value::Null), ("client_id", json!("one"))], Ok(()));
    check(&[], &[("aud", Value::Null), ("client_id", json!("three"))], refusal());
    check(&[], &[("aud", Value::Null), ("client_id", json!(["one"]))], refusal());
    check(&[], &[("aud", json!("three")), ("client_id", json!("one"))], refusal());
}

#[test]
fn a_token_holds_from_its_beginning_to_its_end_and_not_at_it() {
    check(&[], &[("exp", json!(NOW + 1))], Ok(()));
    check(&[], &[("exp", json!(NOW as f64 + 0.5))], Ok(()));
    check(&[], &[("exp", json!(NOW))], Err(Refusal::Expired { seconds_ago: 0 }));
    check(&[], &[("exp", json!(NOW - 90))], Err(Refusal::Expired { seconds_ago: 90 }));
    check(&[], &[("exp", json!(-1e300))], Err(Refusal::Expired { seconds_ago: i64::MAX }));
    check(&[], &[("exp", Value::Null)], Err(Refusal::NoExpiry));
    check(&[], &[("exp", json!("soon"))], Err(Refusal::TimeForm(TimeClaim::Exp)));
    for (name, claim) in [("nbf", TimeClaim::Nbf), ("iat", TimeClaim::Iat)] {
        check(&[], &[(name, Value::Null)], Ok(()));
        check(&[], &[(name, json!(NOW - 1))], Ok(()));
        check(&[], &[(name, json!(NOW + 1))], Err(Refusal::NotYet { claim, in_seconds: 1 }));
        check(&[], &[(name, json!(true))], Err(Refusal::TimeForm(claim)));
    }
}

#[test]
fn one_of_the_routes_scopes_is_enough() {
    let check = |change: Value, expected: Result<Option<&[&str]>, ()>| {
        let wanted = ["read".to_owned(), "write".to_owned()];
        let found = claims::scopes(change.as_object().unwrap(), &wanted);
        let expected = expected.map(|scopes| {
            scopes.map(|scopes| scopes.iter().map(|scope| (*scope).to_owned()).collect::<Vec<_>>())
        });
        assert_eq!(found.map_err(drop), expected, "{change}");
    };
    check(json!({"scope": "write"}), Ok(Some(&["write"])));
    check(json!({"scope": "a write read b"}), Ok(Some(&["read", "write"])));
    check(json!({"scp": ["write", 1]}), Ok(Some(&["write"])));
    check(json!({"scp": "a read"}), Ok(Some(&["read"])));
    check(json!({"scope": "a", "scp": ["read"]}), Ok(Some(&["read"])));
    for missing in [
        json!({}),
        json!({"scope": "reader READ"}),
        json!({"scope": null}),
        json!({"scp": {"read": 1}}),
    ] {
        check(missing, Err(()));
    }
    let none = claims::scopes(json!({"scope": "read"}).as_object().unwrap(), &[]);
    assert_eq!(none, Ok(None), "the route asks for none");
}

#[test]
fn a_token_is_found_where_the_identity_source_says() {
    let token = signed(&header(), &claims(), &key().private);
    let header = authorizer();
    let query = JwtAuthorizer {
        identity_source: IdentitySource::QueryString("token".to_owned()),
        ..authorizer()
    };
    let check = |authorizer: &JwtAuthorizer, headers: &[(&str, &str)], target: &str, expected| {
        assert_eq!(ask(authorizer, &head(headers, target)).map(drop), expected, "{target}");
    };
    let behind = |scheme: &str| format!("{scheme}{token}");
    for scheme in ["", "Bearer ", "bearer ", "BEARER "] {
        check(&header, &[("X-TOKEN", &behind(scheme))], "/", Ok(()));
    }
    for scheme in ["Basic ", "Bearer", "Bearer  ", " "] {
        let found = ask(&header, &head(&[("x-token", &behind(scheme))], "/"));
        assert_eq!(found, Err(Refusal::Undecodable(Part::Header)), "{scheme:?}");
    }
    check(&header, &[], "/", Err(Refusal::NoToken));
    check(&header, &[("x-token", "")], "/", Err(Refusal::NoToken));
    check(
        &header,
        &[("authorization", &token)],
        &format!("/?token={token}"),
        Err(Refusal::NoToken),
    );
    check(&header, &[("x-token", &token), ("x-token", &token)], "/", Err(Refusal::Parts(5)));
    check(&query, &[], &format!("/?a=b&token={token}"), Ok(()));
    check(&query, &[], &format!("/?token=Bearer%20{token}"), Ok(()));
    check(&query, &[], &format!("/?Token={token}"), Err(Refusal::NoToken));
    check(&query, &[("x-token", &token)], "/?token=", Err(Refusal::NoToken));
}

#[test]
fn what_is_no_token_is_refused() {
    let check = |text: &str, expected| {
        let found = Token::read(text).map(drop);
        assert_eq!(found, Err(expected), "{text}");
    };
    let token = signed(&header(), &claims(), &key().private);
    let parts: Vec<_> = token.split('.').collect();
    check("junk", Refusal::Parts(1));
    check(&parts[..2].join("."), Refusal::Parts(2));
    check(&format!("{token}.x"), Refusal::Parts(4));
    check("..", Refusal::Undecodable(Part::Header));
    check(&format!("e30=.{}.{}", parts[1], parts[2]), Refusal::Undecodable(Part::Header));
    check(&format!("W10.{}.{}", parts[1], parts[2]), Refusal::Undecodable(Part::Header));
    check(&format!("{}.W10.{}", parts[0], parts[2]), Refusal::Undecodable(Part::Claims));
    check(&format!("{}.{}.a+/b", parts[0], parts[1]), Refusal::Undecodable(Part::Signature));
    check(
        &format!("{}.{}.{}=", parts[0], parts[1], parts[2]),
        Refusal::Undecodable(Part::Signature),
    );
    assert_eq!(format!("{:?}", Token::read(&token)), "Ok(Token(hidden))");
}

#[test]
fn every_changed_character_of_a_token_is_noticed() {
    let token = signed(&header(), &claims(), &key().private);
    for at in (0..token.len()).filter(|at| token.as_bytes()[*at] != b'.') {
        let other = if token.as_bytes()[at] == b'A' { "B" } else { "A" };
        let mut changed = token.clone();
        changed.replace_range(at..=at, other);
        let found = ask(&authorizer(), &head(&[("x-token", &changed)], "/"));
        assert!(found.is_err(), "character {at}");
    }
}

#[test]
fn a_refusal_says_what_was_found_and_what_to_do_and_fits_into_a_header() {
    let refusals = [
        Refusal::NoToken,
        Refusal::Parts(2),
        Refusal::Undecodable(Part::Header),
        Refusal::Undecodable(Part::Claims),
        Refusal::Undecodable(Part::Signature),
        Refusal::Algorithm("HS256"),
        Refusal::Critical,
        Refusal::NoKeyId,
        Refusal::UnknownKey,
        Refusal::KeyAlgorithm { token: Algorithm::Rs512 },
        Refusal::Signature,
        Refusal::Issuer { expected: ISSUER.to_owned() },
        Refusal::Audience { expected: authorizer().audience },
        Refusal::TimeForm(TimeClaim::Nbf),
        Refusal::NoExpiry,
        Refusal::Expired { seconds_ago: 1 },
        Refusal::NotYet { claim: TimeClaim::Iat, in_seconds: 1 },
        Refusal::Scope { wanted: vec!["read".to_owned(), "write".to_owned()] },
    ];
    let found: std::collections::HashSet<_> = refusals.iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), refusals.len());
    let section = section();
    for refusal in refusals {
        let advice = refusal.advice();
        let shown = format!(" | {}{} |", advice[..1].to_uppercase(), &advice[1..]);
        assert!(section.contains(&shown), "{} does not say: {advice}", refusal::SECTION);
        let challenge = refusal.challenge();
        assert!(axum::http::HeaderValue::from_str(&challenge).is_ok(), "{challenge}");
        for words in [refusal.to_string(), refusal.advice().to_owned()] {
            assert!(words.starts_with(|c: char| c.is_ascii_lowercase()), "{words}");
            assert!(!words.ends_with('.') && !words.contains('\n'), "{words}");
        }
    }
}

/// What the documentation says of refused tokens.
fn section() -> &'static str {
    const PAGE: &str = include_str!("../../../docs/troubleshooting.md");
    let (file, anchor) = refusal::SECTION.split_once('#').unwrap();
    assert_eq!((file, anchor), ("docs/troubleshooting.md", "tokens"));
    let (_, section) = PAGE.split_once("\n## Tokens\n").unwrap();
    section.split_once("\n## ").map_or(section, |(section, _)| section)
}
