//! Conditions and Rules: what is true of the parameters (CloudFormation User Guide, "Condition
//! functions" and "Rule-specific intrinsic functions").

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::error::{EvaluationError, RuleError, Section};
use super::graph;
use super::intrinsics::{Evaluator, expected};
use super::references::function;

/// How many conditions `Fn::And` and `Fn::Or` take.
const OPERANDS: std::ops::RangeInclusive<usize> = 2..=10;

/// The value of every condition.
pub(super) fn conditions(
    declarations: &Map<String, Value>,
    evaluator: Evaluator<'_>,
) -> Result<BTreeMap<String, bool>, EvaluationError> {
    let mut dependencies = graph::Dependencies::new();
    for (name, declaration) in declarations {
        let path = format!("Conditions.{name}");
        let mut needed = BTreeSet::new();
        named_conditions(declaration, &mut needed);
        if let Some(unknown) = needed.iter().find(|name| !declarations.contains_key(*name)) {
            return Err(EvaluationError::UnresolvedCondition {
                name: unknown.clone(),
                section: Section::Conditions,
                path,
            });
        }
        dependencies.insert(name.clone(), needed);
    }
    let mut values = BTreeMap::new();
    for name in graph::order(&dependencies).map_err(EvaluationError::CircularConditions)? {
        if let Some(declaration) = declarations.get(&name) {
            let evaluator =
                Evaluator { conditions: &values, section: Section::Conditions, ..evaluator };
            let holds = evaluator.holds(declaration, &format!("Conditions.{name}"))?;
            values.insert(name, holds);
        }
    }
    Ok(values)
}

/// The names under `Condition` and in `Fn::If`, anywhere in a condition.
fn named_conditions(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match (name.as_str(), member) {
                    ("Condition", Value::String(condition)) => {
                        found.insert(condition.clone());
                    }
                    ("Fn::If", Value::Array(items)) => {
                        found.extend(items.first().and_then(Value::as_str).map(str::to_owned));
                        items.iter().for_each(|item| named_conditions(item, found));
                    }
                    _ => named_conditions(member, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| named_conditions(item, found)),
        _ => {}
    }
}

/// Why a rule does not hold, or cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error(transparent)]
    Assertion(#[from] RuleError),
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
}

/// Checks one rule: when its RuleCondition holds (or is absent), all its assertions must hold.
pub(super) fn check_rule(
    evaluator: &Evaluator<'_>,
    rule: &Value,
    path: &str,
) -> Result<(), Broken> {
    let members = rule.as_object().ok_or_else(|| expected(path, "a rule"))?;
    if let Some(name) =
        members.keys().find(|name| *name != "RuleCondition" && *name != "Assertions")
    {
        return Err(expected(&format!("{path}.{name}"), "only RuleCondition and Assertions").into());
    }
    if let Some(condition) = members.get("RuleCondition")
        && !evaluator.holds(condition, &format!("{path}.RuleCondition"))?
    {
        return Ok(());
    }
    let Some(Value::Array(assertions)) = members.get("Assertions") else {
        return Err(expected(&format!("{path}.Assertions"), "a list of assertions").into());
    };
    for (index, assertion) in assertions.iter().enumerate() {
        let path = format!("{path}.Assertions[{index}]");
        let members = assertion.as_object().ok_or_else(|| expected(&path, "an assertion"))?;
        let is_known = |name: &str| name == "Assert" || name == "AssertDescription";
        if let Some(name) = members.keys().find(|name| !is_known(name)) {
            return Err(
                expected(&format!("{path}.{name}"), "only Assert and AssertDescription").into()
            );
        }
        let assert = members.get("Assert").ok_or_else(|| expected(&path, "an Assert"))?;
        let description = match members.get("AssertDescription") {
            None => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(_) => {
                return Err(expected(&format!("{path}.AssertDescription"), "a string").into());
            }
        };
        if !evaluator.holds(assert, &format!("{path}.Assert"))? {
            return Err(RuleError { path, description }.into());
        }
    }
    Ok(())
}

impl Evaluator<'_> {
    /// The truth of a condition: one logical function.
    pub(super) fn holds(&self, value: &Value, path: &str) -> Result<bool, EvaluationError> {
        let members = value.as_object().ok_or_else(|| expected(path, "a condition function"))?;
        if let (1, Some(name)) = (members.len(), members.get("Condition"))
            && self.section == Section::Conditions
        {
            let name = name.as_str().ok_or_else(|| expected(path, "the name of a condition"))?;
            return self.conditions.get(name).copied().ok_or_else(|| {
                EvaluationError::UnresolvedCondition {
                    name: name.to_owned(),
                    section: self.section,
                    path: path.to_owned(),
                }
            });
        }
        let (name, argument) =
            function(members, path)?.ok_or_else(|| expected(path, "a condition function"))?;
        let path = &format!("{path}.{name}");
        let operands = argument.as_array().ok_or_else(|| expected(path, "a list"))?.as_slice();
        let several = |operands: &[Value]| -> Result<Vec<bool>, EvaluationError> {
            if !OPERANDS.contains(&operands.len()) {
                return Err(expected(path, "2 to 10 conditions"));
            }
            let all = operands.iter().enumerate();
            all.map(|(index, operand)| self.holds(operand, &format!("{path}[{index}]"))).collect()
        };
        let is_rule = self.section == Section::Rules;
        match (name, operands) {
            ("Fn::And", _) => Ok(several(operands)?.into_iter().all(|holds| holds)),
            ("Fn::Or", _) => Ok(several(operands)?.into_iter().any(|holds| holds)),
            ("Fn::Not", [operand]) => Ok(!self.holds(operand, &format!("{path}[0]"))?),
            ("Fn::Equals", [left, right]) => Ok(self.text(left, &format!("{path}[0]"))?
                == self.text(right, &format!("{path}[1]"))?),
            ("Fn::Contains", [list, value]) if is_rule => {
                let value = self.text(value, &format!("{path}[1]"))?;
                Ok(self.texts(list, &format!("{path}[0]"))?.contains(&value))
            }
            ("Fn::EachMemberEquals", [list, value]) if is_rule => {
                let value = self.text(value, &format!("{path}[1]"))?;
                Ok(self.texts(list, &format!("{path}[0]"))?.iter().all(|item| *item == value))
            }
            ("Fn::EachMemberIn", [list, allowed]) if is_rule => {
                let allowed = self.texts(allowed, &format!("{path}[1]"))?;
                Ok(self
                    .texts(list, &format!("{path}[0]"))?
                    .iter()
                    .all(|item| allowed.contains(item)))
            }
            ("Fn::Not", _) => Err(expected(path, "one condition")),
            ("Fn::Equals", _) => Err(expected(path, "two values")),
            ("Fn::Contains" | "Fn::EachMemberEquals" | "Fn::EachMemberIn", _) if is_rule => {
                Err(expected(path, "a list and what it is compared with"))
            }
            _ => Err(EvaluationError::FunctionNotHere {
                path: path.clone(),
                function: name.to_owned(),
                section: self.section,
            }),
        }
    }
}

#[cfg(test)]
mod tests;
