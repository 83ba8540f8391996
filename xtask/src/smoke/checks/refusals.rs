//! What API Gateway refuses by itself: no signature, no upgrade, no such stage, too long.

use serde_json::json;

use super::odd::Odd;
use super::{is_refusal, said, skipped, unexpected};
use crate::smoke::door::{Door, NOWHERE, is_nowhere};
use crate::smoke::fidelity::Row;
use crate::smoke::record::{Checked, Trouble};
use crate::smoke::report;
use crate::smoke::stack::{Stack, refused};
use crate::smoke::wire::address::WireUrl;
use crate::smoke::wire::http::{self, Reply};
use crate::smoke::wire::websocket::{Answer, Form};

/// The longest URL (API Gateway Developer Guide, "Quotas for configuring and running a WebSocket API").
pub(super) const URL_CHARACTERS: usize = 4096;
/// Longer than a handshake's headers may be (API Gateway Developer Guide, quotas of REST APIs: 10,240 bytes).
const LONG_HEADER_BYTES: usize = 11_000;
/// An id of the right form that no connection has.
const NOBODY: &str = "AAAAAAAAAAAAAAA=";

pub(super) async fn run(stack: &Stack) {
    stack.check("refused: a handshake that is not signed", "403", || unsigned(stack)).await;
    stack
        .check("odd: a signed GET without an upgrade", "an observation", || no_upgrade(stack))
        .await;
    stack
        .check("odd: other methods on the stage's path", "an observation", || methods(stack))
        .await;
    stack.check("refused: another stage", "not 101", || other_stage(stack)).await;
    stack.check("refused: a path behind the stage", "not 101", || behind_stage(stack)).await;
    stack.check("odd: a base path with an escape", "an observation", || escaped(stack)).await;
    stack
        .check("refused: a URL of more than 4,096 characters", "not 101", || long_url(stack))
        .await;
    stack
        .check("odd: headers of more than 10,240 bytes", "an observation", || long_headers(stack))
        .await;
    stack.check("odd: a handshake that is none", "an observation", || no_handshake(stack)).await;
    stack.check("refused: @connections without a signature", "403", || connections(stack)).await;
}

async fn unsigned(stack: &Stack) -> Checked {
    let answer = stack.open(&stack.websocket_url, &[]).await?;
    let reply = refused("not signed", answer)?;
    let seen = report::reply(&reply);
    let error_type = Some("MissingAuthenticationTokenException");
    let is_so = is_refusal(&reply, 403, error_type, "Missing Authentication Token");
    stack.observe(Row::UnsignedBody, is_so, &seen);
    observe_ids(stack, &reply);
    if reply.status == 403 { Ok(seen) } else { unexpected(seen) }
}

/// The numbers that a refusal bears.
fn observe_ids(stack: &Stack, reply: &Reply) {
    let json = reply.json();
    let in_body = ["connectionId", "requestId"].into_iter().any(|name| json.get(name).is_some());
    let seen = if in_body { "the body has one" } else { "the body has neither" };
    stack.observe(Row::RefusalIds, !in_body, seen);
    let is_uuid = |text: &str| text.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
    let of_aws = reply.header("x-amzn-requestid").is_some_and(is_uuid);
    let of_gateway = reply.header("x-amz-apigw-id").is_some();
    let word = |is_there: bool| if is_there { "there" } else { "not there" };
    let seen = format!("x-amzn-RequestId {}, x-amz-apigw-id {}", word(of_aws), word(of_gateway));
    stack.observe(Row::TwoIds, of_aws && of_gateway, &seen);
}

async fn no_upgrade(stack: &Stack) -> Checked {
    let signed = stack.sign_any().await?;
    let reply = http::request("GET", &signed.url, &[], b"").await;
    let odd = Odd::of_request(reply.map_err(Into::into))?;
    stack.observe(Row::NoUpgrade, odd.is(426), &odd.said("GET"));
    let afterwards = match stack.open(&signed.url, &[]).await? {
        Answer::Open(_) => "the URL still opens",
        Answer::Refused(_) => "the URL is spent",
    };
    Ok(format!("{}; {afterwards}", odd.said("GET")))
}

async fn methods(stack: &Stack) -> Checked {
    let mut seen = Vec::new();
    for method in ["POST", "HEAD"] {
        let signed = stack.sign_any().await?;
        let headers = [("Upgrade", "websocket")];
        let reply = http::request(method, &signed.url, &headers, b"").await;
        let odd = Odd::of_request(reply.map_err(Into::into))?;
        stack.observe(Row::OtherMethods, odd.is(426), &odd.said(method));
        seen.push(odd.said(method));
    }
    Ok(seen.join("; "))
}

async fn other_stage(stack: &Stack) -> Checked {
    let path = stack.websocket_url.path().trim_end_matches('/');
    if path.is_empty() {
        return skipped("the WebSocket URL has no path");
    }
    not_there(stack, &format!("{path}{NOWHERE}"), Row::NoMapping).await
}

