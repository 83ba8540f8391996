//! The intrinsic functions (CloudFormation User Guide, "Intrinsic function reference").

use std::cell::Cell;
use std::collections::BTreeMap;

use base64::Engine as _;
use serde_json::{Map, Value};

use super::error::{EvaluationError, Section};
use super::identity::Identity;
use super::parameters::ParameterValue;
use super::references::{AttributeName, attribute_reference, function};
use super::substitution::{Piece, pieces};
use super::{Environment, scalar};

/// How many bytes one evaluation may produce. Ours: `Fn::Join` and `Fn::Split` inside one another can
/// otherwise grow without bound. A deployable stack stays far below.
pub const MAXIMUM_EVALUATED_BYTES: usize = 8 * 1_048_576;

/// Everything that a value can refer to.
#[derive(Clone, Copy)]
pub(super) struct Evaluator<'a> {
    pub(super) environment: &'a Environment,
    pub(super) parameters: &'a BTreeMap<String, ParameterValue>,
    pub(super) mappings: &'a Map<String, Value>,
    pub(super) conditions: &'a BTreeMap<String, bool>,
    /// The resources whose identity is known already.
    pub(super) resources: &'a BTreeMap<String, Identity>,
    pub(super) section: Section,
    /// What is left of [`MAXIMUM_EVALUATED_BYTES`].
    pub(super) budget: &'a Cell<usize>,
}

/// Why functions that exist on AWS are not played.
const UNSUPPORTED: &[(&str, &str)] = &[
    ("Fn::ImportValue", "there is no other stack to import from"),
    ("Fn::Transform", "macros run only on AWS"),
    ("Fn::GetAZs", "there are no availability zones"),
    ("Fn::Cidr", "there are no networks"),
    ("Fn::Length", "it needs the AWS::LanguageExtensions transform"),
    ("Fn::ToJsonString", "it needs the AWS::LanguageExtensions transform"),
    ("Fn::RefAll", "it needs resources of an account"),
    ("Fn::ValueOf", "it needs resources of an account"),
    ("Fn::ValueOfAll", "it needs resources of an account"),
];

/// The functions whose value is a condition, in Conditions and Rules.
const LOGICAL: &[&str] = &[
    "Fn::And",
    "Fn::Contains",
    "Fn::EachMemberEquals",
    "Fn::EachMemberIn",
    "Fn::Equals",
    "Fn::Not",
    "Fn::Or",
];

type Result<T> = std::result::Result<T, EvaluationError>;

