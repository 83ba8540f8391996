//! Trust policies: whom a role lets in, and how far that goes by itself.
//!
//! IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal", and "Policy evaluation
//! logic" (resource-based policies and implicit denies in other policy types).

use std::collections::HashMap;

use super::policy::document::{
    Effect, Policy, PrincipalClass, PrincipalName, Selection, Statement,
};
use super::policy::error::{PolicyError, Problem};
use super::policy::evaluate::{Request, StatementId};
use super::principals::{Caller, Principal};

/// A trust policy whose principals were looked up: a role or user is known by its unique id, as IAM
/// stores it.
#[derive(Debug)]
pub(crate) struct TrustPolicy {
    policy: Policy,
    /// For each statement its principals.
    principals: Vec<Selection<Trusted>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Trusted {
    /// `"*"`: also services.
    Everyone,
    /// `{"AWS": "*"}`
    EveryAwsPrincipal,
    /// This account as a whole: its policies decide who of it.
    Account,
    /// A role (any session of it) or a user, by unique id.
    Identity(String),
    /// One session, by ARN.
    Session(String),
    Service(String),
    /// Another account, or a federated identity: nobody who calls here.
    Elsewhere,
}

/// The principals that exist in the account.
pub(crate) struct Directory<'a> {
    pub(crate) account_id: &'a str,
    pub(crate) partition: &'a str,
    /// Unique ids of roles and users, by ARN.
    pub(crate) ids_by_arn: HashMap<String, String>,
}

/// Who asks to assume the role.
#[derive(Clone, Copy)]
pub(crate) enum Asker<'a> {
    Caller(&'a Caller),
    /// A service principal such as `lambda.amazonaws.com`.
    Service(&'a str),
}

/// How far an `Allow` of a trust policy goes by itself, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grant {
    /// The account was named: the caller's own policies must allow the call too.
    ToAccount,
    /// The caller's role was named: enough, unless a session policy leaves the call out.
    ToRole,
    /// The user, the session, the service or everyone was named: enough.
    Direct,
}

#[derive(Debug)]
pub(crate) enum TrustVerdict {
    Denied(StatementId),
    /// At least one; each with how far it goes.
    Allowed(Vec<(Grant, StatementId)>),
    NotAllowed,
}

