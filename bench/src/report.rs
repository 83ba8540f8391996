//! Tables of figures, and the goals that they are held against.

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

/// How much more the step from 10 to 100 times the work may take than that from 1 to 10 times, which is a tenth of it.
const MOST_OF_TEN_STEPS: f64 = 13.0;
/// What two figures of one thing may differ by: a first step that is smaller counts as this share of the first figure.
const LEAST_STEP: f64 = 0.1;

impl Goal {
    /// That a figure grows as the work does, whatever it has that does not grow: `figures` are of 1, 10 and 100 times
    /// the work.
    #[must_use]
    pub fn linear(what: &str, figures: [Figure; 3]) -> Self {
        let reached = match figures.map(Figure::number) {
            [Some(one), Some(ten), Some(hundred)] if one > 0.0 => {
                Figure::Times((hundred - ten) / (ten - one).max(one * LEAST_STEP))
            }
            _ => Figure::Nothing,
        };
        Self {
            what: format!("{what}: the step from 10 to 100 times, to that from 1 to 10"),
            wanted: Wanted::AtMost(Figure::Times(MOST_OF_TEN_STEPS)),
            reached,
        }
    }

    /// Whether it is reached. Figures of other units than the wanted one never are.
    pub fn is_met(&self) -> bool {
        let (Wanted::AtMost(limit) | Wanted::AtLeast(limit)) = self.wanted;
        if std::mem::discriminant(&self.reached) != std::mem::discriminant(&limit) {
            return false;
        }
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

/// With three digits, in the unit that is read most easily: `12.3 µs`, `3.41 MB`, `5,900 /s`, `1.07×`. Counts are
/// whole. Below a million bytes the unit is the KiB, as memory is counted; above the MB, as zips are.
impl fmt::Display for Figure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scaled = |value: f64, units: &[(f64, &str)]| {
            let value = rounded(value);
            let fits = |(size, _): &&(f64, &str)| value >= *size;
            let (size, unit) = units.iter().rev().find(fits).unwrap_or(&units[0]);
            format!("{} {unit}", digits(value / size))
        };
        let text = match self {
            Self::Time(time) => {
                let units = [(1e-9, "ns"), (1e-6, "µs"), (1e-3, "ms"), (1.0, "s")];
                scaled(time.as_secs_f64(), &units)
            }
            Self::Bytes(bytes) if *bytes < 1000 => format!("{bytes} B"),
            #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
            Self::Bytes(bytes) => {
                scaled(*bytes as f64, &[(1024.0, "KiB"), (1e6, "MB"), (1e9, "GB")])
            }
            Self::Count(count) => grouped(&count.to_string()),
            Self::PerSecond(number) => format!("{} /s", digits(*number)),
            Self::Times(number) => format!("{}×", digits(*number)),
            Self::Nothing => "–".to_owned(),
        };
        formatter.pad(&text)
    }
}

/// To three digits.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let scale = 10_f64.powf(2.0 - value.abs().log10().floor());
    (value * scale).round() / scale
}

/// Three digits, and zeros up to the point.
fn digits(value: f64) -> String {
    let value = rounded(value);
    let places = match value.abs() {
        size if size < 9.995 => 2,
        size if size < 99.95 => 1,
        _ => 0,
    };
    grouped(&format!("{value:.places$}"))
}

