//! The functions as they are shipped, and the programs in the release profile, each in its place.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use serde_json::Value;

use super::Folders;
use super::area::Need;
use crate::package::archive;
use crate::package::build::cargo;
use crate::package::machine::Machine;
use crate::package::make::{MakeError, Workshop};
use crate::package::{FUNCTIONS, Zip};
use crate::progress::Progress;

/// The package of the functions that ours are measured against, and its programs.
const OTHER_FUNCTIONS: (&str, [&str; 3]) =
    ("bench-functions", ["empty-fn", "least-fn", "bare-calls"]);
/// Those of the package `bench` that `countersign` is measured against.
const OTHER_GATEWAYS: [&str; 2] = ["axum-echo", "least-gateway"];
/// The benchmarks of the package `bench`.
const CRITERION: [&str; 2] = ["sign", "verify"];

/// Why something is not built.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BuildError {
    /// The machine is none of Lambda's.
    #[error(
        "this machine's programs are not Lambda's, expected Linux with glibc on x86_64 or arm64"
    )]
    Processor,
    /// The functions.
    #[error("cannot package the functions")]
    Functions(#[source] MakeError),
    /// A zip that was just written.
    #[error("cannot unpack {0}")]
    Zip(&'static str, #[source] archive::Fault),
    /// cargo could not be started, or its answer not be read.
    #[error("cannot run cargo")]
    NotRun(#[source] io::Error),
    /// The compiler found faults, and has printed them.
    #[error("cargo could not build {0} ({1}): its messages above say why")]
    Failed(String, ExitStatus),
    /// The package has no such program.
    #[error("cargo has built no program {0}")]
    NoProgram(String),
    /// A file or folder could not be used.
    #[error("cannot write {}", .0.display())]
    File(PathBuf, #[source] io::Error),
}

/// Builds what is needed, and puts it where it is looked for.
///
/// # Errors
///
/// See [`BuildError`].
pub(super) fn all(
    machine: &Machine,
    folders: &Folders,
    needs: impl Fn(Need) -> bool,
    progress: &mut Progress,
) -> Result<(), BuildError> {
    if needs(Need::Functions) {
        functions(machine, folders, progress)?;
    }
    progress.step("building the programs in the release profile");
    let programs = folders.programs();
    if needs(Need::Gateways) {
        // By itself, as its users build it: features are added up over the packages.
        let built = executables(folders, &["--release", "--package", "local"])?;
        place(&built, &["countersign"], &programs)?;
        let mut arguments = vec!["--release", "--package", "bench"];
        arguments.extend(OTHER_GATEWAYS.iter().flat_map(|name| ["--bin", name]));
        place(&executables(folders, &arguments)?, &OTHER_GATEWAYS, &programs)?;
    }
    let built = executables(folders, &["--release", "--package", "bench", "--bin", "bench"])?;
    place(&built, &["bench"], &programs)?;
    if needs(Need::Criterion) {
        progress.step("building the benchmarks of signing in the functions' profile");
        let mut arguments = vec!["--profile", "lambda", "--package", "bench"];
        arguments.extend(CRITERION.iter().flat_map(|name| ["--bench", name]));
        place(&executables(folders, &arguments)?, &CRITERION, &folders.criterion())?;
    }
    Ok(())
}

/// Ours, byte for byte as `cargo xtask package` builds them, and the others in the same way.
fn functions(
    machine: &Machine,
    folders: &Folders,
    progress: &mut Progress,
) -> Result<(), BuildError> {
    let architecture = machine.architecture().ok_or(BuildError::Processor)?;
    let workshop =
        Workshop::open(machine, architecture, progress).map_err(BuildError::Functions)?;
    let mut make = |packages: &[&str], functions: &[&'static str]| {
        workshop.make(packages, functions, progress).map_err(BuildError::Functions)
    };
    let mut zips = make(&FUNCTIONS, &FUNCTIONS)?;
    let (package, programs) = OTHER_FUNCTIONS;
    zips.extend(make(&[package], &programs)?);
    for Zip { function, bytes, .. } in zips {
        let program = archive::read(&bytes).map_err(|fault| BuildError::Zip(function, fault))?;
        let bootstrap = folders.functions().join(function).join("bootstrap");
        write(&bootstrap, |path| fs::write(path, &program))?;
        make_runnable(&bootstrap)?;
        write(&folders.zips().join(function).with_extension("zip"), |path| {
            fs::write(path, &bytes)
        })?;
    }
    let template = machine.workspace.join("cloudformation/template.yaml");
    write(&folders.template(), |path| fs::copy(&template, path).map(drop))
}

/// What cargo builds with these arguments, by the names of the targets.
pub(crate) fn built(
    target: &Path,
    arguments: &[&str],
) -> Result<BTreeMap<String, PathBuf>, BuildError> {
    let mut command = cargo();
    command.args(["build", "--locked", "--message-format=json-render-diagnostics"]);
    command.args(arguments).arg("--target-dir").arg(target);
    command.current_dir(crate::workspace()).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().map_err(BuildError::NotRun)?;
    if !output.status.success() {
        return Err(BuildError::Failed(arguments.join(" "), output.status));
    }
    let lines = output.stdout.split(|byte| *byte == b'\n');
    let artifacts = lines.filter_map(|line| {
        // (The Cargo Book, "External tools", "Artifact messages")
        let message: Value = serde_json::from_slice(line).ok()?;
        let executable = message["executable"].as_str()?.into();
        Some((message["target"]["name"].as_str()?.to_owned(), executable))
    });
    Ok(artifacts.collect())
}

fn executables(
    folders: &Folders,
    arguments: &[&str],
) -> Result<BTreeMap<String, PathBuf>, BuildError> {
    built(&folders.cargo(), arguments)
}

/// Copies programs, by their names, into a folder.
fn place(
    built: &BTreeMap<String, PathBuf>,
    names: &[&str],
    folder: &Path,
) -> Result<(), BuildError> {
    for name in names {
        let from = built.get(*name).ok_or_else(|| BuildError::NoProgram((*name).to_owned()))?;
        write(&folder.join(name), |path| fs::copy(from, path).map(drop))?;
    }
    Ok(())
}

/// Puts a file in its place, whole. The old one may be running.
fn write(path: &Path, put: impl Fn(&Path) -> io::Result<()>) -> Result<(), BuildError> {
    let fail = |error| BuildError::File(path.to_owned(), error);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(fail)?;
    }
    let part = path.with_extension("part");
    put(&part).and_then(|()| fs::rename(&part, path)).map_err(fail)
}

fn make_runnable(path: &Path) -> Result<(), BuildError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(path, mode).map_err(|error| BuildError::File(path.to_owned(), error))
}
