//! What a function has logged, made fit for a person to read.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// Members of a JSON line that are not shown: stderr shows lines as they come, the function's name
/// stands before each, and a request's id says little where there are few.
const LEFT_OUT: [&str; 6] = ["timestamp", "level", "message", "target", "span", "spans"];

/// Whether lines that only count something are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MetricLines {
    Shown,
    Hidden,
}

/// A function's line behind its name. A log record in JSON, as functions write them under
/// `LogFormat: JSON`, becomes a short text, and so does a line in CloudWatch's embedded metric format, where it
/// is to be shown at all (else: `None`). Anything else is passed on as it is.
///
/// ```text
/// {"timestamp":…,"level":"INFO","message":"refused","reason":"nonce_spent","target":…}
/// ws-connect INFO refused reason=nonce_spent
///
/// {"_aws":{"CloudWatchMetrics":[{"Metrics":[{"Name":"Refused",…}],…}],…},"Reason":"nonce_spent","Refused":1,…}
/// ws-connect METRIC Refused=1 Reason=nonce_spent
/// ```
///
/// The record's target is shown where it is of another crate than the function's own; of a metric's
/// dimensions not `FunctionName`.
pub(super) fn readable(function: &str, line: &str, metrics: MetricLines) -> Option<String> {
    let record = record(line);
    let record = record.as_ref();
    let short = match (record.and_then(metric), metrics) {
        (Some(_), MetricLines::Hidden) => return None,
        (Some(short), MetricLines::Shown) => Some(short),
        (None, _) => record.and_then(|record| short(function, record)),
    };
    Some(format!("{function} {}", short.as_deref().unwrap_or(line)))
}

fn record(line: &str) -> Option<Map<String, Value>> {
    line.starts_with('{').then(|| serde_json::from_str(line).ok()).flatten()
}

/// Metrics and dimensions of a line in the embedded metric format, each once, in the order in which they are
/// declared ("Specification: Embedded metric format", CloudWatch User Guide).
fn metric(record: &Map<String, Value>) -> Option<String> {
    let directives = record.get("_aws")?.get("CloudWatchMetrics")?.as_array()?;
    let items = |name: &'static str| {
        directives.iter().filter_map(move |one| one.get(name)?.as_array()).flatten()
    };
    let names = items("Metrics").filter_map(|metric| metric.get("Name"));
    let keys = items("Dimensions").filter_map(Value::as_array).flatten();
    let keys = keys.filter(|key| *key != "FunctionName");
    let mut members: Vec<&str> = Vec::new();
    for name in names.chain(keys).filter_map(Value::as_str) {
        if !members.contains(&name) {
            members.push(name);
        }
    }
    let mut short = "METRIC".to_owned();
    for name in members {
        add_member(&mut short, name, record.get(name)?);
    }
    Some(short)
}

fn short(function: &str, record: &Map<String, Value>) -> Option<String> {
    let text = |name| record.get(name).and_then(Value::as_str);
    let mut short = text("level")?.to_owned();
    let crate_name = text("target").and_then(|target| target.split("::").next());
    if let Some(name) = crate_name.filter(|name| *name != function.replace('-', "_")) {
        // Writing to a string cannot fail.
        let _ = write!(short, " {name}:");
    }
    let _ = write!(short, " {}", printable(text("message")?));
    for (name, value) in record.iter().filter(|(name, _)| !LEFT_OUT.contains(&name.as_str())) {
        add_member(&mut short, name, value);
    }
    Some(short)
}

fn add_member(short: &mut String, name: &str, value: &Value) {
    // Writing to a string cannot fail.
    let _ = match value {
        Value::String(text) if is_word(text) => write!(short, " {name}={text}"),
        value => write!(short, " {name}={value}"),
    };
}

/// A message on one line, without what would move a terminal's cursor.
fn printable(message: &str) -> String {
    let mut shown = String::new();
    for character in message.chars() {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Whether a text can be told from what stands beside it without quotes.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c != '"' && !c.is_whitespace() && !c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &str) {
        for metrics in [MetricLines::Shown, MetricLines::Hidden] {
            assert_eq!(readable("ws-connect", line, metrics).as_deref(), Some(expected));
        }
    }

    #[track_caller]
    fn check_metric(line: &str, expected: &str) {
        let shown = readable("ws-connect", line, MetricLines::Shown);
        assert_eq!(shown.as_deref(), Some(expected));
        assert_eq!(readable("ws-connect", line, MetricLines::Hidden), None);
    }

    #[test]
    fn a_record_becomes_a_short_line() {
        check(
            r#"{"timestamp":"2026-01-02T03:04:05Z","level":"INFO","message":"refused","connection_id":"Abc=","reason":"nonce_spent","target":"ws_connect::handler","span":{"request_id":"1","name":"invocation"},"spans":[]}"#,
            "ws-connect INFO refused connection_id=Abc= reason=nonce_spent",
        );
        check(
            r#"{"level":"WARN","message":"slow","target":"aws_runtime::retry"}"#,
            "ws-connect WARN aws_runtime: slow",
        );
    }

    #[test]
    fn a_metric_is_short_or_hidden() {
        check_metric(
            r#"{"_aws":{"Timestamp":1767323045678,"CloudWatchMetrics":[{"Namespace":"Countersign","Dimensions":[["FunctionName"],["FunctionName","Reason"]],"Metrics":[{"Name":"Refused","Unit":"Count"}]}]},"FunctionName":"countersign-ConnectFunction-1AbC","Reason":"nonce_spent","Refused":1}"#,
            "ws-connect METRIC Refused=1 Reason=nonce_spent",
        );
        check_metric(
            r#"{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"N","Dimensions":[[]],"Metrics":[{"Name":"a"},{"Name":"b"}]},{"Namespace":"M","Dimensions":[["d"]],"Metrics":[{"Name":"a"}]}]},"a":[1,2],"b":0.5,"d":"two words","other":1}"#,
            r#"ws-connect METRIC a=[1,2] b=0.5 d="two words""#,
        );
    }

    #[test]
    fn values_keep_their_borders() {
        check(
            r#"{"level":"INFO","message":"m","a":"two words","b":"","c":7,"d":true,"e":[1],"f":"a\"b","g":"l\nl"}"#,
            r#"ws-connect INFO m a="two words" b="" c=7 d=true e=[1] f="a\"b" g="l\nl""#,
        );
    }

    #[test]
    fn a_message_stays_on_its_line() {
        check(
            r#"{"level":"INFO","message":"one\ntwo \u001b[2J é"}"#,
            r"ws-connect INFO one\ntwo \u{1b}[2J é",
        );
    }

    #[test]
    fn anything_else_is_passed_on_unchanged() {
        for line in [
            "",
            "plain text",
            "thread 'main' panicked at src/main.rs:1:1:",
            "{not json}",
            r#"{"level":"INFO"}"#,
            r#"{"message":"no level"}"#,
            r#"{"level":7,"message":"m"}"#,
            r#"{"level":"INFO","message":"cut"#,
            r#"{"_aws":{"Timestamp":1}}"#,
            r#"{"_aws":{"CloudWatchMetrics":[{"Metrics":[{"Name":"a"}]}]},"b":1}"#,
            r#"[{"level":"INFO","message":"in a list"}]"#,
        ] {
            check(line, &format!("ws-connect {line}"));
        }
    }
}
