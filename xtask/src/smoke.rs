//! `cargo xtask smoke`: tries a stack from outside, on AWS or on one machine, and says what it saw.
//!
//! - `arguments`: the command line, raw and checked
//! - `outputs`: a stack's two URLs, by the AWS CLI
//! - `stack`: the stack that is tried: how it is asked, what may be requested, the record
//! - `door`: by which kind of address it is reached
//! - `authorization`, `keys`: what `/sign` asks for; AWS credentials and what they sign
//! - `checks`: what is tried, a module a story
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
mod outputs;
mod record;
mod report;
mod secrets;
mod stack;
mod wire;

use std::error::Error;
use std::process::ExitCode;

pub(crate) use arguments::SmokeArguments;
use arguments::StackAddress;
use record::Verdict;
use stack::Stack;

/// All checks passed, or could not be tried.
const GOOD: u8 = 0;
/// A check failed.
const FAILED: u8 = 1;
/// The command line means nothing; clap's own number.
const WRONG_COMMAND_LINE: u8 = 2;
/// The stack could not be asked at all.
const NOT_ASKED: u8 = 3;

/// Tries a stack. The exit code is 0 where nothing failed, 1 where something did, 2 for a command line that means
/// nothing, 3 where the stack could not be asked.
///
/// # Errors
///
/// The report cannot be written.
pub(crate) fn smoke(arguments: &SmokeArguments) -> Result<ExitCode, Box<dyn Error>> {
    let plan = match arguments.plan() {
        Ok(plan) => plan,
        Err(error) => return Ok(refused(&error, WRONG_COMMAND_LINE)),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let found = match &plan.stack {
            StackAddress::Urls { sign, websocket } => Ok((sign.clone(), websocket.clone())),
            StackAddress::Named(name) => outputs::outputs(name, plan.region.as_deref()),
        };
        let (sign, websocket) = match found {
            Ok(urls) => urls,
            Err(error) => return Ok(refused(&error, NOT_ASKED)),
        };
        let stack = match Stack::meet(sign, websocket, &plan).await {
            Ok(stack) => stack,
            Err(error) => return Ok(refused(&error, NOT_ASKED)),
        };
        report::print_head(&stack);
        checks::run(&stack).await;
        report::print_summary(&stack);
        if let Some(path) = &plan.report {
            report::write(&stack, path)?;
        }
        let is_good = stack.record.count(Verdict::Fail) == 0;
        Ok(ExitCode::from(if is_good { GOOD } else { FAILED }))
    })
}

#[expect(clippy::print_stderr, reason = "a command speaks on stderr")]
fn refused(error: &dyn Error, code: u8) -> ExitCode {
    eprintln!("cargo xtask smoke: {}", report::chain(error));
    ExitCode::from(code)
}
