//! What came of it, as tables with their goals.

use std::time::Duration;

use super::growth::{Grown, Growth, SIZES, Step, UNDER_WAY};
use super::rivals::Rival;
use super::side_by_side::{Side, Sides};
use super::trial::{AT_ONCE, BYTES, Cost};
use crate::percentile::{Samples, median};
use crate::pinning::Processors;
use crate::report::{Figure, Goal, Row, Table, Wanted};

/// Ours, to the least gateway: for an echo, and for a handshake.
const MOST_TIMES_THE_LEAST: f64 = 2.0;

/// What a handshake, an echo and a connection's memory cost with the most connections, to what they do with the fewest:
/// that one costs what the others do, and what two short samples differ by.
const MOST_GROWTH: f64 = 1.3;

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
            Figure::Time(side.latency(50)),
            Figure::Time(side.latency(99)),
            Figure::Count(side.checked()),
        ],
    });
    let find = |rival| sides.sides.iter().find(|side| side.rival == rival);
    let goals = load_goals(
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

fn load_goals(ours: Option<&Side>, least: Option<&Side>, offline: Option<&Side>) -> Vec<Goal> {
    let time = |side: Option<&Side>, of: fn(&Side) -> Duration| {
        figure(side, |side| Figure::Time(of(side)))
    };
    let rate = |side: Option<&Side>, of: fn(&Side) -> f64| {
        figure(side, |side| Figure::PerSecond(of(side)))
    };
    let latency =
        |side: Option<&Side>, percent| figure(side, |side| Figure::Time(side.latency(percent)));
    let most = Wanted::AtMost(Figure::Times(MOST_TIMES_THE_LEAST));
    let (faster, more) = (Wanted::AtMost(Figure::Times(1.0)), Wanted::AtLeast(Figure::Times(1.0)));
    let mut goals = Vec::new();
    let mut to = |what: &str, wanted, ours: Figure, theirs| {
        goals.push(Goal { what: what.to_owned(), wanted, reached: ours.over(theirs) });
    };
    to(
        "CPU of an echo, to the least gateway's",
        most,
        time(ours, Side::echo),
        time(least, Side::echo),
    );
    to(
        "CPU of a handshake, to the least gateway's",
        most,
        time(ours, Side::handshake),
        time(least, Side::handshake),
    );
    to(
        "handshakes a second, to serverless-offline's",
        more,
        rate(ours, Side::handshakes_per_second),
        rate(offline, Side::handshakes_per_second),
    );
    to(
        "echoes a second, to serverless-offline's",
        more,
        rate(ours, Side::echoes_per_second),
        rate(offline, Side::echoes_per_second),
    );
    for percent in [50, 99] {
        let what = format!("echo p{percent} at half load, to serverless-offline's");
        to(&what, faster, latency(ours, percent), latency(offline, percent));
    }
    goals
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
    let goals = idle_goals(find(Rival::Countersign), find(Rival::ServerlessOffline), growth.ends.1);
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

/// Both with as many connections as were asked for: fewer reach nothing.
fn idle_goals(ours: Option<&Grown>, offline: Option<&Grown>, connections: usize) -> Vec<Goal> {
    let start = |side| figure(side, |grown: &Grown| Figure::Time(grown.starts.median()));
    let each = |side: Option<&Grown>| {
        let each = side.and_then(|grown| Some(grown.each(grown.step(connections)?)));
        each.map_or(Figure::Nothing, Figure::Bytes)
    };
    let faster = Wanted::AtMost(Figure::Times(1.0));
    vec![
        Goal {
            what: format!("bytes of a connection, {connections} open at once"),
            wanted: Wanted::AtMost(Figure::Bytes(MOST_OF_A_CONNECTION)),
            reached: each(ours),
        },
        Goal {
            what: "start, to serverless-offline's".to_owned(),
            wanted: faster,
            reached: start(ours).over(start(offline)),
        },
        Goal {
            what: "bytes of a connection, to serverless-offline's".to_owned(),
            wanted: faster,
            reached: each(ours).over(each(offline)),
        },
    ]
}

/// What one thing costs with the most connections, to what it does with the fewest.
fn growth_goals(ours: Option<&Grown>, (few, many): (usize, usize)) -> Vec<Goal> {
    let goal = |what: &str, of: &dyn Fn(&Grown, &Step) -> Figure| {
        let with = |connections| {
            let found = ours.and_then(|grown| Some((grown, grown.step(connections)?)));
            found.map_or(Figure::Nothing, |(grown, step)| of(grown, step))
        };
        Goal {
            what: format!("{what} with {many} connections, to that with {few}"),
            wanted: Wanted::AtMost(Figure::Times(MOST_GROWTH)),
            reached: with(many).over(with(few)),
        }
    };
    vec![
        goal("CPU of a handshake", &|_, step| Figure::Time(step.handshakes.each())),
        goal("CPU of an echo", &|_, step| Figure::Time(step.echoes.each())),
        goal("bytes of a connection", &|grown, step| Figure::Bytes(grown.each(step))),
    ]
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
        goals: growth_goals(find(Rival::Countersign), growth.ends),
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

/// Of a server that may be missing.
fn figure<T>(side: Option<&T>, of: impl Fn(&T) -> Figure) -> Figure {
    side.map_or(Figure::Nothing, of)
}

impl Side {
    fn handshakes_per_second(&self) -> f64 {
        median(self.handshakes.iter().map(Cost::per_second))
    }

    fn handshake(&self) -> Duration {
        median(self.handshakes.iter().map(Cost::each))
    }

    fn handshake_in_functions(&self) -> Duration {
        median(self.handshakes.iter().map(Cost::each_in_functions))
    }

    fn echoes_per_second(&self) -> f64 {
        median(self.echoes.iter().map(Cost::per_second))
    }

    fn echo(&self) -> Duration {
        median(self.echoes.iter().map(Cost::each))
    }

    fn echo_in_functions(&self) -> Duration {
        median(self.echoes.iter().map(Cost::each_in_functions))
    }

    fn latency(&self, percent: usize) -> Duration {
        median(self.latencies.iter().map(|latencies| latencies.percentile(percent)))
    }

    /// How many echoes were compared with what was sent.
    fn checked(&self) -> u64 {
        let echoes: usize = self.echoes.iter().map(|cost| cost.count).sum();
        let paced: usize = self.latencies.iter().map(Samples::count).sum();
        u64::try_from(echoes + paced).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::server::Spent;

    /// A server of which a handshake takes so many milliseconds, and an echo ten times as many.
    fn side(rival: Rival, milliseconds: u64) -> Side {
        let cost = |milliseconds| {
            let taken = Duration::from_millis(milliseconds);
            Cost { count: 1, taken, spent: Spent { gateway: taken, functions: Duration::ZERO } }
        };
        let latencies = Samples::new(vec![Duration::from_millis(milliseconds)]).unwrap();
        Side {
            rival,
            handshakes: vec![cost(milliseconds)],
            echoes: vec![cost(milliseconds * 10)],
            latencies: vec![latencies],
        }
    }

    #[test]
    fn ours_is_held_against_the_other() {
        let (ours, least) = (side(Rival::Countersign, 30), side(Rival::LeastGateway, 20));
        let offline = side(Rival::ServerlessOffline, 60);
        let goals = load_goals(Some(&ours), Some(&least), Some(&offline));
        let reached: Vec<String> = goals.iter().map(|goal| goal.reached.to_string()).collect();
        assert_eq!(reached, ["1.50×", "1.50×", "2.00×", "2.00×", "0.50×", "0.50×"]);
        assert!(goals.iter().all(Goal::is_met), "{goals:?}");
    }

    #[test]
    fn a_goal_stays_where_its_opponent_is_missing() {
        let ours = side(Rival::Countersign, 30);
        let check = |goals: Vec<Goal>, expected: usize| {
            assert_eq!(goals.len(), expected);
            let is_open = |goal: &Goal| goal.reached == Figure::Nothing && !goal.is_met();
            assert!(goals.iter().all(is_open), "{goals:?}");
        };
        check(load_goals(Some(&ours), None, None), 6);
        check(idle_goals(None, None, 10_000), 3);
        check(growth_goals(None, (100, 10_000)), 3);
    }
}
