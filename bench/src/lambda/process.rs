//! One process of a function on a CPU of its own, under a Runtime API of its own.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use super::proc::{self, Memory};
use super::processor::Cpus;
use super::runtime_api::{Answered, Report, RuntimeApi};
use crate::Error;

/// After so long without a word the process counts as stuck: longer than any start or invocation takes.
const SILENCE: Duration = Duration::from_secs(20);

/// How many lines of stderr are kept for the error of a process that ends.
const KEPT_LINES: usize = 5;

/// How a process is started.
#[derive(Clone, Debug)]
pub(super) struct Launch {
    /// The program.
    pub(super) program: PathBuf,
    /// What it is called with.
    pub(super) arguments: Vec<OsString>,
    /// Its whole environment, but for the address of its Runtime API.
    pub(super) environment: Vec<(String, OsString)>,
}

/// A process that waits for invocations. It is ended when this is dropped.
pub(super) struct Process {
    child: Child,
    events: Sender<Vec<u8>>,
    reports: Receiver<Report>,
    /// From its start to its first question for an invocation.
    pub(super) start: Duration,
    _runtime_api: RuntimeApi,
}

impl Process {
    /// Starts one, and waits until it asks for an invocation.
    pub(super) fn start(launch: &Launch, cpus: &Cpus) -> Result<Self, Error> {
        let (events, given) = mpsc::channel();
        let (told, reports) = mpsc::channel();
        let runtime_api = RuntimeApi::start(given, told.clone())?;
        let mut command = Command::new(&launch.program);
        command
            .args(&launch.arguments)
            .env_clear()
            .envs(launch.environment.iter().map(|(name, value)| (name, value)))
            .env("AWS_LAMBDA_RUNTIME_API", runtime_api.address().to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let (child, started) = cpus
            .beside(|| {
                let started = Instant::now();
                command.spawn().map(|child| (child, started))
            })
            .map_err(|error| format!("{}: {error}", launch.program.display()))?;
        let mut process =
            Self { child, events, reports, start: Duration::ZERO, _runtime_api: runtime_api };
        if let Some(stdout) = process.child.stdout.take() {
            // As Lambda takes what a function counts.
            std::thread::spawn(move || io::copy(&mut BufReader::new(stdout), &mut io::sink()));
        }
        if let Some(stderr) = process.child.stderr.take() {
            std::thread::spawn(move || told.send(Report::Ended(last_lines(stderr))));
        }
        process.start = process.asked()?.duration_since(started);
        Ok(process)
    }

    /// Has these events answered one after the other; afterwards it waits again.
    pub(super) fn invoke(&mut self, payloads: Vec<Vec<u8>>) -> Result<Vec<Answered>, Error> {
        let expected = payloads.len();
        for payload in payloads {
            self.events.send(payload)?;
        }
        let mut answers = Vec::with_capacity(expected);
        for _ in 0..expected {
            answers.push(self.answered()?);
            self.asked()?;
        }
        Ok(answers)
    }

    /// The CPU time that it has taken so far.
    pub(super) fn cpu_time(&self) -> io::Result<Duration> {
        proc::cpu_time(self.child.id())
    }

    /// The memory that it has.
    pub(super) fn memory(&self) -> io::Result<Memory> {
        proc::memory(self.child.id())
    }

    fn asked(&self) -> Result<Instant, Error> {
        match self.heard()? {
            Report::Asked(at) => Ok(at),
            other => Err(unexpected(&other, "a question for the next invocation")),
        }
    }

    fn answered(&self) -> Result<Answered, Error> {
        match self.heard()? {
            Report::Answered(answered) => Ok(answered),
            other => Err(unexpected(&other, "an answer")),
        }
    }

    fn heard(&self) -> Result<Report, Error> {
        let silence = |_| format!("not a word from the process for {} s", SILENCE.as_secs());
        Ok(self.reports.recv_timeout(SILENCE).map_err(silence)?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only where it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn unexpected(report: &Report, expected: &str) -> Error {
    let found = match report {
        Report::Asked(_) => "the process has asked for an invocation".to_owned(),
        Report::Answered(_) => "the process has answered".to_owned(),
        Report::Wrong(wrong) => format!("the process is wrong: {wrong}"),
        Report::Ended(said) => format!("the process has ended: {said}"),
    };
    format!("{found}, expected {expected}").into()
}

/// The end of a stream, read until it is closed.
fn last_lines(stream: impl Read) -> String {
    let mut kept = VecDeque::new();
    for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
        if kept.len() == KEPT_LINES {
            kept.pop_front();
        }
        kept.push_back(String::from_utf8_lossy(&line).into_owned());
    }
    Vec::from(kept).join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launch(program: &str, arguments: &[&str]) -> Launch {
        let arguments = arguments.iter().map(OsString::from).collect();
        Launch { program: program.into(), arguments, environment: Vec::new() }
    }

    #[test]
    fn a_process_that_ends_is_an_error_with_what_it_said() {
        let cpus = Cpus::take().unwrap();
        let launch = launch("/bin/sh", &["-c", "echo one >&2; echo two >&2; exit 1"]);
        let error = Process::start(&launch, &cpus).err().expect("it has not asked").to_string();
        assert!(error.contains("has ended: one\ntwo"), "{error}");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let cpus = Cpus::take().unwrap();
        let launch = launch("/nonexistent/bootstrap", &[]);
        let error = Process::start(&launch, &cpus).err().expect("nothing is there").to_string();
        assert!(error.starts_with("/nonexistent/bootstrap: "), "{error}");
    }

    #[test]
    fn only_the_last_lines_are_kept() {
        assert_eq!(last_lines(&b"1\n2\n3\n4\n5\n6\n7\n"[..]), "3\n4\n5\n6\n7");
        assert_eq!(last_lines(&b""[..]), "");
    }
}
