//! Reads the properties of one resource: each by its type, with CloudFormation's coercions, and none
//! left over that is not inert.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::resources::{ResourceError, ResourceType};
use super::{inert, scalar};

/// The properties of a resource, or of an object inside them.
pub(super) struct Properties<'a> {
    resource_type: ResourceType,
    /// `Resources.NAME.Properties…`.
    path: String,
    /// The path from Properties on, without indexes, as the table of inert properties has it.
    relative: String,
    values: &'a Map<String, Value>,
    read: BTreeSet<&'static str>,
}

type Result<T> = std::result::Result<T, ResourceError>;

impl<'a> Properties<'a> {
    /// Reads with `read`, then refuses what it did not ask for, unless it is inert.
    pub(super) fn read<T>(
        resource_type: ResourceType,
        path: String,
        values: &'a Map<String, Value>,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let properties = Properties {
            resource_type,
            path,
            relative: String::new(),
            values,
            read: BTreeSet::new(),
        };
        properties.finish(read)
    }

    fn finish<T>(mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let result = read(&mut self)?;
        for (name, value) in self.values {
            if self.read.contains(name.as_str()) {
                continue;
            }
            match inert::find(self.resource_type, &self.relative_path(name)) {
                None => {
                    return Err(ResourceError::Unsupported {
                        path: self.path(name),
                        resource_type: self.resource_type.name(),
                        supported: self.read.iter().copied().collect::<Vec<_>>().join(", "),
                    });
                }
                Some(shape) => {
                    if let Some(expected) = shape.mismatch(value) {
                        return Err(self.wrong_type(name, expected));
                    }
                }
            }
        }
        Ok(result)
    }

    /// Where a property stands (or would).
    pub(super) fn path(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    fn relative_path(&self, name: &str) -> String {
        if self.relative.is_empty() { name.to_owned() } else { format!("{}.{name}", self.relative) }
    }

    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<String>> {
        match self.take(name) {
            None => Ok(None),
            Some(value) => scalar(value).map(Some).ok_or_else(|| self.wrong_type(name, "a string")),
        }
    }

    pub(super) fn required_text(&mut self, name: &'static str) -> Result<String> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    /// An integer within `range`; also its text.
    pub(super) fn integer(
        &mut self,
        name: &'static str,
        range: RangeInclusive<i64>,
    ) -> Result<Option<i64>> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let integer = match value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        let integer = integer.ok_or_else(|| self.wrong_type(name, "an integer"))?;
        if !range.contains(&integer) {
            let expected = format!("an integer from {} to {}", range.start(), range.end());
            return Err(self.invalid(name, expected));
        }
        Ok(Some(integer))
    }

    /// An integer of 0 or more that a `u32` holds.
    pub(super) fn count(
        &mut self,
        name: &'static str,
        range: RangeInclusive<u32>,
    ) -> Result<Option<u32>> {
        let range = i64::from(*range.start())..=i64::from(*range.end());
        let integer = self.integer(name, range)?;
        Ok(integer.and_then(|integer| u32::try_from(integer).ok()))
    }

    /// A number of 0 or more; also its text.
    pub(super) fn number(&mut self, name: &'static str) -> Result<Option<f64>> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        match number {
            Some(number) if number.is_finite() && number >= 0.0 => Ok(Some(number)),
            _ => Err(self.wrong_type(name, "a number of 0 or more")),
        }
    }

    /// A boolean; also its text.
    pub(super) fn boolean(&mut self, name: &'static str) -> Result<Option<bool>> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(*value)),
            Some(Value::String(text)) if text == "true" => Ok(Some(true)),
            Some(Value::String(text)) if text == "false" => Ok(Some(false)),
            Some(_) => Err(self.wrong_type(name, "true or false")),
        }
    }

    pub(super) fn texts(&mut self, name: &'static str) -> Result<Option<Vec<String>>> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Array(items)) => {
                let texts: Option<Vec<String>> = items.iter().map(scalar).collect();
                texts.map(Some).ok_or_else(|| self.wrong_type(name, "a list of strings"))
            }
            Some(_) => Err(self.wrong_type(name, "a list of strings")),
        }
    }

    /// Names and strings, both free.
    pub(super) fn text_map(&mut self, name: &'static str) -> Result<BTreeMap<String, String>> {
        let mut texts = BTreeMap::new();
        for (key, value) in self.map(name)?.into_iter().flatten() {
            let text = scalar(value).ok_or_else(|| ResourceError::WrongType {
                path: format!("{}.{key}", self.path(name)),
                expected: "a string",
            })?;
            texts.insert(key.clone(), text);
        }
        Ok(texts)
    }

    /// A free object: a policy.
    pub(super) fn required_object(&mut self, name: &'static str) -> Result<Value> {
        match self.take(name) {
            None => Err(self.missing(name)),
            Some(value @ Value::Object(_)) => Ok(value.clone()),
            Some(_) => Err(self.wrong_type(name, "a mapping")),
        }
    }

    /// A property that may be of several kinds.
    pub(super) fn any(&mut self, name: &'static str) -> Option<&'a Value> {
        self.take(name)
    }

    /// An object with properties of its own.
    pub(super) fn object<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Properties<'a>) -> Result<T>,
    ) -> Result<Option<T>> {
        let Some(value) = self.take(name) else { return Ok(None) };
        self.within(name, self.path(name), value)?.finish(read).map(Some)
    }

    /// A list of objects with properties of their own.
    pub(super) fn objects<T>(
        &mut self,
        name: &'static str,
        mut read: impl FnMut(&mut Properties<'a>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let items = match self.take(name) {
            None => return Ok(Vec::new()),
            Some(Value::Array(items)) => items,
            Some(_) => return Err(self.wrong_type(name, "a list of mappings")),
        };
        let mut objects = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let path = format!("{}[{index}]", self.path(name));
            objects.push(self.within(name, path, item)?.finish(&mut read)?);
        }
        Ok(objects)
    }

    /// Free names, each with an object that has properties of its own.
    pub(super) fn object_map<T>(
        &mut self,
        name: &'static str,
        mut read: impl FnMut(&mut Properties<'a>) -> Result<T>,
    ) -> Result<BTreeMap<String, T>> {
        let mut objects = BTreeMap::new();
        for (key, value) in self.map(name)?.into_iter().flatten() {
            let path = format!("{}.{key}", self.path(name));
            objects.insert(key.clone(), self.within(name, path, value)?.finish(&mut read)?);
        }
        Ok(objects)
    }

    pub(super) fn missing(&self, name: &str) -> ResourceError {
        ResourceError::Missing { path: self.path(name) }
    }

    pub(super) fn invalid(&self, name: &str, expected: impl Into<String>) -> ResourceError {
        ResourceError::Invalid { path: self.path(name), expected: expected.into() }
    }

    pub(super) fn not_played(
        &self,
        name: &str,
        value: &str,
        reason: &'static str,
    ) -> ResourceError {
        ResourceError::NotPlayed { path: self.path(name), value: value.to_owned(), reason }
    }

    fn wrong_type(&self, name: &str, expected: &'static str) -> ResourceError {
        ResourceError::WrongType { path: self.path(name), expected }
    }

    fn take(&mut self, name: &'static str) -> Option<&'a Value> {
        self.read.insert(name);
        self.values.get(name)
    }

    fn map(&mut self, name: &'static str) -> Result<Option<&'a Map<String, Value>>> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Object(members)) => Ok(Some(members)),
            Some(_) => Err(self.wrong_type(name, "a mapping")),
        }
    }

    fn within(&self, name: &str, path: String, value: &'a Value) -> Result<Properties<'a>> {
        let values = value.as_object().ok_or_else(|| ResourceError::WrongType {
            path: path.clone(),
            expected: "a mapping",
        })?;
        Ok(Properties {
            resource_type: self.resource_type,
            path,
            relative: self.relative_path(name),
            values,
            read: BTreeSet::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check<T: PartialEq + std::fmt::Debug>(
        values: Value,
        read: impl FnOnce(&mut Properties<'_>) -> Result<T>,
        expected: std::result::Result<T, &str>,
    ) {
        let found = Properties::read(
            ResourceType::Stage,
            "P".to_owned(),
            values.as_object().unwrap(),
            |p| read(p),
        );
        assert_eq!(
            found.map_err(|error| error.to_string()),
            expected.map_err(str::to_owned),
            "{values}"
        );
    }

    #[test]
    fn strings_stand_for_other_types_and_others_for_strings() {
        check(json!({"A": "30"}), |p| p.integer("A", 1..=30), Ok(Some(30)));
        check(json!({"A": 30}), |p| p.integer("A", 1..=30), Ok(Some(30)));
        check(json!({"A": "true"}), |p| p.boolean("A"), Ok(Some(true)));
        check(json!({"A": false}), |p| p.boolean("A"), Ok(Some(false)));
        check(json!({"A": 30}), |p| p.text("A"), Ok(Some("30".to_owned())));
        check(json!({"A": true}), |p| p.text("A"), Ok(Some("true".to_owned())));
        check(json!({"A": "0.5"}), |p| p.number("A"), Ok(Some(0.5)));
        check(
            json!({"A": [1, "b"]}),
            |p| p.texts("A"),
            Ok(Some(vec!["1".to_owned(), "b".to_owned()])),
        );
        check(json!({}), |p| p.text("A"), Ok(None));
    }

    #[test]
    fn wrong_types_are_refused() {
        check(json!({"A": 30.5}), |p| p.integer("A", 1..=30), Err("P.A: expected an integer"));
        check(json!({"A": "x"}), |p| p.integer("A", 1..=30), Err("P.A: expected an integer"));
        check(
            json!({"A": 31}),
            |p| p.integer("A", 1..=30),
            Err("P.A: expected an integer from 1 to 30"),
        );
        check(json!({"A": "yes"}), |p| p.boolean("A"), Err("P.A: expected true or false"));
        check(json!({"A": []}), |p| p.text("A"), Err("P.A: expected a string"));
        check(json!({"A": "a"}), |p| p.texts("A"), Err("P.A: expected a list of strings"));
        check(json!({"A": [[]]}), |p| p.texts("A"), Err("P.A: expected a list of strings"));
        check(json!({"A": -1}), |p| p.number("A"), Err("P.A: expected a number of 0 or more"));
        check(json!({"A": "NaN"}), |p| p.number("A"), Err("P.A: expected a number of 0 or more"));
        check(json!({"A": {"b": []}}), |p| p.text_map("A"), Err("P.A.b: expected a string"));
        check(json!({"A": "{}"}), |p| p.required_object("A"), Err("P.A: expected a mapping"));
        check(json!({"A": [1]}), |p| p.objects("A", |_| Ok(())), Err("P.A[0]: expected a mapping"));
        check(json!({}), |p| p.required_text("A"), Err("P.A: required and missing"));
    }

    #[test]
    fn what_nobody_asked_for_is_refused_or_inert() {
        check(
            json!({"A": 1, "B": 2}),
            |p| p.text("A").map(|_| ()),
            Err("P.B: AWS::ApiGatewayV2::Stage: this property is not supported; supported: A"),
        );
        check(
            json!({"A": [{"B": 1}]}),
            |p| p.objects("A", |_| Ok(())).map(|_| ()),
            Err("P.A[0].B: AWS::ApiGatewayV2::Stage: this property is not supported; supported: "),
        );
        check(json!({"Description": "d"}), |_| Ok(()), Ok(()));
        check(json!({"Description": []}), |_| Ok(()), Err("P.Description: expected a string"));
        check(
            json!({"RouteSettings": {"$connect": {"LoggingLevel": "INFO"}}}),
            |p| p.object_map("RouteSettings", |_| Ok(())).map(|map| map.len()),
            Ok(1),
        );
        check(
            json!({"LoggingLevel": "INFO"}),
            |_| Ok(()),
            Err(
                "P.LoggingLevel: AWS::ApiGatewayV2::Stage: this property is not supported; supported: ",
            ),
        );
    }
}
