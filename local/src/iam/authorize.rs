//! The decision on one action of a caller, and AWS's words for a refusal.

use std::fmt;

use super::policy::evaluate::{Request, StatementId, Verdict, evaluate};
use super::principals::Caller;

/// Actions that need no permission and that no deny stops. `GetCallerIdentity` is the one of its kind among
/// what `local` plays (STS API Reference, `GetCallerIdentity`).
const WITHOUT_PERMISSION: [&str; 1] = ["sts:GetCallerIdentity"];

/// A permission, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// Every statement that allows the action: of the identity-based policies (or, for
    /// `sts:AssumeRole`, the trust policy), then of the session policy. Empty only for an action that
    /// needs no permission.
    pub statements: Vec<StatementId>,
}

/// A refusal.
///
/// `Display` is AWS's sentence in its newer form, which names the kind of policy (IAM User Guide, "Troubleshoot
/// access denied error messages"). DynamoDB answers so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// ARN of the caller.
    pub principal: String,
    /// What was asked, `service:Action`.
    pub action: String,
    /// On which resource.
    pub resource: String,
    /// Why not.
    pub reason: DenialReason,
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DenialReason {
    /// A statement denies it.
    ExplicitDeny(PolicyType, Box<StatementId>),
    /// No statement of this kind of policy allows it.
    NotAllowedBy(PolicyType),
}

/// The kinds of policy that take part in a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyType {
    /// Attached to the role or user.
    Identity,
    /// Passed with `AssumeRole`.
    Session,
    /// On the role that is to be assumed.
    RoleTrust,
}

impl DenialReason {
    pub(crate) fn explicit(policy: PolicyType, statement: &StatementId) -> Self {
        Self::ExplicitDeny(policy, Box::new(statement.clone()))
    }
}

/// Decides an action by the caller's identity-based policies, intersected with its session policy. The request's
/// context is complete.
pub(crate) fn authorize(caller: &Caller, request: Request<'_>) -> Result<Allowed, Denied> {
    if WITHOUT_PERMISSION.contains(&request.action) {
        return Ok(Allowed { statements: Vec::new() });
    }
    Opinions::of(caller, request)
        .combined()
        .map_err(|reason| Denied::new(caller, request, reason))
        .map(|statements| Allowed { statements })
}

/// What the caller's own policies say.
pub(crate) struct Opinions {
    pub(crate) identity: Verdict,
    /// `None`: the caller has no session policy.
    pub(crate) session: Option<Verdict>,
}

impl Opinions {
    pub(crate) fn of(caller: &Caller, request: Request<'_>) -> Self {
        Self {
            identity: evaluate(caller.identity_policies(), request),
            session: caller.session_policy().map(|policy| evaluate([policy], request)),
        }
    }

    /// A deny in either.
    pub(crate) fn explicit_deny(&self) -> Option<DenialReason> {
        if let Verdict::ExplicitlyDenied(statement) = &self.identity {
            return Some(DenialReason::explicit(PolicyType::Identity, statement));
        }
        match &self.session {
            Some(Verdict::ExplicitlyDenied(statement)) => {
                Some(DenialReason::explicit(PolicyType::Session, statement))
            }
            _ => None,
        }
    }

    /// The statements of the session policy that allow the request; none when there is no session
    /// policy to limit it.
    pub(crate) fn session_allows(&self) -> Result<Vec<StatementId>, DenialReason> {
        match &self.session {
            None => Ok(Vec::new()),
            Some(Verdict::Allowed(statements)) => Ok(statements.clone()),
            Some(_) => Err(DenialReason::NotAllowedBy(PolicyType::Session)),
        }
    }

    /// No deny, and an allow in each kind of policy that there is.
    pub(crate) fn combined(&self) -> Result<Vec<StatementId>, DenialReason> {
        if let Some(reason) = self.explicit_deny() {
            return Err(reason);
        }
        let Verdict::Allowed(identity) = &self.identity else {
            return Err(DenialReason::NotAllowedBy(PolicyType::Identity));
        };
        let mut statements = identity.clone();
        statements.extend(self.session_allows()?);
        Ok(statements)
    }
}

impl Denied {
    pub(crate) fn new(caller: &Caller, request: Request<'_>, reason: DenialReason) -> Self {
        Self {
            principal: caller.arn.clone(),
            action: request.action.to_owned(),
            resource: request.resource.to_owned(),
            reason,
        }
    }

    /// API Gateway's form, for `execute-api`: the account of the resource masked to its last four
    /// digits, no kind of policy, and `with an explicit deny` after an explicit one.
    pub fn execute_api_message(&self) -> String {
        let sentence = self.sentence(&masked_account(&self.resource));
        match &self.reason {
            DenialReason::ExplicitDeny(..) => format!("{sentence} with an explicit deny"),
            DenialReason::NotAllowedBy(_) => sentence,
        }
    }

    /// STS's form: names the kind of policy only after an explicit deny.
    pub fn sts_message(&self) -> String {
        match &self.reason {
            DenialReason::ExplicitDeny(..) => self.to_string(),
            DenialReason::NotAllowedBy(_) => self.sentence(&self.resource),
        }
    }

    fn sentence(&self, resource: &str) -> String {
        format!(
            "User: {} is not authorized to perform: {} on resource: {resource}",
            self.principal, self.action
        )
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.sentence(&self.resource))?;
        match &self.reason {
            DenialReason::ExplicitDeny(policy, _) => {
                let policy = match policy {
                    PolicyType::Identity => "an identity-based policy",
                    PolicyType::Session => "a session policy",
                    PolicyType::RoleTrust => "the role trust policy",
                };
                write!(formatter, " with an explicit deny in {policy}")
            }
            DenialReason::NotAllowedBy(policy) => {
                let policy = match policy {
                    PolicyType::Identity => "identity-based policy",
                    PolicyType::Session => "session policy",
                    PolicyType::RoleTrust => "role trust policy",
                };
                write!(formatter, " because no {policy} allows the {} action", self.action)
            }
        }
    }
}

impl std::error::Error for Denied {}

/// The ARN with its account as eight `*` and the last four digits.
fn masked_account(arn: &str) -> String {
    let mut parts: Vec<String> = arn.splitn(6, ':').map(str::to_owned).collect();
    if let [_, _, _, _, account, _] = parts.as_mut_slice()
        && super::trust::is_account_id(account)
    {
        account.replace_range(..8, "********");
    }
    parts.join(":")
}
