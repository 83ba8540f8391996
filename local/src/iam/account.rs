//! The account: its roles, its developer, its access keys.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use serde_json::json;
use time::OffsetDateTime;

use super::assume_role::{ASSUME_ROLE, AssumeRoleError, AssumeRoleRequest, AssumedRole, decide};
use super::authorize::{Allowed, DenialReason, Denied, PolicyType, authorize};
use super::context::Context;
use super::credentials::{AccessKey, CredentialStore, Credentials, MAX_EXPIRING_SESSIONS};
use super::keys;
use super::policy::document::PolicyUse;
use super::policy::evaluate::Request;
use super::principals::{Caller, Role, User, set_time};
use super::roles::{IamError, RoleDefinition, read_policy, read_role};
use super::trust::{Asker, Directory, TrustVerdict, is_account_id};
use super::usage::PermissionUse;
use crate::randomness::Randomness;

/// The service principal that assumes the roles of functions.
const LAMBDA: &str = "lambda.amazonaws.com";

/// The name of the IAM user who may do everything.
const DEVELOPER: &str = "developer";

/// Characters of a unique id after its prefix (`AIDA`), as AWS makes them.
const UNIQUE_ID_CHARACTERS: usize = 17;

/// Why a function gets no credentials. `Display` of [`CannotBeAssumed`](Self::CannotBeAssumed) is Lambda's
/// message (`InvalidParameterValueException` of `CreateFunction`).
#[derive(Debug, thiserror::Error)]
pub enum FunctionSessionError {
    /// The account has no such role.
    #[error("there is no role {0}")]
    NoSuchRole(String),
    /// The trust policy does not let `lambda.amazonaws.com` in.
    #[error("The role defined for the function cannot be assumed by Lambda.")]
    CannotBeAssumed,
}

/// IAM and STS of one account.
pub struct Iam {
    account_id: String,
    partition: String,
    roles: HashMap<String, Arc<Role>>,
    developer: Arc<AccessKey>,
    keys: CredentialStore,
    randomness: Randomness,
}

impl Iam {
    /// Makes the account: its roles by ARN, and the user `developer` who may do everything.
    ///
    /// # Errors
    ///
    /// What IAM would refuse when the template is deployed, see [`IamError`]: above all malformed
    /// policies, and trust policies whose principals do not exist. Also what it would accept and
    /// `local` could decide wrongly: policies that ask for condition keys that it does not fill.
    pub fn new(
        account_id: &str,
        partition: &str,
        roles: Vec<RoleDefinition>,
        randomness: Randomness,
    ) -> Result<Self, IamError> {
        if !is_account_id(account_id) {
            return Err(IamError::AccountId(account_id.to_owned()));
        }
        let developer = developer(account_id, partition, &randomness)?;
        let mut ids_by_arn: HashMap<String, String> =
            roles.iter().map(|role| (role.arn.clone(), role.id.clone())).collect();
        ids_by_arn.insert(developer.arn.clone(), developer.id.clone());
        let directory = Directory { account_id, partition, ids_by_arn };

        let mut names = HashSet::new();
        let mut known = HashMap::new();
        for definition in roles {
            if !names.insert(definition.name.to_ascii_lowercase()) {
                return Err(IamError::RepeatedRole(definition.name));
            }
            let role = read_role(definition, &directory)?;
            known.insert(role.arn.clone(), Arc::new(role));
        }

        let keys = CredentialStore::new(MAX_EXPIRING_SESSIONS);
        let developer = AccessKey {
            credentials: Credentials::long_term(&randomness),
            caller: Caller::user(account_id, Arc::new(developer)),
        };
        // The store is empty: there is nothing to forget at any time.
        let developer = keys.insert(developer, OffsetDateTime::UNIX_EPOCH);
        Ok(Self {
            account_id: account_id.to_owned(),
            partition: partition.to_owned(),
            roles: known,
            developer,
            keys,
            randomness,
        })
    }

    /// The 12 digits of the account.
    pub fn account_id(&self) -> &str {
        &self.account_id
    }

    /// The long-term access key of the local developer, who may do everything.
    pub fn developer(&self) -> &Arc<AccessKey> {
        &self.developer
    }

    /// The access key of this id, also one that has expired (for an hour): its end is for the signature
    /// check to judge. `None`: never issued, or forgotten.
    pub fn find_access_key(&self, access_key_id: &str) -> Option<Arc<AccessKey>> {
        self.keys.find(access_key_id)
    }

    /// Every access key that is known: the developer's, the functions', and those of assumed roles.
    pub fn access_keys(&self) -> Vec<Arc<AccessKey>> {
        self.keys.all()
    }

    /// Decides one action on one resource.
    ///
    /// `context` holds what the service knows (`aws:SourceIp`, `aws:SecureTransport`); the keys
    /// that follow from caller and `now` are filled here and cannot be overridden by it.
    /// `sts:GetCallerIdentity` is allowed to everybody, whatever a policy says.
    ///
    /// # Errors
    ///
    /// [`Denied`], which has AWS's message in its several forms.
    pub fn authorize(
        &self,
        caller: &Caller,
        action: &str,
        resource: &str,
        context: &Context,
        now: OffsetDateTime,
    ) -> Result<Allowed, Denied> {
        let mut context = context.clone();
        caller.complete(&mut context, now);
        authorize(caller, Request { action, resource, context: &context })
    }

