//! A server that is measured: started on a processor of its own, with the functions that it starts.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{Instant, timeout};

use super::urls::Addresses;
use crate::pinning::Pinned;
use crate::{Error, process};

/// How long a server may take to start, or to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a server is looked at while it comes to rest.
const GLANCE: Duration = Duration::from_millis(100);

/// It is at rest once it works for less than this part of the time.
const IDLE_SHARE: u32 = 20;

/// A server that runs.
pub struct Server {
    child: Child,
    id: u32,
    /// Where it is.
    pub addresses: Addresses,
    /// How long it took from its start until it said that it is ready.
    pub start: Duration,
}

/// Time on the processor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Of the process that was started.
    pub gateway: Duration,
    /// Of those that it started, its functions.
    pub functions: Duration,
}

impl Server {
    /// Starts a program on a processor, and waits until it prints a line of JSON with its [`Addresses`]. What it says
    /// on stderr goes into `log`.
    ///
    /// # Errors
    ///
    /// Where it does not start, with what it said last.
    pub async fn start(mut command: Command, processor: usize, log: &Path) -> Result<Self, Error> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        command.stderr(std::fs::File::create(log)?);
        let program = command.as_std().get_program().to_string_lossy().into_owned();
        let begin = Instant::now();
        let pinned = Pinned::to(processor)?;
        let child = command.spawn();
        drop(pinned);
        let mut child = child.map_err(|error| format!("{program} does not start: {error}"))?;
        let id = child.id().ok_or("a process has ended before it was asked for its id")?;
        let output = child.stdout.take().ok_or("a process has no standard output")?;
        let mut lines = BufReader::new(output).lines();
        let ready = async {
            while let Some(line) = lines.next_line().await? {
                if let Ok(addresses) = serde_json::from_str(&line) {
                    return Ok(addresses);
                }
            }
            let said = std::fs::read_to_string(log)?;
            let last = said.lines().last().unwrap_or("nothing").to_owned();
            Err::<Addresses, Error>(
                format!("{program} ended before it was ready; it said last: {last}").into(),
            )
        };
        let addresses =
            timeout(PATIENCE, ready).await.map_err(|_| format!("{program} is not ready"))??;
        let start = begin.elapsed();
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, id, addresses, start })
    }

    /// How long it and its functions have run so far.
    ///
    /// # Errors
    ///
    /// Where it has ended.
    pub fn spent(&self) -> io::Result<Spent> {
        let mut functions = Duration::ZERO;
        for function in process::descendants(self.id)? {
            match process::cpu_time(function) {
                Ok(time) => functions += time,
                // It has ended since they were listed.
                Err(error) if process::is_gone(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Spent { gateway: process::cpu_time(self.id)?, functions })
    }

    /// What the process itself has in memory, in bytes.
    ///
    /// # Errors
    ///
    /// Where it has ended.
    pub fn resident(&self) -> io::Result<u64> {
        Ok(process::memory(self.id)?.resident)
    }

    /// What its functions have in memory, in bytes; what they share is counted for each.
    ///
    /// # Errors
    ///
    /// Where it has ended.
    pub fn functions_resident(&self) -> io::Result<u64> {
        let functions = process::descendants(self.id)?;
        functions.into_iter().map(|function| Ok(process::memory(function)?.resident)).sum()
    }

    /// Waits until it has nothing more to do, as what follows on good-byes.
    ///
    /// # Errors
    ///
    /// Where it goes on and on, or has ended.
    pub async fn settle(&self) -> Result<(), Error> {
        let settled = async {
            let mut before = self.spent()?;
            loop {
                tokio::time::sleep(GLANCE).await;
                let now = self.spent()?;
                let Spent { gateway, functions } = now.since(before);
                if gateway + functions < GLANCE / IDLE_SHARE {
                    return Ok::<_, Error>(());
                }
                before = now;
            }
        };
        timeout(PATIENCE, settled).await.map_err(|_| "a server does not come to rest")?
    }

    /// Ends it, as Ctrl-C would.
    ///
    /// # Errors
    ///
    /// Where it does not end.
    pub async fn end(mut self) -> Result<(), Error> {
        let id = i32::try_from(self.id).ok().and_then(Pid::from_raw);
        kill_process(id.ok_or("a process has no id")?, Signal::TERM)?;
        timeout(PATIENCE, self.child.wait()).await.map_err(|_| "a server does not end")??;
        Ok(())
    }
}

impl Spent {
    /// What was spent since.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            gateway: self.gateway.saturating_sub(before.gateway),
            functions: self.functions.saturating_sub(before.functions),
        }
    }

    /// Of both together, for each of so many.
    pub fn each(self, count: usize) -> Duration {
        (self.gateway + self.functions) / u32::try_from(count.max(1)).unwrap_or(u32::MAX)
    }
}
