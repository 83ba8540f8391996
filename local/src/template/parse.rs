//! From YAML (or JSON, which is YAML) to one JSON value in which every function is in its long form.
//!
//! `!Sub x` becomes `{"Fn::Sub": "x"}`, `!Ref x` becomes `{"Ref": "x"}`. Keys are strings, each once.
//! What CloudFormation does not take from YAML is refused: aliases, null values, unknown tags
//! (CloudFormation User Guide, "CloudFormation template format").

mod brackets;

use std::cell::Cell;
use std::fmt;

use serde::Deserialize as _;
use serde::de::{self, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use brackets::open_brackets;

/// The longest template, in bytes (CloudFormation User Guide, "Understand CloudFormation quotas").
pub const MAXIMUM_TEMPLATE_BYTES: usize = 1_048_576;

/// How many mappings, lists and tags may stand inside one another. Ours: it bounds every recursion
/// over a template, and no template that people read comes near.
pub const MAXIMUM_DEPTH: usize = 64;

/// How many brackets may stand open before a template is read at all: the YAML scanner looks at each of
/// them at every token, so a megabyte of brackets would take it hours. Ours: four times [`MAXIMUM_DEPTH`],
/// since what is counted is an upper bound.
pub const MAXIMUM_OPEN_BRACKETS: usize = 4 * MAXIMUM_DEPTH;

/// How many values and keys a template may hold. Ours: it bounds what aliases can blow up before they
/// are refused; a template of the longest size holds fewer than this.
pub const MAXIMUM_VALUES: usize = MAXIMUM_TEMPLATE_BYTES;

/// Why a text is no template.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// The text is longer than CloudFormation takes.
    #[error("the template has {length} bytes, at most {MAXIMUM_TEMPLATE_BYTES} are allowed")]
    TooLong {
        /// The length of the text in bytes.
        length: usize,
    },
    /// Too many brackets stand open at once.
    #[error("more than {MAXIMUM_OPEN_BRACKETS} brackets stand open inside one another")]
    OpenBrackets,
    /// The text is not the YAML that CloudFormation reads; the source says where and why.
    #[error("the template is not the YAML that CloudFormation reads")]
    Yaml(#[source] yaml_serde::Error),
    /// The text names a node by an anchor or repeats one by an alias.
    #[error("YAML anchors and aliases are not supported by CloudFormation")]
    Alias(#[source] yaml_serde::Error),
    /// A key has no value, or the value is `null`.
    #[error("{path}: 'null' values are not allowed in templates")]
    Null {
        /// Where it stands.
        path: String,
    },
    /// The whole text is not a mapping.
    #[error("the template must be a mapping of sections such as Resources")]
    NotAMapping,
}

/// Reads a template's text.
pub(super) fn parse(text: &str) -> Result<Map<String, Value>, ParseError> {
    if text.len() > MAXIMUM_TEMPLATE_BYTES {
        return Err(ParseError::TooLong { length: text.len() });
    }
    if open_brackets(text) > MAXIMUM_OPEN_BRACKETS {
        return Err(ParseError::OpenBrackets);
    }
    let remaining = Cell::new(MAXIMUM_VALUES);
    let node = Node { remaining: &remaining, depth: 0 };
    let value =
        node.deserialize(yaml_serde::Deserializer::from_str(text)).map_err(ParseError::Yaml)?;
    refuse_aliases(text)?;
    refuse_null(&value, "")?;
    match value {
        Value::Object(sections) => Ok(sections),
        _ => Err(ParseError::NotAMapping),
    }
}

/// The reader resolves aliases silently, but complains of one whose anchor is missing. So the text is
/// read again with no anchor left in it: whatever fails now is an alias, or something that an anchor
/// held together.
fn refuse_aliases(text: &str) -> Result<(), ParseError> {
    if !text.contains('&') {
        return Ok(());
    }
    let without_anchors = text.replace('&', "x");
    de::IgnoredAny::deserialize(yaml_serde::Deserializer::from_str(&without_anchors))
        .map(|_| ())
        .map_err(ParseError::Alias)
}

fn refuse_null(value: &Value, path: &str) -> Result<(), ParseError> {
    match value {
        Value::Null => Err(ParseError::Null { path: path.to_owned() }),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| refuse_null(item, &format!("{path}[{index}]"))),
        Value::Object(members) => members.iter().try_for_each(|(name, member)| {
            refuse_null(
                member,
                &if path.is_empty() { name.clone() } else { format!("{path}.{name}") },
            )
        }),
        _ => Ok(()),
    }
}

/// Reads one YAML node and what is below it.
#[derive(Clone, Copy)]
struct Node<'a> {
    remaining: &'a Cell<usize>,
    depth: usize,
}

impl Node<'_> {
    fn below<E: de::Error>(self) -> Result<Self, E> {
        if self.depth == MAXIMUM_DEPTH {
            return Err(E::custom(format_args!("more than {MAXIMUM_DEPTH} levels")));
        }
        Ok(Node { depth: self.depth + 1, ..self })
    }

    fn count<E: de::Error>(self) -> Result<(), E> {
        let Some(remaining) = self.remaining.get().checked_sub(1) else {
            return Err(E::custom(format_args!("more than {MAXIMUM_VALUES} values")));
        };
        self.remaining.set(remaining);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number that is not finite"))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(below)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut mapping: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut members = Map::new();
        while let Some(key) = mapping.next_key_seed(Key)? {
            self.count()?;
            if members.contains_key(&key) {
                return Err(de::Error::custom(format_args!("the key {key:?} stands here twice")));
            }
            let member = mapping.next_value_seed(below)?;
            members.insert(key, member);
        }
        Ok(Value::Object(members))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let (tag, content) = data.variant_seed(Key)?;
        let name = long_form(&tag)
            .ok_or_else(|| de::Error::custom(format_args!("the unknown tag !{tag}")))?;
        let argument = de::VariantAccess::newtype_variant_seed(content, below)?;
        Ok(Value::Object(Map::from_iter([(name, argument)])))
    }
}

