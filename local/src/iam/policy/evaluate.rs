//! The decision over a set of policies: an explicit deny wins, otherwise one allow is needed.
//!
//! IAM User Guide, "Policy evaluation logic".

use std::fmt;

use super::condition::Match;
use super::document::{Effect, Policy, Selection, Statement};
use crate::iam::context::Context;

/// What is asked: one action on one resource.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) action: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) context: &'a Context,
}

/// Names one statement: which policy, which place in it, and its `Sid` if it has one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StatementId {
    /// The policy's name; [`TRUST_POLICY`](crate::iam::TRUST_POLICY) or
    /// [`SESSION_POLICY`](crate::iam::SESSION_POLICY) for those without one of their own.
    pub policy: String,
    /// Place in the policy's `Statement` list, from 0.
    pub index: usize,
    /// The `Sid` element.
    pub sid: Option<String>,
}

/// Like `Writes[2]`, or `Writes[2] (PutItems)` when the statement has a `Sid`.
impl fmt::Display for StatementId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}[{}]", self.policy, self.index)?;
        match &self.sid {
            Some(sid) => write!(formatter, " ({sid})"),
            None => Ok(()),
        }
    }
}

/// What a set of policies says to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Every statement that allows it; at least one.
    Allowed(Vec<StatementId>),
    ExplicitlyDenied(StatementId),
    /// No statement speaks of it: refused.
    NotAllowed,
}

pub(crate) fn evaluate<'a>(
    policies: impl IntoIterator<Item = &'a Policy>,
    request: Request<'_>,
) -> Verdict {
    let mut allowing = Vec::new();
    for policy in policies {
        for (index, statement) in policy.statements.iter().enumerate() {
            if !statement.applies(request) {
                continue;
            }
            let id = policy.statement_id(index, statement);
            match statement.effect {
                Effect::Deny => return Verdict::ExplicitlyDenied(id),
                Effect::Allow => allowing.push(id),
            }
        }
    }
    if allowing.is_empty() { Verdict::NotAllowed } else { Verdict::Allowed(allowing) }
}

impl Policy {
    pub(crate) fn statement_id(&self, index: usize, statement: &Statement) -> StatementId {
        StatementId { policy: self.name.clone(), index, sid: statement.sid.clone() }
    }
}

impl Statement {
    /// Whether action, resource and conditions fit. The principal is the business of
    /// the trust policy, which alone has one.
    pub(crate) fn applies(&self, request: Request<'_>) -> bool {
        self.action_fits(request.action)
            && self.resource_fits(request)
            && self.conditions.iter().all(|one| one.holds(request.context, self.effect))
    }

    fn action_fits(&self, action: &str) -> bool {
        let action = action.to_ascii_lowercase();
        match &self.actions {
            Selection::AnyOf(patterns) => patterns.iter().any(|pattern| pattern.matches(&action)),
            Selection::NoneOf(patterns) => !patterns.iter().any(|pattern| pattern.matches(&action)),
        }
    }

    fn resource_fits(&self, request: Request<'_>) -> bool {
        let (Selection::AnyOf(templates) | Selection::NoneOf(templates)) = &self.resources;
        let matched = Match::any(templates.iter().map(|template| {
            template.pattern(request.context).map(|pattern| pattern.matches(request.resource))
        }));
        match (&self.resources, matched) {
            (Selection::AnyOf(_), matched) => matched == Match::Yes,
            // The refusing side, as for a negated condition.
            (Selection::NoneOf(_), Match::Unresolved) => self.effect == Effect::Deny,
            (Selection::NoneOf(_), matched) => matched == Match::No,
        }
    }
}
