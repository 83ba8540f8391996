//! A URL opens one connection.

use super::{is_like, unexpected};
use crate::smoke::fidelity::Row;
use crate::smoke::record::Checked;
use crate::smoke::report;
use crate::smoke::stack::{Stack, opened, refused};
use crate::smoke::wire::websocket::{self, Answer, Form, Handshake};

pub(super) async fn run(stack: &Stack) {
    stack.check("once: a URL that is in use", "refused", again(stack)).await;
    stack.check("once: a URL whose connection is closed", "refused", afterwards(stack)).await;
    stack.check("once: two at the same time", "one opens", at_once(stack)).await;
}

async fn again(stack: &Stack) -> Checked {
    let signed = stack.sign_any().await?;
    let _open = opened(websocket::open(&signed.url, &[]).await?)?;
    let reply = refused("its second use", websocket::open(&signed.url, &[]).await?)?;
    // ws-connect answers its status alone.
    let seen = report::reply(&reply);
    let is_bare = reply.status == 403 && reply.body.is_empty() && reply.error_type().is_none();
    stack.observe(Row::FunctionRefusal, is_bare, &seen);
    Ok(seen)
}

async fn afterwards(stack: &Stack) -> Checked {
    let signed = stack.sign_any().await?;
    let mut socket = opened(websocket::open(&signed.url, &[]).await?)?;
    socket.send_close(1000).await?;
    socket.next().await?;
    let reply = refused("its second use", websocket::open(&signed.url, &[]).await?)?;
    Ok(report::reply(&reply))
}

async fn at_once(stack: &Stack) -> Checked {
    let signed = stack.sign_any().await?;
    let first = Handshake::prepare(&signed.url, &[], Form::Proper).await?;
    let second = Handshake::prepare(&signed.url, &[], Form::Proper).await?;
    let (first, second) = tokio::join!(first.send(), second.send());
    match (first?, second?) {
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
