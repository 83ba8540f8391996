//! The Parameters section: what a template declares, and the values that it takes.
//!
//! Types, constraints and sentences are CloudFormation's (User Guide, "CloudFormation template
//! Parameters syntax"). No message shows a value, since a parameter may be `NoEcho`.

use std::collections::{BTreeMap, BTreeSet};

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::parameter_values::ParameterValues;
use super::scalar;

/// The longest value of a parameter, in bytes (User Guide, "Understand CloudFormation quotas").
pub const MAXIMUM_VALUE_BYTES: usize = 4096;

/// What `Ref` gives for a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ParameterValue {
    Text(String),
    List(Vec<String>),
}

/// A parameter that a template declares.
#[derive(Debug)]
pub(super) struct Declaration {
    kind: Kind,
    default: Option<String>,
    allowed_values: Option<Vec<String>>,
    allowed_pattern: Option<Pattern>,
    minimum_length: Option<f64>,
    maximum_length: Option<f64>,
    minimum_value: Option<f64>,
    maximum_value: Option<f64>,
    constraint_description: Option<String>,
    echo: Echo,
}

/// NoEcho.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Echo {
    Shown,
    Masked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    TextList,
    NumberList,
}

#[derive(Debug)]
struct Pattern {
    text: String,
    whole: Regex,
}

/// Why a declaration or a value is refused.
#[derive(Debug, thiserror::Error)]
pub enum ParameterError {
    /// A type that CloudFormation does not have, or one that needs what only AWS can look up.
    #[error(
        "{path}: the parameter type {found} is not supported; supported: String, Number, List<Number>, CommaDelimitedList, AWS::EC2::…, List<AWS::EC2::…>, AWS::Route53::HostedZone::Id, AWS::SSM::Parameter::Name"
    )]
    Type {
        /// Where it stands.
        path: String,
        /// The type that stands there.
        found: String,
    },
    /// A member of a declaration that does not exist, does not fit its type or has a wrong value.
    #[error("{path}: expected {expected}")]
    Declaration {
        /// Where it stands.
        path: String,
        /// What should stand there.
        expected: &'static str,
    },
    /// The pattern is no regular expression that can be checked here.
    #[error(
        "{path}: a regular expression that is not valid, or uses what only Java's can (look-around, back references)"
    )]
    Pattern {
        /// Where it stands.
        path: String,
        /// What the regular expression's reader says.
        #[source]
        source: regex_lite::Error,
    },
    /// Declared, without a Default, and not given. AWS's sentence.
    #[error("Parameters: [{}] must have values", .0.join(", "))]
    Missing(Vec<String>),
    /// Given, but not declared. AWS's sentence.
    #[error("Parameters: [{}] do not exist in the template", .0.join(", "))]
    Unknown(Vec<String>),
    /// A value outside the parameter's constraints. AWS's sentences.
    #[error("{}", refusal(.name, .rule, .description))]
    Value {
        /// The parameter.
        name: String,
        /// What the value must do.
        rule: String,
        /// The declaration's ConstraintDescription.
        description: Option<String>,
    },
}

fn refusal(name: &str, rule: &str, description: &Option<String>) -> String {
    match description {
        Some(description) => {
            format!("Parameter {name} failed to satisfy constraint: {description}")
        }
        None => format!("Parameter '{name}' {rule}"),
    }
}

impl Declaration {
    /// Reads what stands under `Parameters.NAME`.
    pub(super) fn read(members: &Map<String, Value>, path: &str) -> Result<Self, ParameterError> {
        let at = |name: &str| format!("{path}.{name}");
        let wrong = |name: &str, expected| ParameterError::Declaration { path: at(name), expected };
        let text = |name: &str| match members.get(name) {
            None => Ok(None),
            Some(value) => scalar(value).map(Some).ok_or_else(|| wrong(name, "a string")),
        };
        let number = |name: &str| match text(name)? {
            None => Ok(None),
            Some(text) => number(&text).map(Some).ok_or_else(|| wrong(name, "a number")),
        };
        let kind_name = text("Type")?.ok_or_else(|| wrong("Type", "a parameter type"))?;
        let kind = Kind::from_name(&kind_name)
            .ok_or_else(|| ParameterError::Type { path: at("Type"), found: kind_name })?;
        for name in members.keys() {
            match name.as_str() {
                "Type"
                | "Default"
                | "AllowedValues"
                | "ConstraintDescription"
                | "Description"
                | "NoEcho" => {}
                "AllowedPattern" | "MinLength" | "MaxLength" if !kind.is_numeric() => {}
                "MinValue" | "MaxValue" if kind.is_numeric() => {}
                _ => return Err(wrong(name, "no member of this name in a parameter of this type")),
            }
        }
        text("Description")?;
        Ok(Declaration {
            kind,
            default: text("Default")?,
            allowed_values: match members.get("AllowedValues") {
                None => None,
                Some(Value::Array(items)) => Some(
                    items
                        .iter()
                        .map(scalar)
                        .collect::<Option<_>>()
                        .ok_or_else(|| wrong("AllowedValues", "a list of strings"))?,
                ),
                Some(_) => return Err(wrong("AllowedValues", "a list of strings")),
            },
            allowed_pattern: text("AllowedPattern")?
                .map(|pattern| Pattern::new(pattern, at("AllowedPattern")))
                .transpose()?,
            minimum_length: number("MinLength")?,
            maximum_length: number("MaxLength")?,
            minimum_value: number("MinValue")?,
            maximum_value: number("MaxValue")?,
            constraint_description: text("ConstraintDescription")?,
            echo: match text("NoEcho")?.as_deref() {
                None | Some("false") => Echo::Shown,
                Some("true") => Echo::Masked,
                Some(_) => return Err(wrong("NoEcho", "true or false")),
            },
        })
    }

