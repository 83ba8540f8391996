//! Plays Lambda: a pool of processes for each function, each with a Runtime API of its own, one
//! invocation at a time each.
//!
//! - [`build`]: from a function's package to its program
//! - [`packaged`]: from a function's deployment package to its program
//! - [`variables`]: what Lambda puts into a function's environment
//! - `pool`: which process takes an invocation, and when there should be one more
//! - `environment`: one process, from its start to its end
//! - `runtime_api`: what that process polls
//! - `process_group`: a process together with what it starts

pub mod build;
mod environment;
pub mod packaged;
mod pool;
mod process_group;
mod runtime_api;
#[cfg(test)]
mod tests;
pub mod variables;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;

use crate::clock::Clock;
use crate::faults::Faults;
use crate::limits::{ACCOUNT_CONCURRENCY, FUNCTION_REQUEST_BYTES};
use crate::randomness::Randomness;
use pool::{Concurrency, Pool};

/// A function as it is to be run.
#[derive(Clone)]
pub struct Definition {
    /// Its logical id in the template.
    pub logical_id: String,
    /// Its name, as in `AWS_LAMBDA_FUNCTION_NAME`.
    pub name: String,
    /// What integrations call it by.
    pub arn: String,
    /// The program that is its `bootstrap`.
    pub program: PathBuf,
    /// How long an invocation may take.
    pub timeout: Duration,
    /// How many invocations at a time are let in, if the template reserves a number. Functions
    /// without one share what the account has beside the reserved. More are throttled.
    pub reserved_concurrency: Option<usize>,
    /// The whole environment but for `AWS_LAMBDA_RUNTIME_API`, which each process has of its own.
    pub variables: BTreeMap<String, String>,
}

/// Hides the variables: the role's credentials are among them.
impl fmt::Debug for Definition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Definition")
            .field("name", &self.name)
            .field("arn", &self.arn)
            .field("program", &self.program)
            .finish_non_exhaustive()
    }
}

/// Where the functions' output goes, line by line: the function's name, the line.
pub type FunctionLog = Arc<dyn Fn(&str, &str) + Send + Sync>;

/// Why an invocation has no answer. API Gateway makes a 502, a 500 or an error frame of each.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvocationError {
    /// No function has this ARN.
    #[error("there is no function {0}")]
    NoSuchFunction(String),
    /// The program could not be started, or ended before it asked for an invocation.
    #[error("the function did not start: {0}")]
    Init(String),
    /// The handler answered with an error.
    #[error("the function failed: {error_type}: {message}")]
    Handler {
        /// `errorType` of the function's answer.
        error_type: String,
        /// `errorMessage` of the function's answer.
        message: String,
    },
    /// The process ended in the middle.
    #[error("the function's process ended before it answered: {0}")]
    Exited(String),
    /// As many invocations are under way as the template reserves for it, or as the account has left
    /// for all functions without such a number.
    #[error("more than {0} concurrent invocations")]
    Throttled(usize),
    /// The event is larger than Lambda takes.
    #[error("an event of {0} bytes, expected at most {FUNCTION_REQUEST_BYTES}")]
    TooLarge(usize),
    /// The function's own timeout passed; its process was ended.
    #[error("the function timed out after {} seconds", .0.as_secs_f32())]
    TimedOut(Duration),
    /// `local` is shutting down.
    #[error("shutting down")]
    ShuttingDown,
}

/// Every function of the template.
pub struct Functions {
    pools: BTreeMap<String, Arc<Pool>>,
}

impl Functions {
    /// Makes the pools, on a machine of so many processors. No process is started before the first invocation or
    /// [`Functions::warm`].
    pub fn new(
        definitions: Vec<Definition>,
        processors: usize,
        clock: Clock,
        randomness: Randomness,
        log: FunctionLog,
        faults: &Faults,
    ) -> Self {
        let reserved = definitions.iter().filter_map(|definition| definition.reserved_concurrency);
        let unreserved = Concurrency::of(ACCOUNT_CONCURRENCY.saturating_sub(reserved.sum()));
        let pools = definitions
            .into_iter()
            .map(|definition| {
                let arn = definition.arn.clone();
                let concurrency = match definition.reserved_concurrency {
                    Some(count) => Concurrency::of(count),
                    None => unreserved.clone(),
                };
                let (clock, randomness, log) = (clock.clone(), randomness.clone(), log.clone());
                let faults = faults.clone();
                (
                    arn,
                    Pool::new(definition, concurrency, processors, clock, randomness, log, faults),
                )
            })
            .collect();
        Self { pools }
    }

    /// Invokes a function synchronously, as API Gateway does: once, without a retry.
    ///
    /// `payload` is the event's JSON; the answer is the handler's.
    ///
    /// # Errors
    ///
    /// See [`InvocationError`].
    pub async fn invoke(&self, arn: &str, payload: Bytes) -> Result<Bytes, InvocationError> {
        if payload.len() > FUNCTION_REQUEST_BYTES {
            return Err(InvocationError::TooLarge(payload.len()));
        }
        match self.pools.get(arn) {
            Some(pool) => pool.invoke(payload).await,
            None => Err(InvocationError::NoSuchFunction(arn.to_owned())),
        }
    }

    /// Starts a process of every function ahead of the first invocation, so that one that cannot
    /// start is known at once.
    ///
    /// # Errors
    ///
    /// The name of the first function that does not start, and why.
    pub async fn warm(&self) -> Result<(), (String, InvocationError)> {
        let starts = self.pools.values().map(async |pool| {
            pool.warm().await.map_err(|error| (pool.definition.name.clone(), error))
        });
        futures_util::future::try_join_all(starts).await.map(|_| ())
    }

    /// Waits until no invocation is under way.
    pub async fn all_answered(&self) {
        for pool in self.pools.values() {
            pool.all_answered().await;
        }
    }

    /// The process ids of every running environment, by function name.
    pub fn processes(&self) -> Vec<(String, u32)> {
        self.pools
            .values()
            .flat_map(|pool| {
                pool.processes().into_iter().map(|id| (pool.definition.name.clone(), id))
            })
            .collect()
    }

    /// How often each function has been invoked, throttled invocations included, by its name.
    pub fn invocations(&self) -> BTreeMap<String, u64> {
        let pools = self.pools.values();
        pools.map(|pool| (pool.definition.name.clone(), pool.invocations())).collect()
    }

    /// Ends every process and waits until it has ended.
    pub async fn shut_down(&self) {
        for pool in self.pools.values() {
            pool.begin_shutdown();
        }
        for pool in self.pools.values() {
            pool.ended().await;
        }
    }
}
