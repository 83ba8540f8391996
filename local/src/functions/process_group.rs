//! A child process together with what it starts: they end together.

use std::io;
use std::process::ExitStatus;

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process_group, prlimit};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

/// A child at the head of a process group of its own.
///
/// Ctrl-C goes to the terminal's group and so does not reach it: `local` ends it, in order. Whatever
/// of the group is left when the child has ended, or when this is dropped, is killed.
pub(super) struct ProcessGroup {
    leader: Child,
    /// The group's id, until the group has been killed.
    id: Option<Pid>,
}

impl ProcessGroup {
    /// Starts `command`.
    pub(super) fn spawn(command: &mut Command) -> io::Result<Self> {
        let leader = command.process_group(0).spawn()?;
        let id = leader.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Ok(Self { leader, id })
    }

    /// Lets the child, and what it starts from now on, have no more than so many files open. It begins with as many as
    /// this process: to set the limit before its program runs would take `unsafe`.
    pub(super) fn limit_open_files(&self, most: u64) -> io::Result<()> {
        let inherited = getrlimit(Resource::Nofile).maximum;
        let most = Some(inherited.map_or(most, |inherited| inherited.min(most)));
        // The leader is not waited for before its group is killed, so that its id is still its own.
        match self.id {
            Some(id) => {
                let limit = Rlimit { current: most, maximum: most };
                prlimit(Some(id), Resource::Nofile, limit)?;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The child's process id, until it has ended.
    pub(super) fn id(&self) -> Option<u32> {
        self.leader.id()
    }

    /// The child's standard output, where it is piped; once.
    pub(super) fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.leader.stdout.take()
    }

    /// The child's standard error, where it is piped; once.
    pub(super) fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.leader.stderr.take()
    }

    /// Waits until the child has ended, and kills what it leaves behind.
    pub(super) async fn wait(&mut self) -> io::Result<ExitStatus> {
        let status = self.leader.wait().await;
        self.kill();
        status
    }

    /// Kills the group, and waits until the child has ended.
    pub(super) async fn end(&mut self) {
        self.kill();
        // That it cannot be waited for means that it has ended.
        let _ = self.leader.wait().await;
    }

    /// Kills the group, once.
    ///
    /// The system gives the id to nobody else while the child has not been waited for, nor while
    /// anyone is left in the group. In an empty group's place another one could only be hit if it
    /// took this very id between the wait and the kill that follows at once: ids are given out in
    /// turn, so all the others would have to be used up in that moment.
    fn kill(&mut self) {
        if let Some(id) = self.id.take() {
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

    use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

    use super::*;

    /// A shell with a child of its own, and then a command; both hold the pipe that is returned,
    /// which has said a line.
    async fn shell_with_a_child(then: &str) -> (ProcessGroup, BufReader<ChildStdout>) {
        let mut command = Command::new("sh");
        let script = format!("tail -f /dev/null & echo started; {then}");
        command.args(["-c", &script]).stdout(Stdio::piped());
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
        let (mut group, output) = shell_with_a_child("wait").await;
        group.end().await;
        assert_eq!(group.id(), None);
        check_ended(output).await;
    }

    #[tokio::test]
    async fn a_child_may_have_as_many_files_open_as_it_is_told() {
        let mut command = Command::new("sh");
        command.args(["-c", "read -r _; ulimit -Sn; ulimit -Hn"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut group = ProcessGroup::spawn(&mut command).unwrap();
        group.limit_open_files(123).unwrap();
        group.leader.stdin.take().unwrap().write_all(b"asked\n").await.unwrap();
        let mut said = String::new();
        group.take_stdout().unwrap().read_to_string(&mut said).await.unwrap();
        assert_eq!(said, "123\n123\n");
    }

    #[tokio::test]
    async fn what_a_child_leaves_behind_ends_with_it() {
        let (mut group, output) = shell_with_a_child("exit 3").await;
        assert_eq!(group.wait().await.unwrap().code(), Some(3));
        check_ended(output).await;
    }

    #[tokio::test]
    async fn the_whole_group_ends_when_it_is_dropped() {
        let (group, output) = shell_with_a_child("wait").await;
        drop(group);
        check_ended(output).await;
    }
}
