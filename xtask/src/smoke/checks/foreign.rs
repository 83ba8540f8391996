//! Handshakes that the environment's own credentials sign: none may connect, as ws-connect takes the SignerRole's
//! alone. Those that API Gateway lets pass are refused by ws-connect; so each shows what API Gateway thinks of it.

use time::Duration;

use super::{is_like, said, skipped, unexpected};
use crate::smoke::fidelity::Row;
use crate::smoke::keys::{Draft, not_taken};
use crate::smoke::record::{Checked, Trouble};
use crate::smoke::report;
use crate::smoke::stack::{Stack, refused};
use crate::smoke::wire::http::Reply;

/// What is past the 5 minutes of a signature, and within them.
const LATE: Duration = Duration::seconds(-330);
const IN_TIME: Duration = Duration::seconds(-60);
const EARLY: Duration = Duration::seconds(270);
const TOO_EARLY: Duration = Duration::seconds(330);
const HEADER: (&str, &str) = ("x-smoke", "signed");

pub(super) async fn run(stack: &Stack) {
    stack
        .check("impostor: a URL signed by other credentials", "refused by ws-connect", || {
            impostor(stack)
        })
        .await;
    stack
        .check("impostor: what API Gateway takes and what not", "none opens", || drafts(stack))
        .await;
}

async fn impostor(stack: &Stack) -> Checked {
    let passed = Passed::new(stack).await?;
    Ok(format!("passed by API Gateway, refused by ws-connect: {}", report::reply(&passed.0)))
}

/// What is answered to a handshake that API Gateway lets pass.
struct Passed(Reply);

impl Passed {
    async fn new(stack: &Stack) -> Result<Self, Trouble> {
        let keys = stack.keys()?;
        let by_function = stack.refusal_of_function().await?;
        let reply = send(stack, keys.draft(&stack.websocket_url), &[]).await?;
        if is_like(&reply, &by_function) {
            return Ok(Self(reply));
        }
        if let Some(why) = not_taken(reply.error_type()) {
            return skipped(why);
        }
        match reply.error_type() {
            Some("AccessDeniedException") => {
                stack.observe(Row::PolicyRefusal, is_masked(&reply), &report::reply(&reply));
                skipped("these credentials may not connect (execute-api:Invoke)")
            }
            _ => unexpected(format!("not by ws-connect: {}", report::reply(&reply))),
        }
    }
}

/// `{"Message":"User: … on resource: arn:…:********3333:…"}`
fn is_masked(reply: &Reply) -> bool {
    let json = reply.json();
    let message = json["Message"].as_str().unwrap_or_default();
    reply.status == 403 && message.starts_with("User: ") && message.contains(":********")
}

async fn send(stack: &Stack, draft: Draft<'_>, headers: &[(&str, &str)]) -> Result<Reply, Trouble> {
    let url = draft.url();
    refused("signed by other credentials", stack.open(&url, headers).await?)
}

/// What API Gateway is expected to do, as `local` does.
#[derive(Clone, Copy)]
enum Expected {
    Pass,
    /// With this type of error, and a message that begins so.
    Refuse(&'static str, &'static str),
}

const MISMATCH: Expected =
    Expected::Refuse("InvalidSignatureException", "The request signature we calculated");
const EXPIRED: Expected = Expected::Refuse("InvalidSignatureException", "Signature expired:");

