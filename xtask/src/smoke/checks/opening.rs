//! A signed URL opens, echoes and closes.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{skipped, unexpected};
use crate::smoke::door::Door;
use crate::smoke::fidelity::Row;
use crate::smoke::record::{Checked, Trouble};
use crate::smoke::report;
use crate::smoke::stack::{Stack, opened};
use crate::smoke::wire::WireError;
use crate::smoke::wire::websocket::{Answer, Event, Kind, Socket};

/// What `local` has in its 101.
const HEADERS: [&str; 4] = ["connection", "date", "sec-websocket-accept", "upgrade"];
/// What would be another text if it were decoded twice.
const ESCAPED: &str = "50%25 off";

pub(super) async fn run(stack: &Stack) {
    stack.check("open: a signed URL connects", "101", || connects(stack)).await;
    stack
        .check("open: a message comes back", "the message, and its connection", || echoes(stack))
        .await;
    stack
        .check("open: what was requested comes back", "as it was signed", || requested(stack))
        .await;
    stack.check("open: two connections at once", "each with its own id", || two(stack)).await;
    stack.check("open: the client closes", "a close frame, or the end", || closes(stack)).await;
}

async fn connects(stack: &Stack) -> Checked {
    let signed = stack.sign_any().await?;
    let offer = ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits");
    let answer = stack.open(&signed.url, &[offer]).await?;
    match stack.door {
        Door::Domain => observe_domain(stack, &answer),
        Door::Endpoint => {}
    }
    let socket = opened(answer)?;
    let names: BTreeSet<_> = socket.headers.iter().map(|(name, _)| name.as_str()).collect();
    let seen = format!("101 with {}", names.iter().copied().collect::<Vec<_>>().join(", "));
    stack.observe(Row::HeadersOf101, names == BTreeSet::from(HEADERS), &seen);
    let is_plain = !names.contains("sec-websocket-extensions");
    let answer = if is_plain { "offered, not accepted" } else { "accepted" };
    stack.observe(Row::Compression, is_plain, answer);
    Ok(seen)
}

/// What a URL of a custom domain is signed for, and what the signer's policy has to name for it.
fn observe_domain(stack: &Stack, answer: &Answer) {
    match answer {
        Answer::Open(_) => {
            stack.observe(Row::SignedForDomain, true, "101 at the domain");
            stack.observe(Row::DomainPolicy, true, "101 at the domain");
        }
        Answer::Refused(reply) => match reply.error_type() {
            Some("InvalidSignatureException") => {
                stack.observe(Row::SignedForDomain, false, &report::reply(reply));
            }
            Some("AccessDeniedException") => {
                stack.observe(Row::DomainPolicy, false, &report::reply(reply));
            }
            _ => {}
        },
    }
}

/// Sends a text and returns its echo, as JSON.
pub(super) async fn echo(socket: &mut Socket, text: &str) -> Result<Value, Trouble> {
    socket.send_text(text).await?;
    let answer = socket.text().await?;
    let json: Value = serde_json::from_str(&answer).unwrap_or_default();
    if json["message"] == text && json["connection"].is_object() {
        return Ok(json);
    }
    if is_throttled(&json) {
        return Err(WireError::Throttled.into());
    }
    let what = json["message"].as_str().or_else(|| json["error"].as_str()).unwrap_or("no JSON");
    let text = format!("the answer to a message is no echo of it: {what}");
    if what == "Internal server error" { Err(Trouble::Failing(text)) } else { unexpected(text) }
}

/// Whether API Gateway lets no more messages in.
pub(super) fn is_throttled(answer: &Value) -> bool {
    answer["message"] == "Too Many Requests" && answer["connectionId"].is_string()
}

/// The id that an echo tells of its connection.
pub(super) fn connection_id(echo: &Value) -> Result<String, Trouble> {
    match echo["connection"]["connectionId"].as_str() {
        Some(id) => Ok(id.to_owned()),
        None => unexpected("the echo has no connectionId"),
    }
}

async fn echoes(stack: &Stack) -> Checked {
    let mut socket = stack.connect().await?;
    socket.send_text("hello").await?;
    let Event::Message { kind, payload, .. } = socket.next().await? else {
        return unexpected("no message came back");
    };
    let kind_text = if kind == Kind::Text { "text" } else { "binary" };
    stack.observe(Row::SentAsText, kind == Kind::Text, kind_text);
    let json: Value = serde_json::from_slice(&payload).unwrap_or_default();
    let keys: Vec<_> =
        json["connection"].as_object().into_iter().flat_map(|map| map.keys()).collect();
    if json["message"] != "hello" || !json["requestId"].is_string() {
        return unexpected("what came back is no echo");
    }
    if json["connection"]["granted"].get("nonce").is_some() {
        return unexpected("the nonce is stored with the connection");
    }
    Ok(format!("message, requestId, connection with {} values", keys.len()))
}

async fn requested(stack: &Stack) -> Checked {
    let Some(name) = &stack.parameter else { return skipped("no parameter may be requested") };
    let query = json!({name: ESCAPED});
    let signed = stack.sign(&query).await?;
    let mut socket = opened(stack.open(&signed.url, &[]).await?)?;
    let echo = echo(&mut socket, "hello").await?;
    let found = &echo["connection"]["requested"][name];
    stack.observe(Row::DecodedOnce, *found == ESCAPED, &format!("{ESCAPED:?} came as {found}"));
    if *found == ESCAPED { Ok(name.clone()) } else { unexpected(format!("{found}")) }
}

async fn two(stack: &Stack) -> Checked {
    let (mut first, mut second) = (stack.connect().await?, stack.connect().await?);
    let of_first = connection_id(&echo(&mut first, "first").await?)?;
    let of_second = connection_id(&echo(&mut second, "second").await?)?;
    if of_first == of_second {
        return unexpected("both have one id");
    }
    if connection_id(&echo(&mut first, "again").await?)? != of_first {
        return unexpected("the first has another id now");
    }
    Ok("two ids".to_owned())
}

async fn closes(stack: &Stack) -> Checked {
    let mut socket = stack.connect().await?;
    echo(&mut socket, "hello").await?;
    socket.send_close(1000).await?;
    match socket.next().await? {
        Event::Closed(Some((code, _))) => Ok(format!("answered with {code}")),
        Event::Closed(None) => Ok("answered without a code".to_owned()),
        Event::Cut => Ok("ended".to_owned()),
        Event::Message { .. } | Event::Pong(_) => unexpected("something else came"),
    }
}
