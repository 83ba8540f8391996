//! The parameter values that a user gives: a file in the AWS CLI's form, and `NAME=VALUE` pairs.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::Error;

/// Parameter values by name. Some may be secret (`NoEcho`), so `Debug` shows the names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ParameterValues(BTreeMap<String, String>);

/// Why values cannot be taken. No message shows a value.
#[derive(Debug, thiserror::Error)]
pub enum ParameterValuesError {
    /// The text is not JSON; the source says where.
    #[error("the parameters are not JSON")]
    Json(#[source] serde_json::Error),
    /// The JSON is not of the CLI's form.
    #[error(
        "parameters must have the AWS CLI's form: [{{\"ParameterKey\": \"NAME\", \"ParameterValue\": \"VALUE\"}}, …]"
    )]
    NotAList,
    /// An entry (counted from 0) has other members than ParameterKey and ParameterValue, or one that is
    /// not a string. (UsePreviousValue and ResolvedValue are for a stack that exists already.)
    #[error(
        "parameters[{0}]: expected a ParameterKey and a ParameterValue, both strings, and no more"
    )]
    Entry(usize),
    /// Two entries have one name.
    #[error("parameter {0} is given twice")]
    Repeated(String),
    /// A pair without a name before its first `=`.
    #[error("a parameter must be given as NAME=VALUE")]
    NotAPair,
}

impl ParameterValues {
    /// Reads the AWS CLI's form, `[{"ParameterKey": "NAME", "ParameterValue": "VALUE"}, …]`.
    ///
    /// # Errors
    ///
    /// [`ParameterValuesError::Json`], [`ParameterValuesError::NotAList`] and
    /// [`ParameterValuesError::Entry`] for any other shape; [`ParameterValuesError::Repeated`] when a
    /// name comes twice.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let document = serde_json::from_str(text).map_err(ParameterValuesError::Json)?;
        let Value::Array(entries) = document else {
            return Err(ParameterValuesError::NotAList.into());
        };
        let mut values = ParameterValues::default();
        for (index, entry) in entries.iter().enumerate() {
            let (name, value) = pair(entry).ok_or(ParameterValuesError::Entry(index))?;
            if values.0.insert(name.to_owned(), value.to_owned()).is_some() {
                return Err(ParameterValuesError::Repeated(name.to_owned()).into());
            }
        }
        Ok(values)
    }

    /// Sets the value of a `NAME=VALUE` pair, whatever was given before.
    ///
    /// # Errors
    ///
    /// [`ParameterValuesError::NotAPair`] when there is no `=`, or no name before it.
    pub fn set_pair(&mut self, pair: &str) -> Result<(), Error> {
        match pair.split_once('=') {
            Some((name, value)) if !name.is_empty() => {
                self.set(name, value);
                Ok(())
            }
            _ => Err(ParameterValuesError::NotAPair.into()),
        }
    }

    /// Sets a value, whatever was given before.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }
}

/// The name and the value of one entry of the CLI's form.
fn pair(entry: &Value) -> Option<(&str, &str)> {
    let members = entry.as_object().filter(|members| members.len() == 2)?;
    Some((members.get("ParameterKey")?.as_str()?, members.get("ParameterValue")?.as_str()?))
}

impl fmt::Debug for ParameterValues {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as _;

    fn check(text: &str, expected: Result<&[(&str, &str)], &str>) {
        match (ParameterValues::from_json(text), expected) {
            (Ok(values), Ok(expected)) => {
                let found: Vec<_> =
                    values.0.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
                assert_eq!(found, expected, "{text}");
            }
            (Err(error), Err(expected)) => {
                let source = error.source().map(ToString::to_string).unwrap_or_default();
                let chain = format!("{error}: {source}");
                assert!(chain.contains(expected), "{chain:?} lacks {expected:?}");
                assert!(!chain.contains("MARKER"), "{chain:?} shows a value");
            }
            (found, _) => panic!("{text}: {found:?}"),
        }
    }

    #[test]
    fn the_cli_form_is_read() {
        check("[]", Ok(&[]));
        check(
            r#"[{"ParameterKey": "B", "ParameterValue": ""}, {"ParameterKey": "A", "ParameterValue": "1=2"}]"#,
            Ok(&[("A", "1=2"), ("B", "")]),
        );
    }

    #[test]
    fn other_shapes_are_refused() {
        check(r#"{"A": "MARKER"}"#, Err("AWS CLI's form"));
        check(r#"{"Parameters": []}"#, Err("AWS CLI's form"));
        check("", Err("not JSON"));
        check("[", Err("not JSON"));
        let entry = Err("parameters[0]: expected a ParameterKey and a ParameterValue");
        check(r#"["A=MARKER"]"#, entry);
        check(r#"[{"ParameterKey": "A"}]"#, entry);
        check(r#"[{"ParameterKey": "A", "ParameterValue": 7001}]"#, entry);
        check(r#"[{"ParameterKey": "A", "UsePreviousValue": true}]"#, entry);
        check(
            r#"[{"ParameterKey": "A", "ParameterValue": "MARKER", "ResolvedValue": "b"}]"#,
            entry,
        );
        check(
            r#"[{"ParameterKey": "A", "ParameterValue": "1"}, {"ParameterKey": "A", "ParameterValue": "MARKER"}]"#,
            Err("parameter A is given twice"),
        );
    }

    #[test]
    fn pairs_win() {
        let mut values =
            ParameterValues::from_json(r#"[{"ParameterKey": "A", "ParameterValue": "1"}]"#)
                .unwrap();
        values.set_pair("A=2=3").unwrap();
        values.set_pair("B=").unwrap();
        assert_eq!(
            (values.get("A"), values.get("B"), values.get("C")),
            (Some("2=3"), Some(""), None)
        );
        assert!(values.set_pair("A").is_err());
        assert!(values.set_pair("=A").is_err());
    }

    #[test]
    fn values_are_not_shown() {
        let mut values = ParameterValues::default();
        values.set("Password", "MARKER");
        assert_eq!(format!("{values:?}"), r#"{"Password"}"#);
    }
}
