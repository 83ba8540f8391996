//! What API Gateway refuses by itself: no signature, no upgrade, no such stage, too long.

use serde_json::json;

use super::{is_refusal, said, skipped, unexpected};
use crate::smoke::door::{Door, NOWHERE, is_nowhere};
use crate::smoke::fidelity::Row;
use crate::smoke::record::{Checked, Trouble};
use crate::smoke::report;
use crate::smoke::stack::{Stack, opened, refused};
use crate::smoke::wire::address::WireUrl;
use crate::smoke::wire::http::{self, Reply};
use crate::smoke::wire::websocket::{self, Answer, Form, Handshake};

/// The longest URL (API Gateway Developer Guide, "Quotas for configuring and running a WebSocket API").
const URL_CHARACTERS: usize = 4096;
/// Longer than a handshake's headers may be (API Gateway Developer Guide, quotas of REST APIs: 10,240 bytes).
const LONG_HEADER_BYTES: usize = 11_000;
/// An id of the right form that no connection has.
const NOBODY: &str = "AAAAAAAAAAAAAAA=";

pub(super) async fn run(stack: &Stack) {
    stack.check("refused: a handshake that is not signed", "403", unsigned(stack)).await;
    stack.check("refused: a signed GET without an upgrade", "4xx", no_upgrade(stack)).await;
    stack.check("refused: other methods on the stage's path", "4xx", methods(stack)).await;
    stack.check("refused: another stage", "4xx", other_stage(stack)).await;
    stack.check("refused: a path behind the stage", "4xx", behind_stage(stack)).await;
    stack.check("refused: a base path with an escape", "4xx", escaped(stack)).await;
    stack.check("refused: a URL of more than 4,096 characters", "4xx", long_url(stack)).await;
    stack.check("refused: headers of more than 10,240 bytes", "4xx", long_headers(stack)).await;
    stack.check("refused: a handshake that is none", "not 101", no_handshake(stack)).await;
    stack.check("refused: @connections without a signature", "403", connections(stack)).await;
}

async fn unsigned(stack: &Stack) -> Checked {
    let answer = websocket::open(&stack.websocket_url, &[]).await?;
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
    let reply = http::request("GET", &signed.url, &[], b"").await?;
    stack.observe(Row::NoUpgrade, reply.status == 426, &said("GET", &reply));
    check_refused(&reply)?;
    opened(websocket::open(&signed.url, &[]).await?)?;
    Ok(format!("{}, and the URL still opens", report::reply(&reply)))
}

async fn methods(stack: &Stack) -> Checked {
    let mut seen = Vec::new();
    for method in ["POST", "HEAD"] {
        let signed = stack.sign_any().await?;
        let headers = [("Upgrade", "websocket")];
        let reply = http::request(method, &signed.url, &headers, b"").await?;
        let answered = said(method, &reply);
        stack.observe(Row::OtherMethods, reply.status == 426, &answered);
        check_refused(&reply)?;
        seen.push(answered);
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
    not_there(stack, &path, Row::EscapedBasePath).await
}

/// `row` is the one that a custom domain settles.
async fn not_there(stack: &Stack, path: &str, row: Row) -> Checked {
    let url = stack.sign_any().await?.url.with_path(path);
    let reply = refused("another path", websocket::open(&url, &[]).await?)?;
    let seen = report::reply(&reply);
    match stack.door {
        Door::Endpoint => {
            let is_so = is_refusal(&reply, 403, Some("ForbiddenException"), "Forbidden");
            stack.observe(Row::UnknownStage, is_so, &seen);
        }
        Door::Domain => stack.observe(row, is_nowhere(&reply), &seen),
    }
    Ok(seen)
}

/// A URL of so many characters that is not signed.
fn url_of(stack: &Stack, length: usize) -> WireUrl {
    let url = stack.websocket_url.with_target(format!("{}?x=", stack.websocket_url.path()));
    let missing = length.saturating_sub(url.websocket_length());
    url.with_target(format!("{}{}", url.target, "a".repeat(missing)))
}

async fn long_url(stack: &Stack) -> Checked {
    let longest = url_of(stack, URL_CHARACTERS);
    let longest = refused("a URL of 4,096", websocket::open(&longest, &[]).await?)?;
    let longer = url_of(stack, URL_CHARACTERS + 1);
    let longer = refused("a URL of 4,097", websocket::open(&longer, &[]).await?)?;
    let seen = format!("{}; {}", said("4,096", &longest), said("4,097", &longer));
    stack.observe(Row::LongUrl, longest.status == 403 && longer.status == 414, &seen);
    let far_longer = url_of(stack, URL_CHARACTERS * 2);
    refused("a URL of 8,192", websocket::open(&far_longer, &[]).await?)?;
    Ok(seen)
}

async fn long_headers(stack: &Stack) -> Checked {
    let signed = stack.sign_any().await?;
    let long = "a".repeat(LONG_HEADER_BYTES);
    let reply = refused("too much", websocket::open(&signed.url, &[("X-Smoke", &long)]).await?)?;
    let seen = report::reply(&reply);
    stack.observe(
        Row::LargeHeaders,
        reply.status == 400,
        &said("a header of 11,000 bytes", &reply),
    );
    Ok(seen)
}

async fn no_handshake(stack: &Stack) -> Checked {
    let mut seen = Vec::new();
    for (what, form) in
        [("HTTP/1.0", Form::Http10), ("version 12", Form::OtherVersion), ("no key", Form::NoKey)]
    {
        let signed = stack.sign_any().await?;
        let answer = Handshake::prepare(&signed.url, &[], form).await?.send().await;
        match answer {
            Ok(Answer::Open(_)) => return unexpected(format!("{what}: a connection opened")),
            Ok(Answer::Refused(reply)) => {
                stack.observe(Row::NoHandshake, reply.status == 400, &said(what, &reply));
                seen.push(format!("{what}: {}", reply.status));
            }
            Err(error) => return Err(Trouble::Wire(error)),
        }
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

fn check_refused(reply: &Reply) -> Result<(), Trouble> {
    if (400..500).contains(&reply.status) { Ok(()) } else { unexpected(report::reply(reply)) }
}
