//! What a function has logged, made fit for a person to read.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// Members of a JSON line that are not shown: stderr shows lines as they come, the function's name
/// stands before each, and a request's id says little where there are few.
const LEFT_OUT: [&str; 6] = ["timestamp", "level", "message", "target", "span", "spans"];

/// A function's line behind its name. A log record in JSON, as functions write them under
/// `LogFormat: JSON`, becomes a short text; anything else is passed on as it is.
///
/// ```text
/// {"timestamp":…,"level":"INFO","message":"refused","reason":"nonce_spent","target":…}
/// ws-connect INFO refused reason=nonce_spent
/// ```
///
/// The record's target is shown where it is of another crate than the function's own.
pub(super) fn readable(function: &str, line: &str) -> String {
    let short = record(line).and_then(|record| short(function, &record));
    format!("{function} {}", short.as_deref().unwrap_or(line))
}

fn record(line: &str) -> Option<Map<String, Value>> {
    line.starts_with('{').then(|| serde_json::from_str(line).ok()).flatten()
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
        let _ = match value {
            Value::String(text) if is_word(text) => write!(short, " {name}={text}"),
            value => write!(short, " {name}={value}"),
        };
    }
    Some(short)
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

    fn check(line: &str, expected: &str) {
        assert_eq!(readable("ws-connect", line), expected);
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
            r#"[{"level":"INFO","message":"in a list"}]"#,
        ] {
            check(line, &format!("ws-connect {line}"));
        }
    }
}
