//! What can be told of a value without evaluating it: whether it is a function, and what it refers to.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::error::EvaluationError;
use super::substitution::{Piece, pieces};

/// The function that a value is, with its argument: a mapping with the one key `Ref` or `Fn::…`.
pub(super) fn function<'a>(
    members: &'a Map<String, Value>,
    path: &str,
) -> Result<Option<(&'a str, &'a Value)>, EvaluationError> {
    let is_function = |name: &str| name == "Ref" || name.starts_with("Fn::");
    match members.iter().find(|(name, _)| is_function(name)) {
        None => Ok(None),
        Some((name, argument)) if members.len() == 1 => Ok(Some((name, argument))),
        Some((name, _)) => {
            Err(EvaluationError::FunctionNotAlone { path: path.to_owned(), function: name.clone() })
        }
    }
}

/// A logical id and an attribute: `A.B`, or `[A, B]` where B may be a function.
pub(super) fn attribute_reference(argument: &Value) -> Option<(&str, AttributeName<'_>)> {
    match argument {
        Value::String(text) => {
            let (name, attribute) = text.split_once('.')?;
            Some((name, AttributeName::Text(attribute)))
        }
        Value::Array(items) => match items.as_slice() {
            [Value::String(name), attribute] => Some((name, AttributeName::Value(attribute))),
            _ => None,
        },
        _ => None,
    }
}

/// The second half of an [`attribute_reference`].
pub(super) enum AttributeName<'a> {
    Text(&'a str),
    Value(&'a Value),
}

/// Which values of `Fn::If` are looked at.
#[derive(Clone, Copy)]
pub(super) enum Branches<'a> {
    /// Both: what CloudFormation checks before it knows the parameters.
    Both,
    /// The one that these conditions choose.
    Chosen(&'a BTreeMap<String, bool>),
}

/// Calls `found` with the name and the place of every `Ref`, `Fn::GetAtt` and variable of `Fn::Sub`.
/// Shapes that evaluation will refuse are passed over.
pub(super) fn visit(
    value: &Value,
    path: &str,
    branches: Branches<'_>,
    found: &mut impl FnMut(&str, &str),
) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                visit(item, &format!("{path}[{index}]"), branches, found);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let path = format!("{path}.{name}");
                match (name.as_str(), member) {
                    ("Ref", Value::String(name)) => found(name, &path),
                    ("Fn::GetAtt", _) => {
                        if let Some((name, _)) = attribute_reference(member) {
                            found(name, &path);
                        }
                        visit(member, &path, branches, found);
                    }
                    ("Fn::Sub", Value::String(text)) => substituted(text, &path, |_| false, found),
                    ("Fn::Sub", Value::Array(items)) => {
                        if let [Value::String(text), Value::Object(variables)] = items.as_slice() {
                            substituted(text, &path, |name| variables.contains_key(name), found);
                        }
                        visit(member, &path, branches, found);
                    }
                    ("Fn::If", Value::Array(items)) => match (branches, items.as_slice()) {
                        (Branches::Chosen(conditions), [Value::String(name), yes, no]) => {
                            let chosen = if conditions.get(name) == Some(&true) { yes } else { no };
                            visit(chosen, &path, branches, found);
                        }
                        _ => visit(member, &path, branches, found),
                    },
                    _ => visit(member, &path, branches, found),
                }
            }
        }
        _ => {}
    }
}

fn substituted(
    text: &str,
    path: &str,
    is_variable: impl Fn(&str) -> bool,
    found: &mut impl FnMut(&str, &str),
) {
    for piece in pieces(text).into_iter().flatten() {
        if let Piece::Variable(name) = piece
            && !is_variable(name)
        {
            found(name.split_once('.').map_or(name, |(resource, _)| resource), path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, branches: Branches<'_>, expected: &str) {
        let value = Value::Object(super::super::parse::parse(text).unwrap());
        let mut names = Vec::new();
        visit(&value, "", branches, &mut |name, _| names.push(name.to_owned()));
        names.sort();
        assert_eq!(names.join(" "), expected, "{text}");
    }

    #[test]
    fn every_kind_of_reference_is_found() {
        check("A: [!Ref B, {C: !GetAtt D.E}]", Branches::Both, "B D");
        check("A: !GetAtt [B, !Ref C]", Branches::Both, "B C");
        check("A: !Sub '${B}${C.D}${!E}'", Branches::Both, "B C");
        check("A: !Sub ['${B}${C}', {B: !Ref D}]", Branches::Both, "C D");
        check("A: !Join [',', !Split [',', !Ref B]]", Branches::Both, "B");
        check("A: text", Branches::Both, "");
    }

    #[test]
    fn the_branch_that_is_not_chosen_is_passed_over() {
        let text = "A: !If [C, !Ref Yes, !If [D, !Ref No, !Ref Never]]";
        check(text, Branches::Both, "Never No Yes");
        let chosen = |c, d| BTreeMap::from([("C".to_owned(), c), ("D".to_owned(), d)]);
        check(text, Branches::Chosen(&chosen(true, true)), "Yes");
        check(text, Branches::Chosen(&chosen(false, true)), "No");
    }
}
