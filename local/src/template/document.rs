//! The sections of a template, each read as far as it can be without parameter values
//! (CloudFormation User Guide, "CloudFormation template sections").

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::error::FormatError;
use super::parameters::Declaration;
use super::{Error, parse, scalar};

/// A CloudFormation template that is well formed.
#[derive(Debug)]
pub struct Template {
    pub(super) parameters: BTreeMap<String, Declaration>,
    pub(super) mappings: Map<String, Value>,
    pub(super) conditions: Map<String, Value>,
    pub(super) rules: Map<String, Value>,
    pub(super) resources: BTreeMap<String, ResourceDeclaration>,
    pub(super) outputs: BTreeMap<String, OutputDeclaration>,
}

#[derive(Debug)]
pub(super) struct ResourceDeclaration {
    pub(super) type_name: String,
    pub(super) condition: Option<String>,
    pub(super) depends_on: Vec<String>,
    pub(super) deletion_policy: Option<String>,
    pub(super) update_replace_policy: Option<String>,
    /// Of any shape. What it refers to is made first, and nothing else comes of it.
    pub(super) metadata: Value,
    pub(super) properties: Map<String, Value>,
}

#[derive(Debug)]
pub(super) struct OutputDeclaration {
    pub(super) condition: Option<String>,
    pub(super) description: Option<String>,
    pub(super) value: Value,
    /// The value of `Export.Name`.
    pub(super) export_name: Option<Value>,
}

type Result<T> = std::result::Result<T, FormatError>;

impl Template {
    /// Reads a template's text, YAML or JSON.
    ///
    /// # Errors
    ///
    /// [`Error::Parse`] when it is not the YAML that CloudFormation reads,
    /// [`Error::Format`] when a section or member is unknown, unsupported or of the wrong kind,
    /// [`Error::Parameter`] when a parameter's declaration is wrong.
    pub fn parse(text: &str) -> std::result::Result<Self, Error> {
        let mut sections = parse::parse(text)?;
        if let Some(version) = sections.remove("AWSTemplateFormatVersion")
            && version != "2010-09-09"
        {
            return Err(expected("AWSTemplateFormatVersion", "2010-09-09").into());
        }
        optional_text(&mut sections, "Description", "")?;
        sections.remove("Metadata");
        for (name, reason) in UNSUPPORTED_SECTIONS {
            if sections.contains_key(*name) {
                return Err(FormatError::Unsupported { path: (*name).to_owned(), reason }.into());
            }
        }
        let mut parameters = BTreeMap::new();
        for (name, declaration) in section(&mut sections, "Parameters")? {
            let path = format!("Parameters.{name}");
            let declaration = Declaration::read(&object(declaration, &path)?, &path)?;
            parameters.insert(name, declaration);
        }
        let mappings = section(&mut sections, "Mappings")?;
        mappings.iter().try_for_each(|(name, mapping)| check_mapping(name, mapping))?;
        let conditions = section(&mut sections, "Conditions")?;
        let rules = section(&mut sections, "Rules")?;
        let mut resources = BTreeMap::new();
        for (name, resource) in section(&mut sections, "Resources")? {
            if parameters.contains_key(&name) {
                return Err(FormatError::TwoMeanings(name).into());
            }
            let resource = ResourceDeclaration::read(resource, &format!("Resources.{name}"))?;
            resources.insert(name, resource);
        }
        if resources.is_empty() {
            return Err(FormatError::NoResources.into());
        }
        let mut outputs = BTreeMap::new();
        for (name, output) in section(&mut sections, "Outputs")? {
            let output = OutputDeclaration::read(output, &format!("Outputs.{name}"))?;
            outputs.insert(name, output);
        }
        if !sections.is_empty() {
            return Err(FormatError::Sections(sections.keys().cloned().collect()).into());
        }
        Ok(Template { parameters, mappings, conditions, rules, resources, outputs })
    }
}

const UNSUPPORTED_SECTIONS: &[(&str, &str)] = &[
    ("Transform", "macros run only on AWS"),
    ("Hooks", "there is no deployment that a hook could watch"),
];

const UNSUPPORTED_ATTRIBUTES: &[(&str, &str)] = &[
    ("CreationPolicy", "there is nothing that signals"),
    ("UpdatePolicy", "a stack is never updated here"),
];

