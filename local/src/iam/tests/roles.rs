//! What is refused when the account is made.

use std::error::Error as _;

use serde_json::{Value, json};

use super::{ACCOUNT, account, build, lambda, policy, randomness, role};
use crate::iam::{Iam, IamError, NamedPolicy, RoleDefinition};

fn check_refused(roles: Vec<RoleDefinition>, expected: &str) {
    let error = build(roles).expect_err(expected);
    assert_eq!(chain(&error), expected);
}

fn chain(error: &IamError) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

fn changed(change: impl FnOnce(&mut RoleDefinition)) -> Vec<RoleDefinition> {
    let mut definition = role("Role", &[lambda()], json!([]));
    change(&mut definition);
    vec![definition]
}

fn statement_with_characters(characters: usize) -> Value {
    let mut document = policy(json!({
        "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::"
    }));
    let missing = characters - document.to_string().len();
    document["Statement"]["Resource"] = json!(format!("arn:aws:s3:::{}", "a".repeat(missing)));
    document
}

#[test]
fn an_account_id_has_12_digits() {
    for id in ["", "12345678901", "1234567890123", "12345678901x"] {
        let error = Iam::new(id, "aws", Vec::new(), randomness()).expect_err(id);
        assert_eq!(error.to_string(), format!("{id:?} is not an account id (expected 12 digits)"));
    }
}

#[test]
fn a_role_has_its_own_arn_with_or_without_path() {
    account(changed(|role| role.arn = format!("arn:aws:iam::{ACCOUNT}:role/some/path/Role")));
    for arn in [
        "arn:aws:iam::123456789012:role/Other",
        "arn:aws:iam::123456789012:role/pathRole",
        "arn:aws:iam::123456789012:user/Role",
        "arn:aws:iam::210987654321:role/Role",
        "arn:aws-cn:iam::123456789012:role/Role",
    ] {
        check_refused(
            changed(|role| role.arn = arn.to_owned()),
            &format!("{arn:?} is not the ARN of the role Role in this account"),
        );
    }
}

#[test]
fn role_and_policy_names_are_unique() {
    check_refused(
        vec![role("Role", &[lambda()], json!([])), role("ROLE", &[lambda()], json!([]))],
        "there are two roles named ROLE",
    );
    let named = || NamedPolicy {
        name: "P".to_owned(),
        document: policy(json!({"Effect": "Allow", "Action": "*", "Resource": "*"})),
    };
    check_refused(
        changed(|role| role.policies = vec![named(), named()]),
        "role Role has two policies named P",
    );
}

#[test]
fn session_durations_have_bounds() {
    for seconds in [3_599, 43_201] {
        check_refused(
            changed(|role| role.max_session_duration = seconds),
            &format!("role Role: MaxSessionDuration is {seconds} (expected 3600 to 43200)"),
        );
    }
    account(changed(|role| role.max_session_duration = 43_200));
}

#[test]
fn inline_policies_together_have_a_length() {
    let policies = |characters: [usize; 2]| {
        changed(|role| {
            role.policies = characters
                .iter()
                .enumerate()
                .map(|(index, characters)| NamedPolicy {
                    name: format!("P{index}"),
                    document: statement_with_characters(*characters),
                })
                .collect();
        })
    };
    account(policies([10_000, 240]));
    check_refused(
        policies([10_000, 241]),
        "role Role: its inline policies together are 10241 characters long without white space (at \
         most 10240)",
    );
}

#[test]
fn a_trust_policy_has_a_length_that_counts_no_white_space() {
    let with_id = |id: String| {
        changed(|role| {
            role.trust_policy["Id"] = json!(id);
        })
    };
    account(with_id(" ".repeat(3_000)));
    let shortest = changed(|role| role.trust_policy["Id"] = json!(""))[0].trust_policy.to_string();
    account(with_id("x".repeat(2_048 - shortest.len())));
    check_refused(
        with_id("x".repeat(2_049 - shortest.len())),
        "role Role: its trust policy is 2049 characters long without white space (at most 2048)",
    );
}

#[test]
fn a_malformed_policy_is_named_with_its_place() {
    check_refused(
        vec![role(
            "Role",
            &[lambda()],
            json!({"Effect": "Allow", "Action": "GetItem", "Resource": "*"}),
        )],
        "role Role: the policy Inline is malformed: Statement.Action: \"GetItem\" is not an action \
         (expected \"service:Action\", wildcards after the colon, or \"*\")",
    );
    check_refused(
        changed(|role| role.trust_policy = json!({"Statement": []})),
        "role Role: the policy AssumeRolePolicyDocument is malformed: Statement: the list is empty",
    );
}

#[test]
fn a_condition_key_that_is_not_filled_is_refused_by_name() {
    let condition = json!({"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["x"]}});
    let refused = |roles: Vec<RoleDefinition>, statement: &str| {
        let error = build(roles).expect_err("a refusal");
        let IamError::Key { role, source } = error else { panic!("{error}") };
        assert_eq!((role.as_str(), source.key.as_str()), ("Role", "dynamodb:LeadingKeys"));
        assert_eq!(source.statement.to_string(), statement);
    };
    let allow = json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition});
    refused(vec![role("Role", &[lambda()], allow)], "Inline[0]");
    let trusting =
        changed(|role| role.trust_policy["Statement"][0]["Condition"] = condition.clone());
    refused(trusting, "AssumeRolePolicyDocument[0]");
}

#[test]
fn principals_of_a_trust_policy_must_exist() {
    let refused = |class: &str, principal: &str| {
        check_refused(
            vec![role("Role", &[json!({class: [principal]})], json!([]))],
            &format!(
                "role Role: the policy AssumeRolePolicyDocument is malformed: \
                 Statement[0].Principal.{class}[0]: invalid principal {principal:?}"
            ),
        );
    };
    refused("AWS", "arn:aws:iam::123456789012:role/Missing");
    refused("AWS", "arn:aws:iam::123456789012:role/Role*");
    refused("AWS", "arn:aws:iam::123456789012:user/nobody");
    refused("AWS", "arn:aws:iam::123456789012:group/all");
    refused("AWS", "arn:aws:iam::1234:root");
    refused("AWS", "arn:aws-cn:iam::123456789012:root");
    refused("AWS", "arn:aws:sts::123456789012:assumed-role/Missing/session");
    refused("AWS", "arn:aws:sts::123456789012:assumed-role/Role/*");
    refused("AWS", "arn:aws:sts::123456789012:assumed-role/Role/");
    refused("AWS", "developer");
    refused("AWS", "12345");
    refused("Service", "lambda");
    refused("Service", "*.amazonaws.com");
    refused("Service", "lambda.example.com");
}

#[test]
fn principals_that_exist_or_are_elsewhere_are_accepted() {
    let accepted = |principal: Value| {
        account(vec![role("Role", &[principal], json!([]))]);
    };
    accepted(json!("*"));
    accepted(json!({"AWS": "*"}));
    accepted(json!({"AWS": ["123456789012", "arn:aws:iam::123456789012:root"]}));
    accepted(json!({"AWS": "arn:aws:iam::123456789012:role/Role"}));
    accepted(json!({"AWS": "arn:aws:iam::123456789012:user/developer"}));
    accepted(json!({"AWS": "arn:aws:sts::123456789012:assumed-role/Role/session"}));
    accepted(json!({"AWS": "arn:aws:iam::210987654321:role/path/Theirs"}));
    accepted(json!({"AWS": "210987654321", "Federated": "accounts.google.com"}));
    accepted(json!({"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com.cn"]}));
}
