//! From a function's package to its program: cargo builds it for this machine.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use serde::Deserialize;
use tokio::process::Command;

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
    /// The compiler found faults; it has printed them.
    #[error("cargo could not build the functions ({0}); its messages are above")]
    Failed(ExitStatus),
    /// A package was built but has no program, or is a library only.
    #[error("package {0} has no program to run as a function")]
    NoProgram(String),
}

/// Builds `packages` of the cargo workspace around `directory`, and says where their programs are.
/// cargo's progress and messages go to stderr.
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
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| BuildError::NoCargo(cargo, error))?;
    if !output.status.success() {
        return Err(BuildError::Failed(output.status));
    }
    let built = executables(&output.stdout);
    packages
        .iter()
        .map(|package| match built.get(package) {
            Some(program) => Ok((package.clone(), program.clone())),
            None => Err(BuildError::NoProgram(package.clone())),
        })
        .collect()
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
