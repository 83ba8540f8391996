//! Whether a service may invoke a function: the function's resource-based policy, as
//! `AWS::Lambda::Permission` writes it.

use super::policy::pattern::Pattern;

/// One statement of a function's resource-based policy (`AWS::Lambda::Permission`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionPermission {
    /// `Action`: `lambda:InvokeFunction`, `lambda:*` or `*`.
    pub action: String,
    /// `Principal`: a service such as `apigateway.amazonaws.com`.
    pub principal: String,
    /// `SourceArn`: compared as `ArnLike`, so it may hold wildcards. `None`: any source.
    pub source_arn: Option<String>,
    /// `SourceAccount`: 12 digits. `None`: any account.
    pub source_account: Option<String>,
}

/// Whether a permission lets `service` invoke the function on behalf of `source_arn`, such as
/// `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/$connect` for `apigateway.amazonaws.com`.
///
/// Lambda API Reference, `AddPermission`; Lambda writes the source into the policy as an `ArnLike`
/// condition on `aws:SourceArn`, and the account as `StringEquals` on `aws:SourceAccount`.
pub fn may_invoke(permission: &FunctionPermission, service: &str, source_arn: &str) -> bool {
    let source_account = source_arn.split(':').nth(4).unwrap_or_default();
    let FunctionPermission { action, principal, source_arn: pattern, source_account: account } =
        permission;
    Pattern::new(&action.to_ascii_lowercase()).matches("lambda:invokefunction")
        && principal == service
        && pattern.as_ref().is_none_or(|pattern| Pattern::new(pattern).matches_arn(source_arn))
        && account.as_ref().is_none_or(|account| account == source_account)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "arn:aws:execute-api:eu-west-1:123456789012:a1b2/prod/$connect";

    fn check(change: impl FnOnce(&mut FunctionPermission), expected: bool) {
        let mut permission = FunctionPermission {
            action: "lambda:InvokeFunction".to_owned(),
            principal: "apigateway.amazonaws.com".to_owned(),
            source_arn: Some(
                "arn:aws:execute-api:eu-west-1:123456789012:a1b2/*/$connect".to_owned(),
            ),
            source_account: None,
        };
        change(&mut permission);
        let found = may_invoke(&permission, "apigateway.amazonaws.com", SOURCE);
        assert_eq!(found, expected, "{permission:?}");
    }

    fn source(arn: &str) -> impl FnOnce(&mut FunctionPermission) {
        let arn = arn.to_owned();
        |permission| permission.source_arn = Some(arn)
    }

    #[test]
    fn the_source_arn_is_compared_with_wildcards() {
        check(|_| {}, true);
        check(|permission| permission.source_arn = None, true);
        check(source(SOURCE), true);
        check(source("arn:aws:execute-api:eu-west-1:123456789012:a1b2/*"), true);
        check(source("arn:aws:execute-api:*:*:a1b2/prod/*"), true);
        check(source("arn:aws:execute-api:eu-west-1:123456789012:a1b2/*/$default"), false);
        check(source("arn:aws:execute-api:eu-west-1:123456789012:a1b2/*/*/$connect"), false);
        check(source("arn:aws:execute-api:eu-west-1:123456789012:other/*"), false);
        check(source("arn:aws:execute-api:eu-west-2:123456789012:a1b2/*"), false);
        check(source("arn:aws:execute-api:*:a1b2/*"), false);
    }

    #[test]
    fn action_principal_and_account_must_fit() {
        check(|permission| permission.action = "lambda:*".to_owned(), true);
        check(|permission| permission.action = "*".to_owned(), true);
        check(|permission| permission.action = "lambda:GetFunction".to_owned(), false);
        check(|permission| permission.principal = "events.amazonaws.com".to_owned(), false);
        check(|permission| permission.principal = "*".to_owned(), false);
        check(|permission| permission.source_account = Some("123456789012".to_owned()), true);
        check(|permission| permission.source_account = Some("210987654321".to_owned()), false);
    }
}
