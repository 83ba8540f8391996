//! Counts instructions by valgrind's callgrind, which runs a program on a processor of its own making.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use crate::bench::build::{self, BuildError};
use crate::progress::Progress;
use crate::workspace;

/// How often a task is executed; and twice as often, so that the difference has neither the start nor the end of the program.
const TIMES: u64 = 100;

/// Why there is no count.
#[derive(Debug, thiserror::Error)]
pub(super) enum CountError {
    /// The program `count`.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// valgrind could not be started.
    #[error("cannot run valgrind (Debian's package of that name)")]
    NotRun(#[source] io::Error),
    /// valgrind, or the program in it, failed.
    #[error("valgrind ended with {0}: {1}")]
    Failed(ExitStatus, String),
    /// What an earlier run wrote is still there.
    #[error("cannot remove {}", .0.display())]
    Kept(PathBuf, #[source] io::Error),
    /// What valgrind wrote is not what it is to write.
    #[error("valgrind wrote no sum to {}, expected a line \"summary: NUMBER\"", .0.display())]
    NoSum(PathBuf),
    /// More executions took fewer instructions.
    #[error("{0} took {1} instructions for {TIMES} executions, and {2} for twice as many")]
    Backwards(String, u64, u64),
}

/// The instructions of one execution of each of `tasks`.
///
/// # Errors
///
/// See [`CountError`].
pub(super) fn all<'a>(
    tasks: impl Iterator<Item = &'a str>,
    progress: &mut Progress,
) -> Result<BTreeMap<String, u64>, CountError> {
    progress.step("building the program count in the functions' profile");
    let folder = workspace().join("target/bench");
    let arguments = ["--profile", "lambda", "--package", "bench", "--bin", "count"];
    let built = build::built(&folder.join("cargo"), &arguments)?;
    let program = built.get("count").ok_or_else(|| BuildError::NoProgram("count".to_owned()))?;
    let mut counts = BTreeMap::new();
    for task in tasks {
        progress.step(&format!("counting {task}"));
        let sum = |times| sum(program, task, times, &folder.join("callgrind.out"));
        let (once, twice) = (sum(TIMES)?, sum(2 * TIMES)?);
        let difference = twice.checked_sub(once).filter(|difference| *difference > 0);
        let backwards = || CountError::Backwards(task.to_owned(), once, twice);
        counts.insert(task.to_owned(), difference.ok_or_else(backwards)? / TIMES);
    }
    Ok(counts)
}

/// All instructions of a run of the program.
fn sum(program: &Path, task: &str, times: u64, file: &Path) -> Result<u64, CountError> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(CountError::Kept(file.to_owned(), error));
        }
        Ok(()) | Err(_) => {}
    }
    let mut command = Command::new("valgrind");
    // Neither a file nor a variable of whoever runs it has a say.
    command.args(["--command-line-only=yes", "--quiet", "--tool=callgrind"]);
    let mut option = std::ffi::OsString::from("--callgrind-out-file=");
    option.push(file);
    command.arg(option).arg(program).args([task, &times.to_string()]).stdin(Stdio::null());
    let output = command.output().map_err(CountError::NotRun)?;
    if !output.status.success() {
        let says = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(CountError::Failed(output.status, says));
    }
    let text = fs::read_to_string(file).unwrap_or_default();
    summary(&text).ok_or_else(|| CountError::NoSum(file.to_owned()))
}

/// (Valgrind, "Callgrind Format Specification": `summary: ` and a number an event; there is one event, `Ir`)
fn summary(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix("summary: ")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_in_a_line_of_its_own() {
        let check = |text: &str, expected| assert_eq!(summary(text), expected, "{text}");
        check("version: 1\nevents: Ir\nsummary: 20712345\n\nfn=(1) main\n", Some(20_712_345));
        check("events: Ir\nfn=(1) summary: 3\n", None);
        check("summary: many\n", None);
    }
}
