//! One server under each load: what is counted, and what it costs.

use std::time::Duration;

use tokio::time::Instant;

use super::client::Socket;
use super::rivals::Rival;
use super::server::{Server, Spent};
use super::{Processors, echoes, handshakes, paced};
use crate::Error;
use crate::percentile::Samples;
use crate::workplace::Workplace;

/// Handshakes, or messages, under way at once.
pub const AT_ONCE: usize = 16;

/// Connections that the messages go over.
const CONNECTIONS: usize = 64;

/// Bytes of a message.
pub const BYTES: usize = 100;

/// How long a server gets to start what the load needs.
const WARM_UP: Duration = Duration::from_millis(500);

/// URLs that are signed at a time: they live for a minute.
const BATCH: usize = 500;

/// A server, and the connections that the messages go over.
pub struct Trial {
    /// Which one it is.
    pub rival: Rival,
    /// It runs.
    pub server: Server,
    sockets: Vec<Socket>,
}

/// What so much work took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// How many there were.
    pub count: usize,
    /// Seconds on the clock.
    pub taken: Duration,
    /// Seconds on the processor.
    pub spent: Spent,
}

impl Trial {
    /// Starts a server, and lets it start all functions that the load needs.
    ///
    /// # Errors
    ///
    /// Where it does not start, or answers wrongly.
    pub async fn start(
        rival: Rival,
        workplace: &Workplace,
        processors: Processors,
    ) -> Result<Self, Error> {
        let server = start(rival, workplace, processors).await?;
        let mut trial = Self { rival, server, sockets: Vec::new() };
        trial.sockets = trial.open(CONNECTIONS).await?.0;
        trial.echoes(AT_ONCE, BYTES, WARM_UP).await?;
        Ok(trial)
    }

    /// Opens so many connections. Only the handshakes count, not the signing of their URLs.
    ///
    /// # Errors
    ///
    /// Where one is refused.
    pub async fn open(&self, count: usize) -> Result<(Vec<Socket>, Cost), Error> {
        let mut sockets = Vec::with_capacity(count);
        let mut cost = Cost::default();
        while sockets.len() < count {
            let urls = self.server.addresses.take(BATCH.min(count - sockets.len())).await?;
            let (before, start) = (self.server.spent()?, Instant::now());
            let opened = handshakes::open(urls, AT_ONCE).await?.sockets;
            let (taken, spent) = (start.elapsed(), self.server.spent()?.since(before));
            cost = cost.and(Cost { count: opened.len(), taken, spent });
            sockets.extend(opened);
        }
        Ok((sockets, cost))
    }

    /// Messages as fast as they come back, over the trial's own connections.
    ///
    /// # Errors
    ///
    /// Where one is lost, comes twice or changed.
    pub async fn echoes(
        &mut self,
        at_once: usize,
        bytes: usize,
        duration: Duration,
    ) -> Result<Cost, Error> {
        let mut sockets = std::mem::take(&mut self.sockets);
        let cost = self.echoes_over(&mut sockets, at_once, bytes, duration).await;
        self.sockets = sockets;
        cost
    }

    /// The same over other connections.
    ///
    /// # Errors
    ///
    /// Where one is lost, comes twice or changed.
    pub async fn echoes_over(
        &self,
        sockets: &mut [Socket],
        at_once: usize,
        bytes: usize,
        duration: Duration,
    ) -> Result<Cost, Error> {
        let (before, start) = (self.server.spent()?, Instant::now());
        let came = echoes::run(sockets, at_once, bytes, self.rival.echo(), duration).await?;
        let (taken, spent) = (start.elapsed(), self.server.spent()?.since(before));
        Ok(Cost { count: came.count(), taken, spent })
    }

    /// Messages at a steady rate; how long each took from the time that it was to be sent.
    ///
    /// # Errors
    ///
    /// Where one is lost, comes twice or changed.
    pub async fn paced(&mut self, per_second: f64, duration: Duration) -> Result<Samples, Error> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "some thousands"
        )]
        let count = (per_second * duration.as_secs_f64()).max(1.0) as u32;
        let sockets = std::mem::take(&mut self.sockets);
        let done = paced::run(sockets, BYTES, self.rival.echo(), per_second, count).await?;
        self.sockets = done.sockets;
        Ok(done.latencies)
    }

    /// Closes its connections, and ends it.
    ///
    /// # Errors
    ///
    /// Where something arrives late, or it does not end.
    pub async fn end(self) -> Result<(), Error> {
        handshakes::close(self.sockets).await?;
        self.server.end().await
    }
}

/// Starts a server, and does nothing with it.
///
/// # Errors
///
/// Where it does not start.
pub async fn start(
    rival: Rival,
    workplace: &Workplace,
    processors: Processors,
) -> Result<Server, Error> {
    let command = rival.command(workplace)?;
    let log = workplace.scratch.join(format!("{}.log", rival.file_name()));
    Server::start(command, processors.server, &log).await
}

impl Cost {
    /// Of both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            taken: self.taken + other.taken,
            spent: Spent {
                gateway: self.spent.gateway + other.spent.gateway,
                functions: self.spent.functions + other.spent.functions,
            },
        }
    }

    /// How many a second.
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    pub fn per_second(&self) -> f64 {
        self.count as f64 / self.taken.as_secs_f64()
    }

    /// Time on the processor for each, functions included.
    pub fn each(&self) -> Duration {
        self.spent.each(self.count)
    }

    /// Of that, the functions'.
    pub fn each_in_functions(&self) -> Duration {
        Spent { gateway: Duration::ZERO, ..self.spent }.each(self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(count: usize, taken: u64, gateway: u64, functions: u64) -> Cost {
        let spent = Spent {
            gateway: Duration::from_millis(gateway),
            functions: Duration::from_millis(functions),
        };
        Cost { count, taken: Duration::from_millis(taken), spent }
    }

    #[test]
    fn a_cost_is_shared_among_all() {
        let cost = cost(100, 500, 20, 30);
        assert!((cost.per_second() - 200.0).abs() < 1e-9);
        assert_eq!(cost.each(), Duration::from_micros(500));
        assert_eq!(cost.each_in_functions(), Duration::from_micros(300));
    }

    #[test]
    fn costs_add_up() {
        assert_eq!(cost(1, 2, 3, 4).and(cost(10, 20, 30, 40)), cost(11, 22, 33, 44));
    }

    #[test]
    fn nothing_costs_nothing() {
        assert_eq!(Cost::default().each(), Duration::ZERO);
    }
}
