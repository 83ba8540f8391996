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
    /// The folder could not be written.
    #[error("cannot write {}", .0.display())]
    Folder(PathBuf, #[source] io::Error),
}

/// What the folder holds when it is whole.
fn requirements() -> [String; 2] {
    [format!("cargo-lambda=={CARGO_LAMBDA}"), format!("ziglang=={ZIG}")]
}

impl Tools {
    /// Those in `folder`, where they are whole and of these versions.
    pub(crate) fn find(folder: &Path) -> Option<Self> {
        let installed = std::fs::read_to_string(folder.join(MARK)).ok()?;
        (installed == requirements().join(" ")).then(|| Self { programs: folder.join("bin") })
    }

    /// Installs them into `folder`, in place of what is there. Interrupted, it leaves a folder that is
    /// not found.
    ///
    /// # Errors
    ///
    /// See [`ToolsError`].
    pub(crate) fn install(folder: &Path) -> Result<Self, ToolsError> {
        let cannot = |error| ToolsError::Folder(folder.to_owned(), error);
        match std::fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(cannot(error)),
            _ => {}
        }
        run(Command::new("python3").args(["-m", "venv"]).arg(folder), "python3 -m venv")?;
        let programs = folder.join("bin");
        let mut pip = Command::new(programs.join("python3"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
        // Without a ready program pip would build one, for many minutes.
        pip.args(["--only-binary", ":all:"]).args(requirements());
        run(&mut pip, "pip install")?;
        std::fs::write(folder.join(MARK), requirements().join(" ")).map_err(cannot)?;
        Ok(Self { programs })
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
        command
    }
}

fn run(command: &mut Command, name: &str) -> Result<(), ToolsError> {
    // stdout is for the result.
    command.stdin(Stdio::null()).stdout(io::stderr());
    let status = command.status().map_err(|error| ToolsError::NotRun(name.to_owned(), error))?;
    if status.success() { Ok(()) } else { Err(ToolsError::Failed(name.to_owned(), status)) }
}
