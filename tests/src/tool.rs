//! A program that a test needs and a machine may lack.

use std::io::ErrorKind;
use std::process::{Output, Stdio};

use serde_json::Value;
use tokio::process::Command;

/// How a tool ended.
pub struct Finished(Output);

/// Runs a command to its end. `None`, and a word on stderr, where there is no such program; `what`
/// names it there.
///
/// # Panics
///
/// Where there is none under `CI=true`: a test that is skipped there shows nothing, ever.
pub async fn run(what: &str, command: &mut Command) -> Option<Finished> {
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
    match output {
        Ok(output) => Some(Finished(output)),
        Err(error) if error.kind() == ErrorKind::NotFound => missing(what),
        Err(error) => panic!("{what} cannot be run: {error}"),
    }
}

/// A command that has nothing of this machine's environment but `PATH`.
pub fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    let path = std::env::var_os("PATH").map(|path| ("PATH", path));
    command.env_clear().envs(path).env("HOME", "/nonexistent");
    command
}

/// Says that a test is skipped, as `what` is not installed.
///
/// # Panics
///
/// Under `CI=true`.
pub fn missing<T>(what: &str) -> Option<T> {
    let is_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    assert!(!is_ci, "{what} is not installed");
    eprintln!("skipped: {what} is not installed");
    None
}

impl Finished {
    /// The JSON that it printed; null where it printed nothing.
    #[track_caller]
    pub fn succeeded(&self) -> Value {
        let text = String::from_utf8_lossy(&self.0.stdout);
        assert!(self.0.status.success(), "{}: {}", self.0.status, self.stderr());
        if text.trim().is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text} is not JSON: {error}"))
    }

    /// What it said of its failure.
    #[track_caller]
    pub fn failed(&self) -> String {
        assert!(!self.0.status.success(), "it did what should be refused");
        self.stderr()
    }

    /// What it wrote to stderr.
    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).trim().to_owned()
    }
}
