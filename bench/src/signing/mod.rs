//! Area `signing`: what signing and verifying one URL costs, beside other signers and a floor.
//!
//! - [`case`]: what is signed, and how it grows;
//! - [`ours`], [`bare`], [`floor`]: our signer and verifier, `aws-sigv4` by itself, and the least that is possible;
//!   criterion measures them in `benches/`;
//! - `others`: the signers of npm and Python, in loops of their own.

pub mod bare;
pub mod case;
mod criterion;
pub mod floor;
mod others;
pub mod ours;
#[cfg(test)]
mod tests;

use std::time::Duration;

use self::case::{Case, Growth, STEPS};
use self::criterion::{Criterion, Pace};
use self::others::Other;
use crate::Error;
use crate::percentile::median;
use crate::report::{Figure, Goal, Row, Table, Wanted};
use crate::workplace::{Effort, Workplace};

/// What ours may cost of a call of `aws-sigv4`.
const TIMES_BARE: f64 = 1.1;
/// What our verifier may cost of the floor.
const TIMES_FLOOR: f64 = 4.0;

/// Measures the area.
///
/// # Errors
///
/// Where a program does not run, or another signer signs another URL.
pub fn measure(workplace: &Workplace, progress: &mut dyn FnMut(&str)) -> Result<Vec<Table>, Error> {
    let criterion = Criterion::new(workplace)?;
    let rounds = match workplace.effort {
        Effort::Full => 7,
        Effort::Quick => 3,
    };
    let mut signing = Medians::of(["ours", "bare", "floor"]);
    let mut verifying = Medians::of(["ours", "floor"]);
    for round in 1..=rounds {
        progress(&format!("signing and verifying, round {round} of {rounds}"));
        signing.add_round(&criterion, "sign")?;
        verifying.add_round(&criterion, "verify")?;
    }
    let mut table = signing_table(&signing);
    for other in Other::ALL {
        progress(other.name());
        match other.measure(&Case::usual(), workplace)? {
            Ok(nanoseconds) => add(&mut table, other, nanoseconds, signing.time("ours")),
            Err(reason) => {
                table.goals.extend(goal(other, Figure::Nothing));
                table.missing.push(format!("{}: {reason}", other.name()));
            }
        }
    }
    progress("how both grow");
    Ok(vec![table, verifying_table(&verifying), growth_table(&criterion)?])
}

