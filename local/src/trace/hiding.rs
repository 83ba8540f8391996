//! JSON and lines without what could be a secret.

use serde_json::Value;

use super::teller::too_large;
use crate::explain::mask::{self, HIDDEN, names_secret};

/// Characters of a function's line that are told; CloudWatch itself takes 1 MB. (CloudWatch Logs User Guide, "CloudWatch
/// Logs quotas")
const LINE_CHARACTERS: usize = 8 * 1024;

/// JSON in which nothing is left under the name of a secret, nor anything that looks like one.
pub(super) fn json(value: Value) -> Value {
    hide("", value)
}

/// What a function is told, or says: JSON, or a text.
pub(super) fn bytes(said: &[u8]) -> Value {
    json(serde_json::from_slice(said).unwrap_or_else(|_| String::from_utf8_lossy(said).into()))
}

/// A function's line. As it came, but for its secrets: JSON is a text like any other here, so that nothing depends on
/// what a reader of JSON makes of it.
pub(super) fn line(line: &str) -> String {
    let told = too_large(line.len()).unwrap_or_else(|| mask::text(line));
    match told.char_indices().nth(LINE_CHARACTERS) {
        Some((end, _)) => format!("{}…", &told[..end]),
        None => told,
    }
}

/// Whatever stands below a name belongs to it, as in DynamoDB's `{"token":{"S":…}}`.
fn hide(name: &str, value: Value) -> Value {
    match value {
        Value::Array(values) => {
            values.into_iter().map(|value| hide(name, value)).collect::<Vec<_>>().into()
        }
        Value::Object(members) => {
            let told = members.into_iter().map(|(member, value)| {
                let name = if names_secret(name) { name } else { &member };
                (mask::text(&member), hide(name, value))
            });
            Value::Object(told.collect())
        }
        Value::String(value) => mask::value(name, &value).into(),
        Value::Number(_) if names_secret(name) => HIDDEN.into(),
        Value::Number(_) | Value::Bool(_) | Value::Null => value,
    }
}

#[cfg(test)]
mod tests;
