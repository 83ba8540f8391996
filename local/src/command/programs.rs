//! The functions' programs for `countersign run`: built by cargo, or unpacked from their packages.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arguments::RunArguments;
use super::function_line::{self, MetricLines};
use super::logs;
use crate::functions::FunctionLog;
use crate::functions::build::{self, BuildError, Profile};
use crate::functions::packaged::{self, PackageError, Unpacked};
use crate::randomness::Randomness;
use crate::template::{Function, FunctionCode, Stack};

/// Why there are no programs.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProgramsError {
    #[error(
        "{0} comes from a bucket, so nothing here builds it: run what was uploaded, with --packaged --artifacts DIR"
    )]
    Uploaded(String),
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error(transparent)]
    Package(#[from] PackageError),
    #[error("the functions were not unpacked")]
    Aborted(#[source] tokio::task::JoinError),
}

/// The programs, for as long as this lives.
pub(super) struct Programs {
    /// By the functions' logical ids.
    pub(super) programs: BTreeMap<String, PathBuf>,
    /// Holds the directory that they are unpacked to.
    _unpacked: Option<Unpacked>,
}

/// Has every function's program ready, as the command line asks for.
pub(super) async fn prepare(
    arguments: &RunArguments,
    stack: &Stack,
) -> Result<Programs, ProgramsError> {
    let directory = match arguments.template.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    if arguments.packaged {
        let artifacts = arguments.artifacts.as_deref();
        unpack(packaged::locate(&stack.functions, directory, artifacts)?, stack).await
    } else {
        let profile = if arguments.release { Profile::Release } else { Profile::Dev };
        build(directory, profile, stack).await
    }
}

async fn build(
    directory: &Path,
    profile: Profile,
    stack: &Stack,
) -> Result<Programs, ProgramsError> {
    let mut packages = BTreeMap::new();
    for function in &stack.functions {
        match &function.code {
            FunctionCode::LocalArchive { package, .. } => {
                packages.insert(function.logical_id.clone(), package.clone());
            }
            FunctionCode::S3 { .. } => {
                return Err(ProgramsError::Uploaded(function.logical_id.clone()));
            }
        }
    }
    announce("Building", stack);
    let names: BTreeSet<_> = packages.values().cloned().collect();
    let built = build::programs(directory, &names, profile).await?;
    let programs =
        packages.into_iter().filter_map(|(id, name)| Some((id, built.get(&name)?.clone())));
    Ok(Programs { programs: programs.collect(), _unpacked: None })
}

async fn unpack(
    packages: Vec<packaged::Package>,
    stack: &Stack,
) -> Result<Programs, ProgramsError> {
    announce("Unpacking", stack);
    let unpacking = tokio::task::spawn_blocking(move || {
        packaged::unpack(&packages, &std::env::temp_dir(), &Randomness::operating_system())
    });
    let unpacked = unpacking.await.map_err(ProgramsError::Aborted)??;
    Ok(Programs { programs: unpacked.programs.clone(), _unpacked: Some(unpacked) })
}

/// Says what is done to the functions.
fn announce(doing: &str, stack: &Stack) {
    let names: BTreeSet<_> = stack.functions.iter().map(name).collect();
    let names: Vec<_> = names.into_iter().collect();
    logs::line(&format!("{doing} the functions: {}", names.join(", ")));
}

/// What a function is called here: by its package, or where that has the name of an object, by its logical id.
fn name(function: &Function) -> &str {
    match &function.code {
        FunctionCode::LocalArchive { package, .. } => package,
        FunctionCode::S3 { .. } => &function.logical_id,
    }
}

/// Writes each line of a function to stderr, behind its name; what only counts something, where this command
/// tells its own details.
pub(super) fn log(stack: &Stack) -> FunctionLog {
    let functions = stack.functions.iter();
    let names: BTreeMap<_, _> =
        functions.map(|function| (function.name.clone(), name(function).to_owned())).collect();
    let metrics = match tracing::enabled!(tracing::Level::DEBUG) {
        true => MetricLines::Shown,
        false => MetricLines::Hidden,
    };
    Arc::new(move |function, line| {
        let name = names.get(function).map_or(function, String::as_str);
        if let Some(line) = function_line::readable(name, line, metrics) {
            logs::line(&line);
        }
    })
}
