//! The `countersign` command.

mod arguments;
mod banner;
mod explain;
mod function_line;
pub mod logs;
mod open_files;
mod permissions;
mod programs;
mod run;
mod token;

use std::error::Error;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::control::directory::Directory;
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
    match arguments.command {
        None => exit_code(run::run(arguments.run).await),
        Some(Command::Run(arguments)) => exit_code(run::run(arguments).await),
        Some(Command::Explain(arguments)) => explain::run(&arguments).await.into(),
        Some(Command::Permissions(arguments)) => exit_code(permissions::run(arguments).await),
        Some(Command::Token(arguments)) => exit_code(token::run(arguments).await),
    }
}

fn exit_code(outcome: Result<(), impl Error + 'static>) -> ExitCode {
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

/// Where running stacks can be asked: in the user's runtime directory, if the system has made one.
fn control_directory() -> Directory {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let runtime = runtime.filter(|path| path.is_absolute() && path.is_dir());
    Directory::new(runtime.as_deref(), &std::env::temp_dir())
}
