//! `@connections` with the environment's own credentials, where they may.

use std::time::Duration;

use serde_json::Value;

use super::messages::{MESSAGE_BYTES, close_of};
use super::odd::{self, Odd};
use super::opening::{connection_id, echo};
use super::{said, skipped, unexpected};
use crate::chain::chain;
use crate::smoke::fidelity::Row;
use crate::smoke::keys::{Keys, not_taken};
use crate::smoke::record::{Checked, Trouble};
use crate::smoke::report;
use crate::smoke::stack::Stack;
use crate::smoke::wire::http::{self, Reply};
use crate::smoke::wire::websocket::{Event, Socket};

/// An id of the right form that no connection has.
const NOBODY: &str = "AAAAAAAAAAAAAAA=";
/// How long something is waited for that may not come.
pub(super) const ARRIVAL: Duration = Duration::from_secs(5);
/// Ids that no connection can have.
const IMPOSSIBLE: [&str; 2] = ["no!id", "AAAA=AAA"];

pub(super) async fn run(stack: &Stack) {
    stack.check("@connections: a text is posted", "200, and it arrives", || posted(stack)).await;
    stack
        .check("@connections: a connection is described", "200, identity and times", || {
            described(stack)
        })
        .await;
    stack.check("@connections: 128 KB, and a byte more", "200, 413", || long(stack)).await;
    stack.check("@connections: what is no connection", "4xx", || nobody(stack)).await;
    stack.check("@connections: other methods", "the connection lives on", || methods(stack)).await;
    stack.check("@connections: a connection is closed", "204, and it ends", || closed(stack)).await;
}

/// An open connection, and those who may manage it.
struct Managed<'a> {
    stack: &'a Stack,
    keys: &'a Keys,
    socket: Socket,
    id: String,
}

impl<'a> Managed<'a> {
    async fn new(stack: &'a Stack) -> Result<Self, Trouble> {
        let keys = stack.keys()?;
        let mut socket = stack.connect().await?;
        let id = connection_id(&echo(&mut socket, "hello").await?)?;
        let managed = Self { stack, keys, socket, id };
        let reply = managed.ask("GET", &managed.id, b"").await?;
        if let Some(why) = not_taken(reply.error_type()) {
            return skipped(why);
        }
        match reply.error_type() {
            _ if reply.status == 200 => {}
            Some("AccessDeniedException") => {
                return skipped("these credentials may not manage connections");
            }
            _ => return unexpected(said("GET", &reply)),
        }
        Ok(managed)
    }

    async fn ask(&self, method: &str, id: &str, body: &[u8]) -> Result<Reply, Trouble> {
        let url = self.stack.connections_url(id);
        let headers = self.keys.headers(method, &url, body)?;
        let headers: Vec<_> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        Ok(http::request(method, &url, &headers, body).await?)
    }

    async fn next(&mut self) -> Result<(Vec<u8>, usize), Trouble> {
        match self.socket.next().await? {
            Event::Message { payload, frames, .. } => Ok((payload, frames)),
            Event::Pong(_) | Event::Closed(_) | Event::Cut => {
                unexpected("what was posted did not arrive")
            }
        }
    }
}

async fn posted(stack: &Stack) -> Checked {
    let mut managed = Managed::new(stack).await?;
    let reply = managed.ask("POST", &managed.id, b"posted").await?;
    if reply.status != 200 {
        return unexpected(report::reply(&reply));
    }
    if managed.next().await?.0 != b"posted" {
        return unexpected("another text arrived");
    }
    // Nobody has published what becomes of it: the connection may end by it.
    let odd = Odd::of_request(managed.ask("POST", &managed.id, b"a\xFFb").await)?;
    if odd.is(200) {
        let event = managed.socket.next_within(ARRIVAL).await;
        let (is_so, seen) = match &event {
            Ok(Some(Event::Message { payload, .. })) => {
                let arrived = String::from_utf8_lossy(payload);
                (arrived == "a\u{FFFD}b", format!("arrived as {arrived:?}"))
            }
            Ok(event) => (false, odd::event(event.as_ref())),
            Err(error) => (false, chain(error)),
        };
        stack.observe(Row::NotUtf8, is_so, &seen);
    } else {
        stack.observe(Row::NotUtf8, false, &odd.said("posted"));
    }
    Ok("200, and it arrived".to_owned())
}

