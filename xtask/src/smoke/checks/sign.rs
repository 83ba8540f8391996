//! `POST /sign`: what it gives, what it refuses, and to whom.

use serde_json::json;

use super::odd::Odd;
use super::{said, skipped, token, unexpected};
use crate::smoke::authorization::{Authorization, Shown};
use crate::smoke::door::NOWHERE;
use crate::smoke::fidelity::Row;
use crate::smoke::record::Checked;
use crate::smoke::report;
use crate::smoke::signed::Signed;
use crate::smoke::stack::Stack;
use crate::smoke::wire::http::{self, Reply};

/// The longest body that sign-fn reads, and API Gateway's longest (API Gateway Developer Guide, "Quotas for
/// configuring and running an HTTP API": 10 MB).
const BODY_BYTES: usize = 16 * 1024;
const HTTP_BODY_BYTES: usize = 10 * 1024 * 1024;
/// Longer than request line and headers may be (the same page: 10,240 bytes).
const LONG_HEADER_BYTES: usize = 11_000;
/// What no stack has among its names.
const STRANGE_NAME: &str = "smoke-not-allowed";

pub(super) async fn run(stack: &Stack) {
    stack
        .check("sign: a URL is given", "201, no-store, a signed URL of this stack", || given(stack))
        .await;
    for (name, expected, body, status, code) in REFUSED {
        let check = || refused(stack, body.as_bytes(), *status, code);
        stack.check(name, expected, check).await;
    }
    stack
        .check("sign: a name that is not allowed", "400 name_not_allowed", || {
            name_not_allowed(stack)
        })
        .await;
    let long = format!("{{}}{}", " ".repeat(BODY_BYTES));
    let check = || refused(stack, long.as_bytes(), 413, "body_too_large");
    stack.check("sign: a body that is too large", "413 body_too_large", check).await;
    for (name, shown) in [
        ("sign: without authorization", Shown::Nothing),
        ("sign: with a forged authorization", Shown::Forged),
    ] {
        stack.check(name, "401 (JWT) or 403 (IAM)", || unauthorized(stack, shown)).await;
    }
    stack.check("sign: another method", "404", || other_method(stack)).await;
    stack.check("sign: another base path", "404", || other_base_path(stack)).await;
    stack.check("sign: a body of more than 10 MB", "no URL", || huge_body(stack)).await;
    stack.check("sign: a head of more than 10,240 bytes", "no URL", || huge_head(stack)).await;
}

type Refused = (&'static str, &'static str, &'static str, u16, &'static str);