async fn drafts(stack: &Stack) -> Checked {
    let passed = Passed::new(stack).await?;
    let keys = stack.keys()?;
    let draft = || keys.draft(&stack.websocket_url);
    let at = |offset: Duration| Draft { date: draft().date + offset, ..draft() };
    let tries: Vec<(Row, &str, Draft<'_>, Expected)> = vec![
        (
            Row::UnsignedPayload,
            "UNSIGNED-PAYLOAD",
            Draft { payload_hash: "UNSIGNED-PAYLOAD", ..draft() },
            MISMATCH,
        ),
        (
            Row::PlusSigned,
            "+ signed as %20",
            Draft { query: "a=x+y", canonical_query: "a=x%20y", ..draft() },
            Expected::Pass,
        ),
        (
            Row::PlusSigned,
            "+ signed as %2B",
            Draft { query: "a=x+y", canonical_query: "a=x%2By", ..draft() },
            MISMATCH,
        ),
        (
            Row::RepeatedParameter,
            "a=2&a=1, both signed, sorted",
            Draft { query: "a=2&a=1", canonical_query: "a=1&a=2", ..draft() },
            Expected::Pass,
        ),
        (
            Row::RepeatedParameter,
            "a=2&a=1, the first signed",
            Draft { query: "a=2&a=1", canonical_query: "a=2", ..draft() },
            MISMATCH,
        ),
        (
            Row::Expires,
            "X-Amz-Expires=1, a minute old",
            Draft { expires: Some("1"), ..at(IN_TIME) },
            Expected::Pass,
        ),
        (
            Row::Expires,
            "without X-Amz-Expires",
            Draft { expires: None, ..at(IN_TIME) },
            Expected::Pass,
        ),
        (
            Row::Expires,
            "X-Amz-Expires=604800, 5.5 minutes old",
            Draft { expires: Some("604800"), ..at(LATE) },
            EXPIRED,
        ),
        (
            Row::ExpiresForm,
            "X-Amz-Expires=604801",
            Draft { expires: Some("604801"), ..draft() },
            Expected::Pass,
        ),
        (
            Row::ExpiresForm,
            "X-Amz-Expires=soon",
            Draft { expires: Some("soon"), ..draft() },
            Expected::Pass,
        ),
        (Row::Future, "4.5 minutes early", at(EARLY), Expected::Pass),
        (
            Row::Future,
            "5.5 minutes early",
            at(TOO_EARLY),
            Expected::Refuse("InvalidSignatureException", "Signature not yet current:"),
        ),
        (
            Row::Scope,
            "signed for another region",
            Draft { region: "smoke-1", ..draft() },
            Expected::Refuse(
                "InvalidSignatureException",
                "Credential should be scoped to a valid region, not 'smoke-1'.",
            ),
        ),
        (
            Row::Scope,
            "signed for another service",
            Draft { service: "sts", ..draft() },
            Expected::Refuse(
                "InvalidSignatureException",
                "Credential should be scoped to correct service: 'execute-api'.",
            ),
        ),
        (
            Row::Order,
            "late, and for another region",
            Draft { region: "smoke-1", ..at(LATE) },
            EXPIRED,
        ),
        (Row::Order, "late, and another signature", Draft { end: "0", ..at(LATE) }, EXPIRED),
    ];
    let count = tries.len() + 2;
    for (row, what, draft, expected) in tries {
        let reply = send(stack, draft, &[]).await?;
        observe(stack, &passed, row, what, &reply, expected);
    }
    let signed = Draft { header: Some(HEADER), ..draft() };
    let reply = send(stack, signed, &[HEADER]).await?;
    observe(
        stack,
        &passed,
        Row::SignedHeaders,
        "a header as it was signed",
        &reply,
        Expected::Pass,
    );
    let reply = send(stack, signed, &[("x-smoke", "another")]).await?;
    observe(stack, &passed, Row::SignedHeaders, "a header as it was not", &reply, MISMATCH);
    Ok(format!("{count} handshakes, none opens"))
}

fn observe(
    stack: &Stack,
    passed: &Passed,
    row: Row,
    what: &str,
    reply: &Reply,
    expected: Expected,
) {
    let has_passed = is_like(reply, &passed.0);
    let is_so = match expected {
        Expected::Pass => has_passed,
        Expected::Refuse(error_type, message) => {
            reply.status == 403
                && reply.error_type() == Some(error_type)
                && reply.message().is_some_and(|found| found.starts_with(message))
        }
    };
    let seen = if has_passed { format!("{what}: taken") } else { said(what, reply) };
    stack.observe(row, is_so, &seen);
}
