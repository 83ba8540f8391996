//! What can be measured, in the order in which it is.

use crate::Error;
use crate::report::Table;
use crate::workplace::Workplace;

/// One module of this package.
#[derive(Clone, Copy, Debug)]
pub struct Area {
    /// By which it is asked for, and its results are named.
    pub name: &'static str,
    /// As a heading.
    pub title: &'static str,
    /// Its work.
    pub measure: Measure,
}

/// Measures. It tells what is going on, a line a step.
pub type Measure = fn(&Workplace, &mut dyn FnMut(&str)) -> Result<Vec<Table>, Error>;

/// All areas.
pub const ALL: &[Area] = &[
    Area { name: "signing", title: "Signing and verifying", measure: crate::signing::measure },
    Area { name: "size", title: "Sizes", measure: crate::size::measure },
    Area { name: "functions", title: "The functions", measure: crate::lambda::measure },
    Area { name: "gateway", title: "One machine under load", measure: crate::gateway::measure },
];

/// The area of this name.
#[must_use]
pub fn named(name: &str) -> Option<Area> {
    ALL.iter().copied().find(|area| area.name == name)
}