async fn behind_stage(stack: &Stack) -> Checked {
    let path = stack.websocket_url.path().trim_end_matches('/');
    not_there(stack, &format!("{path}/{NOWHERE}"), Row::BehindBasePath).await
}

/// A base path of which a letter is written as an escape: `/%63hat`.
async fn escaped(stack: &Stack) -> Checked {
    let path = stack.websocket_url.path();
    let Some(first) = path.as_bytes().get(1).filter(|_| stack.door == Door::Domain) else {
        return skipped("the WebSocket URL has no base path of a custom domain");
    };
    let path = format!("/%{first:02X}{}", path.get(2..).unwrap_or_default());
    // It may lead to the same place: what the gateway makes of it is not published.
    let odd = at_path(stack, &path, Row::EscapedBasePath).await?;
    Ok(odd.said("escaped"))
}

async fn not_there(stack: &Stack, path: &str, row: Row) -> Checked {
    match at_path(stack, path, row).await? {
        Odd::Open => unexpected("another path: a connection opened"),
        odd @ (Odd::Answered(_) | Odd::Ended(_)) => Ok(odd.said("another path")),
    }
}

/// What comes of a URL with another path. `row` is the one that a custom domain settles.
async fn at_path(stack: &Stack, path: &str, row: Row) -> Result<Odd, Trouble> {
    let url = stack.sign_any().await?.url.with_path(path);
    let odd = Odd::of_handshake(stack.open(&url, &[]).await)?;
    let is_so =
        |is_like: &dyn Fn(&Reply) -> bool| matches!(&odd, Odd::Answered(reply) if is_like(reply));
    let seen = odd.said("another path");
    match stack.door {
        Door::Endpoint => {
            let is_forbidden =
                |reply: &Reply| is_refusal(reply, 403, Some("ForbiddenException"), "Forbidden");
            stack.observe(Row::UnknownStage, is_so(&is_forbidden), &seen);
        }
        Door::Domain => stack.observe(row, is_so(&is_nowhere), &seen),
    }
    Ok(odd)
}

/// A URL of so many characters that is not signed.
fn url_of(stack: &Stack, length: usize) -> WireUrl {
    let url = stack.websocket_url.with_target(format!("{}?x=", stack.websocket_url.path()));
    let missing = length.saturating_sub(url.websocket_length());
    url.with_target(format!("{}{}", url.target, "a".repeat(missing)))
}

/// Nobody has signed them, so none may open; what a longer one is told is not published.
async fn long_url(stack: &Stack) -> Checked {
    let mut seen = Vec::new();
    for (length, status) in [(URL_CHARACTERS, 403), (URL_CHARACTERS + 1, 414)] {
        let what = format!("{length} characters");
        match Odd::of_handshake(stack.open(&url_of(stack, length), &[]).await)? {
            Odd::Open => return unexpected(format!("{what}: a connection opened")),
            odd @ (Odd::Answered(_) | Odd::Ended(_)) => {
                stack.observe(Row::LongUrl, odd.is(status), &odd.said(&what));
                seen.push(odd.said(&what));
            }
        }
    }
    Ok(seen.join("; "))
}

async fn long_headers(stack: &Stack) -> Checked {
    let signed = stack.sign_any().await?;
    let long = "a".repeat(LONG_HEADER_BYTES);
    let odd = Odd::of_handshake(stack.open(&signed.url, &[("X-Smoke", &long)]).await)?;
    let seen = odd.said("a header of 11,000 bytes");
    stack.observe(Row::LargeHeaders, odd.is(400), &seen);
    Ok(seen)
}

async fn no_handshake(stack: &Stack) -> Checked {
    let mut seen = Vec::new();
    for (what, form) in
        [("HTTP/1.0", Form::Http10), ("version 12", Form::OtherVersion), ("no key", Form::NoKey)]
    {
        let signed = stack.sign_any().await?;
        let odd = Odd::of_handshake(stack.open_as(form, &signed.url, &[]).await)?;
        stack.observe(Row::NoHandshake, odd.is(400), &odd.said(what));
        seen.push(odd.said(what));
    }
    Ok(seen.join("; "))
}

async fn connections(stack: &Stack) -> Checked {
    let url = stack.connections_url(NOBODY);
    for method in ["POST", "GET", "DELETE"] {
        let reply = http::request(method, &url, &[], b"").await?;
        if reply.status != 403 {
            return unexpected(said(method, &reply));
        }
    }
    let json = json!({"message": "Missing Authentication Token"});
    let reply = http::request("GET", &url, &[], b"").await?;
    let is_usual = reply.json() == json;
    Ok(format!("403{}", if is_usual { " \"Missing Authentication Token\"" } else { "" }))
}
