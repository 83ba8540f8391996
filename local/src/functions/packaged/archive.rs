//! A deployment package: the zip file that Lambda takes, with the `bootstrap` that it runs.

#[cfg(test)]
mod tests;

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use super::elf;
use crate::limits::DEPLOYMENT_PACKAGE_BYTES;
use crate::template::Architecture;

/// The program of a package, at its top.
/// (Lambda Developer Guide, "Using Lambda's OS-only runtime")
const BOOTSTRAP: &str = "bootstrap";

/// What everybody must be allowed to do with the program: Lambda starts it as a user who does not own it.
/// (Lambda Developer Guide, "Troubleshoot deployment issues in Lambda": 755 for what is to be executed)
const NEEDED_MODE: u32 = 0o555;

/// The rights of the unpacked program: the user's alone.
const MODE: u32 = 0o700;

/// Which bits of a Unix mode say what kind of file it is, and which they are for an ordinary one. Some
/// writers leave them out. (inode(7))
const KIND: u32 = 0o170_000;
const ORDINARY: u32 = 0o100_000;

/// Why a package has no program to run.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Nothing has its name.
    #[error("there is no such file (`cargo xtask package` makes the packages of this workspace)")]
    Missing,
    /// It cannot be opened, or read.
    #[error("cannot read it")]
    Read(#[source] io::Error),
    /// A directory, for example.
    #[error("it is no file")]
    NotAFile,
    /// It has no directory of a zip file, or a broken one.
    #[error("it is no zip file that can be read")]
    NotAZip(#[source] ZipError),
    /// More than Lambda unpacks.
    #[error("it holds {0} bytes, expected at most {DEPLOYMENT_PACKAGE_BYTES}")]
    TooLarge(u64),
    /// It may be deeper inside.
    #[error("it has no {BOOTSTRAP} at its top")]
    NoBootstrap,
    /// Only the program is unpacked here, where Lambda unpacks everything.
    #[error("it holds {0:?}, expected a {BOOTSTRAP} at its top and nothing else")]
    Another(String),
    /// Which of them would Lambda start?
    #[error("it holds more than one {BOOTSTRAP}")]
    Repeated,
    /// A directory or a link.
    #[error("its {BOOTSTRAP} is no ordinary file")]
    NotOrdinary,
    /// Lambda could not start it.
    #[error("its {BOOTSTRAP} has the mode {0:03o}, expected 755: Lambda may not start it")]
    NotExecutable(u32),
    /// For example encrypted, or compressed in a way that Lambda does not know.
    #[error("cannot read its {BOOTSTRAP}")]
    Entry(#[source] ZipError),
    /// Not a program of a kind that is run here; a script is none.
    #[error("its {BOOTSTRAP} is no ELF program for arm64 or x86_64")]
    NotAProgram,
    /// It is broken or longer than it says, or the disk is full.
    #[error("cannot unpack its {BOOTSTRAP}")]
    Unpack(#[source] io::Error),
}

/// Unpacks the `bootstrap` of a package to a new file, `program`, and says what it is built for. What the
/// package says of its own size bounds what is read and written.
///
/// # Errors
///
/// See [`ArchiveError`].
pub(super) fn unpack(package: &Path, program: &Path) -> Result<Architecture, ArchiveError> {
    let mut archive =
        ZipArchive::new(BufReader::new(open(package)?)).map_err(ArchiveError::NotAZip)?;
    if archive.index_for_name(BOOTSTRAP).is_none() {
        return Err(ArchiveError::NoBootstrap);
    }
    if let Some(name) = archive.file_names_raw().find(|name| *name != BOOTSTRAP.as_bytes()) {
        return Err(ArchiveError::Another(String::from_utf8_lossy(name).into_owned()));
    }
    if archive.has_duplicate_names() {
        return Err(ArchiveError::Repeated);
    }
    let entry = archive.by_name(BOOTSTRAP).map_err(ArchiveError::Entry)?;
    let mode = entry.unix_mode().unwrap_or_default();
    if ![0, ORDINARY].contains(&(mode & KIND)) {
        return Err(ArchiveError::NotOrdinary);
    }
    if mode & NEEDED_MODE != NEEDED_MODE {
        return Err(ArchiveError::NotExecutable(mode & 0o777));
    }
    let length = entry.size();
    if length > DEPLOYMENT_PACKAGE_BYTES {
        return Err(ArchiveError::TooLarge(length));
    }
    // The crate ends what is longer than it says.
    write(entry, program)
}

/// The package's file. A zip file is not longer than all that may be in it.
fn open(package: &Path) -> Result<File, ArchiveError> {
    let found = fs::metadata(package).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => ArchiveError::Missing,
        _ => ArchiveError::Read(error),
    })?;
    if !found.is_file() {
        return Err(ArchiveError::NotAFile);
    }
    if found.len() > DEPLOYMENT_PACKAGE_BYTES {
        return Err(ArchiveError::TooLarge(found.len()));
    }
    File::open(package).map_err(ArchiveError::Read)
}

/// Writes a program, after a look at what it is.
fn write(mut contents: impl Read, program: &Path) -> Result<Architecture, ArchiveError> {
    let mut head = Vec::with_capacity(elf::HEAD_BYTES);
    let head_bytes = elf::HEAD_BYTES as u64;
    contents.by_ref().take(head_bytes).read_to_end(&mut head).map_err(ArchiveError::Unpack)?;
    let architecture = elf::architecture(&head).ok_or(ArchiveError::NotAProgram)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(MODE);
    options
        .open(program)
        .and_then(|mut file| io::copy(&mut head.chain(contents), &mut file))
        .map_err(ArchiveError::Unpack)?;
    Ok(architecture)
}
