//! What the function is told of the token.

use serde_json::{Value, json};
use tests::probe::Probe;
use tests::stack::{Options, Stack};
use tests::tokens::{AUDIENCE, ISSUER, Key};

use super::{ask_with, changed, claims, with_issuer};

/// The `authorizer` of the event of a request with these claims.
async fn authorizer(options: Options, change: &[(&str, Value)]) -> (Value, Value) {
    let probe = Probe::listen(env!("CARGO_BIN_EXE_probe")).await;
    let stack = Stack::start_with(probe.replace(options, &["SignFunction"])).await;
    let claims = change
        .iter()
        .fold(claims(&stack), |claims, (name, value)| changed(&claims, name, value.clone()));
    let token = Key::of_the_issuer().token(&claims);
    let (reply, event) = tokio::join!(ask_with(&stack, &token), async {
        let invocation = probe.invoked().await;
        let event = invocation.event.clone();
        invocation.answer(&json!({"statusCode": 200})).await;
        event
    });
    assert_eq!(reply.status, 200);
    assert_eq!(event["headers"]["authorization"], format!("Bearer {token}"));
    stack.stop().await;
    (event["requestContext"]["authorizer"].clone(), claims)
}

#[tokio::test]
async fn every_claim_is_a_text_in_the_event() {
    let change = [
        ("email_verified", json!(true)),
        ("level", json!(3)),
        ("ratio", json!(0.5)),
        ("groups", json!(["USERS", "ADMINS"])),
        ("none", json!([])),
        ("firebase", json!({"sign_in_provider": "password", "identities": {"email": ["a@b.c"]}})),
        ("name", json!("Ål [x] \"y\"")),
        ("scope", json!("sign other")),
    ];
    let (authorizer, claims) = authorizer(with_issuer(), &change).await;
    let expected = json!({"jwt": {
        "claims": {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "exp": claims["exp"].to_string(),
            "iat": claims["iat"].to_string(),
            "sub": "alice",
            "email_verified": "true",
            "level": "3",
            "ratio": "0.5",
            "groups": "[USERS ADMINS]",
            "none": "[]",
            "firebase": "map[identities:map[email:[a@b.c]] sign_in_provider:password]",
            "name": "Ål [x] \"y\"",
            "scope": "sign other",
        },
        "scopes": null,
    }});
    assert_eq!(authorizer, expected);
}

#[tokio::test]
async fn the_events_scopes_are_those_of_the_route_that_the_token_has() {
    let options = with_issuer().parameter("JwtScopes", "connect,sign");
    let change = [("scope", json!("openid sign")), ("aud", json!([AUDIENCE, "b"]))];
    let (authorizer, _) = authorizer(options, &change).await;
    assert_eq!(authorizer["jwt"]["scopes"], json!(["sign"]));
    assert_eq!(authorizer["jwt"]["claims"]["aud"], json!("[countersign b]"));
}
