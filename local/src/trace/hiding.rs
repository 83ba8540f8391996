//! JSON and lines without what could be a secret.

use serde_json::Value;

use crate::explain::mask::{self, HIDDEN, names_secret};

/// Characters of a function's line that are told; CloudWatch itself takes 1 MB. (CloudWatch Logs User Guide, "CloudWatch
/// Logs quotas")
const LINE_CHARACTERS: usize = 8 * 1024;

/// JSON in which nothing is left under the name of a secret, nor anything that looks like one.
pub(super) fn json(value: Value) -> Value {
    hide("", value, mask::text)
}

/// What a function is told, or says: JSON, or a text.
pub(super) fn bytes(said: &[u8]) -> Value {
    json(serde_json::from_slice(said).unwrap_or_else(|_| String::from_utf8_lossy(said).into()))
}

/// A function's line: a record in JSON, or a text. As it came, where there is nothing to hide.
pub(super) fn line(line: &str) -> String {
    let told = match structure(line) {
        Some(record) => {
            let told = hide("", record.clone(), words);
            if told == record { line.to_owned() } else { told.to_string() }
        }
        None => words(line),
    };
    match told.char_indices().nth(LINE_CHARACTERS) {
        Some((end, _)) => format!("{}…", &told[..end]),
        None => told,
    }
}

/// Whatever stands below a name belongs to it, as in DynamoDB's `{"token":{"S":…}}`.
fn hide(name: &str, value: Value, text: fn(&str) -> String) -> Value {
    match value {
        Value::Array(values) => {
            values.into_iter().map(|value| hide(name, value, text)).collect::<Vec<_>>().into()
        }
        Value::Object(members) => {
            let told = members.into_iter().map(|(member, value)| {
                let name = if names_secret(name) { name } else { &member };
                let value = hide(name, value, text);
                (mask::text(&member), value)
            });
            Value::Object(told.collect())
        }
        Value::String(_) | Value::Number(_) if names_secret(name) => HIDDEN.into(),
        Value::String(value) => match structure(&value) {
            Some(inner) => {
                let told = hide(name, inner.clone(), text);
                if told == inner { value.into() } else { told.to_string().into() }
            }
            None => text(&value).into(),
        },
        Value::Number(_) | Value::Bool(_) | Value::Null => value,
    }
}

/// The object or the list that a text is.
fn structure(text: &str) -> Option<Value> {
    text.starts_with(['{', '[']).then(|| serde_json::from_str(text).ok()).flatten()
}

/// A text of words, each of which could be a secret.
fn words(text: &str) -> String {
    let shown = |word| if names_value(word) { mask::masked(word) } else { mask::text(word) };
    text.split(' ').map(shown).collect::<Vec<_>>().join(" ")
}

/// `name=value`
fn names_value(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| names_secret(name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    #[test]
    fn what_goes_under_the_name_of_a_secret_is_hidden_however_deep() {
        let check = |value: Value, expected: Value| assert_eq!(json(value), expected);
        check(
            json!({"headers": {"Cookie": "a=b", "Host": "h"}, "multiValueHeaders": {"Cookie": ["a=b"]}}),
            json!({"headers": {"Cookie": HIDDEN, "Host": "h"}, "multiValueHeaders": {"Cookie": [HIDDEN]}}),
        );
        check(
            json!({"granted": {"M": {"token": {"S": "t"}, "plan": {"S": "gold"}}}, "pin_token": {"N": "1"}}),
            json!({"granted": {"M": {"token": {"S": HIDDEN}, "plan": {"S": "gold"}}}, "pin_token": {"N": HIDDEN}}),
        );
        check(
            json!({"password": 1234, "n": 5, "b": true}),
            json!({"password": HIDDEN, "n": 5, "b": true}),
        );
        check(
            json!({"body": r#"{"token": "t"}"#, "other": r#"{"n": 1}"#}),
            json!({"body": r#"{"token":"(hidden)"}"#, "other": r#"{"n": 1}"#}),
        );
    }

    #[test]
    fn what_looks_like_a_secret_is_cut_under_any_name_and_as_a_name() {
        let told = json(json!({"room": SECRET, SECRET: ["x"], "list": [{"a": SECRET}]}));
        let cut = "wJalrXUt…";
        assert_eq!(told, json!({"room": cut, cut: ["x"], "list": [{"a": cut}]}));
        let lost = json(json!({"X-Amz-Security-TokenMARKER": ""}));
        assert_eq!(lost, json!({"X-Amz-Security-Token=(hidden)": HIDDEN}));
    }

    #[test]
    fn a_line_is_told_as_it_came_but_for_what_could_be_a_secret() {
        let check = |text: &str, expected: &str| assert_eq!(line(text), expected);
        let kept = |text: &str| assert_eq!(line(text), text);
        kept(r#"{"level": "INFO",  "message":"refused","reason":"nonce_spent"}"#);
        kept("REPORT 12 Requests Have 3 Words More Than 32 characters in them");
        check(r#"{"message":"m","token":"t"}"#, r#"{"message":"m","token":"(hidden)"}"#);
        check(
            &format!(r#"{{"message":"the key {SECRET} is known"}}"#),
            r#"{"message":"the key wJalrXUt… is known"}"#,
        );
        check(&format!("key {SECRET} token=t a=b"), "key wJalrXUt… token=(hidden) a=b");
        check("GET /prod?a=b&X-Amz-Signature=s", "GET /prod?a=b&X-Amz-Signature=(hidden)");
        check(&"ä".repeat(LINE_CHARACTERS + 1), &("ä".repeat(LINE_CHARACTERS) + "…"));
    }

    #[test]
    fn what_is_no_json_is_a_text() {
        assert_eq!(bytes(br#"{"statusCode":200}"#), json!({"statusCode": 200}));
        assert_eq!(bytes(b"hello"), json!("hello"));
    }
}
