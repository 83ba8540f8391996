//! From JSON to a policy, strictly: what IAM would refuse, and what `local` would not understand, is an
//! error that names the place, such as `Statement[1].Action[0]`.
//!
//! IAM User Guide, "Grammar of the IAM JSON policy language" and the pages of the elements.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::condition::Condition;
use super::document::{
    Effect, Policy, PolicyUse, PrincipalClass, PrincipalName, Selection, Statement, Version,
};
use super::error::{PolicyError, Problem};
use super::operator::Operator;
use super::pattern::Pattern;
use super::variables::Template;

impl Policy {
    /// Reads a policy document, the JSON shape of the IAM User Guide:
    /// `{"Version", "Id"?, "Statement": [{"Sid"?, "Effect", "Action"|"NotAction",
    /// "Resource"|"NotResource" (permissions), "Principal"|"NotPrincipal" (trust), "Condition"?}]}`.
    /// `Statement` may be one object, and every list one text.
    ///
    /// `Id` is refused in permissions policies, as the grammar asks.
    pub(crate) fn parse(
        name: &str,
        document: &Value,
        used_as: PolicyUse,
    ) -> Result<Self, PolicyError> {
        let place = Place::root();
        let elements = place.object(document)?;
        for (element, value) in elements {
            let here = place.element(element);
            match (element.as_str(), used_as) {
                ("Version" | "Statement", _) => {}
                ("Id", PolicyUse::Trust) => {
                    here.text(value)?;
                }
                ("Id", PolicyUse::Permissions) => {
                    return Err(here.error(Problem::NotAllowedIn("a permissions policy")));
                }
                _ => return Err(here.error(Problem::UnknownElement)),
            }
        }
        let version = match elements.get("Version") {
            None => Version::V2008_10_17,
            Some(value) => parse_version(&place.element("Version"), value)?,
        };
        let statement = elements
            .get("Statement")
            .ok_or_else(|| place.error(Problem::Missing("the element Statement")))?;
        let here = place.element("Statement");
        let reader = StatementReader { version, used_as };
        let statements = match statement {
            Value::Array(list) if list.is_empty() => return Err(here.error(Problem::Empty)),
            Value::Array(list) => list
                .iter()
                .enumerate()
                .map(|(index, one)| reader.statement(&here.item(index), one))
                .collect::<Result<Vec<_>, _>>()?,
            one => vec![reader.statement(&here, one)?],
        };
        let mut sids = HashSet::new();
        for sid in statements.iter().filter_map(|statement| statement.sid.as_ref()) {
            if !sid.is_empty() && !sids.insert(sid) {
                return Err(here.error(Problem::RepeatedSid(sid.clone())));
            }
        }
        Ok(Self { name: name.to_owned(), statements })
    }
}

/// Where in the document we are, for messages.
struct Place(String);

impl Place {
    fn root() -> Self {
        Self(String::new())
    }

    fn element(&self, name: &str) -> Self {
        if self.0.is_empty() { Self(name.to_owned()) } else { Self(format!("{}.{name}", self.0)) }
    }

    fn item(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    fn error(&self, problem: Problem) -> PolicyError {
        let place = if self.0.is_empty() { "the policy".to_owned() } else { self.0.clone() };
        PolicyError { place, problem }
    }

    fn object<'a>(&self, value: &'a Value) -> Result<&'a Map<String, Value>, PolicyError> {
        value.as_object().ok_or_else(|| self.error(Problem::Expected("an object")))
    }

    fn text<'a>(&self, value: &'a Value) -> Result<&'a str, PolicyError> {
        value.as_str().ok_or_else(|| self.error(Problem::Expected("a text")))
    }

    /// A text or a list of texts, each with its place; at least one.
    fn texts<'a>(&self, value: &'a Value) -> Result<Vec<(Place, &'a str)>, PolicyError> {
        match value {
            Value::String(one) => Ok(vec![(Self(self.0.clone()), one)]),
            Value::Array(list) if list.is_empty() => Err(self.error(Problem::Empty)),
            Value::Array(list) => list
                .iter()
                .enumerate()
                .map(|(index, one)| {
                    let here = self.item(index);
                    let text = here.text(one)?;
                    Ok((here, text))
                })
                .collect(),
            _ => Err(self.error(Problem::Expected("a text or a list of texts"))),
        }
    }
}

