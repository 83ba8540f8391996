//! From a function's deployment package to its program: each function runs the `bootstrap` in its zip file.

mod archive;
mod directory;
mod elf;

use std::collections::BTreeMap;
use std::env::consts::{ARCH, OS};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::randomness::Randomness;
use crate::template::{Architecture, Function, FunctionCode};
pub use archive::ArchiveError;
use directory::PrivateDirectory;

/// Where the deployment package of a function is, and what the template says of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Package {
    /// The function's logical id.
    pub function: String,
    /// The zip file.
    pub archive: PathBuf,
    /// The function's Architectures.
    pub declared: Architecture,
}

/// The programs of functions, unpacked. They are gone when this is dropped.
#[derive(Debug)]
pub struct Unpacked {
    /// By the functions' logical ids.
    pub programs: BTreeMap<String, PathBuf>,
    _directory: PrivateDirectory,
}

/// Why a function cannot be run from its package.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// Its package was uploaded, and nothing says where that is on this machine.
    #[error(
        "{function} comes from the bucket {bucket}: name the directory with the objects of the bucket by --artifacts"
    )]
    NoArtifacts {
        /// The function's logical id.
        function: String,
        /// The bucket's name.
        bucket: String,
    },
    /// Nothing would be read from it.
    #[error("--artifacts is of no use: no Code of the template names a bucket")]
    ArtifactsNotNeeded,
    /// The objects of the bucket are not there.
    #[error("--artifacts: {} is no folder", .0.display())]
    NoFolder(PathBuf),
    /// As a path, the key could lead out of the directory of the artifacts.
    #[error("{function}: S3Key {key:?} is not the path of a file inside a directory")]
    Key {
        /// The function's logical id.
        function: String,
        /// The object's key.
        key: String,
    },
    /// The package is missing, broken, or nothing that Lambda could run.
    #[error("{function}: {}", archive.display())]
    Archive {
        /// The function's logical id.
        function: String,
        /// The zip file.
        archive: PathBuf,
        /// What is wrong with it.
        #[source]
        source: ArchiveError,
    },
    /// It is for another machine than this one.
    #[error("{function}: {} is built for {built_for}, expected {}", archive.display(), runs(*machine))]
    OtherMachine {
        /// The function's logical id.
        function: String,
        /// The zip file.
        archive: PathBuf,
        /// What its program is built for.
        built_for: Architecture,
        /// What runs on this machine.
        machine: Option<Architecture>,
    },
    /// On AWS it would not start.
    #[error(
        "{function}: {} is built for {built_for}, but its Architectures is {declared}: on AWS it would not \
         start; --parameter Architecture={built_for} has the template ask for it",
        archive.display()
    )]
    OtherThanDeclared {
        /// The function's logical id.
        function: String,
        /// The zip file.
        archive: PathBuf,
        /// What its program is built for.
        built_for: Architecture,
        /// The function's Architectures.
        declared: Architecture,
    },
    /// There is no place for the programs.
    #[error("cannot make a directory for the functions in {}", .0.display())]
    Directory(PathBuf, #[source] io::Error),
}

/// Where the packages of `functions` are: a local path is relative to `template_directory`; an uploaded object
/// is a file of the directory `artifacts`, under its key.
///
/// # Errors
///
/// [`PackageError::NoArtifacts`], [`PackageError::ArtifactsNotNeeded`], [`PackageError::NoFolder`] and
/// [`PackageError::Key`].
pub fn locate(
    functions: &[Function],
    template_directory: &Path,
    artifacts: Option<&Path>,
) -> Result<Vec<Package>, PackageError> {
    if let Some(artifacts) = artifacts {
        if !functions.iter().any(|function| matches!(function.code, FunctionCode::S3 { .. })) {
            return Err(PackageError::ArtifactsNotNeeded);
        }
        if !artifacts.is_dir() {
            return Err(PackageError::NoFolder(artifacts.to_owned()));
        }
    }
    let package = |function: &Function| {
        let id = || function.logical_id.clone();
        let archive = match (&function.code, artifacts) {
            (FunctionCode::LocalArchive { path, .. }, _) => template_directory.join(path),
            (FunctionCode::S3 { bucket, .. }, None) => {
                return Err(PackageError::NoArtifacts { function: id(), bucket: bucket.clone() });
            }
            (FunctionCode::S3 { key, .. }, Some(_)) if !stays_inside(key) => {
                return Err(PackageError::Key { function: id(), key: key.clone() });
            }
            (FunctionCode::S3 { key, .. }, Some(artifacts)) => artifacts.join(key),
        };
        Ok(Package { function: id(), archive, declared: function.architecture })
    };
    functions.iter().map(package).collect()
}

/// Whether a key, taken for a path, is one inside the directory that it starts from.
fn stays_inside(key: &str) -> bool {
    key.split('/').all(|step| !matches!(step, "" | "." | "..")) && !key.contains('\0')
}

