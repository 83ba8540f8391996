//! The `countersign` command.

mod arguments;
mod banner;
mod explain;
mod function_line;
pub mod logs;
mod run;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use crate::explain::mask;
use crate::report;
use arguments::{Arguments, Command};

/// Carries out what the command line asks for. Exit codes: 0 it was done (or ended by Ctrl-C), 1 it
/// could not be, 2 the command line is wrong.
pub async fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error),
    };
    logs::start();
    let outcome = match arguments.command {
        None => run::run(arguments.run).await,
        Some(Command::Run(arguments)) => run::run(arguments).await,
        Some(Command::Explain(arguments)) => return explain::run(&arguments).into(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            logs::line(&format!("countersign: {}", report::chain(&error)));
            ExitCode::FAILURE
        }
    }
}

/// Says what is wrong with the command line, or the help that was asked for. Where a word of it holds a
/// signed URL, only what kind of mistake it is: clap would repeat the word.
fn refuse(error: &clap::Error) -> ExitCode {
    let is_signed = |word: OsString| mask::names_signature(&word.to_string_lossy());
    if error.use_stderr() && std::env::args_os().any(is_signed) {
        let kind = error.kind();
        logs::line(&format!("countersign: {kind}: see countersign explain --help"));
        return ExitCode::from(2);
    }
    error.exit()
}
