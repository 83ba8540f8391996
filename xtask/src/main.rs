//! `cargo xtask`: packages the functions, tries a deployed stack, and measures.

mod bench;
mod chain;
mod instructions;
mod package;
mod progress;
mod smoke;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What the repository does beside building and testing.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure what Countersign costs, beside what one would use instead.
    ///
    /// Builds and installs into target/bench what it needs, measures, prints tables, and writes them to
    /// bench/results. It takes some twenty minutes after the builds; the machine should do nothing else. No figure
    /// fails it: it fails where something does not run, or gives a wrong answer. What comes from npm and PyPI is
    /// left out where it cannot be had, and the tables say so.
    Bench(bench::BenchArguments),
    /// Count the instructions of a signing and a verifying, and hold them against bench/instructions.json.
    ///
    /// By valgrind, so that a count repeats on a busy machine. It fails where one has changed by more than a
    /// fiftieth, for the worse or for the better. With another Rust than the file's, or on another processor, the
    /// ratios to what is counted beside them are held instead, to a tenth.
    Instructions(instructions::InstructionsArguments),
    /// Build the functions for Lambda, check them, and zip them.
    ///
    /// Writes target/lambda/FUNCTION.zip, where the template looks for them, and prints their sizes and
    /// hashes. The same commit and the same Rust give the same bytes. Where a check fails, nothing is
    /// written.
    Package(package::PackageArguments),
    /// Try a stack from outside: sign, connect, echo, tamper, replay.
    Smoke(Box<smoke::SmokeArguments>),
}

fn main() -> ExitCode {
    let outcome: Result<ExitCode, Box<dyn Error>> = match Arguments::parse().command {
        Command::Bench(arguments) => bench::bench(&arguments),
        Command::Instructions(arguments) => instructions::instructions(&arguments),
        Command::Package(arguments) => package::package(&arguments),
        Command::Smoke(arguments) => smoke::smoke(&arguments),
    };
    outcome.unwrap_or_else(|error| fail(error.as_ref()))
}

/// The root of this repository.
fn workspace() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}

#[expect(clippy::print_stderr, reason = "a command speaks on stderr")]
fn fail(error: &dyn Error) -> ExitCode {
    eprintln!("cargo xtask: {}", chain::chain(error));
    ExitCode::FAILURE
}
