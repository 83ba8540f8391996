//! Area `gateway`: `countersign run` under load, and what one would use instead.
//!
//! - [`rivals`]: what is measured; [`server`]: one of them, running; [`urls`]: where it lets one in;
//! - [`client`]: one connection; [`ledger`]: that every message comes back once, as it was sent;
//! - [`handshakes`], [`echoes`], [`paced`]: the loads;
//! - [`trial`]: one server under each of them;
//! - `side_by_side`, `growth`: what is measured of all, in turns; `tables`: what came of it.

pub mod client;
pub mod echoes;
mod growth;
pub mod handshakes;
pub mod ledger;
pub mod paced;
pub mod rivals;
pub mod server;
mod side_by_side;
mod tables;
pub mod trial;
pub mod urls;

use crate::pinning::{self, Pinned};
use crate::report::Table;
use crate::workplace::{Effort, Workplace};
use crate::{Error, gateway};

/// Where the load and the servers run.
#[derive(Clone, Copy, Debug)]
pub struct Processors {
    /// Of this thread.
    pub client: usize,
    /// Of every server with its functions.
    pub server: usize,
}

/// How much is done.
#[derive(Clone, Copy, Debug)]
struct Amount {
    /// How often each server is started.
    starts: usize,
    /// How often each has its turn.
    rounds: usize,
    /// Handshakes of one turn.
    handshakes: usize,
    /// How long the echoes of one turn go on.
    echoes: std::time::Duration,
    /// Connections that are opened, in steps.
    connections: &'static [usize],
}

impl Amount {
    fn of(effort: Effort) -> Self {
        let milliseconds = std::time::Duration::from_millis;
        match effort {
            Effort::Full => Self {
                starts: 5,
                rounds: 5,
                handshakes: 500,
                echoes: milliseconds(2_000),
                connections: &[100, 1_000, 10_000],
            },
            Effort::Quick => Self {
                starts: 1,
                rounds: 1,
                handshakes: 200,
                echoes: milliseconds(400),
                connections: &[100, 500],
            },
        }
    }
}

/// Measures all servers.
///
/// # Errors
///
/// Where one of ours, or of the benchmark's own, does not start, loses something, or answers wrongly.
pub fn measure(workplace: &Workplace, progress: &mut dyn FnMut(&str)) -> Result<Vec<Table>, Error> {
    let files = pinning::raise_open_files()?;
    let all = pinning::processors()?;
    let (Some(client), Some(server)) = (all.first().copied(), all.last().copied()) else {
        return Err("this thread may run on no processor".into());
    };
    let processors = Processors { client, server };
    let pinned = Pinned::to(client)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let measured = runtime.block_on(async {
        let amount = Amount::of(workplace.effort);
        let growth = growth::measure(workplace, processors, amount, files, progress).await?;
        let sides = side_by_side::measure(workplace, processors, amount, progress).await?;
        Ok::<_, Error>(gateway::tables::of(&sides, &growth, processors))
    });
    drop(pinned);
    measured
}
