//! Which process takes an invocation, and when there should be one more.
//!
//! A process that asks for an invocation gets the one that has waited longest, or joins the idle
//! ones; of those the last to come is the first to go, as it is the warmest. A new process is
//! started only when none is idle nor soon will be, and never more than there are invocations waiting, or
//! than the template reserves. Beyond one for each processor of the machine, more of them make every one
//! slower: such a one is started only where those that there are do not come to an end.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use time::OffsetDateTime;
use tokio::sync::{oneshot, watch};

use super::{Definition, FunctionLog, InvocationError, environment};
use crate::clock::Clock;
use crate::faults::{Faults, FunctionFault};
use crate::gauge::{Entered, Gauge};
use crate::limits::{FUNCTION_INIT, FUNCTION_PROCESSES};
use crate::randomness::Randomness;

/// How long an invocation waits for one of the processes that there are, by the machine's clock, before one is started
/// for it: about as long as that start would take. A client may answer a message that the function has sent while its
/// process is still to answer and to ask again.
pub(super) const PATIENCE: Duration = Duration::from_millis(10);

/// One function's processes, and the invocations that wait for one.
pub(super) struct Pool {
    pub(super) definition: Definition,
    pub(super) clock: Clock,
    pub(super) randomness: Randomness,
    pub(super) log: FunctionLog,
    faults: Faults,
    pub(super) shutdown: watch::Sender<bool>,
    state: Mutex<State>,
    invocations: AtomicU64,
    concurrency: Concurrency,
    /// Those of the machine that this program may use.
    processors: usize,
    /// How many environments there are; [`Pool::ended`] waits for zero.
    running: watch::Sender<usize>,
}

/// How many invocations are let in at a time, and those that are under way. Clones share them.
#[derive(Clone)]
pub(super) struct Concurrency {
    limit: usize,
    in_flight: Gauge,
}

#[derive(Default)]
struct State {
    idle: Vec<Idle>,
    waiting: VecDeque<Job>,
    /// How many have been taken of those that waited.
    taken: u64,
    /// By number.
    environments: BTreeMap<u64, Slot>,
    next_number: u64,
}

/// What the pool knows of an environment.
#[derive(Default)]
struct Slot {
    /// Once there is a process.
    process_id: Option<u32>,
    /// Whether it has asked for an invocation.
    started: bool,
    /// Whether its process is being ended, and is given nothing more.
    retired: bool,
    /// Told when it has, or why it never will.
    outcome: Option<oneshot::Sender<Result<(), String>>>,
    /// The invocation that it starts within, until it asks for it.
    job: Option<Job>,
}

/// A process that has asked for an invocation and waits for one.
struct Idle {
    environment: u64,
    taker: oneshot::Sender<Job>,
}

/// An invocation on its way to a process.
pub(super) struct Job {
    pub(super) request_id: String,
    pub(super) payload: Bytes,
    pub(super) reply: oneshot::Sender<Result<Bytes, InvocationError>>,
    /// Counts it until it is answered, whether or not somebody still waits, or forgotten.
    pub(super) entered: Entered,
    /// When its time is over, where that began with the start of a process.
    pub(super) until: Option<OffsetDateTime>,
}

/// What became of an invocation.
enum Handed {
    /// A process has it, or one is started for it.
    Over,
    /// It waits for a process that is at work, since so many invocations were taken.
    Waits { taken: u64 },
}

/// Why an environment is gone.
pub(super) enum Gone {
    /// Its process took longer than it may.
    Overdue,
    /// For another reason.
    Ended(String),
}

/// What a process that asks for an invocation is given.
pub(super) enum Taken {
    Now(Job),
    Later(oneshot::Receiver<Job>),
}

impl Pool {
    pub(super) fn new(
        definition: Definition,
        concurrency: Concurrency,
        clock: Clock,
        randomness: Randomness,
        log: FunctionLog,
        faults: Faults,
    ) -> Arc<Self> {
        Arc::new(Self {
            definition,
            concurrency,
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            clock,
            randomness,
            log,
            faults,
            shutdown: watch::Sender::new(false),
            state: Mutex::default(),
            invocations: AtomicU64::new(0),
            running: watch::Sender::new(0),
        })
    }

