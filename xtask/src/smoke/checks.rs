//! What is tried, a module a story, in the order in which they run.
//!
//! A check fails where the stack breaks a promise. What AWS does where nobody has published it is no promise: that
//! is observed (`odd`), and settles a row of `docs/fidelity.md`.

mod closed;
mod connections;
mod equal;
mod expiry;
mod foreign;
mod idle;
mod messages;
mod odd;
mod once;
mod opening;
mod origins;
mod refusals;
mod sign;
mod tampering;
mod target;
mod token;

use super::arguments::Wanted;
use super::record::Trouble;
use super::report;
use super::stack::Stack;
use super::wire::http::Reply;

/// Does all of them.
pub(super) async fn run(stack: &Stack) {
    // Signed first and tried last, so that little is left to wait for.
    let early = expiry::sign(stack).await;
    sign::run(stack).await;
    token::run(stack).await;
    closed::run(stack).await;
    origins::run(stack).await;
    opening::run(stack).await;
    messages::run(stack).await;
    refusals::run(stack).await;
    tampering::run(stack).await;
    equal::run(stack).await;
    once::run(stack).await;
    foreign::run(stack).await;
    connections::run(stack).await;
    expiry::run(stack, &early).await;
    match stack.waits.idle {
        Wanted::Yes => idle::run(stack).await,
        Wanted::No => {}
    }
}

/// Whether two refusals come from the same place.
fn is_like(reply: &Reply, other: &Reply) -> bool {
    let shape =
        |reply: &Reply| (reply.status, reply.error_type().map(ToOwned::to_owned), reply.message());
    shape(reply) == shape(other)
}

/// A refusal of this status, type and message, as `local` has it.
fn is_refusal(reply: &Reply, status: u16, error_type: Option<&str>, message: &str) -> bool {
    (reply.status, reply.error_type(), reply.message().as_deref())
        == (status, error_type, Some(message))
}

/// Something else happened than what must.
fn unexpected<T>(what: impl Into<String>) -> Result<T, Trouble> {
    Err(Trouble::Unexpected(what.into()))
}

/// It cannot be tried.
fn skipped<T>(why: impl Into<String>) -> Result<T, Trouble> {
    Err(Trouble::Skipped(why.into()))
}

/// What an answer says, with what it is about.
fn said(what: &str, reply: &Reply) -> String {
    format!("{what}: {}", report::reply(reply))
}
