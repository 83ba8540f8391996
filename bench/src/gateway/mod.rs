//! Area `gateway`: `countersign run` under load, and what one would use instead.
//!
//! - [`rivals`]: what is measured; [`server`]: one of them, running; [`urls`]: where it lets one in;
//! - [`client`]: one connection; [`ledger`]: that every message comes back once, as it was sent;
//! - [`handshakes`], [`echoes`], [`paced`]: the loads;
//! - [`trial`]: one server under each of them;
//! - `side_by_side`, `growth`: what is measured of all, in turns; `tables`, `goals`: what came of it.

pub mod client;
pub mod echoes;
mod goals;
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

use std::time::Duration;

use crate::Error;
use crate::pinning::{self, Pinned, Processors};
use crate::report::Table;
use crate::workplace::{Effort, Workplace};

/// How much is done.
#[derive(Clone, Copy, Debug)]
struct Amount {
    /// How often each server is started.
    starts: usize,
    /// Turns of each that are not counted: some compile what they run often.
    uncounted: usize,
    /// How often each has its turn after those.
    rounds: usize,
    /// Handshakes of one turn.
    handshakes: usize,
    /// How long the echoes of one turn go on.
    echoes: Duration,
    /// Connections that are opened, in steps.
    connections: &'static [usize],
}

impl Amount {
    fn of(effort: Effort) -> Self {
        let milliseconds = Duration::from_millis;
        match effort {
            Effort::Full => Self {
                starts: 5,
                uncounted: 1,
                rounds: 5,
                handshakes: 500,
                echoes: milliseconds(2_000),
                connections: &[100, 1_000, 10_000],
            },
            Effort::Quick => Self {
                starts: 1,
                uncounted: 0,
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
    let processors = Processors::choose()?;
    let _pinned = Pinned::to(processors.harness)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let amount = Amount::of(workplace.effort);
        let growth = growth::measure(workplace, processors, amount, files, progress).await?;
        let sides = side_by_side::measure(workplace, processors, amount, progress).await?;
        Ok(tables::of(&sides, &growth, processors))
    })
}
