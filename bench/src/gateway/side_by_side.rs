//! Handshakes and echoes of all servers, which run side by side and have their turns one after the other.

use super::trial::{AT_ONCE, BYTES, Cost, Trial};
use super::{Amount, handshakes};
use crate::Error;
use crate::gateway::rivals::Rival;
use crate::percentile::Samples;
use crate::pinning::Processors;
use crate::workplace::Workplace;

/// What came of one server.
pub(super) struct Side {
    pub(super) rival: Rival,
    /// Of each turn.
    pub(super) handshakes: Vec<Cost>,
    /// Likewise.
    pub(super) echoes: Vec<Cost>,
    /// At half of what it can, of each turn: from the time that a message was to be sent until it was back.
    pub(super) latencies: Vec<Samples>,
}

/// What came of all, and why some are missing.
pub(super) struct Sides {
    pub(super) sides: Vec<Side>,
    pub(super) missing: Vec<String>,
}

pub(super) async fn measure(
    workplace: &Workplace,
    processors: Processors,
    amount: Amount,
    progress: &mut dyn FnMut(&str),
) -> Result<Sides, Error> {
    let mut running = Vec::new();
    let mut missing = Vec::new();
    for rival in Rival::ALL {
        match Trial::start(rival, workplace, processors).await {
            Ok(trial) => running.push((trial, Side::of(rival))),
            Err(error) if rival.is_ours() => return Err(of(rival, &error)),
            Err(error) => missing.push(format!("{}: {error}", rival.name())),
        }
    }
    let turns = amount.uncounted + amount.rounds;
    for number in 1..=turns {
        progress(&format!("handshakes and echoes, turn {number} of {turns}"));
        for (mut trial, mut side) in std::mem::take(&mut running) {
            match turn(&mut trial, &mut side, amount).await {
                Ok(()) => running.push((trial, side)),
                Err(error) if side.rival.is_ours() => return Err(of(side.rival, &error)),
                Err(error) => missing.push(format!("{}: {error}", side.rival.name())),
            }
        }
        if number <= amount.uncounted {
            running.iter_mut().for_each(|(_, side)| *side = Side::of(side.rival));
        }
        // Whoever comes behind another one finds that one's caches: none always has the same place.
        let first = running.len().min(1);
        running.rotate_left(first);
    }
    running.sort_by_key(|(_, side)| side.rival);
    let mut sides = Vec::new();
    for (trial, side) in running {
        match trial.end().await {
            Err(error) if side.rival.is_ours() => return Err(of(side.rival, &error)),
            // What it did before was right.
            Ok(()) | Err(_) => sides.push(side),
        }
    }
    Ok(Sides { sides, missing })
}

async fn turn(trial: &mut Trial, side: &mut Side, amount: Amount) -> Result<(), Error> {
    let (sockets, cost) = trial.open(amount.handshakes).await?;
    side.handshakes.push(cost);
    handshakes::close(sockets).await?;
    // `$disconnect` of each goes on behind the good-byes.
    trial.server.settle().await?;
    let cost = trial.echoes(AT_ONCE, BYTES, amount.echoes).await?;
    side.echoes.push(cost);
    side.latencies.push(trial.paced(cost.per_second() / 2.0, amount.echoes).await?);
    Ok(())
}

fn of(rival: Rival, error: &Error) -> Error {
    format!("{}: {error}", rival.name()).into()
}

impl Side {
    fn of(rival: Rival) -> Self {
        Self { rival, handshakes: Vec::new(), echoes: Vec::new(), latencies: Vec::new() }
    }
}
