//! The names of condition operators, and the values that each accepts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::condition::{
    MissingKey, Network, Quantifier, Relation, Sense, Test, TextComparison, parse_date,
    parse_number,
};
use super::document::Version;
use super::error::Problem;
use super::variables::Template;

/// A condition operator, such as `ForAnyValue:StringNotLikeIfExists`, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) quantifier: Quantifier,
    pub(crate) sense: Sense,
    pub(crate) missing_key: MissingKey,
    values: ValueKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ValueKind {
    Text(TextComparison),
    Number(Relation),
    Date(Relation),
    Boolean,
    Binary,
    Address,
    Null,
}

impl Operator {
    /// Reads an operator's name; `None` when there is no such operator. `Null` takes neither prefix
    /// nor suffix.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (quantifier, rest) = if let Some(rest) = name.strip_prefix("ForAllValues:") {
            (Quantifier::All, rest)
        } else if let Some(rest) = name.strip_prefix("ForAnyValue:") {
            (Quantifier::Any, rest)
        } else {
            (Quantifier::One, name)
        };
        let (missing_key, base) = match rest.strip_suffix("IfExists") {
            Some(base) => (MissingKey::Holds, base),
            None => (MissingKey::MatchesNothing, rest),
        };
        let (values, sense) = base_operator(base)?;
        if values == ValueKind::Null && base != name {
            return None;
        }
        Some(Self { quantifier, sense, missing_key, values })
    }

    /// The comparison with `values`. Variables are for text, ARN and boolean operators; to the
    /// others a `${…}` is a malformed value.
    pub(crate) fn test(self, values: &[String], version: Version) -> Result<Test, Problem> {
        let templates = |values: &[String]| {
            let parse = |value: &String| Template::parse(value, version);
            values.iter().map(parse).collect::<Result<Vec<_>, _>>().map_err(Problem::Variable)
        };
        match self.values {
            ValueKind::Text(comparison) => Ok(Test::Text(comparison, templates(values)?)),
            ValueKind::Number(relation) => {
                Ok(Test::Number(relation, each(values, "a number", parse_number)?))
            }
            ValueKind::Date(relation) => Ok(Test::Date(
                relation,
                each(values, "an ISO 8601 date or epoch seconds", parse_date)?,
            )),
            ValueKind::Boolean => {
                let templates = templates(values)?;
                for (value, template) in values.iter().zip(&templates) {
                    if parse_boolean(value).is_none() && !template.has_variables() {
                        return Err(not_a("true or false", value));
                    }
                }
                Ok(Test::Text(TextComparison::IgnoringCase, templates))
            }
            ValueKind::Binary => {
                Ok(Test::Binary(each(values, "base64", |value| BASE64.decode(value).ok())?))
            }
            ValueKind::Address => {
                Ok(Test::Address(each(values, "an IP address or CIDR range", Network::parse)?))
            }
            ValueKind::Null => Ok(Test::Absent(each(values, "true or false", parse_boolean)?)),
        }
    }
}

fn base_operator(name: &str) -> Option<(ValueKind, Sense)> {
    use Relation::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
    use Sense::{Negated, Plain};
    use TextComparison::{Arn, Exact, IgnoringCase, Wildcards};
    use ValueKind::{Address, Binary, Boolean, Date, Null, Number, Text};
    Some(match name {
        "StringEquals" => (Text(Exact), Plain),
        "StringNotEquals" => (Text(Exact), Negated),
        "StringEqualsIgnoreCase" => (Text(IgnoringCase), Plain),
        "StringNotEqualsIgnoreCase" => (Text(IgnoringCase), Negated),
        "StringLike" => (Text(Wildcards), Plain),
        "StringNotLike" => (Text(Wildcards), Negated),
        "ArnEquals" | "ArnLike" => (Text(Arn), Plain),
        "ArnNotEquals" | "ArnNotLike" => (Text(Arn), Negated),
        "NumericEquals" => (Number(Equal), Plain),
        "NumericNotEquals" => (Number(Equal), Negated),
        "NumericLessThan" => (Number(Less), Plain),
        "NumericLessThanEquals" => (Number(LessOrEqual), Plain),
        "NumericGreaterThan" => (Number(Greater), Plain),
        "NumericGreaterThanEquals" => (Number(GreaterOrEqual), Plain),
        "DateEquals" => (Date(Equal), Plain),
        "DateNotEquals" => (Date(Equal), Negated),
        "DateLessThan" => (Date(Less), Plain),
        "DateLessThanEquals" => (Date(LessOrEqual), Plain),
        "DateGreaterThan" => (Date(Greater), Plain),
        "DateGreaterThanEquals" => (Date(GreaterOrEqual), Plain),
        "Bool" => (Boolean, Plain),
        "BinaryEquals" => (Binary, Plain),
        "IpAddress" => (Address, Plain),
        "NotIpAddress" => (Address, Negated),
        "Null" => (Null, Plain),
        _ => return None,
    })
}

fn parse_boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

fn each<T>(
    values: &[String],
    expected: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, Problem> {
    values.iter().map(|value| parse(value).ok_or_else(|| not_a(expected, value))).collect()
}

fn not_a(expected: &'static str, found: &str) -> Problem {
    Problem::ConditionValue { found: found.to_owned(), expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_and_suffix_are_taken_apart() {
        let operator =
            Operator::parse("ForAnyValue:StringNotLikeIfExists").expect("a known operator");
        assert_eq!(operator.quantifier, Quantifier::Any);
        assert_eq!(operator.sense, Sense::Negated);
        assert_eq!(operator.missing_key, MissingKey::Holds);
        assert_eq!(operator.values, ValueKind::Text(TextComparison::Wildcards));
    }

    #[test]
    fn unknown_operators_are_none() {
        for name in [
            "",
            "StringEqual",
            "stringEquals",
            "NullIfExists",
            "ForAllValues:Null",
            "ForSomeValues:StringEquals",
            "ForAnyValue:ForAllValues:StringEquals",
            "StringEqualsIfExistsIfExists",
            "IfExists",
        ] {
            assert_eq!(Operator::parse(name), None, "{name}");
        }
    }
}
