//! A program that a test needs and a machine may lack.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::process::{Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// How long a test waits for what a tool is to say or do: far longer than it takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a tool ended.
pub struct Finished(Output);

/// A tool that runs, and is spoken to line by line.
pub struct Running {
    child: Child,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
}

/// Runs a command to its end. `None`, and a word on stderr, where there is no such program; `what`
/// names it there.
///
/// # Panics
///
/// Where there is none under `CI=true`: a test that is skipped there shows nothing, ever.
pub async fn run(what: &str, command: &mut Command) -> Option<Finished> {
    let child = spawn(what, command.stdin(Stdio::null()))?;
    Some(Finished(child.wait_with_output().await.unwrap()))
}

/// Starts a command; else as [`run`].
///
/// # Panics
///
/// As [`run`].
pub fn start(what: &str, command: &mut Command) -> Option<Running> {
    let mut child = spawn(what, command.stdin(Stdio::piped()))?;
    let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    Some(Running { child, stdin, stdout: BufReader::new(stdout).lines() })
}

fn spawn(what: &str, command: &mut Command) -> Option<Child> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    match command.spawn() {
        Ok(child) => Some(child),
        Err(error) if error.kind() == ErrorKind::NotFound => missing(what),
        Err(error) => panic!("{what} cannot be run: {error}"),
    }
}

/// A command that has nothing of this machine's environment but `PATH`.
pub fn command(program: impl AsRef<OsStr>) -> Command {
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

impl Running {
    /// Types a line.
    pub async fn type_line(&mut self, line: &str) {
        self.stdin.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    /// The next line that it prints.
    pub async fn line(&mut self) -> String {
        let line = tokio::time::timeout(PATIENCE, self.stdout.next_line()).await;
        line.expect("a line in time").unwrap().expect("another line")
    }

    /// Ends its input, and waits for its end.
    pub async fn end(self) -> Finished {
        drop(self.stdin);
        finished(self.child).await
    }

    /// Waits for its end, with its input open.
    pub async fn end_by_itself(self) -> Finished {
        let _stdin = self.stdin;
        finished(self.child).await
    }
}

async fn finished(child: Child) -> Finished {
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
    Finished(output.expect("its end in time").unwrap())
}

impl Finished {
    /// What it printed.
    #[track_caller]
    pub fn printed(&self) -> String {
        assert!(self.0.status.success(), "{}: {}", self.0.status, self.stderr());
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    /// What it printed, however it ended.
    pub fn printed_anyway(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    /// The JSON that it printed; null where it printed nothing.
    #[track_caller]
    pub fn succeeded(&self) -> Value {
        let text = self.printed();
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
