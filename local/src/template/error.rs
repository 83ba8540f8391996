//! What can be wrong with a template as a whole: its sections, its functions, its references.

use std::fmt;

use super::substitution::SubstitutionError;

/// A section of the template whose values are evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// `Conditions`: sees parameters and mappings.
    Conditions,
    /// `Rules`: sees parameters and mappings.
    Rules,
    /// `Resources`: sees resources as well.
    Resources,
    /// `Outputs`: sees resources as well.
    Outputs,
}

impl fmt::Display for Section {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

/// A template that is not of CloudFormation's form.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// A section that does not exist. AWS's sentence.
    #[error("Invalid template property or properties [{}]", .0.join(", "))]
    Sections(Vec<String>),
    /// A section or member that exists on AWS and is not played here.
    #[error("{path}: not supported: {reason}")]
    Unsupported {
        /// Where it stands.
        path: String,
        /// Why not.
        reason: &'static str,
    },
    /// A value of the wrong kind.
    #[error("{path}: expected {expected}")]
    Expected {
        /// Where it stands.
        path: String,
        /// What should stand there.
        expected: &'static str,
    },
    /// A logical id with other characters than letters and digits.
    #[error("{path}: the name is non alphanumeric")]
    Name {
        /// Where it stands.
        path: String,
    },
    /// One name for a parameter and a resource: a `Ref` could mean either.
    #[error("{0} is the name of a parameter and of a resource")]
    TwoMeanings(String),
    /// AWS's sentence.
    #[error("At least one Resources member must be defined")]
    NoResources,
}

/// A function, a reference or a condition that cannot be resolved.
#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    /// `Ref`, `Fn::GetAtt`, `Fn::Sub` or `DependsOn` names what the template does not have, or has under
    /// a condition that is false. AWS's sentence, and where it was seen first.
    #[error("Unresolved resource dependencies [{}] in the {section} block of the template (at {path})", .names.join(", "))]
    UnresolvedDependencies {
        /// The names, sorted.
        names: Vec<String>,
        /// Where they are used.
        section: Section,
        /// The first place.
        path: String,
    },
    /// A condition of this name is not declared. AWS's sentence, and where.
    #[error(
        "Unresolved condition dependency {name} in the {section} block of the template (at {path})"
    )]
    UnresolvedCondition {
        /// The condition's name.
        name: String,
        /// Where it is used.
        section: Section,
        /// The place.
        path: String,
    },
    /// Resources that need one another. AWS's sentence.
    #[error("Circular dependency between resources: [{}]", .0.join(", "))]
    CircularResources(Vec<String>),
    /// Conditions that need one another.
    #[error("Circular dependency between conditions: [{}]", .0.join(", "))]
    CircularConditions(Vec<String>),
    /// An attribute that the resource type does not have, or that is not known here.
    #[error("{path}: {resource_type} has no attribute {attribute}; known: {known}")]
    UnknownAttribute {
        /// Where it stands.
        path: String,
        /// The resource's type.
        resource_type: &'static str,
        /// The attribute.
        attribute: String,
        /// Those that are known.
        known: String,
    },
    /// A function that CloudFormation does not have.
    #[error("{path}: unknown function {function}")]
    UnknownFunction {
        /// Where it stands.
        path: String,
        /// Its name.
        function: String,
    },
    /// A function that exists on AWS and is not played here.
    #[error("{path}: {function} is not supported: {reason}")]
    UnsupportedFunction {
        /// Where it stands.
        path: String,
        /// Its name.
        function: String,
        /// Why not.
        reason: &'static str,
    },
    /// A function in a section that does not take it.
    #[error("{path}: {function} cannot be used in {section}")]
    FunctionNotHere {
        /// Where it stands.
        path: String,
        /// Its name.
        function: String,
        /// The section.
        section: Section,
    },
    /// A function that shares its mapping with other keys.
    #[error("{path}: {function} must be the only key of its mapping")]
    FunctionNotAlone {
        /// Where it stands.
        path: String,
        /// Its name.
        function: String,
    },
    /// An argument of the wrong shape, or a value of the wrong kind.
    #[error("{path}: expected {expected}")]
    Expected {
        /// Where it stands.
        path: String,
        /// What should stand there.
        expected: &'static str,
    },
    /// A text of `Fn::Sub` that cannot be read.
    #[error("{path}: the text of Fn::Sub cannot be read")]
    Substitution {
        /// Where it stands.
        path: String,
        /// What is wrong with it.
        source: SubstitutionError,
    },
    /// A mapping, or a key in it, that does not exist. AWS's sentence, and where.
    #[error("Unable to get mapping for {map}::{first}::{second} (at {path})")]
    NoMapping {
        /// Where it stands.
        path: String,
        /// The mapping.
        map: String,
        /// The top-level key.
        first: String,
        /// The second-level key.
        second: String,
    },
    /// AWS's sentence, and where.
    #[error("Fn::Select cannot select nonexistent value at index {index} (at {path})")]
    NoSuchItem {
        /// Where it stands.
        path: String,
        /// The index.
        index: String,
    },
    /// The evaluated template is larger than anything that could be deployed.
    #[error("{path}: the evaluated template passes {limit} bytes")]
    TooLarge {
        /// Where the limit was passed.
        path: String,
        /// The limit.
        limit: usize,
    },
    /// A resource type that is not played here.
    #[error("{path}: Unrecognized resource type {found}; supported: {supported}")]
    ResourceType {
        /// Where it stands.
        path: String,
        /// The type that stands there.
        found: String,
        /// Those that are played.
        supported: String,
    },
}

/// A rule of the template that the parameters break.
#[derive(Debug, thiserror::Error)]
#[error("{path}: assertion failed{}", .description.as_ref().map(|text| format!(": {text}")).unwrap_or_default())]
pub struct RuleError {
    /// The assertion.
    pub path: String,
    /// Its AssertDescription.
    pub description: Option<String>,
}
