//! `sts:AssumeRole`: the request, AWS's rules for one account, the session that comes of it.
//!
//! STS API Reference, `AssumeRole`; IAM User Guide, "Roles terms and concepts" (role chaining).

use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use super::SESSION_POLICY;
use super::authorize::{DenialReason, Denied, Opinions, PolicyType};
use super::context::Context;
use super::credentials::AccessKey;
use super::keys::{self, UnfilledKey};
use super::policy::document::{Policy, PolicyUse};
use super::policy::error::PolicyError;
use super::policy::evaluate::{Request, StatementId};
use super::policy::json::parse_unique;
use super::principals::{Caller, Principal, Role};
use super::trust::{Asker, Grant, TrustVerdict};

pub(crate) const ASSUME_ROLE: &str = "sts:AssumeRole";

/// Characters of a session policy (STS API Reference, `AssumeRole`, `Policy`). `local` packs nothing,
/// so this is also what 100 % of the packed size stands for.
const MAX_SESSION_POLICY_CHARACTERS: usize = 2_048;

/// Seconds of a session: least, most, and without `DurationSeconds` (STS API Reference, `AssumeRole`).
const MIN_DURATION_SECONDS: u32 = 900;
const MAX_DURATION_SECONDS: u32 = 43_200;
const DEFAULT_DURATION_SECONDS: u32 = 3_600;

/// Most seconds of a session that was assumed from another role's session (IAM User Guide, "Roles
/// terms and concepts", role chaining).
const MAX_CHAINED_DURATION_SECONDS: u32 = 3_600;

/// Members of the request that `local` does not play. They would grant, limit or identify, so they are
/// refused rather than ignored.
const NOT_PLAYED: [&str; 7] = [
    "PolicyArns",
    "Tags",
    "TransitiveTagKeys",
    "SerialNumber",
    "TokenCode",
    "SourceIdentity",
    "ProvidedContexts",
];

/// The parameters of an `AssumeRole` call, not yet checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssumeRoleRequest {
    /// `RoleArn`
    pub role_arn: String,
    /// `RoleSessionName`: 2 to 64 of letters, digits and `_+=,.@-`.
    pub role_session_name: String,
    /// `DurationSeconds`
    pub duration_seconds: Option<u32>,
    /// `ExternalId`: 2 to 1,224 characters.
    pub external_id: Option<String>,
    /// `Policy`: the session policy as JSON text.
    pub policy: Option<String>,
}

/// What a successful `AssumeRole` answers.
#[derive(Debug, Clone)]
pub struct AssumedRole {
    /// The new session's credentials, and the session as caller: its user id is `AssumedRoleId`.
    pub access_key: Arc<AccessKey>,
    /// Per cent of the space for session policies; `None` without one.
    pub packed_policy_size: Option<u32>,
    /// Every statement that allowed the call: of the trust policy, then of the caller's policies as far
    /// as they were needed.
    pub statements: Vec<StatementId>,
}

/// A refused `AssumeRole`. `Display` is the `Message` of STS's answer, [`code`](Self::code) its `Code`.
#[derive(Debug, thiserror::Error)]
pub enum AssumeRoleError {
    /// A parameter is missing, malformed or out of range.
    #[error("{0}")]
    Validation(String),
    /// A parameter that AWS knows and `local` does not play.
    #[error("the parameter {parameter} is not played by local")]
    NotPlayed {
        /// The member of the request.
        parameter: &'static str,
    },
    /// The session policy is not JSON.
    #[error("This policy contains invalid Json")]
    PolicyNotJson(#[source] serde_json::Error),
    /// The session policy is malformed.
    #[error("Syntax errors in policy.")]
    MalformedPolicy(#[source] PolicyError),
    /// The session policy asks for what `local` does not know.
    #[error("the session policy is not played by local")]
    PolicyNotPlayed(#[source] UnfilledKey),
    /// The session policy is too long.
    #[error("Packed policy consumes {percent}% of allotted space, please use smaller policy.")]
    PackedPolicyTooLarge {
        /// Of the allowed 100.
        percent: u32,
    },
    /// Not allowed; also for a role that does not exist, which AWS does not tell apart.
    #[error("{}", .0.sts_message())]
    AccessDenied(Denied),
}

impl AssumeRoleError {
    /// The `Code` of the error answer.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Validation(_) => "ValidationError",
            Self::NotPlayed { .. } | Self::PolicyNotPlayed(_) => "NotImplemented",
            Self::PolicyNotJson(_) | Self::MalformedPolicy(_) => "MalformedPolicyDocument",
            Self::PackedPolicyTooLarge { .. } => "PackedPolicyTooLarge",
            Self::AccessDenied(_) => "AccessDenied",
        }
    }
}

impl AssumeRoleRequest {
    /// Reads the parameters of a query-protocol request, decoded: `RoleArn=…&RoleSessionName=…`.
    /// Names that are no member of `AssumeRole` are left alone, as AWS does.
    ///
    /// # Errors
    ///
    /// [`AssumeRoleError::NotPlayed`], and [`AssumeRoleError::Validation`] for a `DurationSeconds` that
    /// is no number. A missing name is found by [`Iam::assume_role`](super::Iam::assume_role).
    pub fn from_parameters<'a>(
        parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, AssumeRoleError> {
        let mut request = Self::default();
        for (name, value) in parameters {
            match name {
                "RoleArn" => value.clone_into(&mut request.role_arn),
                "RoleSessionName" => value.clone_into(&mut request.role_session_name),
                "ExternalId" => request.external_id = Some(value.to_owned()),
                "Policy" => request.policy = Some(value.to_owned()),
                "DurationSeconds" => {
                    let seconds = value.parse().map_err(|_| {
                        AssumeRoleError::Validation(format!(
                            "DurationSeconds must be an integer, not '{value}'"
                        ))
                    })?;
                    request.duration_seconds = Some(seconds);
                }
                other => {
                    let member = other.split('.').next().unwrap_or(other);
                    if let Some(parameter) = NOT_PLAYED.iter().find(|known| **known == member) {
                        return Err(AssumeRoleError::NotPlayed { parameter });
                    }
                }
            }
        }
        Ok(request)
    }

