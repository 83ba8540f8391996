//! Claims as the event has them: every value a text, in the form in which Go prints it.
//! (API Gateway Developer Guide, "Control access to HTTP APIs with JWT authorizers in API Gateway", for where they
//! stand; events in KodHive/flask-lambda-boilerplate and DefinitelyTyped/DefinitelyTyped#75458 for their form)

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Every claim as a text. One that is null is left out.
pub(super) fn all(claims: &Map<String, Value>) -> BTreeMap<String, String> {
    let claims = claims.iter().filter(|(_, value)| !value.is_null());
    claims.map(|(name, value)| (name.clone(), text(value))).collect()
}

/// `[a b c]`, `map[a:1 b:2]` with the names in order, and everything else as it is, without quotes.
///
/// Whole numbers keep every digit as far as 64 bits go. Another number is told as a double, so that two of them may
/// have one text: what AWS makes of those is not published.
fn text(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(" "))
        }
        Value::Object(members) => {
            let sorted: BTreeMap<_, _> = members.iter().collect();
            let members = sorted.into_iter().map(|(name, value)| format!("{name}:{}", text(value)));
            format!("map[{}]", members.collect::<Vec<_>>().join(" "))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_value_is_a_text() {
        let check = |value: Value, expected| assert_eq!(text(&value), expected, "{value}");
        check(json!("alice"), "alice");
        check(json!(1_787_996_002), "1787996002");
        check(json!(-1.5), "-1.5");
        check(json!(true), "true");
        check(json!(["USERS", "ADMINS"]), "[USERS ADMINS]");
        check(json!([]), "[]");
        check(json!([1, [true, null]]), "[1 [true <nil>]]");
        let firebase = json!({"sign_in_provider": "password", "identities": {"email": ["a@b.c"]}});
        check(firebase, "map[identities:map[email:[a@b.c]] sign_in_provider:password]");
        check(json!({}), "map[]");
    }

    /// As a token has it.
    fn check_number(written: &str, expected: &str) {
        let value: Value = serde_json::from_str(written).unwrap();
        assert_eq!(text(&value), expected, "{written}");
    }

    #[test]
    fn a_whole_number_keeps_its_digits_as_far_as_64_bits_go() {
        for number in
            ["0", "-1", "9007199254740993", "-9223372036854775808", "18446744073709551615"]
        {
            check_number(number, number);
        }
    }

    #[test]
    fn another_number_is_told_as_a_double() {
        check_number("1.50", "1.5");
        check_number("1e3", "1000.0");
        check_number("-0", "-0.0");
        // Two subjects that nobody can tell apart any more.
        for number in ["18446744073709551616", "18446744073709551617"] {
            check_number(number, "1.8446744073709552e+19");
        }
        for number in ["12345678901234567890123", "12345678901234567890124"] {
            check_number(number, "1.2345678901234568e+22");
        }
    }

    #[test]
    fn a_claim_that_is_null_is_left_out() {
        let claims = json!({"a": null, "b": ""});
        let expected = BTreeMap::from([("b".to_owned(), String::new())]);
        assert_eq!(all(claims.as_object().unwrap()), expected);
    }
}
