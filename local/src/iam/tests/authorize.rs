//! An action of a caller: by identity-based policies, within the session policy.

use serde_json::{Value, json};

use super::{account, lambda, now, role, role_arn, session};
use crate::iam::{
    AssumeRoleRequest, Caller, Context, DenialReason, Denied, Iam, PolicyType, SESSION_POLICY,
};

const TABLE: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/T";
const CONNECT: &str = "arn:aws:execute-api:eu-west-1:123456789012:a1/prod/$connect";

fn worker(statements: Value) -> Iam {
    account(vec![role("Worker", &[lambda(), json!({"AWS": "*"})], statements)])
}

/// A session of Worker with a session policy.
fn limited(iam: &Iam, session_policy: Value) -> Caller {
    let request = AssumeRoleRequest {
        role_arn: role_arn("Worker"),
        role_session_name: "limited".to_owned(),
        policy: Some(super::policy(session_policy).to_string()),
        ..AssumeRoleRequest::default()
    };
    let assumed = iam
        .assume_role(iam.developer().caller(), &request, &Context::new(), now())
        .expect("a session");
    assumed.access_key.caller().clone()
}

fn ask(iam: &Iam, caller: &Caller, action: &str, resource: &str) -> Result<Vec<String>, Denied> {
    iam.authorize(caller, action, resource, &Context::new(), now())
        .map(|allowed| allowed.statements.iter().map(ToString::to_string).collect())
}

fn check_allowed(iam: &Iam, caller: &Caller, action: &str, resource: &str, by: &[&str]) {
    assert_eq!(
        ask(iam, caller, action, resource),
        Ok(by.iter().map(ToString::to_string).collect())
    );
}

fn check_denied(iam: &Iam, caller: &Caller, action: &str, resource: &str, message: &str) {
    let denied = ask(iam, caller, action, resource).expect_err(message);
    assert_eq!(denied.to_string(), message);
}

#[test]
fn the_developer_may_do_everything() {
    let iam = account(Vec::new());
    check_allowed(&iam, iam.developer().caller(), "dynamodb:Scan", TABLE, &["Everything[0]"]);
}

#[test]
fn nothing_is_allowed_by_default() {
    let iam = worker(json!([]));
    check_denied(
        &iam,
        session(&iam, "Worker").caller(),
        "dynamodb:GetItem",
        TABLE,
        "User: arn:aws:sts::123456789012:assumed-role/Worker/function is not authorized to perform: \
         dynamodb:GetItem on resource: arn:aws:dynamodb:eu-west-1:123456789012:table/T because no \
         identity-based policy allows the dynamodb:GetItem action",
    );
}

#[test]
fn the_statements_that_allow_are_named() {
    let iam = worker(json!([
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": TABLE, "Sid": "Reads"},
        {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}
    ]));
    check_allowed(
        &iam,
        session(&iam, "Worker").caller(),
        "dynamodb:GetItem",
        TABLE,
        &["Inline[1] (Reads)", "Inline[2]"],
    );
}

#[test]
fn an_explicit_deny_is_named() {
    let iam = worker(json!([
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "dynamodb:Delete*", "Resource": "*", "Sid": "Keep"}
    ]));
    let worker = session(&iam, "Worker");
    check_denied(
        &iam,
        worker.caller(),
        "dynamodb:DeleteItem",
        TABLE,
        "User: arn:aws:sts::123456789012:assumed-role/Worker/function is not authorized to perform: \
         dynamodb:DeleteItem on resource: arn:aws:dynamodb:eu-west-1:123456789012:table/T with an \
         explicit deny in an identity-based policy",
    );
    let denied = ask(&iam, worker.caller(), "dynamodb:DeleteItem", TABLE).expect_err("a deny");
    let DenialReason::ExplicitDeny(PolicyType::Identity, statement) = denied.reason else {
        panic!("{:?}", denied.reason);
    };
    assert_eq!(statement.to_string(), "Inline[1] (Keep)");
}

