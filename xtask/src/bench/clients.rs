//! What Countersign is measured against that comes from npm and PyPI. Where it cannot be had, the tables say why.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::area::Need;
use crate::progress::Progress;
use crate::workspace;

/// What is installed, or why it is not.
pub(super) struct Clients {
    /// A copy of `bench/node`, with its packages.
    pub(super) node: Result<PathBuf, String>,
    /// The same with serverless-offline, which is a package of its own inside.
    pub(super) serverless_offline: Result<PathBuf, String>,
    /// A copy of `bench/signers`, with its packages.
    pub(super) signers: Result<PathBuf, String>,
    /// A Python with botocore.
    pub(super) python: Result<PathBuf, String>,
}

/// Installs what is needed into `root`, where it is not there yet.
pub(super) fn install(
    root: &Path,
    needs: impl Fn(Need) -> bool,
    progress: &mut Progress,
) -> Clients {
    let mut wanted = |need, install: &dyn Fn(&mut Progress) -> Result<PathBuf, String>| {
        if !needs(need) {
            return Err("not asked for".to_owned());
        }
        install(progress).inspect_err(|reason| progress.step(&format!("goes on without: {reason}")))
    };
    let node = wanted(Need::Node, &|progress| packages(root, "node", progress));
    let offline = wanted(Need::ServerlessOffline, &|progress| {
        let node = node.clone()?;
        locked(&node.join("serverless-offline"), "node/serverless-offline", progress)?;
        Ok(node)
    });
    Clients {
        node,
        serverless_offline: offline,
        signers: wanted(Need::Signers, &|progress| packages(root, "signers", progress)),
        python: wanted(Need::Python, &|progress| python(&root.join("python"), progress)),
    }
}

/// A copy of `bench/NAME` with what its lock names, built where it is to be built.
fn packages(root: &Path, name: &str, progress: &mut Progress) -> Result<PathBuf, String> {
    let (from, to) = (workspace().join("bench").join(name), root.join(name));
    copy(&from, &to).map_err(|error| format!("cannot copy bench/{name}: {error}"))?;
    locked(&to, name, progress)?;
    let manifest = fs::read_to_string(to.join("package.json")).unwrap_or_default();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap_or_default();
    if manifest["scripts"]["build"].is_string() {
        progress.step(&format!("building bench/{name}"));
        run(
            Command::new("npm").args(["run", "--silent", "build"]).current_dir(&to),
            "npm run build",
        )?;
    }
    Ok(to)
}

/// What the lock in `folder` names, where it is not there yet.
fn locked(folder: &Path, name: &str, progress: &mut Progress) -> Result<(), String> {
    let lock = fs::read_to_string(folder.join("package-lock.json"))
        .map_err(|error| format!("cannot read bench/{name}/package-lock.json: {error}"))?;
    let mark = folder.join("node_modules/.countersign");
    if is_marked(&mark, &lock) {
        return Ok(());
    }
    progress.step(&format!("installing the npm packages of bench/{name}"));
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--loglevel=error", "--no-audit", "--no-fund"]);
    // Another Node.js would fail while it is measured.
    npm.arg("--engine-strict");
    run(npm.current_dir(folder), "npm ci")?;
    fs::write(&mark, &lock).map_err(|error| format!("cannot write {}: {error}", mark.display()))
}

