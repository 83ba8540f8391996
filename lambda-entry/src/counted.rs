//! What a test reads back of the lines that a function counts with.
//!
//! The lines are judged here by the rules of "Specification: Embedded metric format" (CloudWatch User Guide)
//! and of its JSON schema, written down from that page and not from what writes the lines.

use serde_json::{Map, Value};

/// One line: what was counted, once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counted {
    /// The name of the metric.
    pub metric: String,
    /// The value of the dimension `FunctionName`.
    pub function_name: String,
    /// The value of the dimension `Reason`, where there is one.
    pub reason: Option<String>,
    /// Milliseconds since 1970.
    pub at: i64,
}

impl Counted {
    /// Reads a line of ours.
    ///
    /// # Panics
    ///
    /// Where it breaks a rule of the format, or one of ours: namespace, dimensions, unit, one metric of the
    /// value 1, nothing beside it.
    pub fn read(line: &str) -> Self {
        Self::try_read(line).unwrap_or_else(|fault| panic!("{fault}: {line}"))
    }

    /// Reads the lines of a text.
    ///
    /// # Panics
    ///
    /// As [`Counted::read`].
    pub fn read_all(text: &str) -> Vec<Self> {
        text.lines().map(Self::read).collect()
    }

    /// What was counted, in short: `Refused nonce_spent`, or the name alone.
    pub fn what(&self) -> String {
        match &self.reason {
            Some(reason) => format!("{} {reason}", self.metric),
            None => self.metric.clone(),
        }
    }

    fn try_read(line: &str) -> Result<Self, String> {
        let root: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        check_format(&root)?;
        let directive = &root["_aws"]["CloudWatchMetrics"];
        let ours = |is_so: bool, rule: &str| match is_so {
            true => Ok(()),
            false => Err(rule.to_owned()),
        };
        ours(directive.as_array().is_some_and(|all| all.len() == 1), "one directive")?;
        let directive = &directive[0];
        ours(directive["Namespace"] == "Countersign", "the namespace")?;
        let text = |name: &str| root[name].as_str().map(str::to_owned);
        let reason = text("Reason");
        let dimensions = match &reason {
            Some(_) => serde_json::json!([["FunctionName"], ["FunctionName", "Reason"]]),
            None => serde_json::json!([["FunctionName"]]),
        };
        ours(directive["Dimensions"] == dimensions, "the dimensions")?;
        let metrics = directive["Metrics"].as_array().ok_or("metrics")?;
        ours(metrics.len() == 1, "one metric")?;
        ours(metrics[0]["Unit"] == "Count", "the unit")?;
        let metric = metrics[0]["Name"].as_str().ok_or("a name")?.to_owned();
        ours(root[&metric] == 1, "the value")?;
        let members = 3 + usize::from(reason.is_some());
        ours(root.as_object().is_some_and(|root| root.len() == members), "no other member")?;
        Ok(Self {
            metric,
            function_name: text("FunctionName").ok_or("FunctionName")?,
            reason,
            at: root["_aws"]["Timestamp"].as_i64().ok_or("a time")?,
        })
    }
}

/// The units of the schema.
const UNITS: [&str; 27] = [
    "Seconds",
    "Microseconds",
    "Milliseconds",
    "Bytes",
    "Kilobytes",
    "Megabytes",
    "Gigabytes",
    "Terabytes",
    "Bits",
    "Kilobits",
    "Megabits",
    "Gigabits",
    "Terabits",
    "Percent",
    "Count",
    "Bytes/Second",
    "Kilobytes/Second",
    "Megabytes/Second",
    "Gigabytes/Second",
    "Terabytes/Second",
    "Bits/Second",
    "Kilobits/Second",
    "Megabits/Second",
    "Gigabits/Second",
    "Terabits/Second",
    "Count/Second",
    "None",
];

/// Whether a document has the embedded metric format; if not, the rule that it breaks.
fn check_format(root: &Value) -> Result<(), String> {
    let root = root.as_object().ok_or("the root node is no object")?;
    let metadata = object(root.get("_aws"), "_aws")?;
    only(metadata, &["Timestamp", "CloudWatchMetrics"])?;
    integer(metadata.get("Timestamp"), "Timestamp")?;
    for directive in array(metadata.get("CloudWatchMetrics"), "CloudWatchMetrics", 0, usize::MAX)? {
        let directive = object(Some(directive), "a directive")?;
        only(directive, &["Namespace", "Dimensions", "Metrics"])?;
        text(directive.get("Namespace"), "Namespace", 1_024)?;
        for set in array(directive.get("Dimensions"), "Dimensions", 1, usize::MAX)? {
            for key in array(Some(set), "a dimension set", 0, 30)? {
                let key = text(Some(key), "a dimension's name", 250)?;
                let value = text(root.get(key), key, 1_024)?;
                // "Dimension", CloudWatch API Reference
                for part in [key, value] {
                    let is_good = part.bytes().all(|byte| matches!(byte, b' '..=b'~'));
                    if !is_good || part.trim().is_empty() || key.starts_with(':') {
                        return Err(format!("{key} has characters that no dimension has"));
                    }
                }
            }
        }
        for metric in array(directive.get("Metrics"), "Metrics", 0, 100)? {
            let metric = object(Some(metric), "a metric")?;
            only(metric, &["Name", "Unit", "StorageResolution"])?;
            let name = text(metric.get("Name"), "Name", 1_024)?;
            if let Some(unit) = metric.get("Unit")
                && !unit.as_str().is_some_and(|unit| UNITS.contains(&unit))
            {
                return Err("a unit that CloudWatch does not have".to_owned());
            }
            if let Some(resolution) = metric.get("StorageResolution") {
                integer(Some(resolution), "StorageResolution")?;
            }
            let is_good = match root.get(name) {
                Some(Value::Number(_)) => true,
                Some(Value::Array(all)) => all.len() <= 100 && all.iter().all(Value::is_number),
                _ => false,
            };
            if !is_good {
                return Err(format!("{name} is no number, nor up to 100 of them"));
            }
        }
    }
    Ok(())
}

