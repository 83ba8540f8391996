//! How an error is shown where it ends: the whole chain, once, in the log.

use std::error::Error;
use std::fmt::{self, Display};
use std::process::ExitCode;

/// Shows an error with all its sources, outermost first: `a: b: c`.
///
/// Our error messages never contain the text of their source. The SDK's enums show the error that
/// they hold, which is their source as well: what would be said twice in a row is said once.
pub fn chain(error: &(dyn Error + 'static)) -> impl Display {
    Chain(error)
}

/// Runs a function's program, and gives the exit code of its `main`.
///
/// It runs as a task of its own: waking a task of a runtime with one thread is noted in memory, waking the future
/// that the runtime was entered with goes through the kernel, by two system calls each time.
///
/// # Panics
///
/// Where the program does, or outside of a `tokio::runtime::LocalRuntime`.
pub async fn run(program: impl Future<Output = Result<(), crate::Error>> + 'static) -> ExitCode {
    match tokio::task::spawn_local(program).await {
        Ok(outcome) => exit_code(outcome),
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// The exit code of a `main`, after logging the error that ended it as one line.
///
/// It is the only thing that a person sees of a function that does not start, so it is logged at
/// error level, which [`start_tracing`](crate::start_tracing) never switches off.
fn exit_code(outcome: Result<(), crate::Error>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

struct Chain<'a>(&'a (dyn Error + 'static));

impl Display for Chain<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = self.0.to_string();
        formatter.write_str(&said)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            let message = error.to_string();
            if message != said {
                write!(formatter, ": {message}")?;
                said = message;
            }
            source = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] Middle);

    #[derive(Debug, thiserror::Error)]
    #[error("middle")]
    struct Middle(#[source] std::num::ParseIntError);

    #[derive(Debug, thiserror::Error)]
    #[error(transparent)]
    struct Repeating(#[from] Box<RepeatedMiddle>);

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct RepeatedMiddle(#[source] Outer);

    fn parse_error() -> std::num::ParseIntError {
        "x".parse::<u8>().expect_err("x is not a number")
    }

    #[track_caller]
    fn check(error: &(dyn Error + 'static), expected: &str) {
        assert_eq!(chain(error).to_string(), expected);
    }

    #[test]
    fn every_source_is_shown() {
        check(&Outer(Middle(parse_error())), "outer: middle: invalid digit found in string");
    }

    #[test]
    fn what_is_said_twice_in_a_row_is_shown_once() {
        let error = Repeating(Box::new(RepeatedMiddle(Outer(Middle(parse_error())))));
        check(&error, "outer: middle: invalid digit found in string");
    }

    #[test]
    fn an_error_without_a_source_stands_alone() {
        check(&parse_error(), "invalid digit found in string");
    }

    #[test]
    fn a_failed_start_has_a_failing_exit_code() {
        let failed = format!("{:?}", exit_code(Err("no".into())));
        assert_eq!(failed, format!("{:?}", ExitCode::FAILURE));
    }
}
