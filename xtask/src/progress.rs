//! What the user sees while something goes on.

use std::time::Instant;

/// Says what is done, and since when it runs.
pub(crate) struct Progress {
    command: &'static str,
    start: Instant,
}

impl Progress {
    /// The clock of `command` starts.
    pub(crate) fn start(command: &'static str) -> Self {
        Self { command, start: Instant::now() }
    }

    /// A line on stderr, as stdout is for the result.
    #[expect(clippy::print_stderr, reason = "a command speaks on stderr")]
    pub(crate) fn step(&mut self, step: &str) {
        eprintln!("{} {:>4}s  {step}", self.command, self.start.elapsed().as_secs());
    }
}