    /// Decides a request that needs several actions, each on a resource. If it may do all, each is counted among the
    /// uses of the permissions that allow it; otherwise none is. `context` is as for [`authorize`](Self::authorize).
    ///
    /// # Errors
    ///
    /// [`Denied`] for the first that is not allowed.
    pub fn authorize_all(
        &self,
        caller: &Caller,
        needed: &[(&str, &str)],
        mut context: Context,
        now: OffsetDateTime,
    ) -> Result<(), Denied> {
        caller.complete(&mut context, now);
        let context = &context;
        let requests =
            || needed.iter().map(|&(action, resource)| Request { action, resource, context });
        for request in requests() {
            authorize(caller, request)?;
        }
        for request in requests() {
            caller.count(request);
        }
        Ok(())
    }

    /// The permissions of a role, those of its trust policy first, and how often each was used; none
    /// for an ARN that is no role's.
    pub fn permissions_of(&self, role_arn: &str) -> Vec<PermissionUse> {
        self.roles.get(role_arn).map(|role| role.usage.report()).unwrap_or_default()
    }

    /// Answers `sts:AssumeRole` as a whole: checks the request, decides, makes the session. `context` is as
    /// for [`authorize`](Self::authorize); `sts:ExternalId` and `sts:RoleSessionName` are filled here.
    ///
    /// # Errors
    ///
    /// In this order: malformed parameters; a session policy too long or malformed; access denied, also
    /// for an unknown role; a duration above what the role or role chaining allows.
    pub fn assume_role(
        &self,
        caller: &Caller,
        request: &AssumeRoleRequest,
        context: &Context,
        now: OffsetDateTime,
    ) -> Result<AssumedRole, AssumeRoleError> {
        request.check()?;
        let session_policy = request.session_policy()?;
        let Some(role) = self.roles.get(&request.role_arn) else {
            return Err(AssumeRoleError::AccessDenied(Denied {
                principal: caller.arn.clone(),
                action: ASSUME_ROLE.to_owned(),
                resource: request.role_arn.clone(),
                reason: DenialReason::NotAllowedBy(PolicyType::RoleTrust),
            }));
        };
        let statements =
            decide(caller, role, request, context, now).map_err(AssumeRoleError::AccessDenied)?;
        let duration = request.duration(caller, role)?;
        let (session_policy, packed_policy_size) = session_policy.unzip();
        let access_key = AccessKey {
            credentials: Credentials::temporary(Some(now + duration), &self.randomness),
            caller: Caller::role_session(
                &self.account_id,
                &self.partition,
                Arc::clone(role),
                &request.role_session_name,
                session_policy.map(Arc::new),
                now,
            ),
        };
        let access_key = self.keys.insert(access_key, now);
        Ok(AssumedRole { access_key, packed_policy_size, statements })
    }

    /// The credentials of a function, for all its processes: a session of its role, named after the
    /// function, that lives as long as the stack.
    ///
    /// # Errors
    ///
    /// [`FunctionSessionError::CannotBeAssumed`] unless the trust policy allows
    /// `lambda.amazonaws.com` `sts:AssumeRole`.
    pub fn session_for_function(
        &self,
        role_arn: &str,
        function_name: &str,
        now: OffsetDateTime,
    ) -> Result<Arc<AccessKey>, FunctionSessionError> {
        let role = self
            .roles
            .get(role_arn)
            .ok_or_else(|| FunctionSessionError::NoSuchRole(role_arn.to_owned()))?;
        let mut context = Context::new()
            .with(keys::PRINCIPAL_IS_AWS_SERVICE, "true")
            .with(keys::PRINCIPAL_SERVICE_NAME, LAMBDA)
            .with(keys::ROLE_SESSION_NAME, function_name);
        set_time(&mut context, now);
        let request = Request { action: ASSUME_ROLE, resource: &role.arn, context: &context };
        match role.trust.evaluate(Asker::Service(LAMBDA), request) {
            TrustVerdict::Allowed(_) => role.usage.count_assumed(Asker::Service(LAMBDA), request),
            TrustVerdict::Denied(_) | TrustVerdict::NotAllowed => {
                return Err(FunctionSessionError::CannotBeAssumed);
            }
        }
        let access_key = AccessKey {
            credentials: Credentials::temporary(None, &self.randomness),
            caller: Caller::role_session(
                &self.account_id,
                &self.partition,
                Arc::clone(role),
                function_name,
                None,
                now,
            ),
        };
        Ok(self.keys.insert(access_key, now))
    }
}

impl fmt::Debug for Iam {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Iam")
            .field("account_id", &self.account_id)
            .field("roles", &self.roles.keys())
            .finish_non_exhaustive()
    }
}

fn developer(account_id: &str, partition: &str, randomness: &Randomness) -> Result<User, IamError> {
    let everything = json!({
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
    });
    Ok(User {
        name: DEVELOPER.to_owned(),
        arn: format!("arn:{partition}:iam::{account_id}:user/{DEVELOPER}"),
        id: format!("AIDA{}", randomness.identifier::<UNIQUE_ID_CHARACTERS>()),
        policies: vec![read_policy(DEVELOPER, "Everything", &everything, PolicyUse::Permissions)?],
    })
}
