//! A child process together with what it starts: they end together.

use std::io;
use std::process::ExitStatus;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

/// A child at the head of a process group of its own.
///
/// Ctrl-C goes to the terminal's group and so does not reach it: `local` ends it, in order. When it
/// is dropped before it has ended, the whole group is killed.
pub(super) struct ProcessGroup(Child);

impl ProcessGroup {
    /// Starts `command`.
    pub(super) fn spawn(command: &mut Command) -> io::Result<Self> {
        command.process_group(0).spawn().map(Self)
    }

    /// The child's process id, until it has ended.
    pub(super) fn id(&self) -> Option<u32> {
        self.0.id()
    }

    /// The child's standard output, where it is piped; once.
    pub(super) fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.0.stdout.take()
    }

    /// The child's standard error, where it is piped; once.
    pub(super) fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.0.stderr.take()
    }

    /// Waits until the child has ended.
    pub(super) async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.0.wait().await
    }

    /// Kills the group, and waits until the child has ended.
    pub(super) async fn end(&mut self) {
        self.kill();
        // That it cannot be waited for means that it has ended.
        let _ = self.0.wait().await;
    }

    fn kill(&self) {
        // Once the child has been waited for, its id may be another's; then there is none here.
        let id = self.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(id) = id {
            // That there is no such group means that it has ended.
            let _ = kill_process_group(id, Signal::KILL);
        }
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

    use super::*;

    /// A shell with a child of its own; both hold the pipe that is returned, which has said a line.
    async fn shell_with_a_child() -> (ProcessGroup, BufReader<ChildStdout>) {
        let mut command = Command::new("sh");
        command.args(["-c", "tail -f /dev/null & echo started; wait"]).stdout(Stdio::piped());
        let mut group = ProcessGroup::spawn(&mut command).unwrap();
        let mut output = BufReader::new(group.take_stdout().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).await.unwrap();
        assert_eq!(line, "started\n");
        (group, output)
    }

    /// The pipe ends only when everyone who holds it has ended.
    async fn check_ended(mut output: BufReader<ChildStdout>) {
        assert_eq!(output.read_to_end(&mut Vec::new()).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn the_whole_group_ends() {
        let (mut group, output) = shell_with_a_child().await;
        group.end().await;
        assert_eq!(group.id(), None);
        check_ended(output).await;
    }

    #[tokio::test]
    async fn the_whole_group_ends_when_it_is_dropped() {
        let (group, output) = shell_with_a_child().await;
        drop(group);
        check_ended(output).await;
    }
}