/// What several rounds gave for benches that run one after the other in each: load that comes and goes hits all of
/// them, and leaves their ratios.
struct Medians<const N: usize> {
    names: [&'static str; N],
    /// Nanoseconds.
    rounds: Vec<[f64; N]>,
}

impl<const N: usize> Medians<N> {
    fn of(names: [&'static str; N]) -> Self {
        Self { names, rounds: Vec::new() }
    }

    fn add_round(&mut self, criterion: &Criterion<'_>, program: &str) -> Result<(), Error> {
        criterion.run(program, &format!("^{program}/"), Pace::Round)?;
        let mut round = [0.0; N];
        for (time, name) in round.iter_mut().zip(self.names) {
            *time = criterion.median(program, name)?;
        }
        self.rounds.push(round);
        Ok(())
    }

    /// The median of the rounds, in nanoseconds.
    fn time(&self, name: &str) -> f64 {
        median(self.rounds.iter().map(|round| self.of_round(round, name)))
    }

    /// The median of the rounds' ratios.
    fn ratio(&self, one: &str, other: &str) -> Figure {
        let ratio = |round| self.of_round(round, one) / self.of_round(round, other);
        Figure::Times(median(self.rounds.iter().map(ratio)))
    }

    fn of_round(&self, round: &[f64; N], name: &str) -> f64 {
        let place = self.names.iter().position(|other| *other == name);
        place.map_or(f64::NAN, |place| round[place])
    }
}

fn time(nanoseconds: f64) -> Figure {
    Figure::Time(Duration::from_secs_f64(nanoseconds.max(0.0) / 1e9))
}

fn signing_table(signing: &Medians<3>) -> Table {
    let row = |name: &str, bench| Row {
        name: name.to_owned(),
        figures: vec![time(signing.time(bench)), signing.ratio(bench, "ours")],
    };
    Table {
        title: "Signing one URL".to_owned(),
        how: "6 parameters, a session token of 900 bytes, one thread, the profile of the functions; medians. Ours and \
              aws-sigv4 derive the signing key for each URL, as botocore does; the floor and both of npm keep it. The first \
              three took turns; the others had one run each behind them."
            .to_owned(),
        columns: ["signer", "one URL", "times ours"].map(str::to_owned).into(),
        rows: vec![
            row("a floor written by hand", "floor"),
            row("aws-sigv4 by itself", "bare"),
            row("ours (sigv4-sign)", "ours"),
        ],
        goals: vec![Goal {
            what: "our signing to aws-sigv4 by itself".to_owned(),
            wanted: Wanted::AtMost(Figure::Times(TIMES_BARE)),
            reached: signing.ratio("ours", "bare"),
        }],
        missing: Vec::new(),
    }
}

fn add(table: &mut Table, other: Other, nanoseconds: f64, ours: f64) {
    let ratio = Figure::Times(nanoseconds / ours);
    let figures = vec![time(nanoseconds), ratio];
    table.rows.push(Row { name: other.name().to_owned(), figures });
    table.goals.extend(goal(other, ratio));
}

fn goal(other: Other, reached: Figure) -> Option<Goal> {
    other.is_of_npm().then(|| Goal {
        what: format!("{} to our signing", other.name()),
        wanted: Wanted::AtLeast(Figure::Times(1.0)),
        reached,
    })
}

fn verifying_table(verifying: &Medians<2>) -> Table {
    let row = |name: &str, bench| Row {
        name: name.to_owned(),
        figures: vec![time(verifying.time(bench)), verifying.ratio(bench, "ours")],
    };
    Table {
        title: "Verifying one URL".to_owned(),
        how: "The same URL, in the handshake of a browser with 13 headers. Ours derives the signing key for each; the \
              floor keeps it, decodes nothing, and cannot say why it refuses."
            .to_owned(),
        columns: ["verifier", "one URL", "times ours"].map(str::to_owned).into(),
        rows: vec![row("a floor written by hand", "floor"), row("ours (sigv4-verify)", "ours")],
        goals: vec![Goal {
            what: "our verifying to the floor".to_owned(),
            wanted: Wanted::AtMost(Figure::Times(TIMES_FLOOR)),
            reached: verifying.ratio("ours", "floor"),
        }],
        missing: Vec::new(),
    }
}

fn growth_table(criterion: &Criterion<'_>) -> Result<Table, Error> {
    let mut table = Table {
        title: "How signing and verifying grow".to_owned(),
        how: "Ours, with 6, 60 and 600 parameters; with a token of 90, 900 and 9,000 bytes; with six values of 8, 80 \
              and 800 characters each. What does not grow keeps its usual size."
            .to_owned(),
        columns: ["what grows", "1", "10 times", "100 times", "100 times to 1"]
            .map(str::to_owned)
            .into(),
        rows: Vec::new(),
        goals: Vec::new(),
        missing: Vec::new(),
    };
    for (program, verb) in [("sign", "signing"), ("verify", "verifying")] {
        criterion.run(program, &format!("^{program}-"), Pace::Once)?;
        for growth in Growth::ALL {
            let group = format!("{program}-{}", growth.name());
            let median = |times: usize| criterion.median(&group, &times.to_string());
            let [least, more, most] = STEPS.map(median);
            let (least, more, most) = (least?, more?, most?);
            let name = format!("{verb}: {}", growth.name());
            let ratio = Figure::Times(most / least);
            table.goals.push(Goal::linear(&name, [least, more, most].map(time)));
            let figures = vec![time(least), time(more), time(most), ratio];
            table.rows.push(Row { name, figures });
        }
    }
    Ok(table)
}

/// The parts of a URL, sorted: signers write them in different orders, and the signature is over them in one.
fn parts(url: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = url.split(['?', '&']).collect();
    parts.sort_unstable();
    parts
}
