//! Plays IAM and STS for one account: who calls, what they may do, and the credentials that prove it.
//!
//! [`Iam`] is made once from the roles of the template and refuses what IAM would refuse. Then, per call:
//!
//! 1. [`Iam::find_access_key`] gives the signature check the secret, and the [`Caller`] behind it;
//! 2. [`Iam::authorize`] decides an action of that caller, or [`Iam::assume_role`] answers
//!    `sts:AssumeRole` as a whole; [`may_invoke`] decides for API Gateway calling a function.
//!
//! Nothing is allowed that no statement allows. Time and randomness are arguments.
//!
//! The evaluation follows the IAM User Guide, "Policy evaluation logic", for requests within one
//! account. Not played, because the template has none: permissions boundaries, service and resource
//! control policies, resource-based policies other than trust policies and function permissions.

mod account;
mod assume_role;
mod authorize;
mod context;
mod credentials;
mod invoke;
pub(crate) mod keys;
mod policy;
mod principals;
mod roles;
mod trust;
mod usage;

pub use account::{FunctionSessionError, Iam};
pub use assume_role::{AssumeRoleError, AssumeRoleRequest, AssumedRole};
pub use authorize::{Allowed, DenialReason, Denied, PolicyType};
pub use context::Context;
pub use credentials::{AccessKey, Credentials};
pub use invoke::{FunctionPermission, may_invoke};
pub use keys::UnfilledKey;
pub use policy::error::{PolicyError, Problem};
pub use policy::evaluate::StatementId;
pub use policy::variables::VariableError;
pub use principals::Caller;
pub use roles::{IamError, NamedPolicy, RoleDefinition};
pub use usage::PermissionUse;

/// The name under which [`StatementId`] speaks of a role's trust policy: CloudFormation's property.
pub const TRUST_POLICY: &str = "AssumeRolePolicyDocument";

/// The name under which [`StatementId`] speaks of a session policy: the parameter of `AssumeRole`.
pub const SESSION_POLICY: &str = "Policy";

#[cfg(test)]
mod tests;
