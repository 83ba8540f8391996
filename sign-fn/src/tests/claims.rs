//! What is granted of a token's claims, in events of the shapes that API Gateway sends.

use super::{refusals::check_event_refused, *};
use crate::config::CLAIM_GRANTS;

const SUBJECT: &[(&str, Option<&str>)] = &[(CLAIM_GRANTS, Some(r#"{"sub":"userId"}"#))];

/// The event of a token of Amazon Cognito, with its `sub` of this value; `None` takes it away.
fn event_of(sub: Option<&str>) -> Value {
    let mut event = fixture("sign-jwt-cognito");
    let claims = event.pointer_mut("/requestContext/authorizer/jwt/claims").unwrap();
    let claims = claims.as_object_mut().unwrap();
    match sub {
        Some(sub) => claims.insert("sub".to_owned(), sub.into()),
        None => claims.remove("sub"),
    };
    event
}

/// A request that does not bring the claim is refused before anything else of it is looked at.
#[track_caller]
fn check_missing(mut event: Value) {
    event["body"] = "{".into();
    check_event_refused(SUBJECT, event, 403, "claim_missing", "the claim `sub` is missing");
}

#[test]
fn a_claim_becomes_a_grant() {
    let cognito = ("grant.userId", "2a6b4c1e-70d1-7035-8d0e-5a7c0b1f2e3d");
    let room = ("room", "lobby");
    check_event(SUBJECT, fixture("sign-jwt-cognito"), &[room, cognito]);
    let with_scopes = ("grant.userId", "auth0|5f7c8ec7c33c6c004bbafe82");
    check_event(SUBJECT, fixture("sign-jwt-scopes"), &[room, with_scopes]);
    let changes = [SUBJECT, &[(GRANTS, Some(r#"{"plan":"free"}"#))]].concat();
    check_event(&changes, fixture("sign-jwt-cognito"), &[room, ("grant.plan", "free"), cognito]);
}

#[test]
fn several_claims_are_granted_as_they_come() {
    let claims = r#"{"username":"name","cognito:groups":"groups","exp":"until","scope":"scope"}"#;
    check_event(
        &[(CLAIM_GRANTS, Some(claims))],
        fixture("sign-jwt-cognito"),
        &[
            ("room", "lobby"),
            ("grant.name", "alice"),
            ("grant.groups", "[admins staff]"),
            ("grant.until", "1767326580"),
            ("grant.scope", "openid email"),
        ],
    );
    for value in ["&grant.plan=gold", "%0A", "a+b c", "\u{e9}\u{1f6aa}", " a "] {
        check_event(SUBJECT, event_of(Some(value)), &[("room", "lobby"), ("grant.userId", value)]);
    }
}

#[test]
fn lambda_http_brings_the_claims() {
    let mut event = fixture("sign-jwt-scopes");
    event["headers"]["host"] = "a b".into();
    let reply = through_lambda(SUBJECT, event);
    assert_eq!(reply["statusCode"], 201, "{reply}");
    let answer: Value = serde_json::from_str(reply["body"].as_str().unwrap()).unwrap();
    let user = ("grant.userId", "auth0|5f7c8ec7c33c6c004bbafe82");
    check_parameters(&answer, &[("room", "lobby"), user]);
}

#[test]
fn a_stack_that_grants_no_claims_asks_for_none() {
    for event in ["sign-json", "sign-jwt-cognito", "sign-jwt-scopes"] {
        check_event(&[], fixture(event), &[("room", "lobby")]);
    }
}

#[test]
fn every_claim_must_be_there() {
    check_missing(event_of(None));
    check_missing(fixture("sign-json"));
    for authorizer in [
        json!(null),
        json!({}),
        json!({"jwt": null}),
        json!({"jwt": {"claims": null, "scopes": null}}),
        json!({"jwt": {"claims": {}, "scopes": ["sub"]}}),
        json!({"jwt": {"claims": {"Sub": "alice", "sub ": "alice"}, "scopes": null}}),
        json!({"lambda": {"sub": "alice", "claims": {"sub": "alice"}}}),
        json!({"claims": {"sub": "alice"}, "scopes": null}),
    ] {
        let mut event = fixture("sign-json");
        event["requestContext"]["authorizer"] = authorizer;
        check_missing(event);
    }
    let both = [(CLAIM_GRANTS, Some(r#"{"sub":"userId","tenant":"tenant"}"#))];
    let event = fixture("sign-jwt-cognito");
    check_event_refused(&both, event, 403, "claim_missing", "the claim `tenant` is missing");
}

#[test]
fn a_claim_that_cannot_be_granted_is_refused() {
    for value in ["", " ", "\u{a0}\u{2003}", "\n", "alice\u{0}", "a\u{7f}b", "\u{85}"] {
        let event = event_of(Some(value));
        check_event_refused(SUBJECT, event, 403, "claim_unusable", "the claim `sub` is blank or");
    }
}

#[test]
fn a_claim_that_is_too_long_is_told_with_the_limit() {
    let limit = "characters, the limit is 4096: `url`, `query` and what is granted";
    for value in ["a".repeat(4_096), "\u{e9}".repeat(700)] {
        check_event_refused(SUBJECT, event_of(Some(&value)), 400, "url_too_long", limit);
    }
}
