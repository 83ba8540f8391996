//! `cargo xtask`: packages the functions, and tries a deployed stack.

mod chain;
mod package;
mod smoke;

use std::error::Error;
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
        Command::Package(arguments) => package::package(&arguments),
        Command::Smoke(arguments) => smoke::smoke(&arguments),
    };
    outcome.unwrap_or_else(|error| fail(error.as_ref()))
}

#[expect(clippy::print_stderr, reason = "a command speaks on stderr")]
fn fail(error: &dyn Error) -> ExitCode {
    eprintln!("cargo xtask: {}", chain::chain(error));
    ExitCode::FAILURE
}
