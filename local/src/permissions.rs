//! What a template permits, and which of it was used: of its roles, and of who may invoke its functions.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use crate::iam::{FunctionPermission, Iam, PermissionUse, may_invoke};
use crate::template::{InvokePermission, Stack};

/// The service that invokes functions on behalf of an API.
const API_GATEWAY: &str = "apigateway.amazonaws.com";

/// Every permission of a stack.
pub struct Permissions {
    iam: Arc<Iam>,
    /// Logical id and ARN of each role.
    roles: Vec<(String, String)>,
    functions: Vec<Function>,
}

/// What is permitted to one role, or to those who invoke one function.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Holder {
    /// The logical id of the role or function.
    pub name: String,
    /// Each permission, in the order of the template.
    pub permissions: Vec<PermissionUse>,
}

struct Function {
    logical_id: String,
    arn: String,
    permissions: Vec<Invoke>,
}

struct Invoke {
    logical_id: String,
    permission: FunctionPermission,
    used: AtomicU64,
}

impl Permissions {
    /// Those of a stack, none of them used. `iam` has its roles.
    pub fn new(stack: &Stack, iam: Arc<Iam>) -> Self {
        let roles = stack.roles.iter();
        let functions = stack.functions.iter();
        Self {
            iam,
            roles: roles.map(|role| (role.logical_id.clone(), role.arn.clone())).collect(),
            functions: functions
                .map(|function| Function {
                    logical_id: function.logical_id.clone(),
                    arn: function.arn.clone(),
                    permissions: function.permissions.iter().map(Invoke::new).collect(),
                })
                .collect(),
        }
    }

    /// Whether a permission lets API Gateway invoke a function on behalf of `source_arn`. It counts as
    /// used then.
    pub fn may_invoke(&self, function_arn: &str, source_arn: &str) -> bool {
        let mut is_allowed = false;
        for function in self.functions.iter().filter(|function| function.arn == function_arn) {
            for invoke in &function.permissions {
                if may_invoke(&invoke.permission, API_GATEWAY, source_arn) {
                    invoke.used.fetch_add(1, Ordering::Relaxed);
                    is_allowed = true;
                }
            }
        }
        is_allowed
    }

    /// Every permission, and how often it was used: of the roles, then of the functions that any
    /// service may invoke.
    pub fn uses(&self) -> Vec<Holder> {
        let roles = self.roles.iter().map(|(name, arn)| Holder {
            name: name.clone(),
            permissions: self.iam.permissions_of(arn),
        });
        let functions = self.functions.iter().map(|function| Holder {
            name: function.logical_id.clone(),
            permissions: function.permissions.iter().map(Invoke::report).collect(),
        });
        roles.chain(functions).filter(|holder| !holder.permissions.is_empty()).collect()
    }
}

impl Invoke {
    fn new(permission: &InvokePermission) -> Self {
        Self {
            logical_id: permission.logical_id.clone(),
            permission: FunctionPermission {
                action: permission.action.clone(),
                principal: permission.principal.clone(),
                source_arn: permission.source_arn.clone(),
                source_account: permission.source_account.clone(),
            },
            used: AtomicU64::default(),
        }
    }

    fn report(&self) -> PermissionUse {
        let FunctionPermission { action, principal, source_arn, source_account } = &self.permission;
        let scope = [Some(principal), source_account.as_ref(), source_arn.as_ref()];
        let scope: Vec<_> = scope.into_iter().flatten().map(String::as_str).collect();
        PermissionUse {
            policy: self.logical_id.clone(),
            action: action.clone(),
            scope: scope.join(" "),
            // API Gateway alone invokes functions here.
            used: (principal == API_GATEWAY).then(|| self.used.load(Ordering::Relaxed)),
        }
    }
}