/// With a comma before each three digits of a whole number.
fn grouped(number: &str) -> String {
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return number.to_owned();
    }
    let mut text = String::new();
    for (index, digit) in number.chars().enumerate() {
        if index > 0 && (number.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn nanoseconds<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_has_three_digits_and_its_unit() {
        let check = |figure: Figure, expected: &str| assert_eq!(figure.to_string(), expected);
        let time = |nanoseconds| Figure::Time(Duration::from_nanos(nanoseconds));
        check(time(0), "0.00 ns");
        check(time(7), "7.00 ns");
        check(time(843), "843 ns");
        check(time(12_345), "12.3 µs");
        check(time(999_499), "999 µs");
        check(time(999_500), "1.00 ms");
        check(time(41_960_000), "42.0 ms");
        check(time(99_960_000), "100 ms");
        check(time(1_234_000_000), "1.23 s");
        check(time(1_234_000_000_000), "1,230 s");
        check(Figure::Bytes(0), "0 B");
        check(Figure::Bytes(999), "999 B");
        check(Figure::Bytes(7_782), "7.60 KiB");
        check(Figure::Bytes(12 * 1024), "12.0 KiB");
        check(Figure::Bytes(3_411_223), "3.41 MB");
        check(Figure::Bytes(25_000_000_000), "25.0 GB");
        check(Figure::Count(1), "1");
        check(Figure::Count(10_000), "10,000");
        check(Figure::Count(1_234_567), "1,234,567");
        check(Figure::PerSecond(5_903.4), "5,900 /s");
        check(Figure::PerSecond(0.25), "0.25 /s");
        check(Figure::Times(1.0664), "1.07×");
        check(Figure::Times(9.996), "10.0×");
        check(Figure::Times(0.1234), "0.12×");
        check(Figure::Times(212.7), "213×");
        check(Figure::Nothing, "–");
        assert_eq!(format!("{:>8}", Figure::Times(1.5)), "   1.50×");
    }

    #[test]
    fn a_figure_over_another_is_how_many_times_it_is() {
        let check = |one: Figure, other: Figure, expected| assert_eq!(one.over(other), expected);
        let time = |milliseconds| Figure::Time(Duration::from_millis(milliseconds));
        check(time(30), time(20), Figure::Times(1.5));
        check(Figure::Bytes(1), Figure::Bytes(4), Figure::Times(0.25));
        check(time(30), time(0), Figure::Nothing);
        check(time(30), Figure::Nothing, Figure::Nothing);
    }

    #[test]
    fn a_goal_is_met_at_its_limit_and_by_its_own_unit_only() {
        let check = |wanted, reached, expected: bool| {
            let goal = Goal { what: String::new(), wanted, reached };
            assert_eq!(goal.is_met(), expected, "{goal:?}");
        };
        check(Wanted::AtMost(Figure::Times(1.1)), Figure::Times(1.1), true);
        check(Wanted::AtMost(Figure::Times(1.1)), Figure::Times(1.11), false);
        check(Wanted::AtLeast(Figure::Times(20.0)), Figure::Times(31.0), true);
        check(Wanted::AtLeast(Figure::Times(20.0)), Figure::Times(19.0), false);
        check(Wanted::AtMost(Figure::Bytes(12_288)), Figure::Bytes(9_000), true);
        check(Wanted::AtMost(Figure::Count(1)), Figure::Nothing, false);
        check(Wanted::AtMost(Figure::Bytes(5)), Figure::Count(1), false);
        check(Wanted::AtLeast(Figure::Times(f64::NAN)), Figure::Times(1.0), false);
    }

    #[test]
    fn what_bends_is_not_linear_whatever_stands_before_it() {
        let check = |of: fn(f64) -> f64, expected: bool| {
            let goal = Goal::linear("", [1.0, 10.0, 100.0].map(|work| Figure::PerSecond(of(work))));
            assert_eq!(goal.is_met(), expected, "{goal:?}");
        };
        check(|work| work, true);
        check(|work| 200.0 + work, true);
        check(|_| 200.0, true);
        check(|work| 200.0 - work / 10.0, true);
        check(|work| work.sqrt(), true);
        check(|work| 200.0 + work * work, false);
        check(|work| 2_000.0 + work * work, false);
        check(|work| work.powf(1.2), false);
        let goal = Goal::linear("", [Figure::Nothing, Figure::Times(1.0), Figure::Times(1.0)]);
        assert_eq!(goal.reached, Figure::Nothing);
    }

    #[test]
    fn programs_read_times_in_nanoseconds() {
        let check = |figure: Figure, expected: serde_json::Value| {
            assert_eq!(serde_json::to_value(figure).unwrap(), expected);
        };
        let time = Figure::Time(Duration::from_micros(12));
        check(time, serde_json::json!({"unit": "time", "value": 12_000}));
        check(Figure::PerSecond(2.5), serde_json::json!({"unit": "perSecond", "value": 2.5}));
        check(Figure::Nothing, serde_json::json!({"unit": "nothing"}));
    }
}
