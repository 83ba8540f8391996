//! What was counted, with what compiled it: the file, and a table.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

/// Counts of one compiler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Figures {
    /// The compiler's version.
    pub(super) rust: String,
    /// What it compiled for.
    pub(super) target: String,
    /// Instructions of one execution, by the name of the task.
    pub(super) counts: BTreeMap<String, u64>,
}

impl Figures {
    /// From the file's text.
    ///
    /// # Errors
    ///
    /// What was expected of it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let value: Value =
            serde_json::from_str(text).map_err(|error| format!("is not JSON: {error}"))?;
        let text = |name: &str| {
            let text = value[name].as_str().map(str::to_owned);
            text.ok_or_else(|| format!("has no {name}, expected a string"))
        };
        let counts =
            value["instructions"].as_object().ok_or("has no instructions, expected an object")?;
        let count = |(name, count): (&String, &Value)| {
            let count = count.as_u64().filter(|count| *count > 0);
            let count =
                count.ok_or_else(|| format!("has no count for {name}, expected a whole number"));
            Ok((name.clone(), count?))
        };
        Ok(Self {
            rust: text("rust")?,
            target: text("target")?,
            counts: counts.iter().map(count).collect::<Result<_, String>>()?,
        })
    }

    /// The file's text.
    pub(super) fn text(&self) -> String {
        // In the order of the alphabet: whether serde_json keeps another one depends on what it is built with.
        let value = json!({"instructions": self.counts, "rust": self.rust, "target": self.target});
        format!("{value:#}\n")
    }

    /// Of one task.
    #[expect(clippy::cast_precision_loss, reason = "three digits are looked at")]
    pub(super) fn count(&self, task: &str) -> Option<f64> {
        self.counts.get(task).map(|count| *count as f64)
    }

    /// How many times the work of `beside` a task is.
    pub(super) fn ratio(&self, task: &str, beside: &str) -> Option<f64> {
        Some(self.count(task)? / self.count(beside)?)
    }
}

/// A line each.
impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "instructions, Rust {} for {}", self.rust, self.target)?;
        for (task, count) in &self.counts {
            writeln!(formatter, "  {task:<14}{count:>9}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let counts = [("sign".to_owned(), 51_234), ("bare".to_owned(), 50_000)].into();
        let figures = Figures { rust: "1.95.0".to_owned(), target: "x86_64".to_owned(), counts };
        assert_eq!(Figures::read(&figures.text()), Ok(figures.clone()));
        let ratio = figures.ratio("sign", "bare").unwrap();
        assert!((ratio - 1.024_68).abs() < 1e-9, "{ratio}");
        assert_eq!(figures.ratio("sign", "floor"), None);
        let table = "instructions, Rust 1.95.0 for x86_64\n  bare              50000\n  sign              51234\n";
        assert_eq!(figures.to_string(), table);
    }

    #[test]
    fn a_file_that_is_none_says_what_was_expected() {
        let check = |text: &str, expected: &str| {
            let fault = Figures::read(text).unwrap_err();
            assert!(fault.starts_with(expected), "{fault}");
        };
        check("", "is not JSON: ");
        check(r#"{"target": "x", "instructions": {}}"#, "has no rust, expected a string");
        check(r#"{"rust": "1", "target": "x"}"#, "has no instructions, expected an object");
        let zero = r#"{"rust": "1", "target": "x", "instructions": {"sign": 0}}"#;
        check(zero, "has no count for sign, expected a whole number");
    }
}
