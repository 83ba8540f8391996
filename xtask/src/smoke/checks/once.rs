//! A URL opens one connection.

use super::{is_like, skipped, unexpected};
use crate::smoke::fidelity::Row;
use crate::smoke::record::{Checked, Trouble};
use crate::smoke::repeat::unthrottled;
use crate::smoke::report;
use crate::smoke::stack::{Stack, opened, refused};
use crate::smoke::wire::WireError;
use crate::smoke::wire::websocket::{Answer, Form, Handshake};

pub(super) async fn run(stack: &Stack) {
    stack.check("once: a URL that is in use", "refused", || again(stack)).await;
    stack.check("once: a URL whose connection is closed", "refused", || afterwards(stack)).await;
    stack.check("once: two at the same time", "one opens", || at_once(stack)).await;
}

async fn again(stack: &Stack) -> Checked {
    let reply = stack.refusal_of_function().await?;
    // ws-connect answers its status alone.
    let seen = report::reply(&reply);
    let is_bare = reply.status == 403 && reply.body.is_empty() && reply.error_type().is_none();
    stack.observe(Row::FunctionRefusal, is_bare, &seen);
    Ok(seen)
}

async fn afterwards(stack: &Stack) -> Checked {
    let signed = stack.sign_any().await?;
    let mut socket = opened(stack.open(&signed.url, &[]).await?)?;
    socket.send_close(1000).await?;
    socket.next().await?;
    let reply = refused("its second use", stack.open(&signed.url, &[]).await?)?;
    Ok(report::reply(&reply))
}

async fn at_once(stack: &Stack) -> Checked {
    let (first, second) = unthrottled(async || both(stack).await).await?;
    let (first, second) = match (first, second) {
        (Ok(Answer::Open(_)), Err(WireError::Failed(reply)))
        | (Err(WireError::Failed(reply)), Ok(Answer::Open(_))) => {
            let seen = report::reply(&reply);
            return skipped(format!("one opened, the other met no function (throttled?): {seen}"));
        }
        (first, second) => (first?, second?),
    };
    match (first, second) {
        (Answer::Open(_), Answer::Open(_)) => unexpected("both opened"),
        (Answer::Refused(one), Answer::Refused(other)) => {
            let like = if is_like(&one, &other) { "alike" } else { "each in its way" };
            unexpected(format!("none opened, refused {like}: {}", report::reply(&one)))
        }
        (Answer::Open(_), refusal @ Answer::Refused(_))
        | (refusal @ Answer::Refused(_), Answer::Open(_)) => {
            Ok(format!("one opened, the other {}", report::reply(&refused("the other", refusal)?)))
        }
    }
}

/// What two handshakes with one URL are answered. Where either is throttled, nothing is shown.
async fn both(
    stack: &Stack,
) -> Result<(Result<Answer, WireError>, Result<Answer, WireError>), Trouble> {
    let signed = stack.sign_any().await?;
    let first = Handshake::prepare(&signed.url, &[], Form::Proper).await?;
    let second = Handshake::prepare(&signed.url, &[], Form::Proper).await?;
    let (first, second) = tokio::join!(first.send(), second.send());
    match (first, second) {
        (Err(error @ WireError::Throttled), _) | (_, Err(error @ WireError::Throttled)) => {
            Err(error.into())
        }
        outcome => Ok(outcome),
    }
}
