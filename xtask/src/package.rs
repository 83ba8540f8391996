//! `cargo xtask package`.

use std::error::Error;
use std::process::ExitCode;

/// Options of `package`.
#[derive(clap::Args)]
pub(crate) struct PackageArguments {}

/// Not there yet.
pub(crate) fn package(_: &PackageArguments) -> Result<ExitCode, Box<dyn Error>> {
    Err("package is not written yet".into())
}
