//! What links for another machine: cargo-lambda with zig, from PyPI, in a folder of their own.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

/// cargo with zig as the linker and the C compiler, for Lambda.
pub(crate) const CARGO_LAMBDA: &str = "1.9.2";
/// A C compiler and linker that has the start files and symbols of every glibc.
pub(crate) const ZIG: &str = "0.17.0";
/// Written last: without it the folder is half done.
const MARK: &str = "installed";

/// The tools, installed.
#[derive(Debug)]
pub(crate) struct Tools {
    programs: PathBuf,
}

/// Why there are no tools.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ToolsError {
    /// A program could not be started.
    #[error("cannot run {0}")]
    NotRun(String, #[source] io::Error),
    /// A program failed, and has said why.
    #[error("{0} ended with {1}: its messages above say why")]
    Failed(String, ExitStatus),
    /// What was installed is not what was asked for, or does not run.
    #[error("{0} does not say that it is {1}")]
    Other(&'static str, &'static str),
    /// The folder could not be written.
    #[error("cannot write {}", .0.display())]
    Folder(PathBuf, #[source] io::Error),
}

/// What the folder holds when it is whole.
fn requirements() -> [String; 2] {
    [format!("cargo-lambda=={CARGO_LAMBDA}"), format!("ziglang=={ZIG}")]
}

impl Tools {
    /// Those in `folder`, where they are whole, of these versions, and run: they do not where the Python
    /// with which they were installed is gone.
    pub(crate) fn find(folder: &Path) -> Option<Self> {
        let installed = std::fs::read_to_string(folder.join(MARK)).ok()?;
        let tools = Self { programs: folder.join("bin") };
        (installed == requirements().join(" ") && tools.check().is_ok()).then_some(tools)
    }

    /// Installs them into `folder`, in place of what is there once they run. Refused or interrupted, it
    /// leaves what was there.
    ///
    /// # Errors
    ///
    /// See [`ToolsError`].
    pub(crate) fn install(folder: &Path) -> Result<Self, ToolsError> {
        let part = folder.with_extension("part");
        remove(&part)?;
        run(Command::new("python3").args(["-m", "venv"]).arg(&part), "python3 -m venv")?;
        let tools = Self { programs: part.join("bin") };
        let mut pip = tools.python();
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
        // Without a ready program pip would build one, for many minutes.
        pip.args(["--only-binary", ":all:"]).args(requirements());
        run(&mut pip, "pip install")?;
        tools.check()?;
        let mark = part.join(MARK);
        std::fs::write(&mark, requirements().join(" "))
            .map_err(|error| ToolsError::Folder(mark, error))?;
        remove(folder)?;
        // What is used of it names no path of its own: a program, and a module of the Python beside it.
        std::fs::rename(&part, folder)
            .map_err(|error| ToolsError::Folder(folder.to_owned(), error))?;
        Ok(Self { programs: folder.join("bin") })
    }

    /// Whether both run, and are of these versions.
    fn check(&self) -> Result<(), ToolsError> {
        let says = |command: &mut Command, expected: &str| {
            let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output();
            output.is_ok_and(|output| {
                let text = String::from_utf8_lossy(&output.stdout);
                output.status.success() && text.split_whitespace().any(|word| word == expected)
            })
        };
        if !says(self.python().args(["-m", "ziglang", "version"]), ZIG) {
            return Err(ToolsError::Other("zig", ZIG));
        }
        if !says(self.cargo_lambda().arg("--version"), CARGO_LAMBDA) {
            return Err(ToolsError::Other("cargo-lambda", CARGO_LAMBDA));
        }
        Ok(())
    }

    fn python(&self) -> Command {
        Command::new(self.programs.join("python3"))
    }

    /// cargo-lambda. It finds zig as a module of the first Python on the path.
    pub(crate) fn cargo_lambda(&self) -> Command {
        let mut command = Command::new(self.programs.join("cargo-lambda"));
        let mut path = OsString::from(&self.programs);
        if let Some(others) = std::env::var_os("PATH") {
            path.push(":");
            path.push(others);
        }
        command.arg("lambda").env("PATH", path);
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(is_its_own) {
                command.env_remove(name);
            }
        }
        command
    }
}

/// Whether cargo-lambda, or cargo-zigbuild in it, is told by this variable to use another zig or another
/// configuration.
fn is_its_own(name: &str) -> bool {
    name.starts_with("CARGO_ZIGBUILD_") || name.starts_with("CARGO_LAMBDA_")
}

/// Removes a folder that may be there.
fn remove(folder: &Path) -> Result<(), ToolsError> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(ToolsError::Folder(folder.to_owned(), error))
        }
        _ => Ok(()),
    }
}

fn run(command: &mut Command, name: &str) -> Result<(), ToolsError> {
    // stdout is for the result.
    command.stdin(Stdio::null()).stdout(io::stderr());
    let status = command.status().map_err(|error| ToolsError::NotRun(name.to_owned(), error))?;
    if status.success() { Ok(()) } else { Err(ToolsError::Failed(name.to_owned(), status)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_without_programs_that_run_is_not_believed() {
        let folder = std::env::temp_dir().join(format!("xtask-tools-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(MARK), requirements().join(" ")).unwrap();
        let found = Tools::find(&folder);
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(found.is_none(), "{found:?}");
    }

    #[test]
    fn the_callers_variables_are_kept_from_cargo_lambda() {
        let check = |name: &str, expected: bool| assert_eq!(is_its_own(name), expected, "{name}");
        check("CARGO_ZIGBUILD_ZIG_PATH", true);
        check("CARGO_ZIGBUILD_PYTHON_PATH", true);
        check("CARGO_LAMBDA_COMPILER", true);
        check("CARGO_HOME", false);
        check("PATH", false);
    }
}
