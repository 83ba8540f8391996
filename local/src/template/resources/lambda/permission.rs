//! `AWS::Lambda::Permission`.

use super::{Resource, Result};
use crate::template::InvokePermission;

/// The function's name or ARN, as the template has it, and the permission.
pub(super) fn read(resource: &Resource) -> Result<(String, InvokePermission)> {
    resource.read(|properties| {
        let action = properties.required_text("Action")?;
        if action != "lambda:InvokeFunction" {
            let reason = "only lambda:InvokeFunction is asked for here";
            return Err(properties.not_played("Action", &action, reason));
        }
        let source_account = properties.text("SourceAccount")?;
        if let Some(account) = &source_account
            && !(account.len() == 12 && account.chars().all(|c| c.is_ascii_digit()))
        {
            return Err(properties.invalid("SourceAccount", "12 digits"));
        }
        let source_arn = properties.text("SourceArn")?;
        if source_arn.as_ref().is_some_and(|arn| !arn.starts_with("arn:")) {
            return Err(properties.invalid("SourceArn", "an ARN"));
        }
        let permission = InvokePermission {
            logical_id: resource.logical_id.clone(),
            principal: properties.required_text("Principal")?,
            action,
            source_arn,
            source_account,
        };
        Ok((properties.required_text("FunctionName")?, permission))
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::test_support::{FUNCTION, check_refused, stack};

    fn template(properties: &str) -> String {
        format!("{FUNCTION}\nP: {{Type: AWS::Lambda::Permission, Properties: {{{properties}}}}}")
    }

    #[test]
    fn a_permission_is_given_to_its_function() {
        for function in ["!Ref F", "!GetAtt F.Arn"] {
            let stack = stack(&template(&format!(
                "FunctionName: {function}, Action: lambda:InvokeFunction, Principal: apigateway.amazonaws.com,
  SourceArn: 'arn:aws:execute-api:eu-west-1:123456789012:abc/*/$connect', SourceAccount: 012345678901"
            )));
            let permission = &stack.functions[0].permissions[0];
            assert_eq!(permission.principal, "apigateway.amazonaws.com");
            assert_eq!(permission.action, "lambda:InvokeFunction");
            assert_eq!(permission.source_account.as_deref(), Some("012345678901"));
            assert!(permission.source_arn.as_ref().is_some_and(|arn| arn.ends_with("$connect")));
        }
    }

    fn check(properties: &str, expected: &str) {
        check_refused(&template(properties), &format!("Resources.P.Properties.{expected}"));
    }

    #[test]
    fn what_is_not_played_is_refused() {
        let least = "FunctionName: !Ref F, Principal: p, Action: lambda:InvokeFunction";
        check(
            "FunctionName: f, Principal: p, Action: lambda:InvokeFunction",
            "FunctionName: names no function",
        );
        check(
            "FunctionName: !Ref F, Action: lambda:InvokeFunction",
            "Principal: required and missing",
        );
        check("FunctionName: !Ref F, Principal: p", "Action: required and missing");
        check(
            "FunctionName: !Ref F, Principal: p, Action: lambda:*",
            "Action: lambda:* is not supported",
        );
        check(&format!("{least}, SourceArn: api"), "SourceArn: expected an ARN");
        check(&format!("{least}, SourceAccount: 12"), "SourceAccount: expected 12 digits");
        for name in ["PrincipalOrgID", "EventSourceToken", "FunctionUrlAuthType"] {
            check(
                &format!("{least}, {name}: x"),
                &format!("{name}: AWS::Lambda::Permission: this property is not supported"),
            );
        }
    }
}