    pub(super) async fn invoke(self: &Arc<Self>, payload: Bytes) -> Result<Bytes, InvocationError> {
        self.invocations.fetch_add(1, Ordering::Relaxed);
        let Concurrency { limit, in_flight } = &self.concurrency;
        self.state().forget_the_abandoned();
        let Some(entered) = in_flight.enter_below(*limit) else {
            return Err(InvocationError::Throttled(*limit));
        };
        let (reply, mut answer) = oneshot::channel();
        let request_id = self.randomness.uuid();
        // The sender is dropped unanswered when its process ends between being idle and being asked.
        let lost = || InvocationError::Exited("it ended before it took the invocation".to_owned());
        let mut handed = self.hand_out(Job { request_id, payload, reply, entered, until: None })?;
        while let Handed::Waits { taken } = handed {
            match tokio::time::timeout(PATIENCE, &mut answer).await {
                Ok(answered) => return answered.unwrap_or_else(|_| Err(lost())),
                Err(_) => handed = self.wait_on(taken),
            }
        }
        answer.await.unwrap_or_else(|_| Err(lost()))
    }

    /// Starts a process ahead of the first invocation, and waits until it asks for one.
    pub(super) async fn warm(self: &Arc<Self>) -> Result<(), InvocationError> {
        let (outcome, told) = oneshot::channel();
        {
            let mut state = self.state();
            // Somebody was faster, or nobody may.
            if !state.environments.is_empty() || self.most_environments() == 0 {
                return Ok(());
            }
            let slot = Slot { outcome: Some(outcome), ..Slot::default() };
            self.start_environment(&mut state, slot);
        }
        // The slot is told before it is given up.
        told.await.unwrap_or(Ok(())).map_err(InvocationError::Init)
    }

    fn hand_out(self: &Arc<Self>, mut job: Job) -> Result<Handed, InvocationError> {
        let mut state = self.state();
        // Asked under the lock: whoever waits at the end is told, and nobody comes after them.
        if *self.shutdown.borrow() {
            return Err(InvocationError::ShuttingDown);
        }
        while let Some(Idle { taker, .. }) = state.idle.pop() {
            match taker.send(job) {
                Ok(()) => return Ok(Handed::Over),
                Err(returned) => job = returned,
            }
        }
        state.waiting.push_back(job);
        if state.environments.values().any(|slot| slot.started && !slot.retired) {
            return Ok(Handed::Waits { taken: state.taken });
        }
        self.start_if_needed(&mut state, self.most_environments());
        Ok(Handed::Over)
    }

    /// An invocation has waited for [`PATIENCE`], since so many were taken. Where none has been since, one is started
    /// for it; where some have, only up to one for each processor.
    fn wait_on(self: &Arc<Self>, taken: u64) -> Handed {
        let mut state = self.state();
        if state.waiting.is_empty() {
            return Handed::Over;
        }
        let most = self.most_environments();
        if state.taken == taken {
            self.start_if_needed(&mut state, most);
            return Handed::Over;
        }
        self.start_if_needed(&mut state, most.min(self.processors));
        Handed::Waits { taken: state.taken }
    }

    /// For the process of an environment that asks for an invocation.
    pub(super) fn take(&self, environment: u64) -> Taken {
        let mut state = self.state();
        let (taker, receiver) = oneshot::channel();
        // One that has ended meanwhile, or is about to, its last question still under way, waits for good.
        let slot = state.environments.get_mut(&environment).filter(|slot| !slot.retired);
        let Some(slot) = slot else { return Taken::Later(receiver) };
        slot.started = true;
        if let Some(outcome) = slot.outcome.take() {
            // Whoever wanted to know may have stopped waiting.
            let _ = outcome.send(Ok(()));
        }
        if let Some(job) = slot.job.take().filter(Job::is_awaited) {
            return Taken::Now(job);
        }
        state.forget_the_abandoned();
        if let Some(job) = state.waiting.pop_front() {
            state.taken += 1;
            return Taken::Now(job);
        }
        state.idle.push(Idle { environment, taker });
        Taken::Later(receiver)
    }

    /// A process was made for environment `number`.
    pub(super) fn spawned(&self, number: u64, process_id: Option<u32>) {
        if let Some(slot) = self.state().environments.get_mut(&number) {
            slot.process_id = process_id;
        }
    }

    /// Environment `number` is about to be gone: its process is given nothing more.
    pub(super) fn retire(&self, number: u64) {
        let mut state = self.state();
        if let Some(slot) = state.environments.get_mut(&number) {
            slot.retired = true;
        }
        state.idle.retain(|idle| idle.environment != number);
    }