    /// Checks lengths, characters and ranges, all at once as AWS does.
    pub(crate) fn check(&self) -> Result<(), AssumeRoleError> {
        let mut problems = Vec::new();
        check_length("roleArn", &self.role_arn, 20, 2_048, &mut problems);
        let name = &self.role_session_name;
        check_length("roleSessionName", name, 2, 64, &mut problems);
        check_characters("roleSessionName", name, "+=,.@-", r"[\w+=,.@-]*", &mut problems);
        if let Some(external_id) = &self.external_id {
            check_length("externalId", external_id, 2, 1_224, &mut problems);
            check_characters(
                "externalId",
                external_id,
                "+=,.@:/-",
                r"[\w+=,.@:\/-]*",
                &mut problems,
            );
        }
        if let Some(policy) = &self.policy {
            if policy.is_empty() {
                problems.push(constraint(
                    "policy",
                    policy,
                    "have length greater than or equal to 1",
                ));
            }
            let is_allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}');
            if !policy.chars().all(is_allowed) {
                let pattern = r"[\u0009\u000A\u000D\u0020-\u00FF]+";
                problems.push(constraint("policy", policy, &matching(pattern)));
            }
        }
        if let Some(seconds) = self.duration_seconds {
            let value = seconds.to_string();
            if seconds < MIN_DURATION_SECONDS {
                let rule = format!("have value greater than or equal to {MIN_DURATION_SECONDS}");
                problems.push(constraint("durationSeconds", &value, &rule));
            }
            if seconds > MAX_DURATION_SECONDS {
                let rule = format!("have value less than or equal to {MAX_DURATION_SECONDS}");
                problems.push(constraint("durationSeconds", &value, &rule));
            }
        }
        match problems.len() {
            0 => {}
            1 => {
                return Err(AssumeRoleError::Validation(format!(
                    "1 validation error detected: {}",
                    problems.concat()
                )));
            }
            several => {
                return Err(AssumeRoleError::Validation(format!(
                    "{several} validation errors detected: {}",
                    problems.join("; ")
                )));
            }
        }
        let is_arn = self.role_arn.starts_with("arn:") && self.role_arn.splitn(6, ':').count() == 6;
        if is_arn {
            Ok(())
        } else {
            Err(AssumeRoleError::Validation(format!("{} is invalid", self.role_arn)))
        }
    }

    /// The session policy and its size in per cent.
    pub(crate) fn session_policy(&self) -> Result<Option<(Policy, u32)>, AssumeRoleError> {
        let Some(text) = &self.policy else { return Ok(None) };
        let percent = percent_of_space(text.chars().count());
        if percent > 100 {
            return Err(AssumeRoleError::PackedPolicyTooLarge { percent });
        }
        let document = parse_unique(text).map_err(AssumeRoleError::PolicyNotJson)?;
        let policy = Policy::parse(SESSION_POLICY, &document, PolicyUse::Permissions)
            .map_err(AssumeRoleError::MalformedPolicy)?;
        keys::check(&policy).map_err(AssumeRoleError::PolicyNotPlayed)?;
        Ok(Some((policy, percent)))
    }

