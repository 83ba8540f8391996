//! Runs the measurements, with the places of everything as options.

use std::error::Error;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::area::Area;
use super::clients::Clients;
use super::group::{self, End};
use super::{Folders, area};
use crate::package::machine::Machine;
use crate::progress::Progress;

/// What a run and `--write-documents` write.
const WRITTEN: [&str; 3] = ["bench/results", "README.md", "docs/performance.md"];

/// Runs the program `bench`.
pub(super) fn run(
    machine: &Machine,
    folders: &Folders,
    clients: &Clients,
    areas: &[Area],
    quick: bool,
    progress: &mut Progress,
) -> Result<ExitCode, Box<dyn Error>> {
    let mut command = tokio::process::Command::new(folders.programs().join("bench"));
    command.args(areas.iter().copied().map(area::Area::name));
    command.args(options(machine, folders, clients, quick));
    // What is measured goes by what it is told, and by nothing that this shell knows.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("AWS_") || name.starts_with("NODE_")) {
            command.env_remove(name);
        }
    }
    progress.step("measuring");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match runtime.block_on(group::run(&mut command))? {
        End::Itself(status) if status.success() => {
            if !quick {
                progress.step(
                    "bench/results has new figures, the documents have the old ones: \
                     `cargo xtask bench --write-documents` brings them there, `git restore bench/results` undoes it",
                );
            }
            Ok(ExitCode::SUCCESS)
        }
        End::Itself(status) => {
            progress.step(&format!("bench ended with {status}: its messages above say why"));
            Ok(ExitCode::FAILURE)
        }
        // As a shell has it for a program that a signal has ended.
        End::Told(signal) => Ok(ExitCode::from(128 + signal)),
    }
}

fn options(machine: &Machine, folders: &Folders, clients: &Clients, quick: bool) -> Vec<OsString> {
    let mut options: Vec<OsString> = Vec::new();
    let mut put = |name: &str, value: OsString| {
        options.push(format!("--{name}").into());
        options.push(value);
    };
    let results =
        if quick { folders.root.join("quick") } else { machine.workspace.join("bench/results") };
    for (name, path) in [
        ("functions", folders.functions()),
        ("zips", folders.zips()),
        ("programs", folders.programs()),
        ("template", folders.template()),
        ("criterion", folders.criterion()),
        ("scratch", folders.root.join("scratch")),
        ("results", results),
    ] {
        put(name, path.into());
    }
    for (name, client) in [
        ("node", &clients.node),
        ("serverless-offline", &clients.serverless_offline),
        ("signers", &clients.signers),
        ("python", &clients.python),
    ] {
        match client {
            Ok(path) => put(name, PathBuf::clone(path).into()),
            Err(reason) => put(&format!("no-{name}"), reason.into()),
        }
    }
    put("rust", machine.rust().into());
    put("commit", commit(machine).into());
    let now = OffsetDateTime::now_utc().replace_nanosecond(0);
    put("date", now.ok().and_then(|now| now.format(&Rfc3339).ok()).unwrap_or_default().into());
    if quick {
        options.push("--quick".into());
    }
    options
}

/// What is measured, and whether more than that: what a run writes itself is no change.
fn commit(machine: &Machine) -> String {
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(&machine.workspace);
        let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success().then_some(text)
    };
    let unwritten = WRITTEN.map(|path| format!(":!{path}"));
    let mut status = vec!["status", "--porcelain", "--untracked-files=no", "--", "."];
    status.extend(unwritten.iter().map(String::as_str));
    match (git(&["rev-parse", "--short=12", "HEAD"]), git(&status)) {
        (Some(commit), Some(changes)) if changes.is_empty() => commit,
        (Some(commit), _) => format!("{commit}-dirty"),
        (None, _) => "unknown".to_owned(),
    }
}
