//! The condition keys that `local` fills, each as AWS does, and the refusal of all others.
//!
//! A key that AWS would fill and `local` does not looks absent, and an absent key can let a request
//! in (`ForAllValues:`, `…IfExists`, a `Deny` that no longer applies). So a policy that asks for a
//! key that is not in this list is refused as a whole.
//! (IAM User Guide, "AWS global condition context keys"; "IAM and AWS STS condition context keys")

use super::policy::document::Policy;
use super::policy::evaluate::StatementId;

/// By the doors: where the request came from.
pub(crate) const SOURCE_IP: &str = "aws:SourceIp";
/// By the doors.
pub(crate) const SECURE_TRANSPORT: &str = "aws:SecureTransport";
/// From the time of the request.
pub(crate) const CURRENT_TIME: &str = "aws:CurrentTime";
/// From the time of the request.
pub(crate) const EPOCH_TIME: &str = "aws:EpochTime";
/// From the caller; the next ones too.
pub(crate) const PRINCIPAL_ARN: &str = "aws:PrincipalArn";
pub(crate) const PRINCIPAL_ACCOUNT: &str = "aws:PrincipalAccount";
pub(crate) const PRINCIPAL_TYPE: &str = "aws:PrincipalType";
pub(crate) const PRINCIPAL_IS_AWS_SERVICE: &str = "aws:PrincipalIsAWSService";
pub(crate) const USER_ID: &str = "aws:userid";
/// Of a user only.
pub(crate) const USER_NAME: &str = "aws:username";
/// Of a role's session only.
pub(crate) const TOKEN_ISSUE_TIME: &str = "aws:TokenIssueTime";
/// Of a service only.
pub(crate) const PRINCIPAL_SERVICE_NAME: &str = "aws:PrincipalServiceName";
/// From the parameters of `AssumeRole`.
pub(crate) const EXTERNAL_ID: &str = "sts:ExternalId";
/// From the parameters of `AssumeRole`.
pub(crate) const ROLE_SESSION_NAME: &str = "sts:RoleSessionName";

const FILLED: [&str; 14] = [
    CURRENT_TIME,
    EPOCH_TIME,
    PRINCIPAL_ACCOUNT,
    PRINCIPAL_ARN,
    PRINCIPAL_IS_AWS_SERVICE,
    PRINCIPAL_SERVICE_NAME,
    PRINCIPAL_TYPE,
    SECURE_TRANSPORT,
    SOURCE_IP,
    TOKEN_ISSUE_TIME,
    USER_ID,
    USER_NAME,
    EXTERNAL_ID,
    ROLE_SESSION_NAME,
];

/// A policy asks for a condition key, in a condition or as a variable, that `local` cannot fill.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{statement} asks for the condition key {key:?}, which local does not fill (it fills {})", FILLED.join(", "))]
pub struct UnfilledKey {
    /// Where.
    pub statement: StatementId,
    /// The key, as written.
    pub key: String,
}

/// Checks that all keys of a policy are filled. Names are case-insensitive, as in a
/// [`Context`](super::Context).
///
/// # Errors
///
/// [`UnfilledKey`] for the first one that is not.
pub(crate) fn check(policy: &Policy) -> Result<(), UnfilledKey> {
    for (index, statement) in policy.statements.iter().enumerate() {
        let is_filled = |key: &str| FILLED.iter().any(|filled| filled.eq_ignore_ascii_case(key));
        if let Some(key) = statement.keys().find(|key| !is_filled(key)) {
            let statement = policy.statement_id(index, statement);
            return Err(UnfilledKey { statement, key: key.to_owned() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::iam::policy::document::PolicyUse;

    fn checked(statement: Value) -> Result<(), String> {
        let document = json!({"Version": "2012-10-17", "Statement": [statement]});
        let policy = Policy::parse("P", &document, PolicyUse::Permissions).expect("a policy");
        check(&policy).map_err(|unfilled| format!("{} {}", unfilled.statement, unfilled.key))
    }

    fn allow(resource: &str, condition: Value) -> Value {
        json!({"Effect": "Allow", "Action": "*", "Resource": resource, "Condition": condition})
    }

    fn check_refused(resource: &str, condition: Value, key: &str) {
        let expected = Err(format!("P[0] {key}"));
        assert_eq!(checked(allow(resource, condition.clone())), expected, "{resource} {condition}");
    }

    #[test]
    fn keys_that_are_filled_are_accepted_in_any_case() {
        for key in FILLED {
            assert_eq!(checked(allow("*", json!({"StringEquals": {key: "x"}}))), Ok(()));
            let upper = key.to_ascii_uppercase();
            assert_eq!(checked(allow("*", json!({"Null": {upper: "true"}}))), Ok(()));
        }
        assert_eq!(checked(allow("arn:aws:s3:::b/${aws:username}/${*}", json!({}))), Ok(()));
    }

    #[test]
    fn other_keys_are_refused_wherever_they_stand() {
        let leading = "dynamodb:LeadingKeys";
        let condition = json!({"ForAllValues:StringEquals": {leading: ["x"]}});
        check_refused("*", condition, leading);
        check_refused(
            "*",
            json!({"Null": {"aws:MultiFactorAuthAge": "true"}}),
            "aws:MultiFactorAuthAge",
        );
        let condition = json!({"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}});
        check_refused("*", condition, "aws:SourceVpc");
        let tag = "aws:PrincipalTag/team";
        check_refused("arn:aws:s3:::b/${aws:PrincipalTag/team, 'x'}", json!({}), tag);
        let condition = json!({"StringLike": {"aws:userid": "${aws:PrincipalTag/team}:*"}});
        check_refused("*", condition, tag);
        // The others do not excuse it.
        let condition = json!({"StringEquals": {"aws:userid": "x", "s3:prefix": "y"}});
        check_refused("*", condition, "s3:prefix");
    }

    #[test]
    fn the_refusal_names_what_is_filled() {
        let document = json!({"Statement": {
            "Sid": "Tagged", "Effect": "Deny", "NotAction": "s3:*", "NotResource": "*",
            "Condition": {"Bool": {"aws:ViaAWSService": "true"}},
        }});
        let policy = Policy::parse("P", &document, PolicyUse::Permissions).expect("a policy");
        let error = check(&policy).expect_err("an unfilled key").to_string();
        let begin = "P[0] (Tagged) asks for the condition key \"aws:ViaAWSService\", which local \
                     does not fill (it fills aws:CurrentTime, ";
        assert!(error.starts_with(begin), "{error}");
    }
}
