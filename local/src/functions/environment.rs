//! One execution environment: a process of the function, from its start to its end.

use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use time::OffsetDateTime;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use super::pool::{Gone, Job, Pool, Taken};
use super::process_group::ProcessGroup;
use super::{InvocationError, runtime_api};
use crate::faults::FunctionFault;
use crate::gauge::Entered;
use crate::listener::{self, Heads};

/// What is said of a process that a fault has killed.
const KILLED: &str = "a fault has killed it";

/// What the Runtime API of one process works on.
pub(super) struct Environment {
    pool: Arc<Pool>,
    number: u64,
    current: Mutex<Option<Current>>,
    progress: watch::Sender<Progress>,
    /// What the process said of itself when it could not start.
    init_error: Mutex<Option<String>>,
}

/// The invocation that the process works on.
struct Current {
    request_id: String,
    reply: oneshot::Sender<Result<Bytes, InvocationError>>,
    entered: Entered,
}

#[derive(Clone, Copy)]
enum Progress {
    Starting {
        until: OffsetDateTime,
    },
    Idle,
    Busy {
        until: OffsetDateTime,
    },
    /// By a fault: nothing that it asks or answers counts any more.
    Killed,
}

/// An invocation as the Runtime API hands it to the process.
pub(super) struct Delivery {
    pub(super) request_id: String,
    pub(super) payload: Bytes,
    /// Milliseconds since the Unix epoch, by the machine's clock: the process compares it so.
    pub(super) deadline_milliseconds: i64,
}

/// Starts a process for `pool`, which has `until` then to ask for an invocation, and stays with it
/// until it has ended.
pub(super) async fn run(pool: Arc<Pool>, number: u64, until: OffsetDateTime) {
    let environment = Arc::new(Environment {
        pool: pool.clone(),
        number,
        current: Mutex::default(),
        progress: watch::Sender::new(Progress::Starting { until }),
        init_error: Mutex::default(),
    });
    let ending = match environment.start().await {
        Ok(process) => environment.stay_with(process).await,
        Err(reason) => Ending::NotStarted(reason),
    };
    let gone = environment.why_gone(&ending);
    environment.answer_current(Err(ending.into_error(&pool)));
    pool.environment_ended(number, &gone);
}

struct Process {
    group: ProcessGroup,
    /// They end when the process has closed its output.
    output: [Option<JoinHandle<()>>; 2],
    runtime_api: watch::Sender<bool>,
}

enum Ending {
    NotStarted(String),
    Exited(ExitStatus),
    /// By a fault.
    Killed,
    TimedOut,
    ShutDown,
}

impl Ending {
    fn into_error(self, pool: &Pool) -> InvocationError {
        match self {
            Self::NotStarted(reason) => InvocationError::Init(reason),
            Self::Exited(status) => InvocationError::Exited(status.to_string()),
            Self::Killed => InvocationError::Exited(KILLED.to_owned()),
            Self::TimedOut => InvocationError::TimedOut(pool.definition.timeout),
            Self::ShutDown => InvocationError::ShuttingDown,
        }
    }
}

impl Environment {
    /// The next invocation, once there is one. `None` when the last one has not been answered.
    pub(super) async fn next(&self) -> Option<Delivery> {
        self.unless_killed().await;
        if self.current().is_some() {
            return None;
        }
        self.progress.send_replace(Progress::Idle);
        let job = match self.pool.take(self.number) {
            Taken::Now(job) => job,
            Taken::Later(job) => match job.await {
                Ok(job) => job,
                // Its pool has forgotten it: a shutdown, or its end. No answer fits its question.
                Err(_) => std::future::pending().await,
            },
        };
        let delivery = self.deliver(job);
        if self.pool.is_struck_by(FunctionFault::Killed) {
            // Nothing more is given to it, also where it has asked twice.
            self.pool.retire(self.number);
            self.progress.send_replace(Progress::Killed);
        }
        self.unless_killed().await;
        Some(delivery)
    }

    /// Never returns once a fault has killed the process: it must not see a word of what follows.
    async fn unless_killed(&self) {
        let is_killed = matches!(*self.progress.borrow(), Progress::Killed);
        if is_killed {
            std::future::pending::<()>().await;
        }
    }

    fn deliver(&self, job: Job) -> Delivery {
        let Pool { clock, definition, .. } = &*self.pool;
        let now = clock.now();
        let until = job.until.unwrap_or_else(|| now + definition.timeout);
        *self.current() = Some(Current {
            request_id: job.request_id.clone(),
            reply: job.reply,
            entered: job.entered,
        });
        self.progress.send_replace(Progress::Busy { until });
        Delivery {
            request_id: job.request_id,
            payload: job.payload,
            deadline_milliseconds: crate::clock::epoch_milliseconds(
                OffsetDateTime::now_utc() + (until - now),
            ),
        }
    }

    /// The process's answer to invocation `request_id`; false if it is not the one under way.
    pub(super) async fn answer(
        &self,
        request_id: &str,
        answer: Result<Bytes, InvocationError>,
    ) -> bool {
        self.unless_killed().await;
        if self.current().as_ref().is_none_or(|current| current.request_id != request_id) {
            return false;
        }
        if self.pool.is_struck_by(FunctionFault::AnswerLost) {
            self.progress.send_replace(Progress::Killed);
        }
        self.unless_killed().await;
        self.answer_current(answer);
        // Until it asks again it is neither late nor busy.
        self.progress.send_replace(Progress::Idle);
        true
    }