impl Evaluator<'_> {
    /// The value with every function replaced by what it gives; nothing for `AWS::NoValue`.
    pub(super) fn evaluate(&self, value: &Value, path: &str) -> Result<Option<Value>> {
        match value {
            Value::Object(members) => match function(members, path)? {
                Some((function, argument)) => self.call(function, argument, path),
                None => self.members(members, path).map(|members| Some(Value::Object(members))),
            },
            Value::Array(items) => self.items(items, path).map(|items| Some(Value::Array(items))),
            Value::String(text) => {
                self.charge(text.len(), path)?;
                Ok(Some(value.clone()))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(Some(value.clone())),
        }
    }

    /// A mapping without the members that have no value.
    pub(super) fn members(
        &self,
        members: &Map<String, Value>,
        path: &str,
    ) -> Result<Map<String, Value>> {
        let mut evaluated = Map::new();
        for (name, member) in members {
            self.charge(name.len(), path)?;
            if let Some(member) = self.evaluate(member, &format!("{path}.{name}"))? {
                evaluated.insert(name.clone(), member);
            }
        }
        Ok(evaluated)
    }

    fn items(&self, items: &[Value], path: &str) -> Result<Vec<Value>> {
        let mut evaluated = Vec::new();
        for (index, item) in items.iter().enumerate() {
            evaluated.extend(self.evaluate(item, &format!("{path}[{index}]"))?);
        }
        Ok(evaluated)
    }

    /// A value that must be a string; numbers and booleans are taken as their text.
    pub(super) fn text(&self, value: &Value, path: &str) -> Result<String> {
        self.evaluate(value, path)?
            .as_ref()
            .and_then(scalar)
            .ok_or_else(|| expected(path, "a string"))
    }

    /// A value that must be a list of strings.
    pub(super) fn texts(&self, value: &Value, path: &str) -> Result<Vec<String>> {
        match self.evaluate(value, path)? {
            Some(Value::Array(items)) => items
                .iter()
                .map(scalar)
                .collect::<Option<_>>()
                .ok_or_else(|| expected(path, "a list of strings")),
            _ => Err(expected(path, "a list of strings")),
        }
    }

    fn call(&self, function: &str, argument: &Value, path: &str) -> Result<Option<Value>> {
        let path = &format!("{path}.{function}");
        match function {
            "Ref" => self.reference(argument, path),
            "Fn::GetAtt" => self.attribute(argument, path).map(Some),
            "Fn::Sub" => self.substitute(argument, path).map(Some),
            "Fn::Join" => self.join(argument, path).map(Some),
            "Fn::Select" => self.select(argument, path).map(Some),
            "Fn::Split" => self.split(argument, path).map(Some),
            "Fn::Base64" => self.base64(argument, path).map(Some),
            "Fn::FindInMap" => self.find_in_map(argument, path).map(Some),
            "Fn::If" => self.choose(argument, path),
            _ if LOGICAL.contains(&function) => Err(EvaluationError::FunctionNotHere {
                path: path.clone(),
                function: function.to_owned(),
                section: self.section,
            }),
            _ if function.starts_with("Fn::ForEach") => {
                Err(unsupported(path, function, "it needs the AWS::LanguageExtensions transform"))
            }
            _ => match UNSUPPORTED.iter().find(|(name, _)| *name == function) {
                Some((_, reason)) => Err(unsupported(path, function, reason)),
                None => Err(EvaluationError::UnknownFunction {
                    path: path.clone(),
                    function: function.to_owned(),
                }),
            },
        }
    }

    /// `Ref: NAME`.
    fn reference(&self, argument: &Value, path: &str) -> Result<Option<Value>> {
        let name = argument
            .as_str()
            .ok_or_else(|| expected(path, "the name of a parameter or resource"))?;
        if name == "AWS::NoValue" {
            return Ok(None);
        }
        self.referred(name, path).map(Some)
    }

    /// What a name stands for: a pseudo parameter, a parameter or a resource.
    fn referred(&self, name: &str, path: &str) -> Result<Value> {
        let value = if let Some(pseudo) = self.environment.pseudo_parameter(name) {
            pseudo
        } else if let Some(parameter) = self.parameters.get(name) {
            match parameter {
                ParameterValue::Text(text) => text.as_str().into(),
                ParameterValue::List(items) => items.as_slice().into(),
            }
        } else if let Some(identity) = self.resources.get(name) {
            identity.reference.as_str().into()
        } else {
            return Err(self.unresolved(name, path));
        };
        self.charge_value(&value, path)?;
        Ok(value)
    }

    /// `Fn::GetAtt: [NAME, ATTRIBUTE]` or `NAME.ATTRIBUTE`.
    fn attribute(&self, argument: &Value, path: &str) -> Result<Value> {
        let (name, attribute) = attribute_reference(argument)
            .ok_or_else(|| expected(path, "a resource and one of its attributes"))?;
        let attribute = match attribute {
            AttributeName::Text(text) => text.to_owned(),
            AttributeName::Value(value) => self.text(value, path)?,
        };
        self.attribute_of(name, &attribute, path).map(Value::String)
    }

    fn attribute_of(&self, name: &str, attribute: &str, path: &str) -> Result<String> {
        let identity = self.resources.get(name).ok_or_else(|| self.unresolved(name, path))?;
        let value =
            identity.attribute(attribute).ok_or_else(|| EvaluationError::UnknownAttribute {
                path: path.to_owned(),
                resource_type: identity.resource_type.name(),
                attribute: attribute.to_owned(),
                known: identity.attribute_names().join(", "),
            })?;
        self.charge(value.len(), path)?;
        Ok(value.to_owned())
    }

    fn unresolved(&self, name: &str, path: &str) -> EvaluationError {
        EvaluationError::UnresolvedDependencies {
            names: vec![name.to_owned()],
            section: self.section,
            path: path.to_owned(),
        }
    }

    /// `Fn::Sub: TEXT` or `[TEXT, {NAME: VALUE}]`.
    fn substitute(&self, argument: &Value, path: &str) -> Result<Value> {
        let none = Map::new();
        let (text, variables) = match argument {
            Value::String(text) => (text, &none),
            Value::Array(items) => match items.as_slice() {
                [Value::String(text), Value::Object(variables)] => (text, variables),
                _ => return Err(expected(path, "a text and a mapping of variables")),
            },
            _ => return Err(expected(path, "a text, or a text and a mapping of variables")),
        };
        let pieces = pieces(text)
            .map_err(|source| EvaluationError::Substitution { path: path.to_owned(), source })?;
        let mut substituted = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => {
                    self.charge(text.len(), path)?;
                    substituted.push_str(text);
                }
                Piece::Literal(text) => {
                    self.charge(text.len(), path)?;
                    substituted.extend(["${", text, "}"]);
                }
                Piece::Variable(name) => {
                    let path = format!("{path}.{name}");
                    let value = if let Some(value) = variables.get(name) {
                        self.text(value, &path)?
                    } else if let Some((name, attribute)) = name.split_once('.') {
                        self.attribute_of(name, attribute, &path)?
                    } else {
                        scalar(&self.referred(name, &path)?)
                            .ok_or_else(|| expected(&path, "a string"))?
                    };
                    substituted.push_str(&value);
                }
            }
        }
        Ok(Value::String(substituted))
    }

    /// `Fn::Join: [DELIMITER, LIST]`.
    fn join(&self, argument: &Value, path: &str) -> Result<Value> {
        let [delimiter, list] = arguments(argument, path, "a delimiter and a list")?;
        let Value::String(delimiter) = delimiter else {
            return Err(expected(path, "a delimiter that is a string"));
        };
        let items = self.texts(list, path)?;
        self.charge(delimiter.len().saturating_mul(items.len()), path)?;
        Ok(Value::String(items.join(delimiter)))
    }

    /// `Fn::Select: [INDEX, LIST]`.
    fn select(&self, argument: &Value, path: &str) -> Result<Value> {
        let [index, list] = arguments(argument, path, "an index and a list")?;
        let index = self.text(index, path)?;
        let Some(Value::Array(items)) = self.evaluate(list, path)? else {
            return Err(expected(path, "a list to select from"));
        };
        let item = index.parse().ok().and_then(|index: usize| items.into_iter().nth(index));
        item.ok_or_else(|| EvaluationError::NoSuchItem { path: path.to_owned(), index })
    }

    /// `Fn::Split: [DELIMITER, TEXT]`.
    fn split(&self, argument: &Value, path: &str) -> Result<Value> {
        let [delimiter, text] = arguments(argument, path, "a delimiter and a text")?;
        let delimiter = match delimiter {
            Value::String(delimiter) if !delimiter.is_empty() => delimiter,
            _ => return Err(expected(path, "a delimiter that is a string and not empty")),
        };
        Ok(self.text(text, path)?.split(delimiter.as_str()).collect())
    }

    /// `Fn::Base64: TEXT`.
    fn base64(&self, argument: &Value, path: &str) -> Result<Value> {
        let encoded = base64::engine::general_purpose::STANDARD.encode(self.text(argument, path)?);
        self.charge(encoded.len(), path)?;
        Ok(Value::String(encoded))
    }

    /// `Fn::FindInMap: [MAP, TOP-LEVEL KEY, SECOND-LEVEL KEY]`.
    fn find_in_map(&self, argument: &Value, path: &str) -> Result<Value> {
        let [map, first, second] = arguments(argument, path, "a mapping and two keys")?;
        let (map, first, second) =
            (self.text(map, path)?, self.text(first, path)?, self.text(second, path)?);
        let found =
            self.mappings.get(&map).and_then(|map| map.get(&first)).and_then(|m| m.get(&second));
        match found {
            Some(value) => {
                self.charge_value(value, path)?;
                Ok(value.clone())
            }
            None => Err(EvaluationError::NoMapping { path: path.to_owned(), map, first, second }),
        }
    }

    /// `Fn::If: [CONDITION, VALUE WHEN TRUE, VALUE WHEN FALSE]`; the other value is not evaluated.
    fn choose(&self, argument: &Value, path: &str) -> Result<Option<Value>> {
        let [name, when_true, when_false] =
            arguments(argument, path, "a condition and two values")?;
        let name = name.as_str().ok_or_else(|| expected(path, "the name of a condition"))?;
        let holds =
            self.conditions.get(name).ok_or_else(|| EvaluationError::UnresolvedCondition {
                name: name.to_owned(),
                section: self.section,
                path: path.to_owned(),
            })?;
        let (value, index) = if *holds { (when_true, 1) } else { (when_false, 2) };
        self.evaluate(value, &format!("{path}[{index}]"))
    }

    fn charge(&self, bytes: usize, path: &str) -> Result<()> {
        match self.budget.get().checked_sub(bytes) {
            Some(left) => {
                self.budget.set(left);
                Ok(())
            }
            None => Err(EvaluationError::TooLarge {
                path: path.to_owned(),
                limit: MAXIMUM_EVALUATED_BYTES,
            }),
        }
    }

    /// For values that are copied whole: strings, and lists of them.
    fn charge_value(&self, value: &Value, path: &str) -> Result<()> {
        match value {
            Value::String(text) => self.charge(text.len(), path),
            Value::Array(items) => items.iter().try_for_each(|item| {
                self.charge(item.as_str().map_or(0, str::len).saturating_add(1), path)
            }),
            _ => Ok(()),
        }
    }
}

fn arguments<'a, const N: usize>(
    argument: &'a Value,
    path: &str,
    what: &'static str,
) -> Result<&'a [Value; N]> {
    argument
        .as_array()
        .and_then(|items| items.as_slice().try_into().ok())
        .ok_or_else(|| expected(path, what))
}

pub(super) fn expected(path: &str, expected: &'static str) -> EvaluationError {
    EvaluationError::Expected { path: path.to_owned(), expected }
}

fn unsupported(path: &str, function: &str, reason: &'static str) -> EvaluationError {
    EvaluationError::UnsupportedFunction {
        path: path.to_owned(),
        function: function.to_owned(),
        reason,
    }
}

#[cfg(test)]
mod tests;
