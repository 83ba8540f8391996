//! An idle connection is closed after 10 minutes, one that only pings as well.

use std::time::{Duration, Instant};

use super::opening::echo;
use super::unexpected;
use crate::smoke::fidelity::Row;
use crate::smoke::record::{Checked, Trouble};
use crate::smoke::report;
use crate::smoke::stack::Stack;
use crate::smoke::wire::websocket::{Event, Socket};

/// How long the end is waited for: an idle connection ends after 10 minutes (API Gateway Developer Guide, "Quotas
/// for configuring and running a WebSocket API").
const PATIENCE: Duration = Duration::from_secs(11 * 60);
/// How often the other one pings.
const PING: Duration = Duration::from_secs(5);

pub(super) async fn run(stack: &Stack) {
    stack
        .check("idle: a silent connection is closed", "a close within 11 minutes", || closed(stack))
        .await;
}

async fn closed(stack: &Stack) -> Checked {
    let (mut silent, mut pinging) = (stack.connect().await?, stack.connect().await?);
    echo(&mut silent, "hello").await?;
    echo(&mut pinging, "hello").await?;
    let start = Instant::now();
    let (silent, pinging) = tokio::join!(end(&mut silent), end_of_pinging(&mut pinging));
    let (silent, pinging) = (silent?, pinging?);
    let seen = ended(&silent);
    let is_so = matches!(&silent, Ended::Closed(1001, _));
    stack.observe(Row::IdleClose, is_so, &seen);
    let closed = matches!(pinging, Ended::Closed(..) | Ended::Cut);
    stack.observe(Row::IdlePing, closed, &format!("one that pings: {}", ended(&pinging)));
    match silent {
        Ended::Closed(..) | Ended::Cut => {
            Ok(format!("{seen} after {} s", start.elapsed().as_secs()))
        }
        Ended::Lives => unexpected(seen),
    }
}

/// What became of a connection.
enum Ended {
    Closed(u16, String),
    Cut,
    Lives,
}

fn ended(ended: &Ended) -> String {
    match ended {
        Ended::Closed(code, reason) => format!("closed with {code} \"{reason}\""),
        Ended::Cut => "ended without a close frame".to_owned(),
        Ended::Lives => "still open after 11 minutes".to_owned(),
    }
}

fn end_by(event: Event) -> Option<Ended> {
    match event {
        Event::Closed(Some((code, reason))) => Some(Ended::Closed(code, reason)),
        Event::Closed(None) | Event::Cut => Some(Ended::Cut),
        Event::Message { .. } | Event::Pong(_) => None,
    }
}

async fn end(socket: &mut Socket) -> Result<Ended, Trouble> {
    let start = Instant::now();
    loop {
        let left = PATIENCE.saturating_sub(start.elapsed());
        match socket.next_within(left).await? {
            None => return Ok(Ended::Lives),
            Some(event) => {
                if let Some(ended) = end_by(event) {
                    return Ok(ended);
                }
            }
        }
    }
}

async fn end_of_pinging(socket: &mut Socket) -> Result<Ended, Trouble> {
    let start = Instant::now();
    let mut answered = 0;
    while start.elapsed() < PATIENCE {
        match socket.next_within(PING).await? {
            None => {
                // Where it has just ended, the end is read next.
                let _ = socket.send_ping(b"idle").await;
            }
            Some(Event::Pong(_)) => {
                answered += 1;
                let seconds = start.elapsed().as_secs();
                report::print_progress(&format!("idle for {seconds} s, {answered} pings answered"));
            }
            Some(event) => {
                if let Some(ended) = end_by(event) {
                    return Ok(ended);
                }
            }
        }
    }
    Ok(Ended::Lives)
}
