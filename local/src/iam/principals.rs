//! Who calls: the local developer, or a session of one of the template's roles.

use std::fmt;
use std::sync::Arc;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::context::Context;
use super::keys;
use super::policy::document::Policy;
use super::policy::evaluate::Request;
use super::trust::TrustPolicy;
use super::usage::Usage;

/// A role of the template.
#[derive(Debug)]
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) arn: String,
    /// `AROA…`
    pub(crate) id: String,
    pub(crate) policies: Vec<Policy>,
    pub(crate) trust: TrustPolicy,
    pub(crate) max_session_seconds: u32,
    pub(crate) usage: Usage,
}

/// An IAM user.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) arn: String,
    /// `AIDA…`
    pub(crate) id: String,
    pub(crate) policies: Vec<Policy>,
}

/// The principal behind a request. `Debug` shows its ARN, without all its policies.
#[derive(Clone)]
pub struct Caller {
    pub(crate) account_id: String,
    pub(crate) arn: String,
    pub(crate) user_id: String,
    pub(crate) principal: Principal,
}

#[derive(Debug, Clone)]
pub(crate) enum Principal {
    User(Arc<User>),
    RoleSession { role: Arc<Role>, issued_at: OffsetDateTime, session_policy: Option<Arc<Policy>> },
}

impl Caller {
    pub(crate) fn user(account_id: &str, user: Arc<User>) -> Self {
        Self {
            account_id: account_id.to_owned(),
            arn: user.arn.clone(),
            user_id: user.id.clone(),
            principal: Principal::User(user),
        }
    }

    pub(crate) fn role_session(
        account_id: &str,
        partition: &str,
        role: Arc<Role>,
        session_name: &str,
        session_policy: Option<Arc<Policy>>,
        issued_at: OffsetDateTime,
    ) -> Self {
        Self {
            account_id: account_id.to_owned(),
            arn: format!(
                "arn:{partition}:sts::{account_id}:assumed-role/{}/{session_name}",
                role.name
            ),
            user_id: format!("{}:{session_name}", role.id),
            principal: Principal::RoleSession { role, issued_at, session_policy },
        }
    }

    /// The 12 digits of the account.
    pub fn account_id(&self) -> &str {
        &self.account_id
    }

    /// `arn:aws:iam::ACCOUNT:user/NAME` or `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// `AIDA…` or `AROA…:SESSION`: `UserId` of `GetCallerIdentity`, `identity.caller` of API Gateway.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    pub(crate) fn identity_policies(&self) -> &[Policy] {
        match &self.principal {
            Principal::User(user) => &user.policies,
            Principal::RoleSession { role, .. } => &role.policies,
        }
    }

    pub(crate) fn session_policy(&self) -> Option<&Policy> {
        match &self.principal {
            Principal::User(_) => None,
            Principal::RoleSession { session_policy, .. } => session_policy.as_deref(),
        }
    }

    /// Counts an allowed request among the uses of the permissions of its role.
    pub(crate) fn count(&self, request: Request<'_>) {
        match &self.principal {
            Principal::User(_) => {}
            Principal::RoleSession { role, .. } => role.usage.count(request),
        }
    }

    /// Fills the keys that follow from the caller and the time, and takes away what the given
    /// context says of them: a key that this kind of principal does not have is absent.
    ///
    /// Values: IAM User Guide, "IAM policy elements: Variables and tags" (principal key values) and
    /// "AWS global condition context keys". `aws:PrincipalArn` of a session is its role.
    pub(crate) fn complete(&self, context: &mut Context, now: OffsetDateTime) {
        let (principal_arn, principal_type, username, issued_at) = match &self.principal {
            Principal::User(user) => (&user.arn, "User", Some(user.name.clone()), None),
            Principal::RoleSession { role, issued_at, .. } => {
                (&role.arn, "AssumedRole", None, Some(date_text(*issued_at)))
            }
        };
        context.set(keys::PRINCIPAL_ARN, [principal_arn]);
        context.set(keys::PRINCIPAL_ACCOUNT, [&self.account_id]);
        context.set(keys::PRINCIPAL_TYPE, [principal_type]);
        context.set(keys::PRINCIPAL_IS_AWS_SERVICE, ["false"]);
        context.set(keys::USER_ID, [&self.user_id]);
        context.set(keys::USER_NAME, username);
        context.set(keys::TOKEN_ISSUE_TIME, issued_at);
        set_time(context, now);
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Caller").field(&self.arn).finish()
    }
}

/// Fills `aws:CurrentTime` and `aws:EpochTime`.
pub(crate) fn set_time(context: &mut Context, now: OffsetDateTime) {
    context.set(keys::CURRENT_TIME, [date_text(now)]);
    context.set(keys::EPOCH_TIME, [now.unix_timestamp().to_string()]);
}

/// Whole seconds in RFC 3339. A year that RFC 3339 cannot write becomes epoch seconds.
fn date_text(date: OffsetDateTime) -> String {
    let seconds = date.unix_timestamp();
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|whole| whole.format(&Rfc3339).ok())
        .unwrap_or_else(|| seconds.to_string())
}
