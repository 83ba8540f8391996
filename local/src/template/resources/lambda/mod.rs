//! `AWS::Lambda::Function` and `AWS::Lambda::Permission`.

mod function;
mod permission;

use super::{Resource, ResourceError, ResourceType, Result, of_type};
use crate::template::{Function, Role};

/// The functions, each with its permissions.
pub(super) fn functions(resources: &[Resource], roles: &[Role]) -> Result<Vec<Function>> {
    let mut functions = Vec::new();
    for resource in of_type(resources, ResourceType::Function) {
        let function = function::read(resource)?;
        if !roles.iter().any(|role| role.arn == function.role_arn) {
            return Err(ResourceError::NoSuch {
                path: resource.path("Properties.Role"),
                what: "role",
            });
        }
        functions.push(function);
    }
    for resource in of_type(resources, ResourceType::Permission) {
        let (function_name, permission) = permission::read(resource)?;
        let function = functions
            .iter_mut()
            .find(|function| function.name == function_name || function.arn == function_name)
            .ok_or_else(|| ResourceError::NoSuch {
                path: resource.path("Properties.FunctionName"),
                what: "function",
            })?;
        function.permissions.push(permission);
    }
    Ok(functions)
}
