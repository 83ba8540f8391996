//! Pages: what they are told by CORS, and whether they may connect.

use super::{said, skipped, unexpected};
use crate::smoke::authorization::Shown;
use crate::smoke::fidelity::Row;
use crate::smoke::record::{Checked, Trouble};
use crate::smoke::report;
use crate::smoke::stack::{Stack, opened, refused};
use crate::smoke::wire::http::{self, Reply};

/// An origin that no stack serves by name.
const FOREIGN: &str = "https://smoke.invalid";
const ALLOW_ORIGIN: &str = "access-control-allow-origin";

pub(super) async fn run(stack: &Stack) {
    stack
        .check("origin: a preflight is answered", "2xx, the origin allowed", || preflight(stack))
        .await;
    stack
        .check("origin: its page may read the answer", "201, the origin allowed", || read(stack))
        .await;
    stack.check("origin: what the API answers itself", "404", || own(stack)).await;
    stack.check("origin: its page may connect", "101", || connects(stack)).await;
    stack.check("origin: a foreign page may not", "no CORS header, 403", || foreign(stack)).await;
}

fn origin(stack: &Stack) -> Result<&str, Trouble> {
    let none = || Trouble::Skipped("no --origin was given".to_owned());
    stack.origin.as_deref().ok_or_else(none)
}

fn is_allowed(reply: &Reply, origin: &str) -> bool {
    reply.header(ALLOW_ORIGIN).is_some_and(|value| value == origin || value == "*")
}

async fn preflight(stack: &Stack) -> Checked {
    let origin = origin(stack)?;
    let headers = [
        ("Origin", origin),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "authorization,content-type"),
    ];
    let reply = http::request("OPTIONS", &stack.sign_url, &headers, b"").await?;
    if (200..300).contains(&reply.status) && is_allowed(&reply, origin) {
        stack.observe(Row::Preflight, reply.status == 204, &reply.status.to_string());
        Ok(reply.status.to_string())
    } else {
        unexpected(said("not allowed", &reply))
    }
}

async fn read(stack: &Stack) -> Checked {
    let origin = origin(stack)?;
    let reply = stack.ask(Shown::Proper, b"", &[("Origin", origin)]).await?;
    if reply.status != 201 || !is_allowed(&reply, origin) {
        return unexpected(format!("{}, without the origin", reply.status));
    }
    if reply.header(ALLOW_ORIGIN) == Some(origin) {
        let vary = reply.header("vary").unwrap_or_default();
        let is_so = vary.split(',').any(|name| name.trim().eq_ignore_ascii_case("origin"));
        stack.observe(Row::Vary, is_so, &format!("Vary: {vary}"));
    }
    Ok("201".to_owned())
}

async fn own(stack: &Stack) -> Checked {
    let origin = origin(stack)?;
    let reply = http::request("GET", &stack.sign_url, &[("Origin", origin)], b"").await?;
    if reply.status != 404 {
        return unexpected(report::reply(&reply));
    }
    let is_so = is_allowed(&reply, origin);
    let seen = if is_so { "404 with CORS headers" } else { "404 without CORS headers" };
    stack.observe(Row::OwnCors, is_so, seen);
    Ok(seen.to_owned())
}

async fn connects(stack: &Stack) -> Checked {
    let origin = origin(stack)?;
    let signed = stack.sign_any().await?;
    opened(stack.open(&signed.url, &[("Origin", origin)]).await?)?;
    Ok("101".to_owned())
}

async fn foreign(stack: &Stack) -> Checked {
    let reply = stack.ask(Shown::Proper, b"", &[("Origin", FOREIGN)]).await?;
    if is_allowed(&reply, FOREIGN) {
        return skipped("the stack allows any origin");
    }
    let signed = stack.sign_any().await?;
    let answer = stack.open(&signed.url, &[("Origin", FOREIGN)]).await?;
    Ok(report::reply(&refused("a foreign page", answer)?))
}
