//! One measurement of one server, by hand: `cargo run --release -p bench --example load -- --help`.

#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

use std::time::Duration;

use bench::gateway::ledger::Echo;
use bench::gateway::server::{Server, Spent};
use bench::gateway::{echoes, handshakes, paced};
use bench::{Error, pinning};
use clap::{Parser, ValueEnum};
use tokio::process::Command;
use tokio::time::Instant;

/// Starts a server on the last processor, measures it from the first one, and ends it. The server prints a line of
/// JSON when it is ready: {"websocket":URL,"sign":URL}, as `countersign run --json` does.
#[derive(Parser)]
struct Arguments {
    /// What is measured
    what: What,
    /// Connections that are open; for handshakes, how many there are in all
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Messages under way, or handshakes, at once
    #[arg(long, default_value_t = 64)]
    at_once: usize,
    /// Bytes of a message
    #[arg(long, default_value_t = 100)]
    bytes: usize,
    /// How long
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// How often, one after the other
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Messages a second, for `paced`
    #[arg(long, default_value_t = 500.0)]
    rate: f64,
    /// Connections that are opened between two pauses of `pause` seconds
    #[arg(long, default_value_t = 500)]
    batch: usize,
    /// For a server that lets in so many a second only
    #[arg(long, default_value_t = 0.0)]
    pause: f64,
    /// The server gives a message back as it is, not as `message` of an object
    #[arg(long)]
    bare: bool,
    /// The server, with its arguments
    #[arg(required = true, last = true)]
    command: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// How many handshakes a second, and what each costs
    Handshakes,
    /// How many echoes a second, and what each costs
    Echoes,
    /// How long echoes take at a steady rate
    Paced,
    /// What an open connection costs in memory
    Idle,
}

fn main() -> Result<(), Error> {
    let arguments = Arguments::parse();
    pinning::raise_open_files()?;
    let processors = pinning::processors()?;
    let (first, last) = (processors[0], processors[processors.len() - 1]);
    let _pinned = pinning::Pinned::to(first)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure(&arguments, last))
}

async fn measure(arguments: &Arguments, processor: usize) -> Result<(), Error> {
    let mut command = Command::new(&arguments.command[0]);
    command.args(&arguments.command[1..]);
    let log = std::env::temp_dir().join(format!("load-{}.log", std::process::id()));
    let server = Server::start(command, processor, &log).await?;
    println!("ready after {:?}; its log: {}", server.start, log.display());
    let outcome = run(arguments, &server).await;
    server.end().await?;
    outcome
}

async fn run(arguments: &Arguments, server: &Server) -> Result<(), Error> {
    let echo = if arguments.bare { Echo::Bare } else { Echo::Wrapped };
    let duration = Duration::from_secs_f64(arguments.seconds);
    // Every function is started as often as the load needs it.
    let mut first = open(arguments, server, 2 * arguments.at_once).await?.0;
    let at_once = arguments.at_once;
    echoes::run(&mut first, at_once, arguments.bytes, echo, Duration::from_millis(500)).await?;
    let empty = server.resident()?;
    let (mut sockets, spent, taken) = open(arguments, server, arguments.connections).await?;
    match arguments.what {
        What::Handshakes => tell("handshake", sockets.len(), spent, taken),
        What::Idle => {
            let full = server.resident()?;
            let each = full.saturating_sub(empty) / sockets.len() as u64;
            println!("{empty} bytes, then {full}: {each} a connection of {}", sockets.len());
            println!("functions: {} bytes", server.functions_resident()?);
        }
        What::Echoes => {
            for _ in 0..arguments.rounds {
                let (before, start) = (server.spent()?, Instant::now());
                let at_once = arguments.at_once;
                let latencies =
                    echoes::run(&mut sockets, at_once, arguments.bytes, echo, duration).await?;
                let (spent, taken) = (server.spent()?.since(before), start.elapsed());
                tell("echo", latencies.count(), spent, taken);
                println!("  p50 {:?}, p99 {:?}", latencies.median(), latencies.percentile(99.0));
            }
        }
        What::Paced => {
            for _ in 0..arguments.rounds {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let count = (arguments.rate * arguments.seconds) as u32;
                let (before, start) = (server.spent()?, Instant::now());
                let done =
                    paced::run(sockets, arguments.bytes, echo, arguments.rate, count).await?;
                let (spent, taken) = (server.spent()?.since(before), start.elapsed());
                sockets = done.sockets;
                let latencies = done.latencies;
                tell("echo", latencies.count(), spent, taken);
                println!("  p50 {:?}, p99 {:?}", latencies.median(), latencies.percentile(99.0));
            }
        }
    }
    handshakes::close(sockets).await?;
    handshakes::close(first).await
}

/// Opens connections; only the handshakes are counted, not the signing of their URLs.
async fn open(
    arguments: &Arguments,
    server: &Server,
    count: usize,
) -> Result<(Vec<bench::gateway::client::Socket>, Spent, Duration), Error> {
    let mut sockets = Vec::new();
    let (mut spent, mut taken) = (Spent::default(), Duration::ZERO);
    while sockets.len() < count {
        if !sockets.is_empty() {
            tokio::time::sleep(Duration::from_secs_f64(arguments.pause)).await;
        }
        let urls = server.addresses.take(arguments.batch.min(count - sockets.len())).await?;
        let (before, start) = (server.spent()?, Instant::now());
        sockets.extend(handshakes::open(urls, arguments.at_once).await?.sockets);
        let more = server.spent()?.since(before);
        spent.gateway += more.gateway;
        spent.functions += more.functions;
        taken += start.elapsed();
    }
    Ok((sockets, spent, taken))
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn tell(what: &str, count: usize, spent: Spent, taken: Duration) {
    let each = |time: Duration| time.as_secs_f64() * 1e6 / count as f64;
    println!(
        "{:.0} {what}s/s; CPU of each: {:.1} us = gateway {:.1} + functions {:.1}",
        count as f64 / taken.as_secs_f64(),
        each(spent.gateway + spent.functions),
        each(spent.gateway),
        each(spent.functions),
    );
}
