//! The roles of the template: read, and refused where IAM would refuse them.

use std::collections::HashSet;

use serde_json::Value;

use super::TRUST_POLICY;
use super::keys::{self, UnfilledKey};
use super::policy::document::{Policy, PolicyUse};
use super::policy::error::PolicyError;
use super::principals::Role;
use super::trust::{Directory, TrustPolicy};
use super::usage::Usage;

/// Characters, without white space, of all inline policies of a role (IAM User Guide, "IAM and AWS STS
/// quotas").
const MAX_INLINE_POLICY_CHARACTERS: usize = 10_240;

/// Characters, without white space, of a trust policy: the default, which a quota request may raise
/// (IAM User Guide, "IAM and AWS STS quotas").
const MAX_TRUST_POLICY_CHARACTERS: usize = 2_048;

/// Seconds that `MaxSessionDuration` may be (IAM API Reference, `CreateRole`).
const MAX_SESSION_SECONDS: std::ops::RangeInclusive<u32> = 3_600..=43_200;

/// A role as the template resolves it.
#[derive(Debug, Clone)]
pub struct RoleDefinition {
    /// `RoleName`, given or generated.
    pub name: String,
    /// `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`
    pub arn: String,
    /// `RoleId`: `AROA…`
    pub id: String,
    /// `AssumeRolePolicyDocument`
    pub trust_policy: Value,
    /// Inline policies, of the role and of `AWS::IAM::Policy` resources that name it.
    pub policies: Vec<NamedPolicy>,
    /// `MaxSessionDuration` in seconds, 3,600 to 43,200.
    pub max_session_duration: u32,
}

/// A policy as the template resolves it.
#[derive(Debug, Clone)]
pub struct NamedPolicy {
    /// `PolicyName`
    pub name: String,
    /// `PolicyDocument`
    pub document: Value,
}

/// Why an account cannot be made of these roles.
#[derive(Debug, thiserror::Error)]
pub enum IamError {
    /// Not 12 digits.
    #[error("{0:?} is not an account id (expected 12 digits)")]
    AccountId(String),
    /// The ARN is not one of a role of this name in this account and partition.
    #[error("{arn:?} is not the ARN of the role {role} in this account")]
    RoleArn {
        /// Its name.
        role: String,
        /// Its ARN.
        arn: String,
    },
    /// Two roles of one name; IAM does not tell names apart by case.
    #[error("there are two roles named {0}")]
    RepeatedRole(String),
    /// Two inline policies of one name on a role.
    #[error("role {role} has two policies named {policy}")]
    RepeatedPolicy {
        /// The role's name.
        role: String,
        /// The policy's name.
        policy: String,
    },
    /// `MaxSessionDuration` is out of range.
    #[error("role {role}: MaxSessionDuration is {seconds} (expected 3600 to 43200)")]
    MaxSessionDuration {
        /// The role's name.
        role: String,
        /// What was given.
        seconds: u32,
    },
    /// Policies are too long.
    #[error(
        "role {role}: {what} {characters} characters long without white space (at most {limit})"
    )]
    TooLong {
        /// The role's name.
        role: String,
        /// Which policies.
        what: &'static str,
        /// How long they are.
        characters: usize,
        /// IAM's limit.
        limit: usize,
    },
    /// A policy asks for what `local` does not know.
    #[error("role {role}: a policy cannot be played on this machine")]
    Key {
        /// The role's name.
        role: String,
        /// Where and what.
        #[source]
        source: UnfilledKey,
    },
    /// A malformed policy.
    #[error("role {role}: the policy {policy} is malformed")]
    Policy {
        /// The role's name.
        role: String,
        /// The policy's name.
        policy: String,
        /// Where and what.
        #[source]
        source: PolicyError,
    },
}

pub(crate) fn read_role(
    definition: RoleDefinition,
    directory: &Directory<'_>,
) -> Result<Role, IamError> {
    let RoleDefinition { name, arn, id, trust_policy, policies, max_session_duration } = definition;
    let prefix = format!("arn:{}:iam::{}:role/", directory.partition, directory.account_id);
    let has_its_arn = arn
        .strip_prefix(&prefix)
        .and_then(|path_and_name| path_and_name.strip_suffix(&name))
        .is_some_and(|path| path.is_empty() || path.ends_with('/'));
    if name.is_empty() || !has_its_arn {
        return Err(IamError::RoleArn { role: name, arn });
    }
    if !MAX_SESSION_SECONDS.contains(&max_session_duration) {
        return Err(IamError::MaxSessionDuration { role: name, seconds: max_session_duration });
    }

    let inline = policies.iter().map(|policy| characters(&policy.document)).sum();
    check_length(&name, "its inline policies together are", inline, MAX_INLINE_POLICY_CHARACTERS)?;
    let trust = characters(&trust_policy);
    check_length(&name, "its trust policy is", trust, MAX_TRUST_POLICY_CHARACTERS)?;

    let mut policy_names = HashSet::new();
    let mut read = Vec::with_capacity(policies.len());
    for policy in &policies {
        if !policy_names.insert(&policy.name) {
            let policy = policy.name.clone();
            return Err(IamError::RepeatedPolicy { role: name, policy });
        }
        read.push(read_policy(&name, &policy.name, &policy.document, PolicyUse::Permissions)?);
    }
    let trust = resolve_trust(&name, &trust_policy, directory)?;
    // Behind all that can be refused: it takes the policies apart, however long they are.
    let usage = Usage::new(&name, &policies, &trust_policy, directory)?;
    Ok(Role {
        name,
        arn,
        id,
        policies: read,
        trust,
        max_session_seconds: max_session_duration,
        usage,
    })
}

pub(crate) fn resolve_trust(
    role: &str,
    document: &Value,
    directory: &Directory<'_>,
) -> Result<TrustPolicy, IamError> {
    let trust = read_policy(role, TRUST_POLICY, document, PolicyUse::Trust)?;
    TrustPolicy::resolve(trust, directory).map_err(|source| IamError::Policy {
        role: role.to_owned(),
        policy: TRUST_POLICY.to_owned(),
        source,
    })
}

pub(crate) fn read_policy(
    role: &str,
    name: &str,
    document: &Value,
    used_as: PolicyUse,
) -> Result<Policy, IamError> {
    let policy = Policy::parse(name, document, used_as).map_err(|source| IamError::Policy {
        role: role.to_owned(),
        policy: name.to_owned(),
        source,
    })?;
    keys::check(&policy).map_err(|source| IamError::Key { role: role.to_owned(), source })?;
    Ok(policy)
}

fn check_length(
    role: &str,
    what: &'static str,
    characters: usize,
    limit: usize,
) -> Result<(), IamError> {
    if characters > limit {
        return Err(IamError::TooLong { role: role.to_owned(), what, characters, limit });
    }
    Ok(())
}

/// IAM counts no white space.
fn characters(document: &Value) -> usize {
    document.to_string().chars().filter(|character| !character.is_whitespace()).count()
}
