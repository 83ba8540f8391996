//! What came of it, as tables.

use std::time::Duration;

use super::goals;
use super::growth::{Grown, Growth, SIZES, UNDER_WAY};
use super::rivals::Rival;
use super::side_by_side::{Side, Sides};
use super::trial::{AT_ONCE, BYTES, Cost};
use crate::percentile::{Samples, median};
use crate::pinning::Processors;
use crate::report::{Figure, Row, Table};

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
            Figure::Time(side.latency(50)),
            Figure::Time(side.latency(99)),
            Figure::Count(side.checked()),
        ],
    });
    let find = |rival| sides.sides.iter().find(|side| side.rival == rival);
    let goals = goals::load(
        find(Rival::Countersign),
        find(Rival::LeastGateway),
        find(Rival::ServerlessOffline),
    );
    Table {
        title: "Handshakes and echoes".to_owned(),
        how: format!(
            "{AT_ONCE} at once, {BYTES} bytes a message; servers side by side, in turns, the median of them. {} \
             The least gateway has one process of its function for the one processor, and `countersign run` starts no \
             more of each while its queue moves. A handshake of ours is signed, authorized and stored; signing it is not counted. It runs with \
             --no-quotas, the template with SignAuthorization=NONE and the highest rates that it allows: neither \
             throttles. The load is one thread, which bounds the rate of the fastest servers, but not their CPU. Latencies at half of \
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

fn where_it_ran(processors: Processors) -> String {
    if !processors.are_two() {
        return "There is one processor, for the load and the servers together.".to_owned();
    }
    let Processors { harness, measured } = processors;
    format!(
        "The load on processor {harness}, a server with all its functions on processor {measured}."
    )
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
    let goals =
        goals::idle(find(Rival::Countersign), find(Rival::ServerlessOffline), growth.ends.1);
    Table {
        title: "Start, and open connections".to_owned(),
        how: "From the start of the process until it says that it is ready, the median; one server after the other. Memory is what is resident of \
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
    let find = |rival| growth.grown.iter().find(|grown| grown.rival == rival);
    Table {
        title: "With more open connections".to_owned(),
        how: format!(
            "Handshakes up to so many open connections, then echoes over all of them in turn, {AT_ONCE} at once. One sample \
             each, one server after the other."
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
        goals: goals::growth(find(Rival::Countersign), growth.ends),
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
            "CPU of an echo; {AT_ONCE} at once where the length differs, {BYTES} bytes where the number does. One sample \
             each, one server after the other."
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

impl Side {
    pub(super) fn handshakes_per_second(&self) -> f64 {
        median(self.handshakes.iter().map(Cost::per_second))
    }

    pub(super) fn handshake(&self) -> Duration {
        median(self.handshakes.iter().map(Cost::each))
    }

    fn handshake_in_functions(&self) -> Duration {
        median(self.handshakes.iter().map(Cost::each_in_functions))
    }

    pub(super) fn echoes_per_second(&self) -> f64 {
        median(self.echoes.iter().map(Cost::per_second))
    }

    pub(super) fn echo(&self) -> Duration {
        median(self.echoes.iter().map(Cost::each))
    }

    fn echo_in_functions(&self) -> Duration {
        median(self.echoes.iter().map(Cost::each_in_functions))
    }

    pub(super) fn latency(&self, percent: usize) -> Duration {
        median(self.latencies.iter().map(|latencies| latencies.percentile(percent)))
    }

    /// How many echoes were compared with what was sent.
    fn checked(&self) -> u64 {
        let echoes: usize = self.echoes.iter().map(|cost| cost.count).sum();
        let paced: usize = self.latencies.iter().map(Samples::count).sum();
        u64::try_from(echoes + paced).unwrap_or(u64::MAX)
    }
}