fn parse_version(place: &Place, value: &Value) -> Result<Version, PolicyError> {
    match place.text(value)? {
        "2012-10-17" => Ok(Version::V2012_10_17),
        "2008-10-17" => Ok(Version::V2008_10_17),
        other => Err(place.error(Problem::NotOneOf {
            found: other.to_owned(),
            expected: "\"2012-10-17\", \"2008-10-17\"",
        })),
    }
}

#[derive(Clone, Copy)]
struct StatementReader {
    version: Version,
    used_as: PolicyUse,
}

impl StatementReader {
    fn statement(self, place: &Place, value: &Value) -> Result<Statement, PolicyError> {
        let elements = place.object(value)?;
        for element in elements.keys() {
            let problem = match (element.as_str(), self.used_as) {
                ("Sid" | "Effect" | "Action" | "NotAction" | "Condition", _)
                | ("Resource" | "NotResource", PolicyUse::Permissions)
                | ("Principal" | "NotPrincipal", PolicyUse::Trust) => continue,
                ("Resource" | "NotResource", PolicyUse::Trust) => {
                    Problem::NotAllowedIn("a trust policy")
                }
                ("Principal" | "NotPrincipal", PolicyUse::Permissions) => {
                    Problem::NotAllowedIn("a permissions policy")
                }
                _ => Problem::UnknownElement,
            };
            return Err(place.element(element).error(problem));
        }
        let sid = match elements.get("Sid") {
            None => None,
            Some(value) => Some(parse_sid(&place.element("Sid"), value)?),
        };
        let effect = match elements.get("Effect") {
            None => return Err(place.error(Problem::Missing("the element Effect"))),
            Some(value) => parse_effect(&place.element("Effect"), value)?,
        };
        let actions = selection(place, elements, ["Action", "NotAction"], |p, v| {
            p.texts(v)?.iter().map(|(here, text)| parse_action(here, text)).collect()
        })?;
        let (principals, resources) = match self.used_as {
            PolicyUse::Permissions => {
                let names = ["Resource", "NotResource"];
                let read = |p: &Place, v: &Value| {
                    p.texts(v)?.iter().map(|(here, text)| self.resource(here, text)).collect()
                };
                (None, selection(place, elements, names, read)?)
            }
            PolicyUse::Trust => {
                let names = ["Principal", "NotPrincipal"];
                let read = parse_principals;
                let principals = selection(place, elements, names, read)?;
                (Some(principals), Selection::NoneOf(Vec::new()))
            }
        };
        let conditions = match elements.get("Condition") {
            None => Vec::new(),
            Some(value) => self.conditions(&place.element("Condition"), value)?,
        };
        Ok(Statement { sid, effect, principals, actions, resources, conditions })
    }

    fn template(self, place: &Place, text: &str) -> Result<Template, PolicyError> {
        Template::parse(text, self.version).map_err(|error| place.error(Problem::Variable(error)))
    }

    /// `*`, or an ARN whose first three parts are fixed (a wildcard may stand for the partition). A
    /// wildcard at the very end stands for the parts that follow, so `arn:aws:dynamodb:*` is whole.
    fn resource(self, place: &Place, text: &str) -> Result<Template, PolicyError> {
        let template = self.template(place, text)?;
        if text == "*" {
            return Ok(template);
        }
        let malformed = || place.error(Problem::Resource(text.to_owned()));
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [scheme, partition, service, later @ ..] = parts.as_slice() else {
            return Err(malformed());
        };
        let is_service = !service.is_empty()
            && service
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || character == '-');
        let is_whole = later.len() == 3 || later.last().is_some_and(|last| last.ends_with('*'));
        if *scheme == "arn" && parts.iter().take(5).any(|part| part.contains("${")) {
            return Err(place.error(Problem::VariableInArn(text.to_owned())));
        }
        if *scheme != "arn" || partition.is_empty() || !is_service || !is_whole {
            return Err(malformed());
        }
        if later.len() == 3 && later.last().is_some_and(|resource| resource.is_empty()) {
            return Err(malformed());
        }
        Ok(template)
    }

    fn conditions(self, place: &Place, value: &Value) -> Result<Vec<Condition>, PolicyError> {
        let mut conditions = Vec::new();
        for (operator_name, keys) in place.object(value)? {
            let here = place.element(operator_name);
            let operator = Operator::parse(operator_name)
                .ok_or_else(|| place.error(Problem::Operator(operator_name.clone())))?;
            for (key, values) in here.object(keys)? {
                let at_key = here.element(key);
                if !is_condition_key(key) {
                    return Err(here.error(Problem::ConditionKey(key.clone())));
                }
                let values = condition_values(&at_key, values)?;
                let test = operator
                    .test(&values, self.version)
                    .map_err(|problem| at_key.error(problem))?;
                conditions.push(Condition {
                    key: key.clone(),
                    quantifier: operator.quantifier,
                    sense: operator.sense,
                    missing_key: operator.missing_key,
                    test,
                });
            }
        }
        Ok(conditions)
    }
}