    /// An environment is gone. One that never asked for an invocation fails the one that it was made
    /// for; but where its start took too long, that is repeated within the invocation and its timeout.
    pub(super) fn environment_ended(self: &Arc<Self>, number: u64, gone: &Gone) {
        let mut state = self.state();
        let slot = state.environments.remove(&number).unwrap_or_default();
        state.forget_the_abandoned();
        if let Some(outcome) = slot.outcome {
            let _ = outcome.send(Err(gone.to_string()));
        }
        if *self.shutdown.borrow() {
            for job in slot.job.into_iter().chain(state.waiting.drain(..)) {
                job.fail(InvocationError::ShuttingDown);
            }
        } else if let Some(job) = slot.job {
            job.fail(match gone {
                Gone::Overdue => InvocationError::TimedOut(self.definition.timeout),
                Gone::Ended(_) => InvocationError::Init(gone.to_string()),
            });
        } else if !slot.started
            && let Some(job) = state.waiting.pop_front()
        {
            match gone {
                Gone::Overdue => {
                    let until = Some(self.clock.now() + self.definition.timeout);
                    let slot = Slot { job: Some(Job { until, ..job }), ..Slot::default() };
                    self.start_environment(&mut state, slot);
                }
                Gone::Ended(_) => job.fail(InvocationError::Init(gone.to_string())),
            }
        }
        self.start_if_needed(&mut state, self.most_environments());
        self.running.send_replace(state.environments.len());
    }

    /// Whether this goes wrong with an invocation.
    pub(super) fn is_struck_by(&self, fault: FunctionFault) -> bool {
        let Definition { logical_id, name, .. } = &self.definition;
        self.faults.strikes_function(logical_id, name, fault)
    }

    pub(super) fn begin_shutdown(&self) {
        self.shutdown.send_replace(true);
        self.state().idle.clear();
    }

    /// Waits until no environment is left.
    pub(super) async fn ended(&self) {
        // The sender lives in `self`, so the channel cannot close while we wait.
        let _ = self.running.subscribe().wait_for(|count| *count == 0).await;
    }

    /// Waits until no invocation is under way, of those that are counted together with this
    /// function's.
    pub(super) async fn all_answered(&self) {
        self.concurrency.in_flight.empty().await;
    }

    pub(super) fn invocations(&self) -> u64 {
        self.invocations.load(Ordering::Relaxed)
    }

    pub(super) fn processes(&self) -> Vec<u32> {
        self.state().environments.values().filter_map(|slot| slot.process_id).collect()
    }

    /// How many processes wait for an invocation.
    #[cfg(test)]
    pub(super) fn idle_count(&self) -> usize {
        self.state().idle.len()
    }

    /// How many environments there are, their processes made or not.
    #[cfg(test)]
    pub(super) fn environment_count(&self) -> usize {
        self.state().environments.len()
    }

    /// How many invocations wait for a process.
    #[cfg(test)]
    pub(super) fn waiting_count(&self) -> usize {
        self.state().waiting.len()
    }

    fn start_if_needed(self: &Arc<Self>, state: &mut State, most: usize) {
        // Asked under the lock: nothing is started once the end is waited for.
        if *self.shutdown.borrow() {
            return;
        }
        while state.starting() < state.waiting.len() && state.environments.len() < most {
            self.start_environment(state, Slot::default());
        }
    }

    /// Reserved concurrency bounds the environments too: a process that has just answered is one of
    /// them, and takes what waits when it asks again.
    fn most_environments(&self) -> usize {
        let reserved = self.definition.reserved_concurrency.unwrap_or(FUNCTION_PROCESSES);
        reserved.min(FUNCTION_PROCESSES)
    }

    fn start_environment(self: &Arc<Self>, state: &mut State, slot: Slot) {
        let number = state.next_number;
        state.next_number += 1;
        let within = slot.job.as_ref().and_then(|job| job.until);
        let until = within.unwrap_or_else(|| self.clock.now() + FUNCTION_INIT);
        state.environments.insert(number, slot);
        self.running.send_replace(state.environments.len());
        tokio::spawn(environment::run(self.clone(), number, until));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code that holds the lock can panic half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Concurrency {
    pub(super) fn of(limit: usize) -> Self {
        Self { limit, in_flight: Gauge::default() }
    }
}

impl fmt::Display for Gone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overdue => {
                let seconds = FUNCTION_INIT.as_secs();
                write!(formatter, "it did not ask for an invocation within {seconds} s")
            }
            Self::Ended(reason) => formatter.write_str(reason),
        }
    }
}

impl Job {
    /// Whether its caller still waits for the answer.
    fn is_awaited(&self) -> bool {
        !self.reply.is_closed()
    }

    fn fail(self, error: InvocationError) {
        // Its place is free before its caller can ask for another one.
        drop(self.entered);
        // Nobody may be waiting for the answer any more; that is not this side's concern.
        let _ = self.reply.send(Err(error));
    }
}

impl State {
    /// How many environments have not yet asked for an invocation, and will take what waits.
    fn starting(&self) -> usize {
        self.environments.values().filter(|slot| !slot.started && slot.job.is_none()).count()
    }

    /// Invocations whose caller has stopped waiting are not worked off behind his back.
    fn forget_the_abandoned(&mut self) {
        self.waiting.retain(Job::is_awaited);
    }
}
