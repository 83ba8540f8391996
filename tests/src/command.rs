//! The `countersign` command as a process of its own.
//!
//! Where the log scan runs the tests, what it says on stderr goes into the scan's log, the key that it
//! tells is recorded, and the functions of a process that is started by [`Process::start`] trace.

use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader, Lines};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::folder::Folder;
use crate::programs::{self, workspace};
use crate::waiting::eventually;
use crate::{secrets, template};

/// How long a process may take to end: far longer than it takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// The command without arguments, to be run at the root of the workspace.
pub async fn bare() -> Command {
    // By the time that it has the functions built, they are: it need not wait for a compiler.
    programs::built().await;
    let mut command = Command::new(programs::countersign().await);
    command.current_dir(workspace()).stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// The command, to be given further arguments and variables. It is run at the root of the
/// workspace, on free ports, and is to print its line of JSON.
pub async fn countersign() -> Command {
    let mut command = bare().await;
    command.arg("--json").args(FREE_PORTS);
    command
}

/// Arguments that have it listen on free ports.
pub const FREE_PORTS: [&str; 12] = [
    "--http-port",
    "0",
    "--websocket-port",
    "0",
    "--http-domain-port",
    "0",
    "--websocket-domain-port",
    "0",
    "--aws-port",
    "0",
    "--web-port",
    "0",
];

/// A running `countersign`. Dropping it kills it.
pub struct Process {
    /// The line of JSON that it has printed, if it was waited for.
    pub ready: Value,
    child: Child,
    stdout: Output,
    stderr: Output,
    /// Holds the template whose functions trace.
    _tracing: Option<Folder>,
}

/// How a process has ended.
pub struct Ended {
    /// Its exit status.
    pub status: ExitStatus,
    /// What it wrote to stdout, line by line.
    pub stdout: Vec<String>,
    /// What it wrote to stderr.
    pub stderr: Vec<String>,
}

/// Runs a command to its end.
pub async fn run(command: Command) -> Ended {
    Process::spawn(command).ended().await
}

impl Process {
    /// Starts it, and waits until it says that it is ready.
    pub async fn start(mut command: Command) -> Self {
        let tracing = trace(&mut command);
        let mut process = Self { _tracing: tracing, ..Self::spawn(command) };
        let stdout = process.stdout_of(1).await;
        process.ready = serde_json::from_str(&stdout[0])
            .unwrap_or_else(|error| panic!("its line is not JSON: {error}"));
        process
    }

    /// Starts it.
    pub fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = Output::read(lines(child.stderr.take().unwrap()), secrets::scan);
        let stdout = Output::read(lines(child.stdout.take().unwrap()), secrets::record_told);
        Self { ready: Value::Null, child, stdout, stderr, _tracing: None }
    }

    /// What it has written to stdout, once that is at least `count` lines.
    pub async fn stdout_of(&self, count: usize) -> Vec<String> {
        let enough = || self.stdout.reader.is_finished() || self.stdout.so_far().len() >= count;
        eventually("countersign writes to stdout", enough).await;
        let lines = self.stdout.so_far();
        assert!(lines.len() >= count, "countersign has ended: {:?}", self.stderr());
        lines
    }

    /// A text of the line of JSON, by its JSON pointer, such as `/credentials/accessKeyId`.
    pub fn told(&self, pointer: &str) -> &str {
        let told = self.ready.pointer(pointer).and_then(Value::as_str);
        told.unwrap_or_else(|| panic!("it has not told {pointer}"))
    }

    /// What it has written to stderr so far.
    pub fn stderr(&self) -> Vec<String> {
        self.stderr.so_far()
    }

    /// Closes the reader's end of its stderr.
    pub async fn close_stderr(&mut self) {
        let reader = std::mem::replace(&mut self.stderr.reader, tokio::spawn(async {}));
        reader.abort();
        // The error says that it was aborted: now its end of the pipe is dropped.
        let _ = reader.await;
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id().expect("a process that has not been waited for")
    }

    /// Sends it a signal, such as `TERM`.
    pub async fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().await.unwrap();
        assert!(sent.success(), "kill -s {name}: {sent}");
    }

    /// Waits for its end.
    pub async fn ended(mut self) -> Ended {
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let status = status.expect("an end in time").unwrap();
        Ended { status, stdout: self.stdout.whole().await, stderr: self.stderr.whole().await }
    }

    /// Ends it as Ctrl-C does, and checks that it ended well.
    pub async fn stop(self) -> Ended {
        self.signal("INT").await;
        let ended = self.ended().await;
        assert!(ended.status.success(), "{}", ended.status);
        ended
    }
}

/// Has the functions of a command trace, if secrets are recorded: by a copy of the template, for as long
/// as the folder is there. Left out are commands with a template of the test's own, and those that are
/// spawned without being waited for: what they say names the template that they were given, or they
/// end before a function starts, or show a person's first lines and sign once.
fn trace(command: &mut Command) -> Option<Folder> {
    let has = |command: &Command, name: &str| {
        command.as_std().get_args().any(|argument| argument == name)
    };
    if !secrets::are_recorded() || has(command, "--template") {
        return None;
    }
    let folder = Folder::new("tracing");
    let template = secrets::with_tracing_functions(&template::text());
    command.args(["--template", &folder.file("template.yaml", &template)]);
    if !has(command, "--parameters") {
        command.args(["--parameters", "cloudformation/parameters.local.json"]);
    }
    Some(folder)
}

/// What a process writes, read as it comes.
struct Output {
    lines: Arc<Mutex<Vec<String>>>,
    reader: JoinHandle<()>,
}

impl Output {
    /// Each line is shown to `meet` first.
    fn read(
        mut source: Lines<BufReader<impl AsyncRead + Unpin + Send + 'static>>,
        meet: fn(&str),
    ) -> Self {
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let reader = tokio::spawn({
            let lines = Arc::clone(&lines);
            async move {
                while let Ok(Some(line)) = source.next_line().await {
                    meet(&line);
                    lines.lock().unwrap().push(line);
                }
            }
        });
        Self { lines, reader }
    }

    fn so_far(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    async fn whole(self) -> Vec<String> {
        // A process of its own that outlived it would hold the pipe open.
        tokio::time::timeout(PATIENCE, self.reader).await.expect("the end of its output").unwrap();
        std::mem::take(&mut *self.lines.lock().unwrap())
    }
}

fn lines<Source: AsyncRead>(source: Source) -> Lines<BufReader<Source>> {
    BufReader::new(source).lines()
}