    /// Checks a value (given or the Default) and reads it as the type says.
    fn value(&self, name: &str, text: &str) -> Result<ParameterValue, ParameterError> {
        let refuse = |rule: String| ParameterError::Value {
            name: name.to_owned(),
            rule,
            description: self.constraint_description.clone(),
        };
        if text.len() > MAXIMUM_VALUE_BYTES {
            return Err(refuse(format!("must have at most {MAXIMUM_VALUE_BYTES} bytes")));
        }
        if self.kind.is_list() {
            let items: Vec<String> = text.split(',').map(|item| item.trim().to_owned()).collect();
            items.iter().try_for_each(|item| self.check(item).map_err(refuse))?;
            Ok(ParameterValue::List(items))
        } else {
            self.check(text).map_err(refuse)?;
            Ok(ParameterValue::Text(text.to_owned()))
        }
    }

    /// One value, or one item of a list; the error is what it must do.
    fn check(&self, text: &str) -> Result<(), String> {
        if self.kind.is_numeric() {
            let number = number(text).ok_or("must be a number")?;
            if let Some(minimum) = self.minimum_value.filter(|minimum| number < *minimum) {
                return Err(format!("must be a number not less than {minimum}"));
            }
            if let Some(maximum) = self.maximum_value.filter(|maximum| number > *maximum) {
                return Err(format!("must be a number not greater than {maximum}"));
            }
        }
        let length = text.chars().count() as f64;
        if let Some(minimum) = self.minimum_length.filter(|minimum| length < *minimum) {
            return Err(format!("must contain at least {minimum} characters"));
        }
        if let Some(maximum) = self.maximum_length.filter(|maximum| length > *maximum) {
            return Err(format!("must contain at most {maximum} characters"));
        }
        if self.allowed_pattern.as_ref().is_some_and(|pattern| !pattern.whole.is_match(text)) {
            let pattern = self.allowed_pattern.as_ref().map_or("", |pattern| &pattern.text);
            return Err(format!("must match pattern {pattern}"));
        }
        if self.allowed_values.as_ref().is_some_and(|allowed| !allowed.iter().any(|v| v == text)) {
            return Err("must be one of AllowedValues".to_owned());
        }
        Ok(())
    }
}

impl Kind {
    fn from_name(name: &str) -> Option<Self> {
        // AWS::EC2::… and the like are names that AWS checks against the account; here they are text.
        let is_name_in_account = |name: &str| {
            name.starts_with("AWS::EC2::")
                || name == "AWS::Route53::HostedZone::Id"
                || name == "AWS::SSM::Parameter::Name"
        };
        match name {
            "String" => Some(Kind::Text),
            "Number" => Some(Kind::Number),
            "List<Number>" => Some(Kind::NumberList),
            "CommaDelimitedList" => Some(Kind::TextList),
            _ if is_name_in_account(name) => Some(Kind::Text),
            _ => {
                let item = name.strip_prefix("List<")?.strip_suffix('>')?;
                is_name_in_account(item).then_some(Kind::TextList)
            }
        }
    }

    fn is_numeric(self) -> bool {
        matches!(self, Kind::Number | Kind::NumberList)
    }

    fn is_list(self) -> bool {
        matches!(self, Kind::TextList | Kind::NumberList)
    }
}

impl Pattern {
    fn new(text: String, path: String) -> Result<Self, ParameterError> {
        // Alone first: `a)|(b` must not become valid by the brackets around it.
        match Regex::new(&text).and_then(|_| Regex::new(&format!(r"\A(?:{text})\z"))) {
            Ok(whole) => Ok(Pattern { text, whole }),
            Err(source) => Err(ParameterError::Pattern { path, source }),
        }
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// The value of each declared parameter: as given, else its Default.
pub(super) fn resolve(
    declarations: &BTreeMap<String, Declaration>,
    given: &ParameterValues,
) -> Result<BTreeMap<String, ParameterValue>, ParameterError> {
    let unknown: BTreeSet<_> =
        given.names().filter(|name| !declarations.contains_key(*name)).cloned().collect();
    if !unknown.is_empty() {
        return Err(ParameterError::Unknown(unknown.into_iter().collect()));
    }
    let mut values = BTreeMap::new();
    let mut missing = Vec::new();
    for (name, declaration) in declarations {
        match given.get(name).or(declaration.default.as_deref()) {
            Some(text) => {
                values.insert(name.clone(), declaration.value(name, text)?);
            }
            None => missing.push(name.clone()),
        }
    }
    if missing.is_empty() { Ok(values) } else { Err(ParameterError::Missing(missing)) }
}

/// The values as CloudFormation shows them.
pub(super) fn shown(
    declarations: &BTreeMap<String, Declaration>,
    values: &BTreeMap<String, ParameterValue>,
) -> BTreeMap<String, String> {
    let is_masked =
        |name: &String| declarations.get(name).is_none_or(|found| found.echo == Echo::Masked);
    let shown = |(name, value): (&String, &ParameterValue)| {
        let text = match value {
            _ if is_masked(name) => "****".to_owned(),
            ParameterValue::Text(text) => text.clone(),
            ParameterValue::List(items) => items.join(","),
        };
        (name.clone(), text)
    };
    values.iter().map(shown).collect()
}

#[cfg(test)]
mod tests;
