//! What came of it, as tables with their goals.

use std::time::Duration;

use super::Processors;
use super::growth::{Grown, Growth, SIZES, UNDER_WAY};
use super::rivals::Rival;
use super::side_by_side::{Side, Sides};
use super::trial::{AT_ONCE, BYTES, Cost};
use crate::percentile::Samples;
use crate::report::{Figure, Goal, Row, Table, Wanted};

/// Ours, to the least gateway: for an echo, and for a handshake.
const MOST_TIMES_THE_LEAST: f64 = 2.0;

/// An open connection, in bytes.
const MOST_OF_A_CONNECTION: u64 = 12 * 1_024;

pub(super) fn of(sides: &Sides, growth: &Growth, processors: Processors) -> Vec<Table> {
    vec![load(sides, processors), idle(growth), by_connections(growth), by_messages(growth)]
}

fn load(sides: &Sides, processors: Processors) -> Table {
    let rows = sides.sides.iter().map(|side| Row {
        name: side.rival.name().to_owned(),
        figures: vec![
            Figure::PerSecond(side.handshakes_per_second()),
            Figure::Time(side.handshake()),
            of_functions(side.handshake_in_functions()),
            Figure::PerSecond(side.echoes_per_second()),
            Figure::Time(side.echo()),
            of_functions(side.echo_in_functions()),
            Figure::Time(side.latency(50.0)),
            Figure::Time(side.latency(99.0)),
            Figure::Count(side.checked()),
        ],
    });
    let find = |rival| sides.sides.iter().find(|side| side.rival == rival);
    let mut goals = Vec::new();
    if let (Some(ours), Some(least)) = (find(Rival::Countersign), find(Rival::LeastGateway)) {
        let most = MOST_TIMES_THE_LEAST;
        goals.push(times(
            "CPU of an echo, to the least gateway's",
            ours.echo(),
            least.echo(),
            most,
        ));
        let (ours, least) = (ours.handshake(), least.handshake());
        goals.push(times("CPU of a handshake, to the least gateway's", ours, least, most));
    }
    if let (Some(ours), Some(theirs)) = (find(Rival::Countersign), find(Rival::ServerlessOffline)) {
        goals.push(more(
            "handshakes a second",
            ours.handshakes_per_second(),
            theirs.handshakes_per_second(),
        ));
        goals.push(more("echoes a second", ours.echoes_per_second(), theirs.echoes_per_second()));
        for (what, percent) in [("echo p50", 50.0), ("echo p99", 99.0)] {
            let what = format!("{what} at half load, to serverless-offline's");
            goals.push(times(&what, ours.latency(percent), theirs.latency(percent), 1.0));
        }
    }
    Table {
        title: "Handshakes and echoes".to_owned(),
        how: format!(
            "{AT_ONCE} at once, {BYTES} bytes a message; servers side by side, in turns, the median of them. {} \
             A handshake of ours is signed, authorized and stored; signing it is not counted. Latencies at half of \
             each server's own echoes a second, from the time that a message was to be sent. Every echo is compared \
             with what was sent: one that is lost, comes twice or changed ends the run.",
            where_it_ran(processors),
        ),
        columns: columns(&[
            "server",
            "handshakes",
            "CPU of one",
            "of it functions",
            "echoes",
            "CPU of one",
            "of it functions",
            "p50 at half load",
            "p99",
            "echoes checked",
        ]),
        rows: rows.collect(),
        goals,
        missing: sides.missing.clone(),
    }
}

fn where_it_ran(Processors { client, server }: Processors) -> String {
    if client == server {
        "There is one processor, for the load and the servers together.".to_owned()
    } else {
        format!(
            "The load on processor {client}, a server with all its functions on processor {server}."
        )
    }
}

fn idle(growth: &Growth) -> Table {
    let rows = growth.grown.iter().map(|grown| {
        let last = grown.steps.last();
        Row {
            name: grown.rival.name().to_owned(),
            figures: vec![
                Figure::Time(grown.starts.median()),
                Figure::Bytes(grown.empty),
                if grown.functions == 0 { Figure::Nothing } else { Figure::Bytes(grown.functions) },
                last.map_or(Figure::Nothing, |step| count(step.connections)),
                last.map_or(Figure::Nothing, |step| Figure::Bytes(step.resident)),
                last.map_or(Figure::Nothing, |step| Figure::Bytes(grown.each(step))),
            ],
        }
    });
    let find = |rival| growth.grown.iter().find(|grown| grown.rival == rival);
    let mut goals = Vec::new();
    if let Some(ours) = find(Rival::Countersign) {
        if let Some(step) = ours.steps.last() {
            goals.push(Goal {
                what: format!("bytes of a connection, {} open at once", step.connections),
                wanted: Wanted::AtMost(Figure::Bytes(MOST_OF_A_CONNECTION)),
                reached: Figure::Bytes(ours.each(step)),
            });
        }
        if let Some(theirs) = find(Rival::ServerlessOffline) {
            let (starts, others) = (ours.starts.median(), theirs.starts.median());
            goals.push(times("start, to serverless-offline's", starts, others, 1.0));
            if let (Some(step), Some(other)) = (ours.steps.last(), theirs.steps.last()) {
                let reached =
                    Figure::Bytes(ours.each(step)).over(Figure::Bytes(theirs.each(other)));
                goals.push(Goal {
                    what: "bytes of a connection, to serverless-offline's".to_owned(),
                    wanted: Wanted::AtMost(Figure::Times(1.0)),
                    reached,
                });
            }
        }
    }
    Table {
        title: "Start, and open connections".to_owned(),
        how: "From the start of the process until it says that it is ready, the median. Memory is what is resident of \
              the server's own process, after a warm-up and with so many idle connections more; what serverless-offline \
              does for its handlers is in its own."
            .to_owned(),
        columns: columns(&[
            "server",
            "start to ready",
            "memory",
            "of its functions, beside it",
            "connections",
            "memory with them",
            "memory of one",
        ]),
        rows: rows.collect(),
        goals,
        missing: growth.missing.clone(),
    }
}

