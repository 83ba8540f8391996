//! The second build: whether another folder gives the same bytes.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::build::{self, BuildError, Linker};
use super::machine::Machine;
use super::{FUNCTIONS, Packaged, archive};

/// Why the bytes were not seen to be the same.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AgainError {
    /// git does not say which files the repository has.
    #[error("cannot list the files of {} with git", .0.display())]
    Git(PathBuf, #[source] io::Error),
    /// A file could not be copied or read.
    #[error("cannot copy {}", .0.display())]
    Copy(PathBuf, #[source] io::Error),
    /// The build failed.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Too large for a zip.
    #[error("cannot zip {0}")]
    Zip(&'static str, #[source] zip::result::ZipError),
    /// The bytes differ.
    #[error("the second build, in {}, gave other bytes for {}", .0.display(), .1.join(", "))]
    Differs(PathBuf, Vec<&'static str>),
}

/// Builds what `packaged` has from a copy of the repository's files at `folder`, and compares the zips.
///
/// # Errors
///
/// See [`AgainError`].
pub(crate) fn compare(
    packaged: &Packaged,
    linker: &Linker,
    machine: &Machine,
    folder: &Path,
) -> Result<(), AgainError> {
    copy(&machine.workspace, folder)?;
    let machine = machine.at(folder);
    let functions: Vec<_> = packaged.zips.iter().map(|zip| zip.function).collect();
    let target = folder.join("target");
    let architecture = packaged.architecture;
    let programs =
        build::programs(folder, &target, &FUNCTIONS, &functions, architecture, linker, &machine)?;
    let mut other = Vec::new();
    for (zip, path) in packaged.zips.iter().zip(programs) {
        let program = std::fs::read(&path).map_err(|error| AgainError::Copy(path, error))?;
        let bytes =
            archive::write(&program).map_err(|error| AgainError::Zip(zip.function, error))?;
        if bytes != zip.bytes {
            other.push(zip.function);
        }
    }
    if other.is_empty() { Ok(()) } else { Err(AgainError::Differs(folder.to_owned(), other)) }
}

/// Copies what git knows of, and what it would be told of, in place of what is there.
fn copy(workspace: &Path, folder: &Path) -> Result<(), AgainError> {
    let git = |error| AgainError::Git(workspace.to_owned(), error);
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(workspace)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(git)?;
    if !output.status.success() {
        return Err(git(io::Error::other(format!("git ended with {}", output.status))));
    }
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(AgainError::Copy(folder.to_owned(), error));
        }
        _ => {}
    }
    let names = String::from_utf8(output.stdout).map_err(|error| git(io::Error::other(error)))?;
    for name in names.split_terminator('\0') {
        let (from, to) = (workspace.join(name), folder.join(name));
        // A file that was deleted is still known until the deletion is committed.
        if from.is_file() {
            let parent = to.parent().map_or(Ok(()), std::fs::create_dir_all);
            parent
                .and_then(|()| std::fs::copy(&from, &to))
                .map_err(|error| AgainError::Copy(from, error))?;
        }
    }
    Ok(())
}
