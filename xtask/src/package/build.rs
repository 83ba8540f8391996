//! From the functions' packages to their programs, the same bytes wherever they are built.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

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
/// in the same order. All of `packages` are built at once, also where one program is asked for: features are added
/// up over the packages, and other features are other bytes.
///
/// # Errors
///
/// See [`BuildError`].
pub(crate) fn programs(
    workspace: &Path,
    folder: &Path,
    packages: &[&str],
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
    for package in packages {
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

/// The variables that are set, and with which the build may give other bytes.
pub(crate) fn given_variables() -> Vec<String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut given: Vec<_> = names.filter(|name| changes_the_bytes(name)).collect();
    given.sort_unstable();
    given
}

/// Whether a build listens to the variable of this name, and is meant to: flags, another compiler or
/// linker, another profile (`lambda` inherits `release`).
/// (The Cargo Book, "Environment variables" and "Configuration"; the crate cc, "External configuration via
/// environment variables")
fn changes_the_bytes(name: &str) -> bool {
    const NAMES: [&str; 8] = [
        "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
        "CARGO_BUILD_RUSTC_WRAPPER",
        "CARGO_ENCODED_RUSTFLAGS",
        "CC",
        "CFLAGS",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTC_WRAPPER",
        "RUSTFLAGS",
    ];
    const PREFIXES: [&str; 6] = [
        "CARGO_PROFILE_LAMBDA_",
        "CARGO_PROFILE_RELEASE_",
        "CC_",
        "CFLAGS_",
        "TARGET_CC",
        "TARGET_CFLAGS",
    ];
    NAMES.contains(&name)
        || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || (name.starts_with("CARGO_TARGET_") && name.ends_with("_LINKER"))
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

/// cargo, as if it was called by hand.
pub(crate) fn cargo() -> Command {
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

    #[test]
    fn variables_that_change_the_bytes_are_known() {
        let check = |names: &[&str], expected: bool| {
            for name in names {
                assert_eq!(changes_the_bytes(name), expected, "{name}");
            }
        };
        check(&["RUSTFLAGS", "RUSTC_WRAPPER", "CARGO_BUILD_RUSTC_WRAPPER", "CFLAGS"], true);
        check(&["CARGO_PROFILE_LAMBDA_LTO", "CARGO_PROFILE_RELEASE_DEBUG"], true);
        check(&["CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER"], true);
        check(&["CC_x86_64_unknown_linux_gnu", "CFLAGS_aarch64-unknown-linux-gnu"], true);
        check(
            &["CARGO_PROFILE_DEV_DEBUG", "CARGO_TARGET_DIR", "CARGO_TERM_COLOR", "CCACHE"],
            false,
        );
    }
}