/// Reads an element or its `Not` form; exactly one of the two must be there.
fn selection<T>(
    place: &Place,
    elements: &Map<String, Value>,
    [plain, negated]: [&'static str; 2],
    read: impl Fn(&Place, &Value) -> Result<Vec<T>, PolicyError>,
) -> Result<Selection<T>, PolicyError> {
    match (elements.get(plain), elements.get(negated)) {
        (Some(value), None) => read(&place.element(plain), value).map(Selection::AnyOf),
        (None, Some(value)) => read(&place.element(negated), value).map(Selection::NoneOf),
        (Some(_), Some(_)) => Err(place.error(Problem::Both(plain, negated))),
        (None, None) => Err(place.error(Problem::MissingEither(plain, negated))),
    }
}

fn parse_sid(place: &Place, value: &Value) -> Result<String, PolicyError> {
    let sid = place.text(value)?;
    if sid.chars().all(|character| character.is_ascii_alphanumeric()) {
        Ok(sid.to_owned())
    } else {
        Err(place.error(Problem::Sid(sid.to_owned())))
    }
}

fn parse_effect(place: &Place, value: &Value) -> Result<Effect, PolicyError> {
    match place.text(value)? {
        "Allow" => Ok(Effect::Allow),
        "Deny" => Ok(Effect::Deny),
        other => Err(place
            .error(Problem::NotOneOf { found: other.to_owned(), expected: "\"Allow\", \"Deny\"" })),
    }
}

fn parse_action(place: &Place, text: &str) -> Result<Pattern, PolicyError> {
    let is_action = text == "*"
        || text.split_once(':').is_some_and(|(service, name)| {
            !service.is_empty()
                && service.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
                && !name.is_empty()
                && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '*' | '?'))
        });
    if is_action {
        Ok(Pattern::new(&text.to_ascii_lowercase()))
    } else {
        Err(place.error(Problem::Action(text.to_owned())))
    }
}

fn parse_principals(place: &Place, value: &Value) -> Result<Vec<PrincipalName>, PolicyError> {
    let name = |class, text: &str, place: &Place| PrincipalName {
        class,
        text: text.to_owned(),
        place: place.0.clone(),
    };
    if let Value::String(text) = value {
        return if text == "*" {
            Ok(vec![name(PrincipalClass::Everyone, text, place)])
        } else {
            Err(place.error(Problem::Principal(text.clone())))
        };
    }
    let classes = place.object(value)?;
    if classes.is_empty() {
        return Err(place.error(Problem::Empty));
    }
    let mut names = Vec::new();
    for (class_name, texts) in classes {
        let here = place.element(class_name);
        let class = match class_name.as_str() {
            "AWS" => PrincipalClass::Aws,
            "Service" => PrincipalClass::Service,
            "Federated" => PrincipalClass::Federated,
            _ => return Err(here.error(Problem::UnknownElement)),
        };
        names.extend(here.texts(texts)?.iter().map(|(place, text)| name(class, text, place)));
    }
    Ok(names)
}

/// `aws:SourceIp`, `aws:RequestTag/x`, also `token.actions.githubusercontent.com:sub`.
fn is_condition_key(key: &str) -> bool {
    key.split_once(':').is_some_and(|(service, name)| {
        !service.is_empty()
            && service.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '/'))
            && !name.is_empty()
    })
}

/// Texts, numbers and booleans, in a list or alone, as texts. An empty list is one that matches nothing.
fn condition_values(place: &Place, value: &Value) -> Result<Vec<String>, PolicyError> {
    let one = |place: &Place, value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(boolean) => Ok(boolean.to_string()),
        _ => Err(place.error(Problem::Expected("a text, a number or a boolean"))),
    };
    match value {
        Value::Array(list) => {
            list.iter().enumerate().map(|(index, value)| one(&place.item(index), value)).collect()
        }
        value => Ok(vec![one(place, value)?]),
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
