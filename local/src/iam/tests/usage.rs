//! Which permissions count as used.

use serde_json::{Value, json};

use super::{account, lambda, now, policy, role, role_arn, session};
use crate::iam::{AssumeRoleRequest, Caller, Context, Iam, NamedPolicy, SESSION_POLICY};

const TABLE: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/Rows";

fn allow(action: Value, resource: Value) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

/// An account with one role, that Lambda may assume, with these statements.
fn with(statements: Value) -> Iam {
    account(vec![role("Reader", &[lambda()], statements)])
}

/// Asks as a service does: what is allowed counts.
fn ask(iam: &Iam, caller: &Caller, action: &str, resource: &str) -> bool {
    iam.authorize_all(caller, &[(action, resource)], Context::new(), now()).is_ok()
}

/// How often each permission was used, but for those of the trust policy.
fn used(iam: &Iam, role: &str) -> Vec<Option<u64>> {
    let permissions = iam.permissions_of(&role_arn(role)).into_iter();
    let granted = permissions.filter(|one| !one.policy.starts_with("AssumeRolePolicyDocument"));
    granted.map(|one| one.used).collect()
}

#[test]
fn each_pair_of_action_and_resource_counts_by_itself() {
    let other = "arn:aws:dynamodb:eu-west-1:123456789012:table/Other";
    let actions = json!(["dynamodb:GetItem", "dynamodb:PutItem"]);
    let iam = with(allow(actions, json!([TABLE, other])));
    let key = session(&iam, "Reader");
    assert!(ask(&iam, key.caller(), "dynamodb:GetItem", TABLE));
    assert!(ask(&iam, key.caller(), "dynamodb:getitem", TABLE));
    assert!(ask(&iam, key.caller(), "dynamodb:PutItem", other));
    assert_eq!(used(&iam, "Reader"), [Some(2), Some(0), Some(0), Some(1)]);
}

#[test]
fn every_permission_that_fits_counts() {
    let iam = with(json!([
        allow(json!("dynamodb:Get*"), json!(TABLE)),
        allow(json!("*"), json!("arn:aws:dynamodb:*:*:table/${aws:PrincipalAccount}")),
        allow(json!("dynamodb:*"), json!("*")),
        {"Effect": "Allow", "NotAction": "dynamodb:PutItem", "Resource": "*"},
        allow(json!("logs:PutLogEvents"), json!("*")),
        allow(json!("*"), json!("arn:aws:logs:eu-west-1:123456789012:log-group:g")),
    ]));
    let key = session(&iam, "Reader");
    assert!(ask(&iam, key.caller(), "dynamodb:GetItem", TABLE));
    assert_eq!(used(&iam, "Reader"), [Some(1), Some(0), Some(1), Some(1), None, None]);
    let account = "arn:aws:dynamodb:eu-west-1:1:table/123456789012";
    assert!(ask(&iam, key.caller(), "dynamodb:PutItem", account));
    assert_eq!(used(&iam, "Reader"), [Some(1), Some(1), Some(2), Some(1), None, None]);
}

#[test]
fn what_is_refused_counts_for_nothing() {
    let iam = with(json!([
        allow(json!("dynamodb:*"), json!("*")),
        {"Effect": "Deny", "Action": "dynamodb:DeleteItem", "Resource": "*"},
    ]));
    let key = session(&iam, "Reader");
    assert!(!ask(&iam, key.caller(), "dynamodb:DeleteItem", TABLE));
    assert_eq!(used(&iam, "Reader"), [Some(0)]);
}

#[test]
fn a_condition_decides_whether_a_permission_was_used() {
    let mut insecure = allow(json!("dynamodb:*"), json!("*"));
    insecure["Condition"] = json!({"Bool": {"aws:SecureTransport": "false"}});
    let iam = with(json!([insecure, allow(json!("dynamodb:GetItem"), json!("*"))]));
    let key = session(&iam, "Reader");
    assert!(ask(&iam, key.caller(), "dynamodb:GetItem", TABLE));
    assert_eq!(used(&iam, "Reader"), [Some(0), Some(1)]);
}

#[test]
fn a_session_policy_is_not_taken_for_one_of_the_role_with_its_name() {
    let mut reader = role("Reader", &[json!({"AWS": "*"})], json!([]));
    reader.policies.push(NamedPolicy {
        name: SESSION_POLICY.to_owned(),
        document: policy(json!([
            allow(json!("dynamodb:PutItem"), json!("*")),
            allow(json!("dynamodb:GetItem"), json!("*")),
        ])),
    });
    let iam = account(vec![reader]);
    let request = AssumeRoleRequest {
        role_arn: role_arn("Reader"),
        role_session_name: "limited".to_owned(),
        policy: Some(policy(json!([allow(json!("dynamodb:GetItem"), json!("*"))])).to_string()),
        ..AssumeRoleRequest::default()
    };
    let developer = iam.developer().clone();
    let assumed =
        iam.assume_role(developer.caller(), &request, &Context::new(), now()).expect("a session");
    let caller = assumed.access_key.caller();
    assert!(!ask(&iam, caller, "dynamodb:PutItem", TABLE));
    assert!(ask(&iam, caller, "dynamodb:GetItem", TABLE));
    assert_eq!(used(&iam, "Reader"), [Some(0), Some(1)]);
}

#[test]
fn a_trust_policy_is_used_by_whom_it_lets_in() {
    let assume = json!([allow(json!("sts:AssumeRole"), json!("*"))]);
    let signer = role(
        "Signer",
        &[json!({"AWS": [role_arn("Function"), role_arn("Other")]}), lambda()],
        json!([]),
    );
    let roles =
        vec![role("Function", &[lambda()], assume), role("Other", &[lambda()], json!([])), signer];
    let iam = account(roles);
    let of = |name| {
        let permissions = iam.permissions_of(&role_arn(name)).into_iter();
        permissions.map(|one| (one.policy, one.scope, one.used)).collect::<Vec<_>>()
    };
    let function = session(&iam, "Function");
    let request = AssumeRoleRequest {
        role_arn: role_arn("Signer"),
        role_session_name: "session".to_owned(),
        ..AssumeRoleRequest::default()
    };
    iam.assume_role(function.caller(), &request, &Context::new(), now()).expect("a session");
    let document = |index: usize| format!("AssumeRolePolicyDocument[{index}]");
    assert_eq!(
        of("Signer"),
        [
            (document(0), role_arn("Function"), Some(1)),
            (document(0), role_arn("Other"), Some(0)),
            (document(1), "lambda.amazonaws.com".to_owned(), Some(0)),
        ]
    );
    // Lambda has taken on the function's role, and its own permission fits as well.
    assert_eq!(
        of("Function"),
        [
            (document(0), "lambda.amazonaws.com".to_owned(), Some(1)),
            ("Inline[0]".to_owned(), "*".to_owned(), Some(1)),
        ]
    );
    let refused = session(&iam, "Other");
    let request = AssumeRoleRequest { role_arn: role_arn("Function"), ..request };
    iam.assume_role(refused.caller(), &request, &Context::new(), now()).expect_err("no trust");
    assert_eq!(of("Function")[0].2, Some(1));
}
