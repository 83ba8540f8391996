//! What the figures are held against. A goal stays where an opponent is missing, without a figure.

use std::time::Duration;

use super::growth::{Grown, Step};
use super::side_by_side::Side;
use crate::report::{Figure, Goal, Wanted};

/// Ours, to the least gateway: for an echo, and for a handshake.
const MOST_TIMES_THE_LEAST: f64 = 2.0;

/// What a handshake, an echo and a connection's memory cost with the most connections, to what they do with the fewest:
/// that one costs what the others do, and what two short samples differ by.
const MOST_GROWTH: f64 = 1.3;

/// An open connection, in bytes.
const MOST_OF_A_CONNECTION: u64 = 12 * 1_024;

pub(super) fn load(ours: Option<&Side>, least: Option<&Side>, offline: Option<&Side>) -> Vec<Goal> {
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

/// Both with as many connections as were asked for: fewer reach nothing.
pub(super) fn idle(ours: Option<&Grown>, offline: Option<&Grown>, connections: usize) -> Vec<Goal> {
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
pub(super) fn growth(ours: Option<&Grown>, (few, many): (usize, usize)) -> Vec<Goal> {
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

/// Of a server that may be missing.
fn figure<T>(side: Option<&T>, of: impl Fn(&T) -> Figure) -> Figure {
    side.map_or(Figure::Nothing, of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::rivals::Rival;
    use crate::gateway::server::Spent;
    use crate::gateway::trial::Cost;
    use crate::percentile::Samples;

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
        let goals = load(Some(&ours), Some(&least), Some(&offline));
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
        check(load(Some(&ours), None, None), 6);
        check(idle(None, None, 10_000), 3);
        check(growth(None, (100, 10_000)), 3);
    }
}