impl TrustPolicy {
    /// Looks the principals up.
    ///
    /// # Errors
    ///
    /// [`Problem::Principal`] for one that is malformed or does not exist (IAM: "Invalid principal in
    /// policy"). Principals of other accounts cannot be looked up here: they are taken as they are.
    pub(crate) fn resolve(policy: Policy, directory: &Directory<'_>) -> Result<Self, PolicyError> {
        let resolve_all = |names: &[PrincipalName]| {
            names.iter().map(|name| directory.resolve(name)).collect::<Result<Vec<_>, _>>()
        };
        let principals = policy
            .statements
            .iter()
            .map(|statement| match &statement.principals {
                Some(Selection::AnyOf(names)) => resolve_all(names).map(Selection::AnyOf),
                Some(Selection::NoneOf(names)) => resolve_all(names).map(Selection::NoneOf),
                None => Ok(Selection::AnyOf(Vec::new())),
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self { policy, principals })
    }

    pub(crate) fn evaluate(&self, asker: Asker<'_>, request: Request<'_>) -> TrustVerdict {
        let mut allowing = Vec::new();
        for (index, (statement, principals)) in self.statements().enumerate() {
            let Some(grant) = principals.grant_to(asker) else { continue };
            if !statement.applies(request) {
                continue;
            }
            let id = self.policy.statement_id(index, statement);
            match statement.effect {
                Effect::Deny => return TrustVerdict::Denied(id),
                Effect::Allow => allowing.push((grant, id)),
            }
        }
        if allowing.is_empty() { TrustVerdict::NotAllowed } else { TrustVerdict::Allowed(allowing) }
    }

    fn statements(&self) -> impl Iterator<Item = (&Statement, &Selection<Trusted>)> {
        self.policy.statements.iter().zip(&self.principals)
    }
}

impl Selection<Trusted> {
    /// Whether the element covers the asker, and how far it goes.
    fn grant_to(&self, asker: Asker<'_>) -> Option<Grant> {
        match self {
            Self::AnyOf(trusted) => trusted.iter().filter_map(|one| one.grant_to(asker)).max(),
            // Only naming the principal itself exempts it. The account is listed with it by AWS's own
            // advice, and must not exempt all others of the account.
            Self::NoneOf(trusted) => {
                let is_named = trusted
                    .iter()
                    .filter_map(|one| one.grant_to(asker))
                    .any(|g| g > Grant::ToAccount);
                (!is_named).then_some(Grant::Direct)
            }
        }
    }
}

impl Trusted {
    fn grant_to(&self, asker: Asker<'_>) -> Option<Grant> {
        let caller = match (self, asker) {
            (Self::Everyone, _) => return Some(Grant::Direct),
            (Self::Service(name), Asker::Service(service)) => {
                return (name == service).then_some(Grant::Direct);
            }
            (_, Asker::Service(_)) => return None,
            (_, Asker::Caller(caller)) => caller,
        };
        let (id, grant) = match &caller.principal {
            Principal::User(user) => (&user.id, Grant::Direct),
            Principal::RoleSession { role, .. } => (&role.id, Grant::ToRole),
        };
        match self {
            // The page on Principal, "All principals": principals of the account itself then need no
            // permission of their own.
            Self::Everyone | Self::EveryAwsPrincipal => Some(Grant::Direct),
            Self::Account => Some(Grant::ToAccount),
            Self::Identity(trusted) => (trusted == id).then_some(grant),
            Self::Session(arn) => (*arn == caller.arn).then_some(Grant::Direct),
            Self::Service(_) | Self::Elsewhere => None,
        }
    }
}

impl Directory<'_> {
    fn resolve(&self, name: &PrincipalName) -> Result<Trusted, PolicyError> {
        let resolved = match name.class {
            PrincipalClass::Everyone => Some(Trusted::Everyone),
            PrincipalClass::Aws => self.resolve_aws(&name.text),
            PrincipalClass::Service => {
                is_service(&name.text).then(|| Trusted::Service(name.text.clone()))
            }
            PrincipalClass::Federated => Some(Trusted::Elsewhere),
        };
        resolved.ok_or_else(|| PolicyError {
            place: name.place.clone(),
            problem: Problem::Principal(name.text.clone()),
        })
    }

    fn resolve_aws(&self, text: &str) -> Option<Trusted> {
        if text == "*" {
            return Some(Trusted::EveryAwsPrincipal);
        }
        if is_account_id(text) {
            return Some(self.account(text));
        }
        if let Some(id) = self.ids_by_arn.get(text) {
            return Some(Trusted::Identity(id.clone()));
        }
        let [scheme, partition, service, region, account, resource] =
            text.splitn(6, ':').collect::<Vec<_>>().try_into().ok()?;
        if scheme != "arn"
            || partition != self.partition
            || !region.is_empty()
            || !is_account_id(account)
            || text.contains(['*', '?'])
        {
            return None;
        }
        match (service, resource.split('/').collect::<Vec<_>>().as_slice()) {
            ("iam", ["root"]) => Some(self.account(account)),
            ("iam", ["role" | "user", .., _]) => {
                (account != self.account_id).then_some(Trusted::Elsewhere)
            }
            ("sts", ["assumed-role", _, _]) if account != self.account_id => {
                Some(Trusted::Elsewhere)
            }
            ("sts", ["assumed-role", role, session]) if !session.is_empty() => {
                self.has_role(role).then(|| Trusted::Session(text.to_owned()))
            }
            ("sts", ["federated-user", name]) if !name.is_empty() => Some(Trusted::Elsewhere),
            _ => None,
        }
    }

    fn account(&self, account_id: &str) -> Trusted {
        if account_id == self.account_id { Trusted::Account } else { Trusted::Elsewhere }
    }

    /// A session's ARN has the role's name without its path.
    fn has_role(&self, name: &str) -> bool {
        self.ids_by_arn.keys().any(|arn| {
            arn.contains(":role/") && arn.rsplit('/').next().is_some_and(|last| last == name)
        })
    }
}

/// `lambda.amazonaws.com`, `x.amazonaws.com.cn`.
fn is_service(text: &str) -> bool {
    [".amazonaws.com", ".amazonaws.com.cn"].iter().any(|suffix| {
        text.strip_suffix(suffix).is_some_and(|name| {
            !name.is_empty()
                && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))
        })
    })
}

pub(crate) fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