/// The functions that have a short form in YAML, but for `Ref` and `Condition`, whose long names are
/// the same (CloudFormation User Guide, "Intrinsic function reference").
const SHORT_FORMS: &[&str] = &[
    "And",
    "Base64",
    "Cidr",
    "Contains",
    "EachMemberEquals",
    "EachMemberIn",
    "Equals",
    "FindInMap",
    "GetAZs",
    "GetAtt",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "RefAll",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
    "ValueOf",
    "ValueOfAll",
];

fn long_form(tag: &str) -> Option<String> {
    match tag {
        "Ref" | "Condition" => Some(tag.to_owned()),
        _ if SHORT_FORMS.contains(&tag) => Some(format!("Fn::{tag}")),
        _ => None,
    }
}

/// Reads a key; numbers and booleans become strings, as an account number does under Mappings.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Key {
    type Value = String;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string as key")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<String, E> {
        Ok(value.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as _;

    fn check(text: &str, expected: Value) {
        assert_eq!(Value::Object(parse(text).unwrap()), expected, "{text}");
    }

    /// The refusal and its whole chain must hold `expected`.
    fn check_refused(text: &str, expected: &str) {
        let error = parse(text).unwrap_err();
        let source = error.source().map(ToString::to_string).unwrap_or_default();
        let chain = format!("{error}: {source}");
        assert!(chain.contains(expected), "{chain:?} lacks {expected:?}");
    }

    #[test]
    fn short_forms_become_long() {
        check("A: !Ref B", serde_json::json!({"A": {"Ref": "B"}}));
        check("A: !GetAtt B.C", serde_json::json!({"A": {"Fn::GetAtt": "B.C"}}));
        check("A: !Condition B", serde_json::json!({"A": {"Condition": "B"}}));
        check(
            "A: !Join [',', [!Sub 'x', !If [C, 1, true]]]",
            serde_json::json!({"A": {"Fn::Join": [",", [{"Fn::Sub": "x"}, {"Fn::If": ["C", 1, true]}]]}}),
        );
        check(
            "A:\n  Fn::Base64: !Sub x",
            serde_json::json!({"A": {"Fn::Base64": {"Fn::Sub": "x"}}}),
        );
    }

    #[test]
    fn scalars_are_read_as_cloudformation_reads_them() {
        check("A: 2012-10-17", serde_json::json!({"A": "2012-10-17"}));
        check("A: 012345678901", serde_json::json!({"A": "012345678901"}));
        check("A: 123456789012", serde_json::json!({"A": 123456789012u64}));
        check("A: '30'", serde_json::json!({"A": "30"}));
        check("A: 12e4567", serde_json::json!({"A": "12e4567"}));
        check("A: 2.0", serde_json::json!({"A": 2.0}));
        check("A: $default", serde_json::json!({"A": "$default"}));
        check("123456789012: {true: x}", serde_json::json!({"123456789012": {"true": "x"}}));
        check("{\"A\": [\"\\u0041 & b\"]}", serde_json::json!({"A": ["A & b"]}));
    }

    #[test]
    fn what_cloudformation_does_not_read_is_refused() {
        check_refused("A: 1\nA: 2", "\"A\" stands here twice");
        check_refused("A:\nB: 1", "A: 'null' values are not allowed");
        check_refused("A: {B: [1, ~]}", "A.B[1]: 'null' values are not allowed");
        check_refused("A: !Foo 1", "unknown tag !Foo");
        check_refused("A: ! 1", "unknown tag");
        check_refused("A: .inf", "not finite");
        check_refused("A: .nan", "not finite");
        check_refused("[A, B]: 1", "a string as key");
        check_refused("- A", "must be a mapping");
        check_refused("", "null");
        check_refused("A: [", "line 2");
        check_refused("A: 1\n---\nB: 1", "more than one document");
        check_refused("A: 99999999999999999999999", "integer");
        check_refused(&"x".repeat(MAXIMUM_TEMPLATE_BYTES + 1), "1048577 bytes");
    }

    #[test]
    fn anchors_and_aliases_are_refused() {
        check_refused("A: &a {B: 1}\nC: *a", "anchors and aliases");
        check_refused("A: &a 1\nC: [*a, *a]", "anchors and aliases");
        check_refused("A: &a\n  B: 1", "anchors and aliases");
        check_refused("A: &a [*a]", "more than 64 levels");
    }

    #[test]
    fn hostile_texts_are_refused_within_bounds() {
        check_refused(&format!("A: {}", "[".repeat(100)), "more than 64 levels");
        check_refused(
            &format!("A: {}1{}", "[".repeat(63), "]".repeat(63)).replace('1', "{B: 1}"),
            "64 levels",
        );
        check_refused(&format!("A: {}", "!Sub [".repeat(100)), "more than 64 levels");
        let open = "more than 256 brackets stand open";
        check_refused(&"[".repeat(MAXIMUM_TEMPLATE_BYTES), open);
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..10 {
            let aliases = format!("*a{}, ", level - 1).repeat(10);
            bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        check_refused(&bomb, "repetition limit exceeded");
        let items = "x, ".repeat(20_000);
        let many = format!("a: &a [{items}]\nb: [{}]", "*a, ".repeat(100));
        check_refused(&many, "more than 1048576 values");
    }
}