    /// The ARN by which the process was invoked.
    pub(super) fn function_arn(&self) -> &str {
        &self.pool.definition.arn
    }

    /// A trace header for one invocation.
    pub(super) fn trace_id(&self) -> String {
        self.pool.randomness.trace_id(self.pool.clock.now().unix_timestamp())
    }

    /// A name as Lambda makes it, of a process's own: `2026/11/20/[$LATEST]…`.
    fn log_stream(&self) -> String {
        let (year, month, day) = self.pool.clock.now().to_calendar_date();
        let month = u8::from(month);
        let unique = self.pool.randomness.uuid().replace('-', "");
        format!("{year}/{month:02}/{day:02}/[$LATEST]{unique}")
    }

    /// The process says that it cannot start; false if it has started.
    pub(super) fn report_init_error(&self, message: String) -> bool {
        let is_starting = matches!(*self.progress.borrow(), Progress::Starting { .. });
        if is_starting {
            *self.init_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(message);
        }
        is_starting
    }

    fn answer_current(&self, answer: Result<Bytes, InvocationError>) {
        let current = self.current().take();
        if let Some(Current { reply, entered, .. }) = current {
            // Its place is free before its caller can ask for another one.
            drop(entered);
            // The client that waited may be gone; the invocation is over all the same.
            let _ = reply.send(answer);
        }
    }

    fn current(&self) -> std::sync::MutexGuard<'_, Option<Current>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn why_gone(&self, ending: &Ending) -> Gone {
        let said = self.init_error.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (said, ending) {
            (_, Ending::TimedOut) => Gone::Overdue,
            (Some(said), _) => Gone::Ended(said),
            (None, Ending::NotStarted(reason)) => Gone::Ended(reason.clone()),
            (None, Ending::Exited(status)) => Gone::Ended(format!(
                "its process ended before it asked for an invocation ({status})"
            )),
            (None, Ending::Killed) => Gone::Ended(KILLED.to_owned()),
            (None, Ending::ShutDown) => Gone::Ended("shutting down".to_owned()),
        }
    }

    async fn start(self: &Arc<Self>) -> Result<Process, String> {
        let definition = &self.pool.definition;
        let listener = listener::bind(0)
            .await
            .map_err(|error| format!("no port for its Runtime API: {error}"))?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let mut command = Command::new(&definition.program);
        command
            .env_clear()
            .envs(&definition.variables)
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("AWS_LAMBDA_LOG_STREAM_NAME", self.log_stream())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut group = ProcessGroup::spawn(&mut command)
            .map_err(|error| format!("{}: {error}", definition.program.display()))?;
        self.pool.spawned(self.number, group.id());
        let runtime_api = watch::Sender::new(false);
        let router = runtime_api::router(self.clone());
        listener::serve(listener, Heads::AsRead, router, runtime_api.subscribe());
        let output = [
            group.take_stdout().map(|stream| self.copy_lines(stream)),
            group.take_stderr().map(|stream| self.copy_lines(stream)),
        ];
        Ok(Process { group, output, runtime_api })
    }

    async fn stay_with(&self, mut process: Process) -> Ending {
        let mut shutdown = self.pool.shutdown.subscribe();
        let ending = tokio::select! {
            // What is killed may end by itself as well.
            biased;
            ending = self.overdue_or_killed() => ending,
            status = process.group.wait() => match status {
                Ok(status) => Ending::Exited(status),
                Err(error) => Ending::NotStarted(error.to_string()),
            },
            _ = shutdown.wait_for(|end| *end) => Ending::ShutDown,
        };
        self.pool.retire(self.number);
        // Lambda gives a function without extensions no notice either.
        process.group.end().await;
        process.runtime_api.send_replace(true);
        for copier in process.output.into_iter().flatten() {
            // A child of the function may hold its output open: that is not waited for.
            let _ = tokio::time::timeout(Duration::from_secs(1), copier).await;
        }
        ending
    }

    /// Returns once the process has taken longer than it may, by `local`'s clock, or a fault kills it.
    async fn overdue_or_killed(&self) -> Ending {
        let mut progress = self.progress.subscribe();
        loop {
            let until = match *progress.borrow_and_update() {
                Progress::Starting { until } | Progress::Busy { until } => Some(until),
                Progress::Idle => None,
                Progress::Killed => return Ending::Killed,
            };
            // The sender lives in `self`, so the channel cannot close while we wait.
            match until {
                None => {
                    let _ = progress.changed().await;
                }
                Some(until) => tokio::select! {
                    biased;
                    _ = progress.changed() => {}
                    () = self.pool.clock.sleep_until(until) => return Ending::TimedOut,
                },
            }
        }
    }

    fn copy_lines(&self, stream: impl AsyncRead + Unpin + Send + 'static) -> JoinHandle<()> {
        let pool = self.pool.clone();
        tokio::spawn(async move {
            let mut lines = BufReader::new(stream).split(b'\n');
            while let Ok(Some(line)) = lines.next_segment().await {
                (pool.log)(&pool.definition.name, &String::from_utf8_lossy(&line));
            }
        })
    }
}
