//! The programs in `benches/`, run and read: criterion leaves what it found in a folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::Error;
use crate::workplace::{Effort, Workplace};

/// Criterion's programs, and where they leave what they find.
pub(super) struct Criterion<'a> {
    programs: &'a Path,
    found: PathBuf,
    effort: Effort,
}

/// How long one bench takes.
#[derive(Clone, Copy)]
pub(super) enum Pace {
    /// For figures that are compared: many short rounds, a round of each bench after the other.
    Round,
    /// For figures that only one run gives.
    Once,
}

impl<'a> Criterion<'a> {
    /// Nothing has been found yet.
    ///
    /// # Errors
    ///
    /// Where what an earlier run left cannot be removed.
    pub(super) fn new(workplace: &'a Workplace) -> Result<Self, Error> {
        let found = workplace.scratch.join("criterion");
        if found.exists() {
            std::fs::remove_dir_all(&found)
                .map_err(|error| format!("cannot remove {}: {error}", found.display()))?;
        }
        Ok(Self { programs: &workplace.criterion, found, effort: workplace.effort })
    }

    /// Runs the benches of a program whose names match.
    ///
    /// # Errors
    ///
    /// Where the program does not run, or fails.
    pub(super) fn run(&self, program: &str, names: &str, pace: Pace) -> Result<(), Error> {
        let (warm_up, measurement) = match (self.effort, pace) {
            (Effort::Full, Pace::Round) => ("0.3", "1.2"),
            (Effort::Full, Pace::Once) => ("0.5", "2"),
            (Effort::Quick, _) => ("0.1", "0.3"),
        };
        let path = self.programs.join(program);
        let output = Command::new(&path)
            // Many short samples, so that the median is of such as nothing interrupted; its own error is not asked for.
            .args([
                "--bench",
                "--quiet",
                "--noplot",
                "--sample-size",
                "100",
                "--nresamples",
                "1001",
            ])
            .args(["--warm-up-time", warm_up, "--measurement-time", measurement, names])
            .env("CRITERION_HOME", &self.found)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("cannot run {}: {error}", path.display()))?;
        if output.status.success() {
            return Ok(());
        }
        let told = String::from_utf8_lossy(&output.stderr);
        Err(format!("{} failed ({}): {}", path.display(), output.status, told.trim()).into())
    }

    /// The median that the last run of a bench gave, in nanoseconds.
    ///
    /// # Errors
    ///
    /// Where criterion left none.
    pub(super) fn median(&self, group: &str, name: &str) -> Result<f64, Error> {
        #[derive(Deserialize)]
        struct Estimates {
            median: Estimate,
        }
        #[derive(Deserialize)]
        struct Estimate {
            point_estimate: f64,
        }
        let path = self.found.join(group).join(name).join("new/estimates.json");
        let text = std::fs::read(&path)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let estimates: Estimates = serde_json::from_slice(&text)
            .map_err(|error| format!("{} is not criterion's: {error}", path.display()))?;
        Ok(estimates.median.point_estimate)
    }
}
