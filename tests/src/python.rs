//! Python programs over clients that are not ours, such as boto3.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::programs::workspace;
use crate::tool::{self, Finished, Running};

/// What a test is told to be missing.
const PYTHON: &str = "Python 3";

/// Runs a script with these arguments and variables, and nothing else of this machine's environment
/// but `PATH`. `None`, and a word on stderr, where there is no Python, or none that has every module
/// which the script imports: it is run anew with the next one, so that imports come first in it.
///
/// # Panics
///
/// Where either is missing under `CI=true`.
pub async fn script(
    text: &str,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Option<Finished> {
    Some(run(&[&["-c", text], arguments].concat(), variables).await?.1)
}

/// Runs a program of `tests/fixtures` with these arguments; else as [`script`].
///
/// # Panics
///
/// As [`script`].
pub async fn program(name: &str, arguments: &[&str]) -> Option<Finished> {
    let path = workspace().join("tests/fixtures").join(name);
    Some(run(&[&[path.to_str().unwrap()], arguments].concat(), &[]).await?.1)
}

/// Starts a script that imports `module` and is spoken to line by line; else as [`script`].
///
/// # Panics
///
/// As [`script`].
pub async fn start(module: &str, text: &str, arguments: &[&str]) -> Option<Running> {
    let (python, _) = run(&["-c", &format!("import {module}")], &[]).await?;
    tool::start(PYTHON, &mut command(&python, &[&["-c", text], arguments].concat(), &[]))
}

/// Runs what `arguments` name with the first Python that has the modules for it.
async fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Option<(PathBuf, Finished)> {
    let mut lacking = PYTHON.to_owned();
    for python in pythons() {
        let finished = tool::run(PYTHON, &mut command(&python, arguments, variables)).await?;
        match missing_module(&finished.stderr()) {
            Some(module) => lacking = format!("Python's module {module}"),
            None => return Some((python, finished)),
        }
    }
    tool::missing(&lacking)
}

/// Beside each program of the name `aws`, as botocore comes with the AWS CLI; then whichever is first.
fn pythons() -> impl Iterator<Item = PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    let beside = folders.into_iter().filter(|folder| folder.join("aws").is_file());
    let beside = beside.map(|folder| folder.join("python3")).filter(|python| python.is_file());
    beside.chain([PathBuf::from("python3")])
}

fn command(python: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = tool::command(python);
    // Isolated: nothing of the folder that the test runs in is imported.
    command.arg("-I").args(arguments).envs(variables.iter().copied());
    command
}

/// The module whose absence ended the script.
fn missing_module(stderr: &str) -> Option<&str> {
    stderr.lines().last()?.strip_prefix("ModuleNotFoundError: No module named ")
}
