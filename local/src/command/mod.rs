//! The `countersign` command.

mod arguments;
mod banner;
mod function_line;
pub mod logs;
mod run;

use std::process::ExitCode;

use clap::Parser;

use crate::report;
use arguments::{Arguments, Command};

/// Carries out what the command line asks for. Exit codes: 0 it was done (or ended by Ctrl-C), 1 it
/// could not be, 2 the command line is wrong.
pub async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    logs::start();
    let outcome = match arguments.command {
        None => run::run(arguments.run).await,
        Some(Command::Run(arguments)) => run::run(arguments).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            logs::line(&format!("countersign: {}", report::chain(&error)));
            ExitCode::FAILURE
        }
    }
}
