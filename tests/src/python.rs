//! Python scripts over clients that are not ours, such as boto3.

use tokio::process::Command;

use crate::tool::{self, Finished, Running};

/// What a test is told to be missing.
const PYTHON: &str = "Python 3";

/// Runs a script with these arguments and variables, and nothing else of this machine's environment
/// but `PATH`. What it prints is read as JSON. `None`, and a word on stderr, where there is no Python,
/// or it lacks a module that the script imports.
///
/// # Panics
///
/// Where either is missing under `CI=true`.
pub async fn script(
    text: &str,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Option<Finished> {
    let finished = tool::run(PYTHON, &mut command(text, arguments, variables)).await?;
    match missing_module(&finished.stderr()) {
        Some(module) => tool::missing(&format!("Python's module {module}")),
        None => Some(finished),
    }
}

/// Starts a script that imports `module` and is spoken to line by line; else as [`script`].
///
/// # Panics
///
/// As [`script`].
pub async fn start(module: &str, text: &str, arguments: &[&str]) -> Option<Running> {
    script(&format!("import {module}"), &[], &[]).await?;
    tool::start(PYTHON, &mut command(text, arguments, &[]))
}

fn command(text: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = tool::command("python3");
    // Isolated: nothing of the folder that the test runs in is imported.
    command.args(["-I", "-c", text]).args(arguments).envs(variables.iter().copied());
    command
}

/// The module whose absence ended the script.
fn missing_module(stderr: &str) -> Option<&str> {
    stderr.lines().last()?.strip_prefix("ModuleNotFoundError: No module named ")
}
