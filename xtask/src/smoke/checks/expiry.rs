//! A URL ends.

use std::time::Duration;

use super::{skipped, unexpected};
use crate::smoke::arguments::Wanted;
use crate::smoke::record::{Checked, Trouble};
use crate::smoke::report;
use crate::smoke::signed::Signed;
use crate::smoke::stack::{Stack, refused};
use crate::smoke::wire::http::Reply;

/// How long a signature is good (`docs/fidelity.md`: 5 minutes from its date).
const SIGNATURE: Duration = Duration::from_secs(300);
/// Times are in whole seconds: what is past by a second is past.
const MARGIN: Duration = Duration::from_secs(1);
/// How often the stack is asked for its time, and progress told.
const PROGRESS: Duration = Duration::from_secs(5);

/// Signed at the beginning, where that went well: else what is wrong is met again.
pub(super) struct Early(Option<Signed>);

pub(super) async fn sign(stack: &Stack) -> Early {
    Early(stack.sign_any().await.ok())
}

pub(super) async fn run(stack: &Stack, Early(early): &Early) {
    let early = early.as_ref();
    stack.check("expiry: a URL past its time", "refused", || url(stack, early)).await;
    let expected = "403, its signature expired";
    stack
        .check("expiry: a URL past its signature's 5 minutes", expected, || signature(stack, early))
        .await;
}

async fn url(stack: &Stack, early: Option<&Signed>) -> Checked {
    let (reply, life) = past(stack, "the URL", early, |signed| signed.lifetime).await?;
    Ok(format!("after {} s: {}", life.as_secs(), report::reply(&reply)))
}

/// A URL never lives for longer than its signature: that ws-connect refuses it proves nothing.
async fn signature(stack: &Stack, early: Option<&Signed>) -> Checked {
    match stack.waits.signature {
        Wanted::Yes => {}
        Wanted::No => return skipped("--slow was not given"),
    }
    let (reply, life) = past(stack, "the signature", early, |_| SIGNATURE).await?;
    let seen = format!("after {} s: {}", life.as_secs(), report::reply(&reply));
    if is_expired(&reply) { Ok(seen) } else { unexpected(seen) }
}

/// API Gateway's own words (`docs/fidelity.md`).
fn is_expired(reply: &Reply) -> bool {
    reply.status == 403
        && reply.error_type() == Some("InvalidSignatureException")
        && reply.message().is_some_and(|message| message.starts_with("Signature expired:"))
}

/// The refusal of a URL whose life has ended by the stack's own clock, which fresh URLs tell.
async fn past(
    stack: &Stack,
    what: &str,
    early: Option<&Signed>,
    life: impl Fn(&Signed) -> Duration,
) -> Result<(Reply, Duration), Trouble> {
    let own;
    let signed = match early {
        Some(signed) => signed,
        None => {
            own = stack.sign_any().await?;
            &own
        }
    };
    let life = life(signed) + MARGIN;
    loop {
        let lived = stack.sign_any().await?.signed_at - signed.signed_at;
        let left = life.saturating_sub(Duration::try_from(lived).unwrap_or_default());
        if left.is_zero() {
            break;
        }
        report::print_progress(&format!("{what} ends in {} s", left.as_secs()));
        tokio::time::sleep(left.min(PROGRESS)).await;
    }
    Ok((refused("past its time", stack.open(&signed.url, &[]).await?)?, life))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ws_connect_refuses_is_no_expired_signature() {
        let check = |status, error_type: &str, message: &str, expected| {
            let headers = vec![("x-amzn-errortype".to_owned(), error_type.to_owned())];
            let body = format!(r#"{{"message":"{message}"}}"#).into_bytes();
            assert_eq!(is_expired(&Reply { status, headers, body }), expected, "{message}");
        };
        let words = "Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z";
        check(403, "InvalidSignatureException", words, true);
        check(401, "InvalidSignatureException", words, false);
        check(403, "ForbiddenException", words, false);
        check(403, "InvalidSignatureException", "Signature not yet current:", false);
    }
}
