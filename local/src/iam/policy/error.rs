//! What can be wrong with a policy document, and where.

use super::variables::VariableError;

/// A malformed policy document (IAM: `MalformedPolicyDocument`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct PolicyError {
    /// The element, such as `Statement[1].Action[0]`.
    pub place: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What can be wrong with an element of a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The JSON type is another.
    #[error("expected {0}")]
    Expected(&'static str),
    /// A text is none of the fixed ones.
    #[error("{found:?} is not one of {expected}")]
    NotOneOf {
        /// The text.
        found: String,
        /// The accepted texts.
        expected: &'static str,
    },
    /// The policy language has no such element here.
    #[error("no such element here")]
    UnknownElement,
    /// An element that belongs to the other kind of policy.
    #[error("not allowed in {0}")]
    NotAllowedIn(&'static str),
    /// A required element is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// An element and its `Not` form, both missing.
    #[error("{0} or {1} is missing")]
    MissingEither(&'static str, &'static str),
    /// An element and its `Not` form in one statement.
    #[error("{0} and {1} stand together, only one may")]
    Both(&'static str, &'static str),
    /// A list that must name something names nothing.
    #[error("the list is empty")]
    Empty,
    /// A `Sid` with other characters than letters and digits.
    #[error("{0:?} is not a Sid (letters and digits only)")]
    Sid(String),
    /// Two statements with one `Sid`.
    #[error("the Sid {0:?} is used twice")]
    RepeatedSid(String),
    /// Not of the form `service:Action`.
    #[error(
        "{0:?} is not an action (expected \"service:Action\", wildcards after the colon, or \"*\")"
    )]
    Action(String),
    /// Not an ARN.
    #[error(
        "{0:?} is not an ARN (expected \"arn:partition:service:region:account:resource\" or \"*\")"
    )]
    Resource(String),
    /// A variable before the fifth colon of an ARN.
    #[error("{0:?} has a policy variable before the last part of the ARN")]
    VariableInArn(String),
    /// A bad `${…}`.
    #[error("{0}")]
    Variable(VariableError),
    /// Not a condition operator.
    #[error("{0:?} is not a condition operator")]
    Operator(String),
    /// Not a condition key.
    #[error("{0:?} is not a condition key (expected \"service:name\")")]
    ConditionKey(String),
    /// A value that the operator cannot compare with.
    #[error("{found:?} is not {expected}")]
    ConditionValue {
        /// The value.
        found: String,
        /// What the operator compares.
        expected: &'static str,
    },
    /// A principal that does not exist, or is none.
    #[error("invalid principal {0:?}")]
    Principal(String),
}