const REFUSED: &[Refused] = &[
    (
        "sign: a reserved name",
        "400 reserved_name",
        r#"{"query":{"grant.userId":"smoke"}}"#,
        400,
        "reserved_name",
    ),
    (
        "sign: a reserved name in another case",
        "400 reserved_name",
        r#"{"query":{"X-AMZ-Expires":"9"}}"#,
        400,
        "reserved_name",
    ),
    ("sign: broken JSON", "400 invalid_json", "{", 400, "invalid_json"),
    ("sign: JSON of another type", "400 wrong_type", "[]", 400, "wrong_type"),
    ("sign: an unknown field", "400 unknown_field", r#"{"grants":{}}"#, 400, "unknown_field"),
    (
        "sign: a URL of another host",
        "400 wrong_url",
        r#"{"url":"wss://smoke.invalid/prod"}"#,
        400,
        "wrong_url",
    ),
];

async fn given(stack: &Stack) -> Checked {
    let query = match &stack.parameter {
        Some(name) => json!({"query": {name: "lobby 7"}}),
        None => json!({}),
    };
    let reply = stack.ask(Shown::Proper, query.to_string().as_bytes(), &[]).await?;
    if reply.status != 201 {
        return unexpected(report::reply(&reply));
    }
    if reply.header("cache-control") != Some("no-store") {
        return unexpected("201 without Cache-Control: no-store");
    }
    let signed = Signed::read(&reply)?;
    let url = &signed.url;
    if url.address != stack.websocket_url.address {
        return unexpected("the URL leads to another host than the stack's WebSocketUrl");
    }
    if url.path() != stack.websocket_url.path() {
        return unexpected("the URL has another path than the stack's WebSocketUrl");
    }
    let parameters = url.parameters();
    let has = |name: &str| parameters.iter().filter(|text| text.starts_with(name)).count() == 1;
    let wanted =
        ["grant.expires=", "grant.nonce=", "X-Amz-Date=", "X-Amz-Credential=", "X-Amz-Signature="];
    if let Some(name) = wanted.iter().find(|name| !has(name)) {
        return unexpected(format!("the URL has no {}, or several", name.trim_end_matches('=')));
    }
    let expires = format!("grant.expires={}", signed.expires_at.unix_timestamp());
    if !parameters.contains(&expires) {
        return unexpected("expiresAt is not what grant.expires says");
    }
    Ok(format!("201, no-store, good for {} s", signed.lifetime.as_secs()))
}

async fn refused(stack: &Stack, body: &[u8], status: u16, code: &str) -> Checked {
    let reply = stack.ask(Shown::Proper, body, &[]).await?;
    check_problem(&reply, status, code)
}

async fn name_not_allowed(stack: &Stack) -> Checked {
    let body = json!({"query": {STRANGE_NAME: "x"}}).to_string();
    let reply = stack.ask(Shown::Proper, body.as_bytes(), &[]).await?;
    if reply.status == 201 {
        return skipped("the stack allows any name (Requestable *)");
    }
    check_problem(&reply, 400, "name_not_allowed")
}

fn check_problem(reply: &Reply, status: u16, code: &str) -> Checked {
    let json = reply.json();
    let found = json.get("code").and_then(|code| code.as_str()).unwrap_or("without a code");
    let is_problem = reply.header("content-type") == Some("application/problem+json");
    if (reply.status, found) == (status, code) && is_problem {
        Ok(format!("{status} {code}"))
    } else {
        unexpected(format!("{} {found}", reply.status))
    }
}

async fn unauthorized(stack: &Stack, shown: Shown) -> Checked {
    let status = match &stack.authorization {
        Authorization::None => return skipped("anyone may sign (SignAuthorization NONE)"),
        Authorization::Jwt(_) => 401,
        Authorization::Iam => 403,
    };
    let reply = stack.ask(shown, b"", &[]).await?;
    if reply.status != status {
        return unexpected(report::reply(&reply));
    }
    let seen = report::reply(&reply);
    match &stack.authorization {
        Authorization::Iam => {
            let is_so = reply.json() == json!({"message": "Forbidden"});
            stack.observe(Row::HttpUnsigned, is_so, &seen);
        }
        Authorization::Jwt(_) => {
            let found = token::refused("401", &reply)?;
            match shown {
                Shown::Forged => {
                    stack.observe(Row::TokenWords, found == token::SIGNATURE, &found);
                }
                Shown::Nothing | Shown::Proper => {
                    let is_so = reply.header("www-authenticate") == Some("Bearer")
                        && reply.json() == json!({"message": "Unauthorized"});
                    stack.observe(Row::NoToken, is_so, &seen);
                }
            }
        }
        Authorization::None => {}
    }
    Ok(seen)
}

async fn other_method(stack: &Stack) -> Checked {
    let reply = http::request("GET", &stack.sign_url, &[], b"").await?;
    if reply.status == 404 { Ok(report::reply(&reply)) } else { unexpected(report::reply(&reply)) }
}

async fn other_base_path(stack: &Stack) -> Checked {
    let base_path = stack.sign_url.path().strip_suffix("/sign").unwrap_or_default();
    if base_path.is_empty() {
        return skipped("the SignUrl has no base path");
    }
    let url = stack.sign_url.with_target(format!("/{NOWHERE}/sign"));
    let reply = stack.ask_at(&url, Shown::Proper, b"{}", &[]).await?;
    let is_so = reply.status == 403 && reply.json() == json!({"message": "Forbidden"});
    stack.observe(Row::NoHttpMapping, is_so, &said("/sign", &reply));
    let seen = report::reply(&reply);
    // Which 4xx it is nobody has published.
    if (400..500).contains(&reply.status) { Ok(seen) } else { unexpected(seen) }
}

async fn huge_body(stack: &Stack) -> Checked {
    let body = vec![b' '; HTTP_BODY_BYTES + 1];
    let odd = Odd::of_request(stack.ask(Shown::Proper, &body, &[]).await)?;
    too_large(stack, &odd, "10 MB and a byte", Row::HttpLargeBody, 413, "Request Entity Too Large")
}

async fn huge_head(stack: &Stack) -> Checked {
    let long = "a".repeat(LONG_HEADER_BYTES);
    let odd = Odd::of_request(stack.ask(Shown::Proper, b"", &[("X-Smoke", &long)]).await)?;
    let (row, words) = (Row::HttpLargeHead, "Request Header Fields Too Large");
    too_large(stack, &odd, "a header of 11,000 bytes", row, 431, words)
}

/// It is certain that these are the limits, and not what is told past them.
fn too_large(stack: &Stack, odd: &Odd, what: &str, row: Row, status: u16, words: &str) -> Checked {
    let is_so = matches!(odd, Odd::Answered(reply)
        if reply.status == status && reply.message().as_deref() == Some(words));
    let seen = odd.said(what);
    stack.observe(row, is_so, &seen);
    if odd.is(201) { unexpected(seen) } else { Ok(seen) }
}
