//! The parts of a policy document after it was read: what is left to decide is the request.

use super::condition::Condition;
use super::pattern::Pattern;
use super::variables::Template;

/// A policy: its name and what it says.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) name: String,
    pub(crate) statements: Vec<Statement>,
}

/// The `Version` element. Absent means the older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    V2008_10_17,
    V2012_10_17,
}

/// Where a policy is used, which decides the elements that it must and must not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PolicyUse {
    /// Attached to a role, or passed with `AssumeRole` as session policy: says what the principal
    /// may do, so it names resources and no principal.
    Permissions,
    /// A role's trust policy (`AssumeRolePolicyDocument`): the resource is the role, so it names
    /// principals and no resource.
    Trust,
}

#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) sid: Option<String>,
    pub(crate) effect: Effect,
    /// `None` in permissions policies, `Some` in trust policies.
    pub(crate) principals: Option<Selection<PrincipalName>>,
    /// Patterns in lower case: action names are case-insensitive.
    pub(crate) actions: Selection<Pattern>,
    /// In a trust policy everything: the policy is on the one resource it speaks of.
    pub(crate) resources: Selection<Template>,
    /// All must hold.
    pub(crate) conditions: Vec<Condition>,
}

impl Statement {
    /// Every condition key that it asks for, in its conditions or as a variable.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let (Selection::AnyOf(resources) | Selection::NoneOf(resources)) = &self.resources;
        let conditions = self.conditions.iter().flat_map(Condition::keys);
        resources.iter().flat_map(Template::keys).chain(conditions)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

/// An element and its `Not` form.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Selection<T> {
    /// `Action`, `Resource`, `Principal`: any of these.
    AnyOf(Vec<T>),
    /// `NotAction`, `NotResource`, `NotPrincipal`: all but these.
    NoneOf(Vec<T>),
}

/// One entry of a `Principal` element, as written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PrincipalName {
    pub(crate) class: PrincipalClass,
    pub(crate) text: String,
    /// Where it stands, for messages.
    pub(crate) place: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PrincipalClass {
    /// `"Principal": "*"`
    Everyone,
    Aws,
    Service,
    Federated,
}