fn by_connections(growth: &Growth) -> Table {
    let rows = growth.grown.iter().flat_map(|grown| {
        grown.steps.iter().map(|step| Row {
            name: format!("{}, {}", grown.rival.name(), step.connections),
            figures: vec![
                Figure::Time(step.handshakes.each()),
                Figure::PerSecond(step.handshakes.per_second()),
                Figure::Time(step.echoes.each()),
                Figure::PerSecond(step.echoes.per_second()),
                Figure::Bytes(grown.each(step)),
            ],
        })
    });
    Table {
        title: "With more open connections".to_owned(),
        how: format!(
            "Handshakes up to so many open connections, then echoes over all of them in turn, {AT_ONCE} at once."
        ),
        columns: columns(&[
            "server, connections",
            "CPU of a handshake",
            "handshakes",
            "CPU of an echo",
            "echoes",
            "memory of a connection",
        ]),
        rows: rows.collect(),
        goals: Vec::new(),
        missing: Vec::new(),
    }
}

fn by_messages(growth: &Growth) -> Table {
    let columns = ["server".to_owned()]
        .into_iter()
        .chain(SIZES.iter().map(|bytes| format!("{bytes} bytes")))
        .chain(UNDER_WAY.iter().map(|count| format!("{count} at once")))
        .chain(UNDER_WAY.iter().map(|count| format!("echoes, {count} at once")));
    let each = |cost: &Cost| Figure::Time(cost.each());
    let row = |grown: &Grown| {
        let figures = grown.sizes.iter().map(each);
        let figures = figures.chain(grown.under_way.iter().map(each));
        let rates = grown.under_way.iter().map(|cost| Figure::PerSecond(cost.per_second()));
        Row { name: grown.rival.name().to_owned(), figures: figures.chain(rates).collect() }
    };
    Table {
        title: "With longer messages, and more of them at once".to_owned(),
        how: format!(
            "CPU of an echo; {AT_ONCE} at once where the length differs, {BYTES} bytes where the number does."
        ),
        columns: columns.collect(),
        rows: growth.grown.iter().map(row).collect(),
        goals: Vec::new(),
        missing: Vec::new(),
    }
}

fn columns(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn count(number: usize) -> Figure {
    Figure::Count(u64::try_from(number).unwrap_or(u64::MAX))
}

/// A server without functions spends nothing in them.
fn of_functions(time: Duration) -> Figure {
    if time.is_zero() { Figure::Nothing } else { Figure::Time(time) }
}

fn times(what: &str, ours: Duration, theirs: Duration, most: f64) -> Goal {
    Goal {
        what: what.to_owned(),
        wanted: Wanted::AtMost(Figure::Times(most)),
        reached: Figure::Time(ours).over(Figure::Time(theirs)),
    }
}

fn more(what: &str, ours: f64, theirs: f64) -> Goal {
    Goal {
        what: format!("{what}, to serverless-offline's"),
        wanted: Wanted::AtLeast(Figure::Times(1.0)),
        reached: Figure::PerSecond(ours).over(Figure::PerSecond(theirs)),
    }
}

impl Side {
    fn handshakes_per_second(&self) -> f64 {
        middle(self.handshakes.iter().map(Cost::per_second))
    }

    fn handshake(&self) -> Duration {
        middle(self.handshakes.iter().map(Cost::each))
    }

    fn handshake_in_functions(&self) -> Duration {
        middle(self.handshakes.iter().map(Cost::each_in_functions))
    }

    fn echoes_per_second(&self) -> f64 {
        middle(self.echoes.iter().map(Cost::per_second))
    }

    fn echo(&self) -> Duration {
        middle(self.echoes.iter().map(Cost::each))
    }

    fn echo_in_functions(&self) -> Duration {
        middle(self.echoes.iter().map(Cost::each_in_functions))
    }

    fn latency(&self, percent: f64) -> Duration {
        middle(self.latencies.iter().map(|latencies| latencies.percentile(percent)))
    }

    /// How many echoes were compared with what was sent.
    fn checked(&self) -> u64 {
        let echoes: usize = self.echoes.iter().map(|cost| cost.count).sum();
        let paced: usize = self.latencies.iter().map(Samples::count).sum();
        u64::try_from(echoes + paced).unwrap_or(u64::MAX)
    }
}

/// Of the turns: the median, the lower of two.
fn middle<T: PartialOrd + Default>(figures: impl Iterator<Item = T>) -> T {
    let mut figures: Vec<_> = figures.collect();
    figures.sort_by(|one, other| one.partial_cmp(other).unwrap_or(std::cmp::Ordering::Equal));
    let middle = figures.len().saturating_sub(1) / 2;
    figures.into_iter().nth(middle).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_the_median() {
        let check = |figures: &[f64], expected: f64| {
            let found = middle(figures.iter().copied());
            assert!((found - expected).abs() < f64::EPSILON, "{figures:?}: {found}");
        };
        check(&[3.0, 1.0, 2.0], 2.0);
        check(&[4.0, 1.0, 3.0, 2.0], 2.0);
        check(&[7.0], 7.0);
        check(&[], 0.0);
    }
}