async fn described(stack: &Stack) -> Checked {
    let managed = Managed::new(stack).await?;
    let reply = managed.ask("GET", &managed.id, b"").await?;
    let json = reply.json();
    let is_whole = json["identity"]["sourceIp"].is_string() && json["connectedAt"].is_string();
    if reply.status != 200 || !is_whole {
        return unexpected(report::reply(&reply));
    }
    // The handshakes of this program have no User-Agent.
    let agent = json["identity"].get("userAgent");
    let seen = agent.map_or("absent".to_owned(), Value::to_string);
    stack.observe(Row::NoUserAgent, agent.is_none(), &seen);
    Ok("200, identity and times".to_owned())
}

async fn long(stack: &Stack) -> Checked {
    let mut managed = Managed::new(stack).await?;
    let text = vec![b'a'; MESSAGE_BYTES];
    let reply = managed.ask("POST", &managed.id, &text).await?;
    if reply.status != 200 {
        return unexpected(said("128 KB", &reply));
    }
    let (arrived, frames) = managed.next().await?;
    if arrived != text {
        return unexpected("another text arrived");
    }
    stack.observe(Row::OneFrame, frames == 1, &format!("128 KB in {frames}"));
    let longer = vec![b'a'; MESSAGE_BYTES + 1];
    let reply = managed.ask("POST", &managed.id, &longer).await?;
    let is_so = reply.error_type() == Some("PayloadTooLargeException")
        && reply.message().as_deref() == Some("Message too long");
    stack.observe(Row::TooLargeSaid, is_so, &said("a byte more", &reply));
    let unsigned = http::request("POST", &stack.connections_url(&managed.id), &[], &longer).await?;
    stack.observe(
        Row::ConnectionsOrder,
        unsigned.status == 413,
        &said("too long, unsigned", &unsigned),
    );
    if reply.status == 413 {
        Ok(format!("in {frames}; 413"))
    } else {
        unexpected(said("a byte more", &reply))
    }
}

async fn nobody(stack: &Stack) -> Checked {
    let managed = Managed::new(stack).await?;
    let gone = managed.ask("GET", NOBODY, b"").await?;
    stack.observe(Row::UnknownId, gone.status == 410, &report::reply(&gone));
    let mut seen = vec![said("unknown", &gone)];
    for id in IMPOSSIBLE {
        let reply = managed.ask("GET", id, b"").await?;
        stack.observe(Row::ImpossibleIds, reply.status == 400, &said(id, &reply));
        seen.push(said(id, &reply));
    }
    for (what, id, status) in
        [("PUT, impossible id", IMPOSSIBLE[0], 400), ("PUT, unknown id", NOBODY, 410)]
    {
        let reply = managed.ask("PUT", id, b"").await?;
        stack.observe(Row::ConnectionsOrder, reply.status == status, &said(what, &reply));
    }
    Ok(seen.join("; "))
}

async fn methods(stack: &Stack) -> Checked {
    let mut managed = Managed::new(stack).await?;
    let mut seen = Vec::new();
    for method in ["PUT", "PATCH"] {
        let odd = Odd::of_request(managed.ask(method, &managed.id, b"x").await)?;
        let is_so = matches!(&odd, Odd::Answered(reply)
            if reply.status == 403 && reply.message().as_deref() == Some("Forbidden"));
        stack.observe(Row::ConnectionsMethods, is_so, &odd.said(method));
        seen.push(odd.said(method));
    }
    echo(&mut managed.socket, "still here").await?;
    Ok(seen.join("; "))
}

async fn closed(stack: &Stack) -> Checked {
    let mut managed = Managed::new(stack).await?;
    let reply = managed.ask("DELETE", &managed.id, b"").await?;
    if reply.status != 204 {
        return unexpected(report::reply(&reply));
    }
    let close = close_of(&mut managed.socket).await?;
    let code = close.map_or("none".to_owned(), |(code, reason)| format!("{code} \"{reason}\""));
    let gone = managed.ask("GET", &managed.id, b"").await?;
    if gone.status != 410 {
        return unexpected(said("afterwards", &gone));
    }
    Ok(format!("204, closed with {code}, then 410"))
}
