//! `cargo xtask smoke`.

use std::error::Error;
use std::process::ExitCode;

/// Options of `smoke`.
#[derive(clap::Args)]
pub(crate) struct SmokeArguments {}

/// Not there yet.
pub(crate) fn smoke(_: &SmokeArguments) -> Result<ExitCode, Box<dyn Error>> {
    Err("smoke is not written yet".into())
}