    /// How long the session lasts.
    ///
    /// A session of a role, a function's too, that assumes another role is role chaining: one hour at
    /// most, whatever the role allows.
    pub(crate) fn duration(
        &self,
        caller: &Caller,
        role: &Role,
    ) -> Result<Duration, AssumeRoleError> {
        let seconds = self.duration_seconds.unwrap_or(DEFAULT_DURATION_SECONDS);
        let is_chaining = matches!(caller.principal, Principal::RoleSession { .. });
        if is_chaining && seconds > MAX_CHAINED_DURATION_SECONDS {
            return Err(AssumeRoleError::Validation(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by \
                 role chaining."
                    .to_owned(),
            ));
        }
        if seconds > role.max_session_seconds {
            return Err(AssumeRoleError::Validation(
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
                    .to_owned(),
            ));
        }
        Ok(Duration::seconds(i64::from(seconds)))
    }
}

/// Decides whether `caller` may assume `role`, and counts it if so: no deny in the caller's policies nor in the trust
/// policy, and an allow in the trust policy, which reaches as far as its [`Grant`] says.
pub(crate) fn decide(
    caller: &Caller,
    role: &Role,
    request: &AssumeRoleRequest,
    context: &Context,
    now: OffsetDateTime,
) -> Result<Vec<StatementId>, Denied> {
    let mut context = context.clone().with(keys::ROLE_SESSION_NAME, &request.role_session_name);
    context.set(keys::EXTERNAL_ID, request.external_id.as_ref());
    caller.complete(&mut context, now);
    let request = Request { action: ASSUME_ROLE, resource: &role.arn, context: &context };
    let opinions = Opinions::of(caller, request);
    let decided =
        match (opinions.explicit_deny(), role.trust.evaluate(Asker::Caller(caller), request)) {
            (Some(reason), _) => Err(reason),
            (None, TrustVerdict::Denied(statement)) => {
                Err(DenialReason::explicit(PolicyType::RoleTrust, &statement))
            }
            (None, TrustVerdict::NotAllowed) => {
                Err(DenialReason::NotAllowedBy(PolicyType::RoleTrust))
            }
            (None, TrustVerdict::Allowed(grants)) => with_callers_policies(grants, &opinions),
        };
    if decided.is_ok() {
        role.usage.count_assumed(Asker::Caller(caller), request);
        caller.count(request);
    }
    decided.map_err(|reason| Denied::new(caller, request, reason))
}

/// The strongest grant of the trust policy, with what it still needs of the caller's own policies.
fn with_callers_policies(
    grants: Vec<(Grant, StatementId)>,
    opinions: &Opinions,
) -> Result<Vec<StatementId>, DenialReason> {
    let strongest = grants.iter().map(|(grant, _)| *grant).max();
    let needed = match strongest {
        Some(Grant::Direct) => Vec::new(),
        Some(Grant::ToRole) => opinions.session_allows()?,
        Some(Grant::ToAccount) => opinions.combined()?,
        None => return Err(DenialReason::NotAllowedBy(PolicyType::RoleTrust)),
    };
    let trusting = grants.into_iter().filter(|(grant, _)| Some(*grant) == strongest);
    Ok(trusting.map(|(_, statement)| statement).chain(needed).collect())
}

fn percent_of_space(characters: usize) -> u32 {
    let percent = characters.saturating_mul(100).div_ceil(MAX_SESSION_POLICY_CHARACTERS);
    u32::try_from(percent).unwrap_or(u32::MAX)
}

fn check_length(member: &str, value: &str, least: usize, most: usize, problems: &mut Vec<String>) {
    let length = value.chars().count();
    if length < least {
        let rule = format!("have length greater than or equal to {least}");
        problems.push(constraint(member, value, &rule));
    }
    if length > most {
        let rule = format!("have length less than or equal to {most}");
        problems.push(constraint(member, value, &rule));
    }
}

fn check_characters(
    member: &str,
    value: &str,
    besides_word_characters: &str,
    pattern: &str,
    problems: &mut Vec<String>,
) {
    let is_allowed =
        |c: char| c.is_ascii_alphanumeric() || c == '_' || besides_word_characters.contains(c);
    if !value.chars().all(is_allowed) {
        problems.push(constraint(member, value, &matching(pattern)));
    }
}

fn matching(pattern: &str) -> String {
    format!("satisfy regular expression pattern: {pattern}")
}

fn constraint(member: &str, value: &str, rule: &str) -> String {
    format!("Value '{value}' at '{member}' failed to satisfy constraint: Member must {rule}")
}
