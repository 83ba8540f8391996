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
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

/// The programs that cargo's messages name, by the name of the program.
fn executables(messages: &[u8]) -> BTreeMap<String, PathBuf> {
    messages
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Message>(line).ok())
        .filter_map(|message| Some((message.target?.name, message.executable?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_among_cargos_messages() {
        let messages =
            br#"{"reason":"compiler-artifact","target":{"name":"echo-lib"},"executable":null}
{"reason":"compiler-artifact","target":{"name":"echo"},"executable":"/target/debug/echo"}
not json
{"reason":"build-finished","success":true}"#;
        assert_eq!(
            executables(messages),
            BTreeMap::from([("echo".to_owned(), PathBuf::from("/target/debug/echo"))])
        );
    }
}
