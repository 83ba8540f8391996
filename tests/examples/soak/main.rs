//! The soak: many connections held open on a whole stack, each speaking in every round, while faults
//! are switched on and off. Run by hand:
//!
//! ```text
//! ulimit -n 8192
//! cargo run -p tests --example soak -- --connections 1000 --messages 20
//! ```
//!
//! First it measures what an idle connection costs, in a `countersign` process of its own, as this
//! one holds the clients. Then come the rounds. At the end it closes everything, drives the clock past
//! the time to live, and counts what is left. The exit code is 1 if something was lost or left that no
//! strike of a fault explains, or if a fault never struck.
//!
//! - `client`: one client
//! - `phases`: the faults

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for a person")]

mod client;
mod phases;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use local::clock::Clock;
use local::faults::{Armed, Faults};
use tests::command::{self, Process};
use tests::stack::Stack;
use tests::waiting::eventually;
use tests::websocket::{self, Socket};
use tests::{http, programs};

use client::Client;
use phases::{Effect, Handshakes, PHASES, Phase, Trouble};

const HELP: &str = "\
Holds many connections open on a whole stack while faults are switched on and off.

Options:
  --connections NUMBER  how many are open at a time [default: 1000]
  --messages NUMBER     how many each of them sends: 10 at least, one for each phase [default: 20]
  -h, --help            print this

What is measured and counted goes to stdout; the log of the stack, in which the faults' errors are
expected, to stderr.

Exit status:
  0  nothing was lost or left that no fault explains
  1  something was, or a fault never struck
  2  the command line is wrong, or too few files may be open";

/// Clients that speak or connect at a time. A function has 16 processes; the others wait.
const AT_ONCE: usize = 64;

/// How often the gateway's clock is moved on, by as much. Rarely: every connection wakes up for it.
const TICK: Duration = Duration::from_millis(250);

/// Past the time to live of every row: 2 hours, 10 minutes and a sweep.
const TIME_TO_LIVE: Duration = Duration::from_secs(3 * 60 * 60);

/// Descriptors that are open beside the connections: listeners, function pipes, tables.
const OTHER_DESCRIPTORS: u64 = 1_000;

