//! Builds, checks, zips, in this order: what is written is whole and checked.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::architecture::Architecture;
use super::build::{self, BuildError, Linker};
use super::machine::{Machine, MachineError};
use super::tools::{CARGO_LAMBDA, Tools, ToolsError, ZIG};
use super::{FUNCTIONS, Packaged, Zip, again, archive, check, zip_path};
use crate::chain::chain;
use crate::progress::Progress;

/// Why there are no zips.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MakeError {
    /// The compiler was not to be asked.
    #[error(transparent)]
    Machine(#[from] MachineError),
    /// Rust cannot build for this architecture.
    #[error(
        "Rust {rust} has no standard library for {target}, expected it for --arch {}: rustup target add {target}",
        .architecture.name(), target = .architecture.target()
    )]
    NoTarget {
        /// What was asked for.
        architecture: Architecture,
        /// The compiler's version.
        rust: String,
    },
    /// No linker for another machine.
    #[error("cannot install cargo-lambda and zig, without which this machine cannot build for {}", .0.name())]
    NoTools(Architecture, #[source] ToolsError),
    /// The build failed.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The programs are not for Lambda.
    #[error(transparent)]
    Check(#[from] check::CheckError),
    /// Too large for a zip.
    #[error("cannot zip {0}")]
    Zip(&'static str, #[source] zip::result::ZipError),
    /// The second build failed, or differs.
    #[error(transparent)]
    Again(#[from] again::AgainError),
    /// A file or folder could not be used.
    #[error("cannot {0} {path}", path = .1.display())]
    File(&'static str, PathBuf, #[source] io::Error),
}

/// Builds `functions`, checks them, and writes their zips.
///
/// # Errors
///
/// See [`MakeError`].
pub(crate) fn zips(
    machine: &Machine,
    functions: &[&'static str],
    architecture: Architecture,
    twice: bool,
) -> Result<Packaged, MakeError> {
    let mut progress = Progress::start("package");
    let workshop = Workshop::open(machine, architecture, &mut progress)?;
    let zips = workshop.make(&FUNCTIONS, functions, &mut progress)?;
    let others = check::others(machine, functions, architecture);
    let packaged = Packaged { architecture, zips, others };

    if twice {
        progress.step("building once more, from a copy in another folder");
        again::compare(&packaged, &workshop.linker, machine, &workshop.folder.join("copy"))?;
    }
    for zip in &packaged.zips {
        replace(&zip_path(machine, zip.function), &zip.bytes)?;
    }
    progress.step("done");
    Ok(packaged)
}

/// What builds for one architecture; nobody else builds there meanwhile.
pub(crate) struct Workshop<'a> {
    machine: &'a Machine,
    architecture: Architecture,
    folder: PathBuf,
    linker: Linker,
    _lock: File,
}

impl<'a> Workshop<'a> {
    /// Fetches what a build needs.
    ///
    /// # Errors
    ///
    /// See [`MakeError`].
    pub(crate) fn open(
        machine: &'a Machine,
        architecture: Architecture,
        progress: &mut Progress,
    ) -> Result<Self, MakeError> {
        if !machine.has_target(architecture)? {
            return Err(MakeError::NoTarget { architecture, rust: machine.rust().to_owned() });
        }
        // Apart from target/debug and target/release, which other flags would make stale.
        let folder = machine.workspace.join("target/package");
        let lock = lock(&folder, progress)?;
        let linker = linker(&folder.join("tools"), machine, architecture, progress)?;
        progress.step("fetching the crates");
        build::fetch(&machine.workspace, architecture)?;
        for variable in build::given_variables() {
            progress.step(&format!(
                "{variable} is set, and the build follows it: it may give other bytes"
            ));
        }
        Ok(Self { machine, architecture, folder, linker, _lock: lock })
    }

    /// Builds `functions` of `packages`, checks them, and zips them.
    ///
    /// # Errors
    ///
    /// See [`MakeError`].
    pub(crate) fn make(
        &self,
        packages: &[&str],
        functions: &[&'static str],
        progress: &mut Progress,
    ) -> Result<Vec<Zip>, MakeError> {
        let Self { machine, architecture, folder, linker, .. } = self;
        progress.step(&format!(
            "building {} for {} with Rust {} and {linker}",
            functions.join(", "),
            architecture.name(),
            machine.rust(),
        ));
        let programs = build::programs(
            &machine.workspace,
            folder,
            packages,
            functions,
            *architecture,
            linker,
            machine,
        )?;
        progress.step("checking and zipping");
        let mut zips = Vec::new();
        let mut faults = Vec::new();
        for (function, path) in functions.iter().copied().zip(programs) {
            let program =
                fs::read(&path).map_err(|error| MakeError::File("read", path.clone(), error))?;
            faults.extend(check::program(&path, &program, *architecture, machine));
            let bytes =
                archive::write(&program).map_err(|error| MakeError::Zip(function, error))?;
            zips.push(Zip { function, unpacked: program.len(), bytes });
        }
        check::no_faults(faults)?;
        Ok(zips)
    }
}

/// Keeps a second run from the folder until this one ends.
fn lock(folder: &Path, progress: &mut Progress) -> Result<File, MakeError> {
    fs::create_dir_all(folder)
        .map_err(|error| MakeError::File("create", folder.to_owned(), error))?;
    let path = folder.join("lock");
    let file =
        File::create(&path).map_err(|error| MakeError::File("create", path.clone(), error))?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => progress.step("waiting for another run to end"),
        Err(TryLockError::Error(error)) => return Err(MakeError::File("lock", path, error)),
    }
    file.lock().map_err(|error| MakeError::File("lock", path, error))?;
    Ok(file)
}

/// zig, installed where it is missing; this machine's own linker where zig cannot be had and is not needed.
fn linker(
    folder: &Path,
    machine: &Machine,
    architecture: Architecture,
    progress: &mut Progress,
) -> Result<Linker, MakeError> {
    if let Some(tools) = Tools::find(folder) {
        return Ok(Linker::Zig(tools));
    }
    progress.step(&format!(
        "installing cargo-lambda {CARGO_LAMBDA} and zig {ZIG} from PyPI into {}",
        folder.display()
    ));
    match Tools::install(folder) {
        Ok(tools) => Ok(Linker::Zig(tools)),
        Err(error) if machine.architecture() == Some(architecture) => {
            progress.step(&format!("without zig, as it could not be installed: {}", chain(&error)));
            Ok(Linker::Host)
        }
        Err(error) => Err(MakeError::NoTools(architecture, error)),
    }
}

/// Puts a file in its place, whole: whoever looks sees the old one or the new one.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), MakeError> {
    let part = path.with_extension("zip.part");
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .map_err(|error| MakeError::File("create", folder.to_owned(), error))?;
    }
    fs::write(&part, bytes).map_err(|error| MakeError::File("write", part.clone(), error))?;
    fs::rename(&part, path).map_err(|error| MakeError::File("write", path.to_owned(), error))
}
