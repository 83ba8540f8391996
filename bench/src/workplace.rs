//! What a run works with: programs that are built, clients that are installed, and how long it may take.

use std::path::PathBuf;

use serde::Serialize;

/// How long a run takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Effort {
    /// As long as good figures need.
    Full,
    /// A minute for all areas together.
    Quick,
}

/// Where everything is.
#[derive(Clone, Debug)]
pub struct Workplace {
    /// The functions, as they are shipped for this machine's processor: `FUNCTION/bootstrap` for `sign-fn`,
    /// `ws-connect`, `ws-default`, `ws-disconnect`, and for the benchmark's own `empty-fn`,
    /// `least-fn` and `bare-calls`.
    pub functions: PathBuf,
    /// Their zips: `FUNCTION.zip`.
    pub zips: PathBuf,
    /// Programs in the release profile: `countersign`, `axum-echo`, `least-gateway`.
    pub programs: PathBuf,
    /// The template with the zips where it looks for them, for `countersign run --packaged`.
    pub template: PathBuf,
    /// A copy of `bench/node` with its packages installed, or why there is none.
    pub node: Result<PathBuf, String>,
    /// The same with the packages of `serverless-offline` in it, or why there are none.
    pub serverless_offline: Result<PathBuf, String>,
    /// Programs of criterion, in the profile of the functions: `sign`, `verify`.
    pub criterion: PathBuf,
    /// A copy of `bench/signers` with its packages installed, or why there is none.
    pub signers: Result<PathBuf, String>,
    /// The program of a Python with botocore, or why there is none.
    pub python: Result<PathBuf, String>,
    /// Where a measurement may put its files.
    pub scratch: PathBuf,
    /// How long the run may take.
    pub effort: Effort,
}
