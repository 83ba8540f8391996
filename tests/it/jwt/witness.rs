//! PyJWT, which is not ours, makes tokens that are taken here, and takes those that are made here.

use serde_json::{Value, json};
use tests::python;
use tests::stack::Stack;
use tests::tokens::{AUDIENCE, ISSUER};

use super::{DEVELOPMENT, ask_with, options};

#[tokio::test]
async fn tokens_of_pyjwt_are_taken_and_refused() {
    let now = time::OffsetDateTime::now_utc().unix_timestamp().to_string();
    let script = include_str!("../../clients/make_tokens.py");
    let Some(made) = python::script(script, &[ISSUER, AUDIENCE, &now], &[]).await else { return };
    let made = made.succeeded();
    let key_set = local::jwt::key_set::KeySet::parse(made["keys"].to_string().as_bytes()).unwrap();
    let options = tests::stack::Options { key_set: Some(key_set), ..options(ISSUER) };
    let stack = Stack::start_with(options).await;
    for (kind, status) in [("taken", 201), ("refused", 401)] {
        let tokens = made[kind].as_object().unwrap();
        assert!(tokens.len() >= 4, "{kind}: {}", tokens.len());
        for (name, token) in tokens {
            let reply = ask_with(&stack, token.as_str().unwrap()).await;
            assert_eq!(reply.status, status, "{name}: {:?}", reply.header("www-authenticate"));
        }
    }
    stack.stop().await;
}

#[tokio::test]
async fn pyjwt_takes_a_token_of_the_development_issuer_and_no_changed_one() {
    let stack = Stack::start_with(options(DEVELOPMENT)).await;
    let claims = json!({"sub": "alice", "groups": ["a", "b"]});
    let token = stack.token(&claims);
    let published = stack.running.services.issuers.published().unwrap().to_string();
    let script = include_str!("../../clients/read_token.py");
    let arguments = [&*published, &token, DEVELOPMENT, AUDIENCE];
    let Some(read) = python::script(script, &arguments, &[]).await else { return };
    let read = read.succeeded();
    let says = |name: &str| read["claims"][name].clone();
    assert_eq!((says("sub"), says("groups")), (json!("alice"), json!(["a", "b"])));
    assert_eq!(says("exp").as_i64().unwrap() - says("iat").as_i64().unwrap(), 3600);
    assert_eq!(read["header"]["alg"], json!("RS256"));
    assert_eq!(read["header"]["kid"], read["thumbprint"], "RFC 7638");
    let expected: Value = json!({
        "changed": "InvalidSignatureError",
        "another audience": "InvalidAudienceError",
        "another issuer": "InvalidIssuerError",
    });
    assert_eq!(read["refused"], expected);
    stack.stop().await;
}