/// A virtual environment with the botocore that the tests have as well.
fn python(folder: &Path, progress: &mut Progress) -> Result<PathBuf, String> {
    let pins = fs::read_to_string(workspace().join(".ci/run"))
        .map_err(|error| format!("cannot read .ci/run, which pins botocore's version: {error}"))?;
    let version =
        boto3(&pins).ok_or("expected .ci/run to pin boto3, of whose version botocore is")?;
    let requirement = format!("botocore=={version}");
    let (mark, program) = (folder.join("installed"), folder.join("bin/python3"));
    let runs =
        |program: &Path| run(Command::new(program).args(["-c", "import botocore"]), "python3");
    if !is_marked(&mark, &requirement) || runs(&program).is_err() {
        progress.step(&format!("installing {requirement} from PyPI"));
        run(
            Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder),
            "python3 -m venv",
        )?;
        let mut pip = Command::new(&program);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
        run(pip.args(["--only-binary", ":all:", &requirement]), "pip install")?;
        runs(&program)?;
        fs::write(&mark, requirement)
            .map_err(|error| format!("cannot write {}: {error}", mark.display()))?;
    }
    Ok(program)
}

/// The version of boto3 in a list of requirements: each is released with the botocore of its own version.
fn boto3(pins: &str) -> Option<&str> {
    let (_, rest) = pins.split_once("boto3==")?;
    rest.split(|next: char| !next.is_ascii_digit() && next != '.').next()
}

fn is_marked(mark: &Path, expected: &str) -> bool {
    fs::read_to_string(mark).is_ok_and(|found| found == expected)
}

/// Makes `to` what `from` is, but for the packages that are installed in each.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let entries = |folder: &Path| {
        let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
        let is_ours = |entry: &fs::DirEntry| entry.file_name() != "node_modules";
        io::Result::Ok(entries.into_iter().filter(is_ours).collect::<Vec<_>>())
    };
    fs::create_dir_all(to)?;
    for entry in entries(to)? {
        let (is_folder, from) = (entry.file_type()?.is_dir(), from.join(entry.file_name()));
        if is_folder && !from.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else if !is_folder {
            fs::remove_file(entry.path())?;
        }
    }
    for entry in entries(from)? {
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

fn run(command: &mut Command, name: &str) -> Result<(), String> {
    // stdout is for the result.
    command.stdin(Stdio::null()).stdout(io::stderr());
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{name} ended with {status}")),
        Err(error) => Err(format!("cannot run {name}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn botocores_version_is_that_of_the_pinned_boto3() {
        let check = |pins, expected| assert_eq!(boto3(pins), expected, "{pins}");
        check("requirements=\"awscli==1.45.11 boto3==1.43.11 cfn-lint==1\"", Some("1.43.11"));
        check("boto3==1.43.11\"", Some("1.43.11"));
        check("boto==1", None);
        let run = fs::read_to_string(workspace().join(".ci/run")).unwrap();
        let tests = fs::read_to_string(workspace().join("CONTRIBUTING.md")).unwrap();
        let version = boto3(&run).unwrap();
        assert!(tests.contains(&format!("pip install botocore=={version}\n")), "{version}");
    }

    #[test]
    fn a_copy_keeps_what_is_installed_and_nothing_else() {
        let root = std::env::temp_dir().join(format!("xtask-clients-{}", std::process::id()));
        let (from, to) = (root.join("from"), root.join("to"));
        for file in [
            "from/a.mjs",
            "from/deep/b.mjs",
            "from/node_modules/x",
            "to/deep/node_modules/z",
            "to/gone/c.mjs",
            "to/old.mjs",
            "to/node_modules/y",
        ] {
            let file = root.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "text").unwrap();
        }
        copy(&from, &to).unwrap();
        let there = |name: &str| to.join(name).exists();
        assert!(there("a.mjs") && there("deep/b.mjs") && there("node_modules/y"));
        assert!(there("deep/node_modules/z"));
        assert!(!there("gone") && !there("old.mjs") && !there("node_modules/x"));
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn what_cannot_be_run_is_a_reason() {
        let check = |command: &mut Command, expected: &str| {
            let reason = run(command, "the client").unwrap_err();
            assert!(reason.starts_with(expected), "{reason}");
        };
        check(&mut Command::new("/nonexistent/npm"), "cannot run the client: ");
        check(Command::new("sh").args(["-c", "exit 3"]), "the client ended with exit status: 3");
    }
}
