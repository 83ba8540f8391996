//! From a function's package to its program: cargo builds it for this machine.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use serde::Deserialize;
use tokio::io::AsyncReadExt;
use tokio::process::Command;

use super::process_group::ProcessGroup;

/// How the programs are compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build.
    Dev,
    /// As fast as on AWS, slower to build.
    Release,
}

/// Why there is no program.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// cargo could not be started.
    #[error("cannot run {} (the functions are built with cargo)", .0.display())]
    NoCargo(PathBuf, #[source] io::Error),
    /// cargo's messages could not be read to their end.
    #[error("cannot read what cargo says")]
    Messages(#[source] io::Error),
    /// cargo or the compiler found faults; they have printed them.
    #[error("cargo could not build the functions ({0}): its messages above say why")]
    Failed(ExitStatus),
    /// A package was built but has no program: it is a library only.
    #[error("package {0} has no program to run as a function")]
    NoProgram(String),
}

/// Builds `packages` of the cargo workspace around `directory`, and says where their programs are.
/// cargo's progress and messages go to stderr. Dropped before it is done, it ends cargo and every
/// compiler.
///
/// # Errors
///
/// See [`BuildError`].
pub async fn programs(
    directory: &Path,
    packages: &BTreeSet<String>,
    profile: Profile,
) -> Result<BTreeMap<String, PathBuf>, BuildError> {
    if packages.is_empty() {
        return Ok(BTreeMap::new());
    }
    let cargo = PathBuf::from(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let mut command = Command::new(&cargo);
    command.current_dir(directory).args(["build", "--message-format=json-render-diagnostics"]);
    if profile == Profile::Release {
        command.arg("--release");
    }
    for package in packages {
        command.args(["--package", package]);
    }
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(describes_a_package) {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut group =
        ProcessGroup::spawn(&mut command).map_err(|error| BuildError::NoCargo(cargo, error))?;
    let mut messages = Vec::new();
    if let Some(mut stdout) = group.take_stdout() {
        stdout.read_to_end(&mut messages).await.map_err(BuildError::Messages)?;
    }
    let status = group.wait().await.map_err(BuildError::Messages)?;
    if !status.success() {
        return Err(BuildError::Failed(status));
    }
    let built = executables(&messages);
    packages
        .iter()
        .map(|package| match built.get(package) {
            Some(program) => Ok((package.clone(), program.clone())),
            None => Err(BuildError::NoProgram(package.clone())),
        })
        .collect()
}

/// Whether cargo sets this variable for a program that it runs, to describe the program's package.
///
/// Build scripts ask for these names (ring's does). Were they handed on, everything above such a
/// crate would be compiled anew whenever another program, or a person, builds the functions.
/// (The Cargo Book, "Environment variables cargo sets for crates")
fn describes_a_package(name: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|prefix| name.starts_with(prefix))
        || ["CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE"].contains(&name)
}

/// One line of cargo's messages, as far as it is read here.
/// (The Cargo Book, "External tools", "JSON messages")
#[derive(Deserialize)]
struct Message {
    package_id: Option<String>,
    executable: Option<PathBuf>,
}

/// The programs that cargo's messages name, by package.
fn executables(messages: &[u8]) -> BTreeMap<String, PathBuf> {
    messages
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Message>(line).ok())
        .filter_map(|message| Some((package_name(&message.package_id?)?, message.executable?)))
        .collect()
}

/// The name in a package id: `path+file:///w/echo#0.1.0`, or `path+file:///w/e#echo@0.1.0` where
/// the folder has another name. (The Cargo Book, "Package ID Specifications")
fn package_name(id: &str) -> Option<String> {
    let (source, fragment) = id.rsplit_once('#')?;
    let name = match fragment.split_once('@') {
        Some((name, _)) => name,
        None => source.rsplit('/').next()?,
    };
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_is_told_nothing_of_the_package_that_runs_it() {
        let check = |name, expected| assert_eq!(describes_a_package(name), expected, "{name}");
        check("CARGO_PKG_NAME", true);
        check("CARGO_MANIFEST_DIR", true);
        check("CARGO_BIN_EXE_countersign", true);
        check("CARGO_PRIMARY_PACKAGE", true);
        check("CARGO", false);
        check("CARGO_HOME", false);
        check("CARGO_TARGET_DIR", false);
        check("CARGO_PROFILE_DEV_DEBUG", false);
    }

    #[test]
    fn programs_are_found_among_cargos_messages() {
        let messages =
            br#"{"reason":"compiler-artifact","package_id":"path+file:///w/echo#0.1.0","executable":null}
{"reason":"compiler-artifact","package_id":"path+file:///w/echo#0.1.0","executable":"/t/echo"}
{"reason":"compiler-artifact","package_id":"path+file:///w/house#local@0.1.0","executable":"/t/run"}
not json
{"reason":"build-finished","success":true}"#;
        let expected = [("echo", "/t/echo"), ("local", "/t/run")]
            .map(|(package, program)| (package.to_owned(), PathBuf::from(program)));
        assert_eq!(executables(messages), BTreeMap::from(expected));
    }
}
