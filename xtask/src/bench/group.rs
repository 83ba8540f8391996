//! A program together with what it starts: whatever ends it, or us, nothing of it stays.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

/// How long whatever is asked to end may take, until it is killed. `countersign` ends its functions in less.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a group is looked at: the system tells of the end of a child only, not of a group.
const LOOK: Duration = Duration::from_millis(20);

/// How it ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// By itself.
    Itself(ExitStatus),
    /// We were told to end, by the signal of this number.
    Told(u8),
}

/// Runs `command` at the head of a process group of its own, and ends the whole group when it has ended, or when we
/// are told to (SIGINT, SIGTERM, SIGHUP).
///
/// # Errors
///
/// Where it cannot be started.
pub(super) async fn run(command: &mut Command) -> io::Result<End> {
    // Before the start, so that no signal is missed.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut leader = command.stdin(Stdio::null()).process_group(0).spawn()?;
    let id = leader.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    let end = tokio::select! {
        status = leader.wait() => status.map(End::Itself),
        _ = interrupt.recv() => Ok(End::Told(2)),
        _ = terminate.recv() => Ok(End::Told(15)),
        _ = hangup.recv() => Ok(End::Told(1)),
    };
    if let Some(id) = id {
        // That there is no such group means that all of it has ended.
        let _ = kill_process_group(id, Signal::TERM);
        let ended = async {
            // A leader that has ended and is not waited for counts as one of the group.
            let _ = leader.wait().await;
            while test_kill_process_group(id).is_ok() {
                tokio::time::sleep(LOOK).await;
            }
        };
        if tokio::time::timeout(PATIENCE, ended).await.is_err() {
            let _ = kill_process_group(id, Signal::KILL);
            let _ = leader.wait().await;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

    use super::*;

    /// Both the shell and its child hold the pipe, which ends only when both have ended.
    async fn check(script: &str, expected: Option<i32>) {
        let (sender, receiver) = tokio::net::unix::pipe::pipe().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdout(sender.into_blocking_fd().unwrap());
        let end = run(&mut command).await.unwrap();
        drop(command);
        let End::Itself(status) = end else { panic!("{end:?}") };
        assert_eq!(status.code(), expected, "{script}");
        let mut output = BufReader::new(receiver);
        let mut line = String::new();
        output.read_line(&mut line).await.unwrap();
        assert_eq!(line, "started\n");
        assert_eq!(output.read_to_end(&mut Vec::new()).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn what_a_program_leaves_behind_ends_with_it() {
        check("tail -f /dev/null & echo started; exit 3", Some(3)).await;
        check("tail -f /dev/null & echo started; kill -9 $$", None).await;
    }
}
