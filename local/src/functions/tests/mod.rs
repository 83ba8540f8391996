//! The pool and the Runtime API together. The program under test says where its Runtime API is and
//! then does nothing: the tests speak for it, over HTTP, as any function's runtime would.

mod client;
mod pool;
mod runtime_api;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use time::OffsetDateTime;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::{Definition, Functions, InvocationError};
use crate::clock::Clock;
use crate::faults::Faults;
use crate::randomness::Randomness;
use client::{RuntimeApi, check_deadline, timed};

const LOGICAL_ID: &str = "EchoFunction";
const NAME: &str = "echo";
const PROCESSORS: usize = 2;
const TIMEOUT: Duration = Duration::from_secs(10);

/// One function, and what its processes say of themselves.
struct Lambda {
    functions: Arc<Functions>,
    clock: Clock,
    faults: Faults,
    addresses: mpsc::UnboundedReceiver<String>,
}

type Outcome = Result<Bytes, InvocationError>;

impl Lambda {
    /// A function whose processes wait for the test to speak for them.
    fn silent() -> Self {
        Self::of(&program("silent"), None)
    }

    fn of(program: &Path, reserved_concurrency: Option<usize>) -> Self {
        Self::all(vec![definition(NAME, program, reserved_concurrency)])
    }

    fn all(definitions: Vec<Definition>) -> Self {
        let (log, addresses) = mpsc::unbounded_channel();
        let log = move |_: &str, line: &str| {
            // After the test has ended nobody reads it any more.
            let _ = log.send(line.to_owned());
        };
        let randomness = Randomness::operating_system();
        let clock = Clock::driven(OffsetDateTime::UNIX_EPOCH);
        let faults = Faults::default();
        let log = Arc::new(log);
        let functions =
            Functions::new(definitions, PROCESSORS, clock.clone(), randomness, log, &faults);
        Self { functions: Arc::new(functions), clock, faults, addresses }
    }

    /// Begins an invocation.
    fn invoke(&self, payload: &'static str) -> JoinHandle<Outcome> {
        self.invoke_other(NAME, payload)
    }

    /// Begins an invocation of the function of this name.
    fn invoke_other(&self, name: &str, payload: &'static str) -> JoinHandle<Outcome> {
        let (functions, arn) = (self.functions.clone(), arn(name));
        tokio::spawn(async move { functions.invoke(&arn, Bytes::from(payload)).await })
    }

    /// The Runtime API of the process that was started next.
    async fn started(&mut self) -> RuntimeApi {
        RuntimeApi::at(self.addresses.recv().await.unwrap())
    }

    /// The one process there is.
    fn process(&self) -> u32 {
        let processes = self.functions.processes();
        assert_eq!(processes.len(), 1, "{processes:?}");
        processes[0].1
    }
}

fn definition(name: &str, program: &Path, reserved_concurrency: Option<usize>) -> Definition {
    Definition {
        logical_id: LOGICAL_ID.to_owned(),
        name: name.to_owned(),
        arn: arn(name),
        program: program.to_owned(),
        timeout: TIMEOUT,
        reserved_concurrency,
        variables: BTreeMap::new(),
    }
}

fn arn(name: &str) -> String {
    format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}")
}

/// A program that was written for these tests.
fn program(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/functions").join(name)
}

/// Ends a process as the system's out-of-memory killer would.
fn kill(process: u32) {
    let killed = std::process::Command::new("kill").args(["-9", &process.to_string()]).status();
    assert!(killed.unwrap().success());
}
