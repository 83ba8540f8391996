//! JSON as it was written: an object keeps every member, repeated keys too, for somebody to judge.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// A JSON value, as far as anybody here wants to know: only objects and strings keep their content.
#[derive(Debug, PartialEq)]
pub(crate) enum Json {
    Object(Vec<(String, Json)>),
    String(String),
    Array,
    Number,
    Boolean,
    Null,
}

impl Json {
    /// What the value is, for a message.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Object(_) => "an object",
            Self::String(_) => "a string",
            Self::Array => "an array",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::Null => "null",
        }
    }
}

/// The first key that an earlier member of the object has too.
pub(crate) fn repeated_key<V>(members: &[(String, V)]) -> Option<&str> {
    let mut seen = std::collections::HashSet::new();
    members.iter().map(|(key, _)| key.as_str()).find(|key| !seen.insert(*key))
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Json::Object(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json, A::Error> {
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Json::Array)
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::String(text))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Json, E> {
        Ok(Json::Boolean)
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::{Json, repeated_key};

    #[track_caller]
    fn check(text: &str, expected: Json) {
        assert_eq!(serde_json::from_str::<Json>(text).unwrap(), expected);
    }

    #[test]
    fn every_kind_is_read() {
        check("null", Json::Null);
        check("true", Json::Boolean);
        check("18446744073709551615", Json::Number);
        check("-1", Json::Number);
        check("1e3", Json::Number);
        check("[1, {\"a\": [null]}]", Json::Array);
        check("\"a\"", Json::String("a".into()));
        check("\"\\u00e9\"", Json::String("é".into()));
        check("{}", Json::Object(vec![]));
    }

    #[test]
    fn repeated_keys_are_kept_and_found() {
        let Json::Object(members) =
            serde_json::from_str("{\"a\":1,\"b\":2,\"\\u0061\":\"3\"}").unwrap()
        else {
            panic!("an object was expected");
        };
        assert_eq!(members.len(), 3);
        assert_eq!(repeated_key(&members), Some("a"));
        assert_eq!(repeated_key(&members[..2]), None);
    }
}
