//! `cargo xtask smoke`: tries a stack from outside, on AWS or on one machine, and says what it saw.
//!
//! - `arguments`: the command line, raw and checked
//! - `outputs`: a stack's two URLs, by the AWS CLI
//! - `meeting`: how a stack is met: what it asks for, what may be requested, what the time is there
//! - `stack`, `signed`: the stack that is tried, and how it is asked; a URL that it signed
//! - `door`: by which kind of address it is reached
//! - `authorization`, `keys`: what `/sign` asks for; AWS credentials and what they sign
//! - `checks`: what is tried, a module a story
//! - `repeat`: throttles and passing faults are met by asking again
//! - `wire`: requests, handshakes and frames, byte for byte
//! - `record`, `report`: what was seen, and how it is told
//! - `fidelity`: the rows of `docs/fidelity.md` that observations settle
//! - `secrets`: what is never shown

mod arguments;
mod authorization;
mod checks;
mod door;
mod fidelity;
mod keys;
mod meeting;
mod outputs;
mod record;
mod repeat;
mod report;
mod secrets;
mod signed;
mod stack;
mod wire;

use std::error::Error;
use std::process::ExitCode;

pub(crate) use arguments::SmokeArguments;
use arguments::{Plan, StackAddress};
use meeting::MeetError;
use outputs::{Addresses, OutputsError};
use record::Verdict;
use repeat::once_more;
use report::{End, Report};
use stack::Stack;

/// All checks passed, or could not be tried.
const GOOD: u8 = 0;
/// A check failed, or `/sign` does not ask for what it must.
const FAILED: u8 = 1;
/// The command line means nothing; clap's own number.
const WRONG_COMMAND_LINE: u8 = 2;
/// The stack could not be asked at all.
const NOT_ASKED: u8 = 3;
/// The report cannot be written.
const NO_REPORT: u8 = 4;
/// Somebody has broken it off: 128 and the number of SIGINT, as a shell has it.
const BROKEN_OFF: u8 = 130;

/// Tries a stack. The exit code is one of those above.
///
/// # Errors
///
/// This machine cannot run anything.
pub(crate) fn smoke(arguments: &SmokeArguments) -> Result<ExitCode, Box<dyn Error>> {
    let plan = match arguments.plan() {
        Ok(plan) => plan,
        Err(error) => return Ok(refused(&error, WRONG_COMMAND_LINE)),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(tried(&plan)))
}

async fn tried(plan: &Plan) -> ExitCode {
    let addresses = match addresses(plan).await {
        Ok(addresses) => addresses,
        Err(error) => return refused(&error, NOT_ASKED),
    };
    let stack = match once_more(async || Stack::meet(&addresses, plan).await).await {
        Ok(stack) => stack,
        Err(error @ MeetError::OpenToAnyone(_)) => return refused(&error, FAILED),
        Err(error) => return refused(&error, NOT_ASKED),
    };
    report::print_head(&stack);
    let report = match plan.report.as_deref().map(Report::begin).transpose() {
        Ok(report) => report,
        Err(error) => return refused(&error, NO_REPORT),
    };
    let end = tokio::select! {
        () = checks::run(&stack) => End::Whole,
        Ok(()) = tokio::signal::ctrl_c() => End::BrokenOff,
    };
    report::print_summary(&stack);
    let written = report.map_or(Ok(()), |report| report.write(&stack, end));
    let has_failed = stack.record.count(Verdict::Fail) > 0;
    match (written, end) {
        (Err(error), _) => refused(&error, if has_failed { FAILED } else { NO_REPORT }),
        (Ok(()), _) if has_failed => ExitCode::from(FAILED),
        (Ok(()), End::BrokenOff) => ExitCode::from(BROKEN_OFF),
        (Ok(()), End::Whole) => ExitCode::from(GOOD),
    }
}

async fn addresses(plan: &Plan) -> Result<Addresses, OutputsError> {
    match &plan.stack {
        StackAddress::Urls { sign, websocket } => {
            Ok(Addresses { sign: sign.clone(), websocket: websocket.clone(), region: None })
        }
        StackAddress::Named(name) => outputs::outputs(name, plan.region.as_deref()).await,
    }
}

fn refused(error: &dyn Error, code: u8) -> ExitCode {
    report::print_progress(&crate::chain::chain(error));
    ExitCode::from(code)
}
