//! `AWS::IAM::Role`.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Resource, ResourceError, Result};
use crate::template::{Role, RolePolicy};

/// The longest sessions that a role may give, in seconds (IAM API Reference, CreateRole).
const MAXIMUM_SESSION_DURATIONS: std::ops::RangeInclusive<u32> = 3_600..=43_200;
/// The longest session when the template does not say.
const DEFAULT_SESSION_DURATION: u32 = 3_600;

pub(super) fn role(resource: &Resource) -> Result<Role> {
    resource.read(|properties| {
        // The identity is made of these two.
        if let Some(name) = properties.text("RoleName")?
            && !is_name(&name, 64)
        {
            return Err(properties.invalid("RoleName", "1 to 64 letters, digits and _+=,.@-"));
        }
        if let Some(path) = properties.text("Path")?
            && !(path == "/" || path.len() > 2 && path.starts_with('/') && path.ends_with('/'))
        {
            return Err(properties.invalid("Path", "a path that begins and ends with /"));
        }
        let policies = properties.objects("Policies", |policy| {
            let name = policy.required_text("PolicyName")?;
            if !is_name(&name, 128) {
                return Err(policy.invalid("PolicyName", "1 to 128 letters, digits and _+=,.@-"));
            }
            Ok(RolePolicy { name, document: policy.required_object("PolicyDocument")? })
        })?;
        let mut names = BTreeSet::new();
        if let Some(policy) = policies.iter().find(|policy| !names.insert(&policy.name)) {
            return Err(ResourceError::SameName {
                path: properties.path("Policies"),
                name: policy.name.clone(),
                other: "another policy of this role".to_owned(),
            });
        }
        let duration = properties.count("MaxSessionDuration", MAXIMUM_SESSION_DURATIONS)?;
        Ok(Role {
            logical_id: resource.logical_id.clone(),
            name: resource.identity.reference.clone(),
            arn: resource.attribute("Arn"),
            id: resource.attribute("RoleId"),
            trust_policy: properties.required_object("AssumeRolePolicyDocument")?,
            policies,
            max_session_duration: Duration::from_secs(
                duration.unwrap_or(DEFAULT_SESSION_DURATION).into(),
            ),
        })
    })
}

fn is_name(name: &str, maximum: usize) -> bool {
    (1..=maximum).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::super::test_support::{check_refused, stack};
    use serde_json::json;

    #[test]
    fn a_role_is_read() {
        let stack = stack(
            "R:
  Type: AWS::IAM::Role
  Properties:
    Path: /team/
    Description: d
    MaxSessionDuration: '7200'
    AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: []}
    Policies:
      - {PolicyName: p, PolicyDocument: {Statement: [{Condition: {StringEquals: {a: b}}}]}}",
        );
        let role = &stack.roles[0];
        assert_eq!(role.logical_id, "R");
        assert_eq!(role.arn, format!("arn:aws:iam::123456789012:role/team/{}", role.name));
        assert!(role.id.starts_with("AROA"));
        assert_eq!(role.trust_policy, json!({"Version": "2012-10-17", "Statement": []}));
        assert_eq!(role.policies[0].name, "p");
        assert_eq!(
            role.policies[0].document,
            json!({"Statement": [{"Condition": {"StringEquals": {"a": "b"}}}]})
        );
        assert_eq!(role.max_session_duration.as_secs(), 7200);
    }

    fn check(properties: &str, expected: &str) {
        let text = format!("R: {{Type: AWS::IAM::Role, Properties: {{{properties}}}}}");
        check_refused(&text, &format!("Resources.R.Properties.{expected}"));
    }

    #[test]
    fn what_is_not_played_is_refused() {
        check("", "AssumeRolePolicyDocument: required and missing");
        check("AssumeRolePolicyDocument: x", "AssumeRolePolicyDocument: expected a mapping");
        for name in ["ManagedPolicyArns", "PermissionsBoundary", "Tags"] {
            check(
                &format!("AssumeRolePolicyDocument: {{}}, {name}: []"),
                &format!("{name}: AWS::IAM::Role: this property is not supported"),
            );
        }
        check(
            "AssumeRolePolicyDocument: {}, MaxSessionDuration: 60",
            "MaxSessionDuration: expected an integer from 3600",
        );
        check("RoleName: 'a b'", "RoleName: expected 1 to 64 letters");
        check("Path: team", "Path: expected a path");
        check("Policies: {}", "Policies: expected a list of mappings");
        check("Policies: [{PolicyName: p}]", "Policies[0].PolicyDocument: required and missing");
        let policy = "{PolicyName: p, PolicyDocument: {}}";
        check(&format!("Policies: [{policy}, {policy}]"), "Policies: p is already the name");
    }
}
