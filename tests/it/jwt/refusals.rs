//! Every way in which a token can be wrong: refused before any function, with one line in the log that says what was
//! wrong and nothing of the token.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use local::jwt::algorithm::Algorithm;
use serde_json::{Value, json};
use tests::log::Log;
use tests::stack::Stack;
use tests::tokens::{KEY_ID, Key, token};
use tests::{http, template};

use super::{ask, changed, claims, with_issuer};

#[tokio::test]
async fn a_wrong_token_is_refused_and_the_log_says_why() {
    let log = Log::collect();
    let stack = Stack::start_with(with_issuer()).await;
    let key = Key::of_the_issuer();
    let right = claims(&stack);
    let now = stack.clock.now().unix_timestamp();
    let check = async |authorization: &str, finding: &str| {
        log.take();
        let reply = ask(&stack, authorization).await;
        assert_eq!(reply.status, 401, "{finding}");
        check_log(&log, authorization, finding);
    };
    let with = |name, value| format!("Bearer {}", key.token(&changed(&right, name, value)));
    check(&with("exp", json!(now)), "the token ended 0 s ago; take a new token").await;
    check(&with("exp", json!(now - 3600)), "the token ended 3600 s ago").await;
    check(&with("exp", json!(null)), "the token has no end (`exp`)").await;
    check(&with("exp", json!("never")), "the token's exp is no number").await;
    check(&with("nbf", json!(now + 5)), "the token begins in 5 s (`nbf`)").await;
    check(&with("iat", json!(now + 5)), "the token begins in 5 s (`iat`)").await;
    check(&with("iss", json!("https://tokens.example.com")), "the token's issuer (`iss`) is not ")
        .await;
    check(&with("aud", json!("another")), "the token's audience is none of countersign").await;
    check(&with("aud", json!(null)), "the token's audience is none of countersign").await;

    let by = |header: &Value, signer: &Key| {
        let token = token(header, &right, |signed| signer.sign(Algorithm::Rs256, signed));
        format!("Bearer {token}")
    };
    let header = json!({"alg": "RS256", "kid": KEY_ID});
    let [other_id, no_id] = [json!({"alg": "RS256", "kid": "k2"}), json!({"alg": "RS256"})];
    check(&by(&other_id, key), "the token's key (`kid`) is none of the issuer's").await;
    check(&by(&no_id, key), "the token has no key id (`kid`)").await;
    check(&by(&header, Key::of_nobody()), "the token's signature does not hold").await;
    let other_hash = json!({"alg": "RS384", "kid": KEY_ID});
    check(&by(&other_hash, key), "the token's signature does not hold").await;

    let good = key.token(&right);
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let (head, _) = signed.split_once('.').unwrap();
    // 342 characters are 256 bytes, 340 are 255.
    let cut = &signature[..340];
    check(&format!("{signed}.{cut}"), "the token's signature does not hold").await;
    check(&format!("{signed}."), "the token's signature does not hold").await;
    let first = if signature.starts_with('A') { "B" } else { "A" };
    let changed_signature = format!("{signed}.{first}{}", &signature[1..]);
    check(&changed_signature, "the token's signature does not hold").await;
    let bob = BASE64_URL_SAFE_NO_PAD.encode(changed(&right, "sub", json!("bob")).to_string());
    check(&format!("{head}.{bob}.{signature}"), "the token's signature does not hold").await;

    check("junk", "the token has 1 parts, expected 3").await;
    check(signed, "the token has 2 parts, expected 3").await;
    check(&format!("{good}.{cut}"), "the token has 4 parts, expected 3").await;
    check("Basic YWxpY2U6c2VjcmV0", "the token has 1 parts, expected 3").await;
    check(&format!("Basic {good}"), "the token's header is not a JSON object in base64url").await;
    check(&format!("{head}.{}.{signature}", "e30="), "the token's claims are not a JSON object")
        .await;
    check(&format!("{signed}.!{signature}"), "the token's signature is not base64url").await;
    let huge = key.token(&changed(&right, "filling", json!("x".repeat(6_000))));
    check(&format!("{huge}x"), "the token's signature is not base64url").await;
    assert_eq!(stack.invocations("SignFunction"), 0);

    // The head of a request has its own limit, whatever is in it.
    let huge = key.token(&changed(&right, "filling", json!("x".repeat(8_000))));
    assert_eq!(ask(&stack, &huge).await.status, 431);
    // And all of it was for what is said above: the token itself is good.
    assert_eq!(ask(&stack, &good).await.status, 201);
    stack.stop().await;
}

#[tokio::test]
async fn a_token_that_is_sent_twice_is_none() {
    let log = Log::collect();
    let stack = Stack::start_with(with_issuer()).await;
    let good = format!("Bearer {}", Key::of_the_issuer().token(&claims(&stack)));
    let twice = [("Authorization", &*good), ("authorization", &good)];
    let reply = http::request("POST", stack.sign_url(), &twice, b"").await;
    assert_eq!(reply.status, 401);
    check_log(&log, &good, "the token has 5 parts, expected 3");
    stack.stop().await;
}

#[tokio::test]
async fn a_token_in_the_query_is_in_no_line_of_the_log_whether_it_is_taken_or_refused() {
    let log = Log::collect();
    let template = template::with(|tree| {
        template::set(tree, "SignAuthorizer", "IdentitySource", "[$request.querystring.token]");
    });
    let stack = Stack::start_with(with_issuer().template(template)).await;
    let key = Key::of_the_issuer();
    let ask = async |token: &str| {
        log.take();
        http::post(&format!("{}?a=b&token={token}", stack.sign_url()), "{}").await.status
    };
    let good = key.token(&claims(&stack));
    assert_eq!(ask(&good).await, 201);
    let lines = log.take();
    assert!(lines.iter().any(|line| line.contains("answered")), "{lines:#?}");
    check_hidden(&lines, &good);
    let ended = changed(&claims(&stack), "exp", json!(stack.clock.now().unix_timestamp() - 1));
    let ended = key.token(&ended);
    assert_eq!(ask(&ended).await, 401);
    check_log(&log, &ended, "the token ended 1 s ago");
    assert_eq!(ask(&format!("Bearer%20{good}.{good}")).await, 401);
    check_log(&log, &good, "the token has 6 parts, expected 3");
    stack.stop().await;
}

/// There is one line that says so, and none that has a part of the token.
#[track_caller]
fn check_log(log: &Log, authorization: &str, finding: &str) {
    let lines = log.take();
    let says = format!("request refused by its JWT authorizer: {finding}");
    let count = lines.iter().filter(|line| line.contains(&says)).count();
    assert_eq!(count, 1, "{says}: {lines:#?}");
    let leads = |line: &String| line.contains("; see docs/troubleshooting.md#tokens ");
    assert_eq!(lines.iter().filter(|line| leads(line)).count(), 1, "{lines:#?}");
    check_hidden(&lines, authorization);
}

/// No line has a part of the token.
#[track_caller]
fn check_hidden(lines: &[String], authorization: &str) {
    for part in authorization.split(['.', ' ']).filter(|part| part.len() > 20) {
        assert!(!lines.iter().any(|line| line.contains(part)), "{lines:#?}");
    }
}
