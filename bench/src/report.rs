//! Tables of figures, and the goals that they are held against: in JSON for programs, in Markdown for people.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// One table.
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    /// As a heading.
    pub title: String,
    /// How it was measured, in a sentence or two.
    pub how: String,
    /// The names of the columns; that of the rows first.
    pub columns: Vec<String>,
    /// What was measured, a row each.
    pub rows: Vec<Row>,
    /// What it is held against.
    pub goals: Vec<Goal>,
    /// What could not be measured, and why.
    pub missing: Vec<String>,
}

/// One row.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Of what.
    pub name: String,
    /// As many as there are columns behind the first.
    pub figures: Vec<Figure>,
}

/// One figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", tag = "unit", content = "value")]
pub enum Figure {
    /// How long something took.
    Time(#[serde(serialize_with = "nanoseconds")] Duration),
    /// How large something is.
    Bytes(u64),
    /// How many there were.
    Count(u64),
    /// How many a second.
    PerSecond(f64),
    /// How many times another figure.
    Times(f64),
    /// Not measured, or of no meaning here.
    Nothing,
}

/// A ratio, or another figure, that is to be reached.
#[derive(Clone, Debug, Serialize)]
pub struct Goal {
    /// Of what to what: `sign-fn to the empty function, cold`.
    pub what: String,
    /// Where it is to lie.
    pub wanted: Wanted,
    /// What was measured.
    pub reached: Figure,
}

/// Where a figure is to lie.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Wanted {
    /// No more than this.
    AtMost(Figure),
    /// No less than this.
    AtLeast(Figure),
}

impl Goal {
    /// Whether it is reached. Figures of other units than the wanted one never are.
    pub fn is_met(&self) -> bool {
        let (Wanted::AtMost(limit) | Wanted::AtLeast(limit)) = self.wanted;
        let (Some(reached), Some(limit)) = (self.reached.number(), limit.number()) else {
            return false;
        };
        match self.wanted {
            Wanted::AtMost(_) => reached <= limit,
            Wanted::AtLeast(_) => reached >= limit,
        }
    }
}

impl Figure {
    /// How many times another one this is.
    #[must_use]
    pub fn over(self, other: Self) -> Self {
        match (self.number(), other.number()) {
            (Some(one), Some(other)) if other > 0.0 => Self::Times(one / other),
            _ => Self::Nothing,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "figures for people have three digits")]
    fn number(self) -> Option<f64> {
        Some(match self {
            Self::Time(time) => time.as_secs_f64(),
            Self::Bytes(number) | Self::Count(number) => number as f64,
            Self::PerSecond(number) | Self::Times(number) => number,
            Self::Nothing => return None,
        })
    }
}

/// With three digits, in the unit that is read most easily: `12.3 µs`, `3.41 MB`, `5,900 /s`, `1.07×`.
impl fmt::Display for Figure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.number())
    }
}

fn nanoseconds<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}
