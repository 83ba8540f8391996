//! From the functions' packages to their programs, the same bytes wherever they are built.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use super::FUNCTIONS;
use super::architecture::Architecture;
use super::bootstrap::GLIBC;
use super::machine::Machine;
use super::tools::{CARGO_LAMBDA, Tools, ZIG};

/// The profile of the workspace's `Cargo.toml`.
const PROFILE: &str = "lambda";

/// What compiles C and links.
#[derive(Debug)]
pub(crate) enum Linker {
    /// zig, by cargo-lambda: for any architecture, and for Lambda's glibc.
    Zig(Tools),
    /// This machine's own, for its own architecture and against its own glibc.
    Host,
}

impl fmt::Display for Linker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zig(_) => write!(f, "cargo-lambda {CARGO_LAMBDA}, zig {ZIG}"),
            Self::Host => write!(f, "this machine's linker"),
        }
    }
}

/// Why there are no programs.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BuildError {
    /// A program could not be started.
    #[error("cannot run {0}")]
    NotRun(String, #[source] io::Error),
    /// cargo, the compiler or the linker found faults, and have printed them.
    #[error("{0} could not build the functions ({1}): its messages above say why")]
    Failed(&'static str, ExitStatus),
    /// The crates could not be had.
    #[error("cargo could not fetch the crates ({0}): its messages above say why")]
    Fetch(ExitStatus),
}

/// Downloads what is not there yet, so that where it is can be named before the build.
///
/// # Errors
///
/// See [`BuildError`].
pub(crate) fn fetch(workspace: &Path, architecture: Architecture) -> Result<(), BuildError> {
    let mut command = cargo();
    command.current_dir(workspace).args(["fetch", "--locked", "--target", architecture.target()]);
    let status = run(&mut command, "cargo")?;
    if status.success() { Ok(()) } else { Err(BuildError::Fetch(status)) }
}

/// Builds `functions` of the workspace at `workspace` into `folder`, and says where the programs are,
/// in the same order.
///
/// # Errors
///
/// See [`BuildError`].
pub(crate) fn programs(
    workspace: &Path,
    folder: &Path,
    functions: &[&str],
    architecture: Architecture,
    linker: &Linker,
    machine: &Machine,
) -> Result<Vec<PathBuf>, BuildError> {
    let profile = folder.join(architecture.target()).join(PROFILE);
    let moved = folder.join("bootstraps").join(architecture.name());
    let (mut command, name) = match linker {
        Linker::Zig(tools) => {
            let mut command = tools.cargo_lambda();
            // It moves the programs to a folder of its own, and would like to install Rust's targets.
            command.args(["build", "--skip-target-check", "--lambda-dir"]).arg(&moved);
            command.arg("--target").arg(format!("{}.{GLIBC}", architecture.target()));
            command.env("CARGO_ZIGBUILD_CACHE_DIR", folder.join("zigbuild"));
            command.env("ZIG_GLOBAL_CACHE_DIR", folder.join("zig"));
            (command, "cargo lambda")
        }
        Linker::Host => {
            let mut command = cargo();
            // Named, so that the flags are for the functions alone, not for build scripts.
            command.args(["build", "--target", architecture.target()]);
            (command, "cargo")
        }
    };
    command.args(["--locked", "--profile", PROFILE]);
    // All packages, also where one program is asked for: features are added up over the packages, and
    // other features are other bytes.
    for package in FUNCTIONS {
        command.args(["--package", package]);
    }
    for function in functions {
        command.args(["--bin", function]);
    }
    command.current_dir(workspace).env("CARGO_TARGET_DIR", folder);
    let flags = rustflags(&machine.remapping(), |name| std::env::var_os(name));
    command.env_remove("RUSTFLAGS").env("CARGO_ENCODED_RUSTFLAGS", flags);
    without_own_package(&mut command);
    let status = run(&mut command, name)?;
    if !status.success() {
        return Err(BuildError::Failed(name, status));
    }
    let program = |function: &&str| match linker {
        Linker::Zig(_) => moved.join(function).join("bootstrap"),
        Linker::Host => profile.join(function),
    };
    Ok(functions.iter().map(program).collect())
}

/// The variables by which a person gives the compiler flags, as far as they are set.
pub(crate) fn given_flags() -> Option<&'static str> {
    ["CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS"]
        .into_iter()
        .find(|name| std::env::var_os(name).is_some())
}

/// The flags for the compiler, as cargo reads them: those that were given, then `own`. What a file of
/// cargo's configuration says is left out, as it says it of one machine (`target-cpu=native`).
/// (The Cargo Book, "Configuration", `build.rustflags`: the first of four places counts)
fn rustflags(own: &[OsString], variable: impl Fn(&str) -> Option<OsString>) -> OsString {
    const BETWEEN: &str = "\u{1f}";
    let mut flags = variable("CARGO_ENCODED_RUSTFLAGS").unwrap_or_else(|| {
        let flags = variable("RUSTFLAGS").unwrap_or_default();
        let flags = flags.to_string_lossy();
        flags.split_ascii_whitespace().collect::<Vec<_>>().join(BETWEEN).into()
    });
    for flag in own {
        if !flags.is_empty() {
            flags.push(BETWEEN);
        }
        flags.push(flag);
    }
    flags
}

fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    without_own_package(&mut command);
    command
}

/// Takes away what cargo has told this program of its own package: crates whose build scripts ask for such
/// variables would be compiled anew whenever somebody else builds.
/// (The Cargo Book, "Environment variables cargo sets for crates")
fn without_own_package(command: &mut Command) {
    let describes_a_package = |name: &str| {
        ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
            || ["CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE"].contains(&name)
    };
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(describes_a_package) {
            command.env_remove(name);
        }
    }
}

fn run(command: &mut Command, name: &str) -> Result<ExitStatus, BuildError> {
    // stdout is for the result.
    command.stdin(Stdio::null()).stdout(io::stderr());
    command.status().map_err(|error| BuildError::NotRun(name.to_owned(), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_flags_stay_and_own_ones_follow() {
        let check = |encoded: Option<&str>, plain: Option<&str>, expected: &str| {
            let variable = |name: &str| match name {
                "CARGO_ENCODED_RUSTFLAGS" => encoded.map(OsString::from),
                "RUSTFLAGS" => plain.map(OsString::from),
                _ => None,
            };
            let own = ["--a=/with space".into(), "--b".into()];
            let flags = rustflags(&own, variable);
            assert_eq!(flags.to_str().unwrap().replace('\u{1f}', "|"), expected);
        };
        check(None, None, "--a=/with space|--b");
        check(None, Some(" -D  warnings "), "-D|warnings|--a=/with space|--b");
        check(Some("-C\u{1f}x=a b"), Some("-Z"), "-C|x=a b|--a=/with space|--b");
    }
}
