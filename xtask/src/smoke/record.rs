//! What was checked and what was observed, in the order in which it happened.

use std::cell::{Ref, RefCell};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::fidelity::{Row, Settled};
use super::keys::SigningError;
use super::repeat::{Passing, once_more};
use super::report;
use super::secrets::Secrets;
use super::wire::WireError;
use crate::chain::chain;

/// The longest account of what was seen.
const SEEN_CHARACTERS: usize = 160;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Pass,
    Fail,
    Skip,
}

impl Verdict {
    /// As the table has it.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Skip => "SKIP",
        }
    }
}

/// Why a check did not pass.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// Something else happened than what must.
    #[error("{0}")]
    Unexpected(String),
    /// The stack failed, which may pass: a function that starts, or that has too few places.
    #[error("{0}")]
    Failing(String),
    /// It cannot be tried on this stack, or was not asked for.
    #[error("{0}")]
    Skipped(String),
    /// Nothing was answered.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// Nothing could be asked.
    #[error("nothing was asked")]
    Signing(#[from] SigningError),
}

impl Passing for Trouble {
    fn is_throttled(&self) -> bool {
        matches!(self, Self::Wire(error) if error.is_throttled())
    }

    fn is_passing(&self) -> bool {
        match self {
            Self::Failing(_) => true,
            Self::Wire(error) => error.is_passing(),
            Self::Unexpected(_) | Self::Skipped(_) | Self::Signing(_) => false,
        }
    }
}

/// What was seen of a check that passes.
pub(super) type Checked = Result<String, Trouble>;

/// A check that was done.
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) expected: &'static str,
    pub(super) verdict: Verdict,
    pub(super) seen: String,
    pub(super) took: Duration,
}

/// What was seen of a row.
pub(super) struct Observed {
    pub(super) settled: Settled,
    /// Everything that was seen, joined; of a refuted row only what refutes it.
    pub(super) seen: String,
}

/// The record of a run.
#[derive(Default)]
pub(super) struct Record {
    checks: RefCell<Vec<Check>>,
    observations: RefCell<BTreeMap<Row, Vec<(Settled, String)>>>,
}

impl Record {
    /// Does a check and notes how it ended. One that meets a passing fault is done once more, with new URLs.
    pub(super) async fn check<F: Future<Output = Checked>>(
        &self,
        secrets: &Secrets,
        name: &'static str,
        expected: &'static str,
        mut check: impl FnMut() -> F,
    ) {
        let start = Instant::now();
        let (verdict, seen) = match once_more(async || check().await).await {
            Ok(seen) => (Verdict::Pass, seen),
            Err(Trouble::Skipped(why)) => (Verdict::Skip, why),
            Err(trouble) if trouble.is_throttled() => (Verdict::Skip, chain(&trouble)),
            Err(
                trouble @ (Trouble::Unexpected(_)
                | Trouble::Failing(_)
                | Trouble::Wire(_)
                | Trouble::Signing(_)),
            ) => (Verdict::Fail, chain(&trouble)),
        };
        let seen = shortened(&secrets.hide(&seen));
        let check = Check { name, expected, verdict, seen, took: start.elapsed() };
        report::print_check(&check);
        self.checks.borrow_mut().push(check);
    }

    /// Notes what was seen of a row, and whether `local` does the same.
    pub(super) fn observe(&self, secrets: &Secrets, row: Row, is_so: bool, seen: &str) {
        let settled = if is_so { Settled::Confirmed } else { Settled::Refuted };
        let seen = shortened(&secrets.hide(seen));
        self.observations.borrow_mut().entry(row).or_default().push((settled, seen));
    }

    /// Every check.
    pub(super) fn checks(&self) -> Ref<'_, Vec<Check>> {
        self.checks.borrow()
    }

    /// How many checks ended so.
    pub(super) fn count(&self, verdict: Verdict) -> usize {
        self.checks.borrow().iter().filter(|check| check.verdict == verdict).count()
    }

    /// What became of a row: refuted by one observation, confirmed by all.
    pub(super) fn observed(&self, row: Row) -> Observed {
        let observations = self.observations.borrow();
        let all = observations.get(&row).map(Vec::as_slice).unwrap_or_default();
        let settled = if all.iter().any(|(settled, _)| *settled == Settled::Refuted) {
            Settled::Refuted
        } else if all.is_empty() {
            Settled::NotSeen
        } else {
            Settled::Confirmed
        };
        let mut seen: Vec<&str> = Vec::new();
        for (_, text) in all.iter().filter(|(other, _)| *other == settled) {
            if !seen.contains(&text.as_str()) {
                seen.push(text);
            }
        }
        Observed { settled, seen: seen.join("; ") }
    }
}

/// One line, not too long.
fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SEEN_CHARACTERS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
