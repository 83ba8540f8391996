//! Echoes, as fast as they come back: so many messages under way at once, over so many open connections.

use std::time::Duration;

use futures_util::SinkExt;
use futures_util::future::try_join_all;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;

use super::client::{self, Socket};
use super::ledger::{Echo, Ledger};
use crate::Error;
use crate::percentile::Samples;

/// How long an answer may take: as long as API Gateway waits for an integration. What takes longer is lost.
pub(super) const PATIENCE: Duration = Duration::from_secs(29);

/// Sends messages of so many bytes, `at_once` of them under way at any time, each on the next connection in turn, for
/// so long; gives how long each took to come back.
///
/// # Errors
///
/// Where one is lost, comes twice, or comes back changed.
pub async fn run(
    sockets: &mut [Socket],
    at_once: usize,
    bytes: usize,
    echo: Echo,
    duration: Duration,
) -> Result<Samples, Error> {
    let share = sockets.len().div_ceil(at_once.max(1)).max(1);
    let until = Instant::now() + duration;
    let clients = sockets.chunks_mut(share).enumerate().map(async |(client, sockets)| {
        let ledger = |connection| Ledger::new(client * share + connection, bytes, echo);
        let mut ledgers: Vec<_> = (0..sockets.len()).map(ledger).collect();
        let mut latencies = Vec::new();
        for connection in (0..sockets.len()).cycle() {
            let now = Instant::now();
            if now >= until {
                break;
            }
            let (socket, ledger) = (&mut sockets[connection], &mut ledgers[connection]);
            socket.send(Message::text(ledger.send(now))).await?;
            let received = client::receive(socket).await?;
            ledger.receive(&received)?;
            latencies.push(now.elapsed());
        }
        for ledger in &ledgers {
            ledger.settle()?;
        }
        Ok::<_, Error>(latencies)
    });
    let latencies = timeout(duration + PATIENCE, try_join_all(clients)).await;
    let latencies = latencies.map_err(|_| "messages were lost: their answers did not come")??;
    Samples::new(latencies.into_iter().flatten().collect()).ok_or_else(|| "no echo came".into())
}
