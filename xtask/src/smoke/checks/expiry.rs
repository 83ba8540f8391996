//! A URL ends.

use std::time::{Duration, Instant};

use super::skipped;
use crate::smoke::arguments::Wanted;
use crate::smoke::record::{Checked, Trouble};
use crate::smoke::report;
use crate::smoke::stack::{Signed, Stack, refused};
use crate::smoke::wire::websocket;

/// How long a signature is good (`docs/fidelity.md`: 5 minutes from its date).
const SIGNATURE: Duration = Duration::from_secs(300);
/// Times are in whole seconds: what is past by a second is past.
const MARGIN: Duration = Duration::from_secs(1);
/// How often progress is told.
const PROGRESS: Duration = Duration::from_secs(10);

/// URLs that were signed at the beginning.
pub(super) struct Early {
    own: Result<Signed, Trouble>,
    signature: Result<Signed, Trouble>,
}

pub(super) async fn sign(stack: &Stack) -> Early {
    let own = stack.sign_any().await;
    let signature = match stack.waits.signature {
        Wanted::Yes => stack.sign_any().await,
        Wanted::No => skipped("--slow was not given"),
    };
    Early { own, signature }
}

pub(super) async fn run(stack: &Stack, Early { own, signature }: Early) {
    let own = own.map(|signed| (signed.lifetime, signed));
    stack.check("expiry: a URL past its time", "refused", past("the URL", own)).await;
    let signature = signature.map(|signed| (SIGNATURE, signed));
    let check = past("the signature", signature);
    stack.check("expiry: a URL past its signature's 5 minutes", "refused", check).await;
}

async fn past(what: &str, signed: Result<(Duration, Signed), Trouble>) -> Checked {
    let (life, signed) = signed?;
    let end = signed.given + life + MARGIN;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        if left > MARGIN {
            report::print_progress(&format!("{what} ends in {} s", left.as_secs()));
        }
        tokio::time::sleep(left.min(PROGRESS)).await;
    }
    let reply = refused("past its time", websocket::open(&signed.url, &[]).await?)?;
    Ok(format!("after {} s: {}", (life + MARGIN).as_secs(), report::reply(&reply)))
}