#[tokio::main]
async fn main() -> ExitCode {
    if std::env::args().any(|word| ["-h", "--help"].contains(&word.as_str())) {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let (connections, messages) = match arguments() {
        Ok(arguments) => arguments,
        Err(message) => {
            eprintln!("soak: {message}");
            return ExitCode::from(2);
        }
    };
    programs::built().await;
    programs::countersign().await;
    memory(connections).await;
    let Report { wrong } = rounds(connections, messages).await;
    for line in &wrong {
        println!("NOT EXPLAINED: {line}");
    }
    if wrong.is_empty() {
        println!("Nothing was lost or left that no fault explains.");
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The numbers of connections, and of messages that each sends.
fn arguments() -> Result<(usize, usize), String> {
    let (mut connections, mut messages) = (1_000, 20);
    let mut words = std::env::args().skip(1);
    while let Some(option) = words.next() {
        let (wanted, least) = match option.as_str() {
            "--connections" => (&mut connections, 1),
            // One for each phase.
            "--messages" => (&mut messages, PHASES.len()),
            _ => return Err(format!("{option}: expected --connections or --messages")),
        };
        let count = words.next().and_then(|word| word.parse().ok());
        *wanted = count
            .filter(|count| *count >= least)
            .ok_or_else(|| format!("{option}: expected a whole number from {least}"))?;
    }
    // Both ends of a connection are in this process.
    let needed = 2 * connections as u64 + OTHER_DESCRIPTORS;
    match descriptor_limit() {
        Some(limit) if limit < needed => {
            Err(format!("{limit} open files are too few: `ulimit -n {needed}` is needed first"))
        }
        _ => Ok((connections, messages)),
    }
}

/// How many files this process may have open: proc(5).
fn descriptor_limit() -> Option<u64> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Measures the resident memory of `countersign` before and after so many connections were opened.
async fn memory(connections: usize) {
    let process = Process::start(command::countersign().await).await;
    let sign = process.told("/sign").to_owned();
    let open = |count| {
        let connecting = stream::iter(0..count).map(|_| async {
            let reply = http::post(&sign, r#"{"query":{"room":"soak"}}"#).await.json();
            websocket::open(reply["url"].as_str().unwrap()).await.unwrap()
        });
        connecting.buffer_unordered(AT_ONCE).collect::<Vec<Socket>>()
    };
    // What the first ones cost is not theirs: buffers, processes, tables.
    close(open(AT_ONCE).await).await;
    let before = resident_kilobytes(process.id());
    let sockets = open(connections).await;
    let with = resident_kilobytes(process.id());
    close(sockets).await;
    process.stop().await;
    println!("Memory of countersign (a build for debugging), its functions apart:");
    println!("  before {before} KiB, with {connections} idle connections {with} KiB:");
    println!("  {:.1} KiB a connection, its row in memory included", {
        with.saturating_sub(before) as f64 / connections as f64
    });
}

async fn close(sockets: Vec<Socket>) {
    stream::iter(sockets).for_each_concurrent(AT_ONCE, Socket::close).await;
}

/// The resident set of a process: proc(5).
fn resident_kilobytes(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// What is reported, and what no fault explains.
#[derive(Default)]
struct Report {
    wrong: Vec<String>,
}

impl Report {
    /// A count, and what it should be.
    fn count(&mut self, what: &str, found: usize, expected: usize) {
        println!("{what}: {found}");
        if found != expected {
            self.wrong.push(format!("{what}: {found}, expected {expected}"));
        }
    }

    /// A count that cannot be more than the strikes of those of these faults that may cause it.
    fn explain<'a>(
        &mut self,
        effect: Effect,
        found: u64,
        troubles: impl IntoIterator<Item = &'a Trouble>,
        faults: &Faults,
    ) {
        let causes = troubles.into_iter().filter(|trouble| trouble.may_cause(effect));
        let causes: Vec<_> = causes.map(|trouble| trouble.armed().fault).collect();
        let strikes: u64 = causes.iter().map(|fault| faults.strikes_of(fault)).sum();
        if found > strikes {
            let causes: Vec<_> = causes.iter().map(ToString::to_string).collect();
            self.wrong.push(format!("{effect:?}: {found}, with {strikes} strikes of {causes:?}"));
        }
    }
}

/// The phases, and the end.
async fn rounds(connections: usize, messages: usize) -> Report {
    let sockets_before = own_sockets();
    let mut report = Report::default();
    let stack = Stack::start().await;
    let ticking = tokio::spawn(tick(stack.clock.clone()));
    let started = Instant::now();
    let connecting = stream::iter(0..connections).map(|number| Client::connect(&stack, number));
    let mut clients = connecting.buffer_unordered(AT_ONCE).collect::<Vec<Client>>().await;
    println!("{connections} connections in {:.1} s", started.elapsed().as_secs_f64());
    report.explain(Effect::Refusal, refusals(&clients), [], &stack.faults);

    for (index, phase) in PHASES.iter().enumerate() {
        // The messages are spread over the phases.
        let rounds = messages * index / PHASES.len()..messages * (index + 1) / PHASES.len();
        run(phase, rounds, &stack, &mut clients, &mut report).await;
    }
    ticking.abort();
    end(stack, clients, &mut report).await;
    let sockets = || own_sockets().saturating_sub(sockets_before);
    eventually("the last sockets are closed", || sockets() == 0).await;
    report.count("sockets left", sockets(), 0);
    report
}

/// Moves the gateway's clock on as the machine's goes.
async fn tick(clock: Clock) {
    let mut interval = tokio::time::interval(TICK);
    loop {
        interval.tick().await;
        clock.advance(TICK);
    }
}

/// One phase: its faults are switched on, everybody speaks in each of the rounds, and they are
/// switched off.
async fn run(
    phase: &Phase,
    rounds: Range<usize>,
    stack: &Stack,
    clients: &mut [Client],
    report: &mut Report,
) {
    let started = Instant::now();
    let refused_before = refusals(clients);
    for trouble in phase.troubles {
        let Armed { fault, times } = trouble.armed();
        fault.check(&stack.template).unwrap();
        stack.faults.switch_on(fault, times);
    }
    if phase.handshakes == Handshakes::ATenth {
        let leaving = clients.len().div_ceil(10);
        let leaving = clients.iter_mut().take(leaving).map(|client| client.reconnect(stack));
        stream::iter(leaving).buffer_unordered(AT_ONCE).collect::<()>().await;
    }
    let (mut echoes, mut effects) = (0, BTreeMap::<Effect, u64>::new());
    for round in rounds {
        let saying = clients.iter_mut().map(|client| client.say(stack, round));
        let mut said = stream::iter(saying).buffer_unordered(AT_ONCE);
        while let Some(effect) = said.next().await {
            match effect {
                None => echoes += 1,
                Some(effect) => *effects.entry(effect).or_default() += 1,
            }
        }
    }
    // The `$disconnect` of those who have left is still this phase's.
    let registry = &stack.running.services.registry;
    eventually("nobody is leaving any more", || registry.count() == clients.len()).await;
    stack.faults.clear();
    effects.insert(Effect::Refusal, refusals(clients) - refused_before);
    println!("{:>6.1} s, {echoes} echoes, {effects:?}", started.elapsed().as_secs_f64());
    for trouble in phase.troubles {
        let armed = trouble.armed();
        let strikes = stack.faults.strikes_of(&armed.fault);
        println!("{strikes:>12} strikes of {armed}");
        if strikes == 0 {
            report.wrong.push(format!("{armed} never struck"));
        }
    }
    for (effect, count) in effects {
        report.explain(effect, count, phase.troubles, &stack.faults);
    }
}

/// Closes everything, lets the time to live pass, ends the stack, and counts what is left.
async fn end(stack: Stack, clients: Vec<Client>, report: &mut Report) {
    let registry = &stack.running.services.registry;
    let rows = |table| stack.rows(table).len();
    println!("{} rows for {} connections", rows("ConnectionsTable"), registry.count());
    close(clients.into_iter().map(Client::into_socket).collect()).await;
    stack.all_disconnected().await;
    report.count("connections open after all were closed", registry.count(), 0);
    let left = rows("ConnectionsTable");
    println!("rows that wait for their time to live: {left}");
    let troubles = PHASES.iter().flat_map(|phase| phase.troubles);
    report.explain(Effect::Row, left as u64, troubles, &stack.faults);
    stack.clock.advance(TIME_TO_LIVE);
    let swept = || rows("ConnectionsTable") + rows("NoncesTable") == 0;
    eventually("what has expired is removed", swept).await;
    report.count("rows of connections after it", rows("ConnectionsTable"), 0);
    report.count("rows of nonces after it", rows("NoncesTable"), 0);
    let processes = stack.running.services.functions.processes();
    println!("processes before the end: {}", processes.len());
    stack.stop().await;
    let is_left = |id: u32| Path::new(&format!("/proc/{id}")).exists();
    let left = processes.iter().filter(|(_, id)| is_left(*id)).count();
    report.count("processes left", left, 0);
}

/// How many handshakes were refused so far.
fn refusals(clients: &[Client]) -> u64 {
    clients.iter().map(|client| client.refused).sum()
}

/// How many sockets this process has open: proc(5).
fn own_sockets() -> usize {
    let descriptors = std::fs::read_dir("/proc/self/fd").unwrap();
    let targets = descriptors.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    targets.filter(|target| target.to_string_lossy().starts_with("socket:")).count()
}
