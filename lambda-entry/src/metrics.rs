//! What the functions count, as lines of CloudWatch's embedded metric format on stdout.
//!
//! CloudWatch Logs makes metrics of such lines by itself: no call, no permission, no agent ("Using the
//! embedded metric format with Lambda", CloudWatch User Guide). A line, shown here on several, says that
//! one thing has happened once:
//!
//! ```json
//! {"_aws":{"Timestamp":1767323045678,"CloudWatchMetrics":[{"Namespace":"Countersign",
//!   "Dimensions":[["FunctionName"],["FunctionName","Reason"]],
//!   "Metrics":[{"Name":"Refused","Unit":"Count"}]}]},
//!  "FunctionName":"connect","Reason":"nonce_spent","Refused":1}
//! ```
//!
//! (form and limits: "Specification: Embedded metric format", CloudWatch User Guide)
//!
//! Under `LogFormat: JSON` Lambda hands on a line that is JSON as it is, and encodes none twice ("Configuring
//! JSON and plain text log formats", Lambda Developer Guide). A line without a `level`, as these are, counts
//! as INFO ("Log-level filtering", same guide): an `ApplicationLogLevel` above INFO would drop the metrics.
//! `RUST_LOG` does not touch them. CloudWatch takes a metric at least once, so that a count may now and then
//! be too high; what is written while an invocation runs out of its time may be lost.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::configuration::{ConfigurationError, Variables};

/// The namespace of all metrics.
pub const NAMESPACE: &str = "Countersign";

/// The dimension that every metric has: the name of the function that counts.
pub const FUNCTION_NAME: &str = "FunctionName";

/// The dimension that a refusal has besides, in a second set: why.
pub const REASON: &str = "Reason";

/// The unit of all metrics.
pub const UNIT: &str = "Count";

/// The variable with the function's name, which Lambda sets.
pub const FUNCTION_NAME_VARIABLE: &str = "AWS_LAMBDA_FUNCTION_NAME";

/// The longest value of a dimension, in characters ("Dimension", CloudWatch API Reference).
pub const MAXIMUM_DIMENSION_VALUE: usize = 1_024;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// sign-fn has handed out a URL.
    Signed,
    /// sign-fn or ws-connect has refused.
    Refused {
        /// The problem's code (sign-fn), the log's reason (ws-connect). Each reason is a metric of its own,
        /// which costs money, so it is one of a fixed set: nothing that a caller has sent can get here.
        ///
        /// ```compile_fail,E0597
        /// let sent = String::from("by a caller");
        /// lambda_entry::metrics::Metric::Refused { reason: &sent };
        /// ```
        reason: &'static str,
    },
    /// ws-connect has let a connection in.
    Connected,
    /// ws-default has sent an echo. Pongs and errors are not counted.
    Echoed,
    /// ws-default has met a connection that is gone.
    Gone,
    /// ws-disconnect has forgotten a connection. API Gateway may tell of one not at all, or twice.
    Disconnected,
}

impl Metric {
    /// The metric's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signed => "Signed",
            Self::Refused { .. } => "Refused",
            Self::Connected => "Connected",
            Self::Echoed => "Echoed",
            Self::Gone => "Gone",
            Self::Disconnected => "Disconnected",
        }
    }

    /// The value of the dimension [`REASON`], where the metric has it.
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::Refused { reason } => Some(reason),
            Self::Signed | Self::Connected | Self::Echoed | Self::Gone | Self::Disconnected => None,
        }
    }
}

/// Counts what has happened.
pub trait Count {
    /// Counts one more, at `at`: the time of the event, in milliseconds since 1970. It cannot fail.
    fn count(&self, metric: Metric, at: i64);
}

/// The metrics of one function, written as lines.
///
/// A line is one write, so that no other line gets between. One that cannot be written is no reason to fail
/// an invocation: the first such error is logged, as a warning, and no other.
#[derive(Debug)]
pub struct Metrics<W> {
    function_name: String,
    output: Mutex<Output<W>>,
}

#[derive(Debug)]
struct Output<W> {
    writer: W,
    /// Kept from line to line.
    line: Vec<u8>,
    health: Health,
}

#[derive(Debug, PartialEq, Eq)]
enum Health {
    Good,
    /// And that was said.
    Failed,
}

impl<W: Write> Metrics<W> {
    /// The metrics of the function that `AWS_LAMBDA_FUNCTION_NAME` names, written to `writer`: stdout in
    /// `main`, whose lines Lambda collects.
    ///
    /// # Errors
    ///
    /// [`ConfigurationError`] where the variable is missing, or holds what no dimension can.
    pub fn new(
        variables: &Variables<impl Fn(&str) -> Option<String>>,
        writer: W,
    ) -> Result<Self, ConfigurationError> {
        let function_name = variables.parsed(
            FUNCTION_NAME_VARIABLE,
            "1 to 1,024 printable ASCII characters, not only spaces",
            dimension_value,
        )?;
        let output = Output { writer, line: Vec::new(), health: Health::Good };
        Ok(Self { function_name, output: Mutex::new(output) })
    }
}

impl<W: Write> Count for Metrics<W> {
    fn count(&self, metric: Metric, at: i64) {
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        let Output { writer, line, health } = &mut *output;
        line.clear();
        let written =
            serde_json::to_writer(&mut *line, &Line { name: &self.function_name, metric, at })
                .map_err(std::io::Error::from)
                .and_then(|()| {
                    line.push(b'\n');
                    writer.write_all(line)
                });
        if let (Err(error), Health::Good) = (written, &*health) {
            *health = Health::Failed;
            tracing::warn!(error = %crate::chain(&error), "metrics cannot be written");
        }
    }
}

/// What the value of a dimension may be ("Dimension", CloudWatch API Reference).
fn dimension_value(value: &str) -> Result<String, &'static str> {
    if value.trim().is_empty() {
        Err("it is empty")
    } else if value.len() > MAXIMUM_DIMENSION_VALUE {
        Err("it is longer")
    } else if !value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        Err("it has another character")
    } else {
        Ok(value.to_owned())
    }
}

struct Line<'a> {
    name: &'a str,
    metric: Metric,
    at: i64,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (name, reason) = (self.metric.name(), self.metric.reason());
        let dimensions: &[&[&str]] = match reason {
            Some(_) => &[&[FUNCTION_NAME], &[FUNCTION_NAME, REASON]],
            None => &[&[FUNCTION_NAME]],
        };
        let metrics = [Definition { name, unit: UNIT }];
        let directive = Directive { namespace: NAMESPACE, dimensions, metrics };
        let mut members = serializer.serialize_map(None)?;
        let metadata = Metadata { timestamp: self.at, cloud_watch_metrics: [directive] };
        members.serialize_entry("_aws", &metadata)?;
        members.serialize_entry(FUNCTION_NAME, self.name)?;
        if let Some(reason) = reason {
            members.serialize_entry(REASON, reason)?;
        }
        members.serialize_entry(name, &1)?;
        members.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata<'a> {
    timestamp: i64,
    cloud_watch_metrics: [Directive<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'a> {
    namespace: &'a str,
    dimensions: &'a [&'a [&'a str]],
    metrics: [Definition<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Definition<'a> {
    name: &'a str,
    unit: &'a str,
}

#[cfg(test)]
mod tests;