/// Unpacks the programs of `packages` into a new private directory inside `temporary`.
///
/// It reads and writes files: not for a task of the runtime.
///
/// # Errors
///
/// See [`PackageError`].
pub fn unpack(
    packages: &[Package],
    temporary: &Path,
    randomness: &Randomness,
) -> Result<Unpacked, PackageError> {
    let no_directory = |error| PackageError::Directory(temporary.to_owned(), error);
    let directory = PrivateDirectory::new(temporary, randomness).map_err(no_directory)?;
    let mut programs = BTreeMap::new();
    for (number, package) in packages.iter().enumerate() {
        let folder = directory.path().join(number.to_string());
        fs::create_dir(&folder).map_err(no_directory)?;
        let program = folder.join("bootstrap");
        let built_for = archive::unpack(&package.archive, &program).map_err(|source| {
            let (function, archive) = (package.function.clone(), package.archive.clone());
            PackageError::Archive { function, archive, source }
        })?;
        check(package, built_for, this_machine())?;
        programs.insert(package.function.clone(), program);
    }
    Ok(Unpacked { programs, _directory: directory })
}

/// That a program runs on this machine, and on the one that the template asks for.
fn check(
    package: &Package,
    built_for: Architecture,
    machine: Option<Architecture>,
) -> Result<(), PackageError> {
    let (function, archive) = (package.function.clone(), package.archive.clone());
    let declared = package.declared;
    if machine != Some(built_for) {
        Err(PackageError::OtherMachine { function, archive, built_for, machine })
    } else if built_for != declared {
        Err(PackageError::OtherThanDeclared { function, archive, built_for, declared })
    } else {
        Ok(())
    }
}

/// What Lambda's programs, which are for Linux, must be built for to run on this machine.
fn this_machine() -> Option<Architecture> {
    match (OS, ARCH) {
        ("linux", "x86_64") => Some(Architecture::X86_64),
        ("linux", "aarch64") => Some(Architecture::Arm64),
        _ => None,
    }
}

/// The words for what runs on a machine.
fn runs(machine: Option<Architecture>) -> String {
    match machine {
        Some(built_for) => format!(
            "what runs on this machine, {built_for} (`cargo xtask package --arch {built_for}` makes it; then \
             start with --parameter Architecture={built_for})"
        ),
        None => format!("a machine with Linux: this one has {OS} on {ARCH}, which runs no package"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report;

    fn package(declared: Architecture) -> Package {
        let archive = PathBuf::from("f.zip");
        Package { function: "Function".to_owned(), archive, declared }
    }

    #[test]
    fn a_key_is_a_path_inside_the_directory() {
        let check = |key, expected| assert_eq!(stays_inside(key), expected, "{key:?}");
        check("0123456789abcdef", true);
        check("demo/functions/sign-fn.zip", true);
        check("a..b/...", true);
        check("..", false);
        check("../sign-fn.zip", false);
        check("demo/../../sign-fn.zip", false);
        check("/etc/passwd", false);
        check("demo//sign-fn.zip", false);
        check("./sign-fn.zip", false);
        check("demo/", false);
        check("", false);
        check("a\0b", false);
    }

    #[test]
    fn a_program_is_for_this_machine_and_for_that_of_the_template() {
        use Architecture::{Arm64, X86_64};
        let check = |declared, built_for, machine, expected: &str| {
            let checked = check(&package(declared), built_for, machine);
            let said =
                checked.err().map_or("fine".to_owned(), |error| report::chain(&error).to_string());
            assert!(said.contains(expected), "{said}");
        };
        check(X86_64, X86_64, Some(X86_64), "fine");
        check(Arm64, Arm64, Some(Arm64), "fine");
        check(Arm64, X86_64, Some(X86_64), "is built for x86_64, but its Architectures is arm64");
        let other = "Function: f.zip is built for arm64, expected what runs on this machine, x86_64 \
                     (`cargo xtask package --arch x86_64` makes it; then start with --parameter \
                     Architecture=x86_64)";
        check(Arm64, Arm64, Some(X86_64), other);
        check(X86_64, Arm64, Some(X86_64), other);
        check(
            Arm64,
            Arm64,
            None,
            "is built for arm64, expected a machine with Linux: this one has",
        );
    }

    #[test]
    fn nothing_is_left_of_packages_that_cannot_be_run() {
        let name = format!("countersign-packaged-test-{}", std::process::id());
        let temporary = std::env::temp_dir().join(name);
        fs::create_dir_all(&temporary).unwrap();
        let randomness = Randomness::operating_system();
        let error = unpack(&[package(Architecture::Arm64)], &temporary, &randomness).unwrap_err();
        let expected = "Function: f.zip: there is no such file (`cargo xtask package` makes ";
        let said = report::chain(&error).to_string();
        assert!(said.starts_with(expected), "{said}");
        // It succeeds for an empty directory only.
        fs::remove_dir(&temporary).unwrap();
    }
}