impl ResourceDeclaration {
    fn read(value: Value, path: &str) -> Result<Self> {
        let mut members = object(value, path)?;
        let resource = ResourceDeclaration {
            type_name: text(&mut members, "Type", path)?,
            condition: optional_text(&mut members, "Condition", path)?,
            depends_on: match members.remove("DependsOn") {
                None => Vec::new(),
                Some(Value::String(name)) => vec![name],
                Some(Value::Array(items)) => items
                    .iter()
                    .map(|item| item.as_str().map(str::to_owned))
                    .collect::<Option<_>>()
                    .ok_or_else(|| expected(&format!("{path}.DependsOn"), "names of resources"))?,
                Some(_) => {
                    return Err(expected(&format!("{path}.DependsOn"), "names of resources"));
                }
            },
            deletion_policy: policy(&mut members, "DeletionPolicy", path)?,
            update_replace_policy: policy(&mut members, "UpdateReplacePolicy", path)?,
            metadata: members.remove("Metadata").unwrap_or_default(),
            properties: match members.remove("Properties") {
                None => Map::new(),
                Some(properties) => object(properties, &format!("{path}.Properties"))?,
            },
        };
        for (name, reason) in UNSUPPORTED_ATTRIBUTES {
            if members.contains_key(*name) {
                return Err(FormatError::Unsupported { path: format!("{path}.{name}"), reason });
            }
        }
        no_more(&members, path, "an attribute that resources have")?;
        Ok(resource)
    }
}

impl OutputDeclaration {
    fn read(value: Value, path: &str) -> Result<Self> {
        let mut members = object(value, path)?;
        let output = OutputDeclaration {
            condition: optional_text(&mut members, "Condition", path)?,
            description: optional_text(&mut members, "Description", path)?,
            value: members
                .remove("Value")
                .ok_or_else(|| expected(&format!("{path}.Value"), "a value"))?,
            export_name: match members.remove("Export") {
                None => None,
                Some(export) => {
                    let path = format!("{path}.Export");
                    let mut export = object(export, &path)?;
                    let name = export.remove("Name");
                    no_more(&export, &path, "only Name")?;
                    Some(name.ok_or_else(|| expected(&format!("{path}.Name"), "a name"))?)
                }
            },
        };
        no_more(&members, path, "only Value, Description, Condition and Export")?;
        Ok(output)
    }
}

/// The members of a section by their logical ids.
fn section(sections: &mut Map<String, Value>, name: &str) -> Result<Map<String, Value>> {
    let members = match sections.remove(name) {
        None => Map::new(),
        Some(value) => object(value, name)?,
    };
    for member in members.keys() {
        if !member.chars().all(|c| c.is_ascii_alphanumeric()) || member.is_empty() {
            return Err(FormatError::Name { path: format!("{name}.{member}") });
        }
    }
    Ok(members)
}

/// A mapping has two levels of keys over strings or lists of strings, and no functions.
fn check_mapping(name: &str, mapping: &Value) -> Result<()> {
    let path = format!("Mappings.{name}");
    let wrong = |path: &str| expected(path, "two levels of keys over strings or lists of strings");
    for (first, members) in mapping.as_object().ok_or_else(|| wrong(&path))? {
        let path = format!("{path}.{first}");
        for (second, value) in members.as_object().ok_or_else(|| wrong(&path))? {
            let is_valid = match value {
                Value::Array(items) => items.iter().all(|item| scalar(item).is_some()),
                value => scalar(value).is_some(),
            };
            if !is_valid {
                return Err(wrong(&format!("{path}.{second}")));
            }
        }
    }
    Ok(())
}

fn object(value: Value, path: &str) -> Result<Map<String, Value>> {
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(expected(path, "a mapping")),
    }
}

fn text(members: &mut Map<String, Value>, name: &str, path: &str) -> Result<String> {
    optional_text(members, name, path)?
        .ok_or_else(|| expected(&format!("{path}.{name}"), "a string"))
}

fn optional_text(
    members: &mut Map<String, Value>,
    name: &str,
    path: &str,
) -> Result<Option<String>> {
    match members.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) if path.is_empty() => Err(expected(name, "a string")),
        Some(_) => Err(expected(&format!("{path}.{name}"), "a string")),
    }
}

/// What becomes of a resource that the stack lets go of.
fn policy(members: &mut Map<String, Value>, name: &str, path: &str) -> Result<Option<String>> {
    let policies = ["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"];
    match members.remove(name) {
        None => Ok(None),
        Some(Value::String(policy)) if policies.contains(&policy.as_str()) => Ok(Some(policy)),
        Some(_) => {
            let path = format!("{path}.{name}");
            Err(expected(&path, "Delete, Retain, RetainExceptOnCreate or Snapshot"))
        }
    }
}

fn no_more(members: &Map<String, Value>, path: &str, what: &'static str) -> Result<()> {
    match members.keys().next() {
        None => Ok(()),
        Some(name) => Err(expected(&format!("{path}.{name}"), what)),
    }
}

fn expected(path: &str, expected: &'static str) -> FormatError {
    FormatError::Expected { path: path.to_owned(), expected }
}

#[cfg(test)]
mod tests;
