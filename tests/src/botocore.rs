//! Python programs over botocore, which comes with the AWS CLI.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::programs::workspace;

/// What a program of `tests/fixtures` prints. `None`, and a word on stderr, where there is no Python with
/// botocore.
///
/// # Panics
///
/// Where there is none under `CI=true`: a test that is skipped there shows nothing, ever.
pub fn run(program: &str, arguments: &[&str]) -> Option<String> {
    let Some(python) = pythons().find(has_botocore) else {
        let is_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
        assert!(!is_ci, "there is no Python with botocore");
        eprintln!("skipped: there is no Python with botocore");
        return None;
    };
    let program = workspace().join("tests/fixtures").join(program);
    let mut command = Command::new(python);
    let output = command.arg(program).args(arguments).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// Beside each program of the name `aws`, then whichever comes first.
fn pythons() -> impl Iterator<Item = PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    let beside = folders.into_iter().filter(|folder| folder.join("aws").is_file());
    beside.map(|folder| folder.join("python3")).chain([PathBuf::from("python3")])
}

fn has_botocore(python: &PathBuf) -> bool {
    let mut command = Command::new(python);
    let command = command.args(["-c", "import botocore.auth"]).stdin(Stdio::null());
    command.output().is_ok_and(|output| output.status.success())
}
