//! How a server starts, and how what it costs grows with open connections, with the length of messages, and with how
//! many are under way.

use std::time::Duration;

use super::rivals::Rival;
use super::trial::{self, AT_ONCE, BYTES, Cost, Trial};
use super::{Amount, handshakes};
use crate::Error;
use crate::percentile::Samples;
use crate::pinning::Processors;
use crate::workplace::Workplace;

/// Bytes of a message. A frame holds 32 KiB at most, and an echo has some 300 bytes more.
pub(super) const SIZES: [usize; 3] = [100, 3_000, 30_000];

/// Messages under way at once.
pub(super) const UNDER_WAY: [usize; 3] = [1, 8, 64];

/// Files that a process opens beside its connections, and some to spare.
const OTHER_FILES: u64 = 500;

/// What came of one server.
pub(super) struct Grown {
    pub(super) rival: Rival,
    /// How long it took to be ready.
    pub(super) starts: Samples,
    /// Its memory before the first step, in bytes; that of its functions is not in it.
    pub(super) empty: u64,
    /// The memory of its functions, likewise.
    pub(super) functions: u64,
    pub(super) steps: Vec<Step>,
    /// Echoes, by [`SIZES`].
    pub(super) sizes: Vec<Cost>,
    /// Echoes, by [`UNDER_WAY`].
    pub(super) under_way: Vec<Cost>,
}

/// With so many open connections.
#[derive(Clone, Copy)]
pub(super) struct Step {
    pub(super) connections: usize,
    /// The server's memory, in bytes.
    pub(super) resident: u64,
    /// Handshakes since the step before.
    pub(super) handshakes: Cost,
    /// Echoes over all of them in turn.
    pub(super) echoes: Cost,
}

/// What came of all, and why some are missing.
pub(super) struct Growth {
    pub(super) grown: Vec<Grown>,
    /// The connections of the first and of the last step that were asked for.
    pub(super) ends: (usize, usize),
    pub(super) missing: Vec<String>,
}

pub(super) async fn measure(
    workplace: &Workplace,
    processors: Processors,
    amount: Amount,
    files: u64,
    progress: &mut dyn FnMut(&str),
) -> Result<Growth, Error> {
    let room = usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX);
    let asked = |step: Option<&usize>| step.copied().unwrap_or_default();
    let ends = (asked(amount.connections.first()), asked(amount.connections.last()));
    let mut growth = Growth { grown: Vec::new(), ends, missing: Vec::new() };
    if amount.connections.iter().any(|step| *step > room) {
        growth.missing.push(format!("more than {room} connections: {files} files may be open"));
    }
    for rival in Rival::ALL {
        progress(&format!("{}: start, open connections, growth", rival.name()));
        match of(rival, workplace, processors, amount, room).await {
            Ok(grown) => growth.grown.push(grown),
            Err(error) if rival.is_ours() => {
                return Err(format!("{}: {error}", rival.name()).into());
            }
            Err(error) => growth.missing.push(format!("{}: {error}", rival.name())),
        }
    }
    Ok(growth)
}

async fn of(
    rival: Rival,
    workplace: &Workplace,
    processors: Processors,
    amount: Amount,
    room: usize,
) -> Result<Grown, Error> {
    let mut starts = Vec::new();
    for _ in 1..amount.starts {
        let server = trial::start(rival, workplace, processors).await?;
        starts.push(server.start);
        server.end().await?;
    }
    let mut trial = Trial::start(rival, workplace, processors).await?;
    starts.push(trial.server.start);
    let (empty, functions) = (trial.server.resident()?, trial.server.functions_resident()?);
    let steps = steps(&trial, amount, room).await?;
    let short: Duration = amount.echoes / 4;
    let mut sizes = Vec::new();
    for bytes in SIZES {
        sizes.push(trial.echoes(AT_ONCE, bytes, short).await?);
    }
    let mut under_way = Vec::new();
    for at_once in UNDER_WAY {
        under_way.push(trial.echoes(at_once, BYTES, short).await?);
    }
    trial.end().await?;
    let starts = Samples::new(starts).ok_or("it was never started")?;
    Ok(Grown { rival, starts, empty, functions, steps, sizes, under_way })
}

async fn steps(trial: &Trial, amount: Amount, room: usize) -> Result<Vec<Step>, Error> {
    let mut steps = Vec::new();
    let mut sockets = Vec::new();
    for connections in amount.connections.iter().copied().filter(|step| *step <= room) {
        let (opened, handshakes) = trial.open(connections - sockets.len()).await?;
        sockets.extend(opened);
        let resident = trial.server.resident()?;
        let echoes = trial.echoes_over(&mut sockets, AT_ONCE, BYTES, amount.echoes / 4).await?;
        steps.push(Step { connections, resident, handshakes, echoes });
    }
    handshakes::close(sockets).await?;
    trial.server.settle().await?;
    Ok(steps)
}

impl Grown {
    /// The step of so many connections, where there was room for it.
    pub(super) fn step(&self, connections: usize) -> Option<&Step> {
        self.steps.iter().find(|step| step.connections == connections)
    }

    /// The server's memory for each of the connections of a step, in bytes.
    pub(super) fn each(&self, step: &Step) -> u64 {
        step.resident.saturating_sub(self.empty) / u64::try_from(step.connections).unwrap_or(1)
    }
}
