//! Addresses of API Gateway's own that are said to be switched off (`ExecuteApiEndpoint`) answer nobody.

use serde_json::json;

use super::{is_like, is_refusal, skipped, unexpected};
use crate::smoke::authorization::Shown;
use crate::smoke::fidelity::Row;
use crate::smoke::record::Checked;
use crate::smoke::report;
use crate::smoke::stack::{Stack, refused};

pub(super) async fn run(stack: &Stack) {
    stack.check("closed: /sign at API Gateway's own address", "404", || sign(stack)).await;
    stack
        .check("closed: the WebSocket API at API Gateway's own", "403, not asked who", || {
            open(stack)
        })
        .await;
}

async fn sign(stack: &Stack) -> Checked {
    let Some(url) = &stack.closed.sign else { return skipped("no --closed-sign-url was given") };
    let reply = stack.ask_at(url, Shown::Proper, b"{}", &[]).await?;
    let seen = report::reply(&reply);
    if reply.status != 404 {
        return unexpected(seen);
    }
    let is_so = reply.json() == json!({"message": "Not Found"});
    stack.observe(Row::ClosedSign, is_so, &seen);
    Ok(seen)
}

/// An endpoint that is there answers 403 as well: it asks who signed.
async fn open(stack: &Stack) -> Checked {
    let Some(url) = &stack.closed.websocket else {
        return skipped("no --closed-websocket-url was given");
    };
    let reply = refused("switched off", stack.open(url, &[]).await?)?;
    let seen = report::reply(&reply);
    let living = refused("not signed", stack.open(&stack.websocket_url, &[]).await?)?;
    if is_like(&reply, &living) {
        return unexpected(format!("it answers as the stack's WebSocketUrl does: {seen}"));
    }
    let is_so = is_refusal(&reply, 403, Some("ForbiddenException"), "Forbidden");
    stack.observe(Row::ClosedWebSocket, is_so, &seen);
    Ok(seen)
}