fn object<'a>(value: Option<&'a Value>, what: &str) -> Result<&'a Map<String, Value>, String> {
    value.and_then(Value::as_object).ok_or_else(|| format!("{what} is no object"))
}

fn integer(value: Option<&Value>, what: &str) -> Result<(), String> {
    match value.is_some_and(|value| value.is_i64() || value.is_u64()) {
        true => Ok(()),
        false => Err(format!("{what} is no integer")),
    }
}

fn array<'a>(
    value: Option<&'a Value>,
    what: &str,
    least: usize,
    most: usize,
) -> Result<&'a [Value], String> {
    let items = value.and_then(Value::as_array).ok_or_else(|| format!("{what} is no array"))?;
    match (least..=most).contains(&items.len()) {
        true => Ok(items),
        false => Err(format!("{what} has {} items", items.len())),
    }
}

/// A text of at least one character.
fn text<'a>(value: Option<&'a Value>, what: &str, most: usize) -> Result<&'a str, String> {
    let text = value.and_then(Value::as_str).ok_or_else(|| format!("{what} is no string"))?;
    match (1..=most).contains(&text.chars().count()) {
        true => Ok(text),
        false => Err(format!("{what} has a wrong length")),
    }
}

fn only(object: &Map<String, Value>, names: &[&str]) -> Result<(), String> {
    match object.keys().find(|name| !names.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(format!("the format has no member {name} there")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's form, with one thing changed, is of the format or is not.
    #[track_caller]
    fn check(pointer: &str, value: Value, expected: Result<(), &str>) {
        let mut document = serde_json::json!({
            "_aws": {
                "Timestamp": 1_574_109_732_004_i64,
                "CloudWatchMetrics": [{
                    "Namespace": "functions",
                    "Dimensions": [["version"], []],
                    "Metrics": [{"Name": "time", "Unit": "Milliseconds", "StorageResolution": 60}],
                }],
            },
            "version": "$LATEST",
            "time": [100, 1.5],
            "requestId": {"any": "member"},
        });
        *document.pointer_mut(pointer).expect("the document has the place") = value;
        assert_eq!(check_format(&document), expected.map_err(str::to_owned), "{document}");
    }

    #[test]
    fn what_is_of_the_format_is_taken() {
        check("/time", 7.into(), Ok(()));
        check("/version", "a".repeat(1_024).into(), Ok(()));
        check("/_aws/CloudWatchMetrics/0/Metrics/0/Unit", "Count".into(), Ok(()));
    }

    #[test]
    fn every_rule_of_the_format_is_kept() {
        let directive = "/_aws/CloudWatchMetrics/0";
        let at = |rest: &str| format!("{directive}{rest}");
        check("", Value::Null, Err("the root node is no object"));
        check("/_aws", 1.into(), Err("_aws is no object"));
        check("/_aws/Timestamp", 1.5.into(), Err("Timestamp is no integer"));
        check("/_aws/Timestamp", "now".into(), Err("Timestamp is no integer"));
        check("/_aws/CloudWatchMetrics", Value::Null, Err("CloudWatchMetrics is no array"));
        check(&at("/Namespace"), "".into(), Err("Namespace has a wrong length"));
        check(&at("/Dimensions"), Value::Array(Vec::new()), Err("Dimensions has 0 items"));
        check(&at("/Dimensions/0"), "version".into(), Err("a dimension set is no array"));
        check(&at("/Dimensions/0/0"), "other".into(), Err("other is no string"));
        let names: Vec<Value> = vec!["version".into(); 31];
        check(&at("/Dimensions/0"), names.into(), Err("a dimension set has 31 items"));
        check("/version", 7.into(), Err("version is no string"));
        check("/version", "a".repeat(1_025).into(), Err("version has a wrong length"));
        let characters = "version has characters that no dimension has";
        check("/version", " ".into(), Err(characters));
        check("/version", "\u{e4}".into(), Err(characters));
        check("/version", "a\nb".into(), Err(characters));
        check(
            &at("/Metrics/0/Name"),
            "other".into(),
            Err("other is no number, nor up to 100 of them"),
        );
        let unit = "a unit that CloudWatch does not have";
        check(&at("/Metrics/0/Unit"), "count".into(), Err(unit));
        check("/time", "7".into(), Err("time is no number, nor up to 100 of them"));
        let metrics = serde_json::json!([{"Name": "time", "Value": 1}]);
        check(&at("/Metrics"), metrics, Err("the format has no member Value there"));
    }
}