#[test]
fn a_session_policy_only_takes_away() {
    let iam = worker(json!({"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}));
    let caller = limited(
        &iam,
        json!({"Effect": "Allow", "Action": ["dynamodb:GetItem", "s3:*"], "Resource": "*"}),
    );
    let by_session = format!("{SESSION_POLICY}[0]");
    check_allowed(&iam, &caller, "dynamodb:GetItem", TABLE, &["Inline[0]", &by_session]);
    check_denied(
        &iam,
        &caller,
        "dynamodb:PutItem",
        TABLE,
        "User: arn:aws:sts::123456789012:assumed-role/Worker/limited is not authorized to perform: \
         dynamodb:PutItem on resource: arn:aws:dynamodb:eu-west-1:123456789012:table/T because no \
         session policy allows the dynamodb:PutItem action",
    );
    check_denied(
        &iam,
        &caller,
        "s3:GetObject",
        "arn:aws:s3:::b/x",
        "User: arn:aws:sts::123456789012:assumed-role/Worker/limited is not authorized to perform: \
         s3:GetObject on resource: arn:aws:s3:::b/x because no identity-based policy allows the \
         s3:GetObject action",
    );
}

#[test]
fn a_deny_in_the_session_policy_wins() {
    let iam = worker(json!({"Effect": "Allow", "Action": "*", "Resource": "*"}));
    let caller = limited(
        &iam,
        json!([
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": "dynamodb:Scan", "Resource": "*"}
        ]),
    );
    check_denied(
        &iam,
        &caller,
        "dynamodb:Scan",
        TABLE,
        "User: arn:aws:sts::123456789012:assumed-role/Worker/limited is not authorized to perform: \
         dynamodb:Scan on resource: arn:aws:dynamodb:eu-west-1:123456789012:table/T with an explicit \
         deny in a session policy",
    );
}

#[test]
fn execute_api_masks_the_account_of_the_resource() {
    let iam = worker(json!({"Effect": "Deny", "Action": "execute-api:ManageConnections",
        "Resource": "*"}));
    let worker = session(&iam, "Worker");
    let message = |action: &str| {
        ask(&iam, worker.caller(), action, CONNECT).expect_err("a refusal").execute_api_message()
    };
    let sentence = "User: arn:aws:sts::123456789012:assumed-role/Worker/function is not authorized to \
                    perform: execute-api:Invoke on resource: \
                    arn:aws:execute-api:eu-west-1:********9012:a1/prod/$connect";
    assert_eq!(message("execute-api:Invoke"), sentence);
    assert_eq!(
        message("execute-api:ManageConnections"),
        format!(
            "{} with an explicit deny",
            sentence.replace("execute-api:Invoke", "execute-api:ManageConnections")
        )
    );
}

#[test]
fn get_caller_identity_needs_no_permission_and_no_deny_stops_it() {
    let iam = worker(json!({"Effect": "Deny", "Action": "*", "Resource": "*"}));
    check_allowed(&iam, session(&iam, "Worker").caller(), "sts:GetCallerIdentity", "*", &[]);
}

/// Whether a request of this caller, which brings this context, meets the condition.
fn check_condition(by: By, condition: Value, given: &Context, expected: bool) {
    let statement =
        json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition});
    let iam = worker(json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}, statement]));
    let function = session(&iam, "Worker");
    let limited = limited(&iam, json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
    let caller = match by {
        By::Function => function.caller(),
        By::AssumedSession => &limited,
    };
    let found = iam.authorize(caller, "dynamodb:GetItem", TABLE, given, now()).is_err();
    assert_eq!(found, expected, "{condition}");
}

#[derive(Clone, Copy)]
enum By {
    Function,
    AssumedSession,
}

#[test]
fn the_keys_of_the_caller_and_the_time_are_filled() {
    let holds = |condition: Value| check_condition(By::Function, condition, &Context::new(), true);
    holds(json!({"StringEquals": {"aws:PrincipalArn": role_arn("Worker")}}));
    holds(json!({"StringEquals": {"aws:PrincipalAccount": "123456789012"}}));
    holds(json!({"StringEquals": {"aws:PrincipalType": "AssumedRole"}}));
    holds(json!({"StringEquals": {"aws:userid": "AROAWORKER:function"}}));
    holds(json!({"Bool": {"aws:PrincipalIsAWSService": "false"}}));
    holds(json!({"Null": {"aws:PrincipalServiceName": "true"}}));
    holds(json!({"Null": {"aws:username": "true"}}));
    holds(json!({"DateEquals": {"aws:TokenIssueTime": "2026-11-20T10:00:00Z"}}));
    holds(json!({"DateEquals": {"aws:CurrentTime": "2026-11-20T10:00:00Z"}}));
    holds(json!({"NumericEquals": {"aws:EpochTime": "1795168800"}}));
    check_condition(
        By::AssumedSession,
        json!({"StringEquals": {"aws:userid": "AROAWORKER:limited"}}),
        &Context::new(),
        true,
    );
}

#[test]
fn the_service_brings_the_other_keys() {
    let given = Context::new().with("aws:SourceIp", "127.0.0.1");
    let check = |condition: Value, expected: bool| {
        check_condition(By::Function, condition, &given, expected);
    };
    check(json!({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}), true);
    check(json!({"Null": {"aws:SecureTransport": "true"}}), true);
}

#[test]
fn a_given_context_cannot_speak_for_the_caller() {
    let given = Context::new()
        .with("AWS:UserName", "ada")
        .with("aws:userid", "AIDAX")
        .with("aws:CurrentTime", "1970-01-01T00:00:00Z");
    let check = |condition: Value, expected: bool| {
        check_condition(By::Function, condition, &given, expected);
    };
    check(json!({"Null": {"aws:username": "true"}}), true);
    check(json!({"StringEquals": {"aws:userid": "AIDAX"}}), false);
    check(json!({"DateLessThan": {"aws:CurrentTime": "2000-01-01"}}), false);
}

#[test]
fn a_user_has_a_name_and_no_token() {
    let trusting = |condition: Value| {
        let mut target = role("Target", &[json!({"AWS": "*"})], json!([]));
        target.trust_policy["Statement"][0]["Condition"] = condition;
        let iam = account(vec![target]);
        let request = AssumeRoleRequest {
            role_arn: role_arn("Target"),
            role_session_name: "dev".to_owned(),
            ..AssumeRoleRequest::default()
        };
        iam.assume_role(iam.developer().caller(), &request, &Context::new(), now()).is_ok()
    };
    assert!(trusting(json!({"StringEquals": {"aws:username": "developer"}})));
    assert!(trusting(json!({"StringEquals": {"aws:PrincipalType": "User"}})));
    assert!(trusting(json!({"Null": {"aws:TokenIssueTime": "true"}})));
    assert!(trusting(json!({"StringLike": {"aws:userid": "AIDA?????????????????"}})));
    assert!(!trusting(json!({"Null": {"aws:TokenIssueTime": "false"}})));
}
