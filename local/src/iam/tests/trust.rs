//! Who is let in by a trust policy, and with which permission of its own.

use serde_json::{Value, json};

use super::{account, lambda, now, policy, role, role_arn, session};
use crate::iam::{AssumeRoleRequest, Caller, Context, Iam};

const WORKER: &str = "arn:aws:iam::123456789012:role/Worker";
const WORKER_SESSION: &str = "arn:aws:sts::123456789012:assumed-role/Worker/function";

/// What the caller's own policies say of `sts:AssumeRole`.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Own {
    Silent,
    Allow,
    Deny,
}

impl Own {
    fn statements(self) -> Value {
        match self {
            Self::Silent => json!([]),
            Self::Allow => json!({"Effect": "Allow", "Action": "sts:AssumeRole",
                "Resource": role_arn("Target")}),
            Self::Deny => json!({"Effect": "Deny", "Action": "sts:*", "Resource": "*"}),
        }
    }
}

fn target_request() -> AssumeRoleRequest {
    AssumeRoleRequest {
        role_arn: role_arn("Target"),
        role_session_name: "session".to_owned(),
        external_id: Some("partner".to_owned()),
        ..AssumeRoleRequest::default()
    }
}

/// The refusal's message, or the statements that allowed.
fn assume(iam: &Iam, caller: &Caller) -> Result<Vec<String>, String> {
    let context = Context::new().with("aws:SourceIp", "127.0.0.1");
    match iam.assume_role(caller, &target_request(), &context, now()) {
        Ok(assumed) => Ok(assumed.statements.iter().map(ToString::to_string).collect()),
        Err(error) => {
            assert_eq!(error.code(), "AccessDenied");
            Err(error.to_string())
        }
    }
}

fn sentence(caller: &str, rest: &str) -> String {
    format!(
        "User: {caller} is not authorized to perform: sts:AssumeRole on resource: \
         arn:aws:iam::123456789012:role/Target{rest}"
    )
}

/// A function of Worker assumes Target, which has these trust statements.
fn by_worker(trust: &Value, own: Own) -> Result<Vec<String>, String> {
    let mut target = role("Target", &[], json!([]));
    target.trust_policy = policy(trust.clone());
    let iam = account(vec![target, role("Worker", &[lambda()], own.statements())]);
    assume(&iam, session(&iam, "Worker").caller())
}

fn trusts(element: &str, principal: Value) -> Value {
    json!([{"Effect": "Allow", "Action": "sts:AssumeRole", element: principal}])
}

fn add(statements: &mut Value, statement: Value) {
    statements.as_array_mut().expect("a list of statements").push(statement);
}

fn check_by_worker(trust: Value, own: Own, expected: Result<&[&str], &str>) {
    let expected = match expected {
        Ok(statements) => Ok(statements.iter().map(ToString::to_string).collect()),
        Err(rest) => Err(sentence(WORKER_SESSION, rest)),
    };
    assert_eq!(by_worker(&trust, own), expected, "{trust} {own:?}");
}

const BY_TRUST: Result<&[&str], &str> = Ok(&["AssumeRolePolicyDocument[0]"]);
const REFUSED: Result<&[&str], &str> = Err("");

#[test]
fn naming_the_role_is_enough() {
    check_by_worker(trusts("Principal", json!({"AWS": WORKER})), Own::Silent, BY_TRUST);
}

#[test]
fn naming_the_session_is_enough() {
    check_by_worker(trusts("Principal", json!({"AWS": WORKER_SESSION})), Own::Silent, BY_TRUST);
    let other = "arn:aws:sts::123456789012:assumed-role/Worker/other";
    check_by_worker(trusts("Principal", json!({"AWS": other})), Own::Allow, REFUSED);
}

#[test]
fn everyone_is_enough_for_principals_of_the_account() {
    check_by_worker(trusts("Principal", json!("*")), Own::Silent, BY_TRUST);
    check_by_worker(trusts("Principal", json!({"AWS": "*"})), Own::Silent, BY_TRUST);
}

#[test]
fn naming_the_account_needs_the_callers_own_policy() {
    for named in ["123456789012", "arn:aws:iam::123456789012:root"] {
        let trust = trusts("Principal", json!({"AWS": named}));
        check_by_worker(trust.clone(), Own::Silent, REFUSED);
        check_by_worker(trust, Own::Allow, Ok(&["AssumeRolePolicyDocument[0]", "Inline[0]"]));
    }
}

#[test]
fn the_callers_own_policy_alone_is_not_enough() {
    for stranger in [
        json!({"AWS": role_arn("Target")}),
        json!({"AWS": "arn:aws:iam::123456789012:user/developer"}),
        json!({"AWS": "210987654321"}),
        json!({"AWS": "arn:aws:iam::210987654321:role/Worker"}),
        json!({"Federated": "accounts.google.com"}),
        lambda(),
    ] {
        check_by_worker(trusts("Principal", stranger), Own::Allow, REFUSED);
    }
}

#[test]
fn a_deny_of_either_side_wins() {
    check_by_worker(
        trusts("Principal", json!({"AWS": WORKER})),
        Own::Deny,
        Err(" with an explicit deny in an identity-based policy"),
    );
    let denied = |element: &str, principal: Value| {
        let mut trust = trusts("Principal", json!({"AWS": WORKER}));
        add(&mut trust, json!({"Effect": "Deny", "Action": "sts:AssumeRole", element: principal}));
        trust
    };
    let by_trust = Err(" with an explicit deny in the role trust policy");
    check_by_worker(denied("Principal", json!("*")), Own::Allow, by_trust);
    check_by_worker(denied("Principal", json!({"AWS": WORKER})), Own::Allow, by_trust);
    check_by_worker(denied("Principal", json!({"AWS": WORKER_SESSION})), Own::Allow, by_trust);
    check_by_worker(denied("Principal", json!({"AWS": "123456789012"})), Own::Allow, by_trust);
    check_by_worker(denied("Principal", json!({"AWS": role_arn("Target")})), Own::Silent, BY_TRUST);
    // All but the named ones; naming the account exempts nobody.
    let account_and_other = json!({"AWS": ["123456789012", role_arn("Target")]});
    check_by_worker(denied("NotPrincipal", account_and_other), Own::Allow, by_trust);
    let account_and_worker = json!({"AWS": ["123456789012", WORKER]});
    check_by_worker(denied("NotPrincipal", account_and_worker), Own::Silent, BY_TRUST);
}

#[test]
fn not_principal_with_allow_lets_all_others_in() {
    check_by_worker(trusts("NotPrincipal", json!({"AWS": WORKER})), Own::Allow, REFUSED);
    check_by_worker(
        trusts("NotPrincipal", json!({"AWS": role_arn("Target")})),
        Own::Silent,
        BY_TRUST,
    );
}

#[test]
fn conditions_of_the_trust_policy_count() {
    let check = |condition: Value, expected| {
        let mut trust = trusts("Principal", json!({"AWS": WORKER}));
        trust[0]["Condition"] = condition;
        check_by_worker(trust, Own::Silent, expected);
    };
    check(json!({"StringEquals": {"sts:ExternalId": "partner"}}), BY_TRUST);
    check(json!({"StringEquals": {"sts:ExternalId": "other"}}), REFUSED);
    check(json!({"StringEquals": {"sts:RoleSessionName": "session"}}), BY_TRUST);
    check(json!({"IpAddress": {"aws:SourceIp": "127.0.0.1"}}), BY_TRUST);
    check(json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Work*"}}), BY_TRUST);
    check(json!({"DateLessThan": {"aws:CurrentTime": "2026-11-20"}}), REFUSED);
}

#[test]
fn the_action_of_the_trust_policy_counts() {
    let mut trust = trusts("Principal", json!({"AWS": WORKER}));
    trust[0]["Action"] = json!("sts:TagSession");
    check_by_worker(trust.clone(), Own::Allow, REFUSED);
    trust[0]["Action"] = json!(["sts:TagSession", "STS:assume*"]);
    check_by_worker(trust, Own::Silent, BY_TRUST);
}

/// A session of Worker with a session policy that leaves `sts:AssumeRole` out assumes Target.
fn by_limited_worker(principal: Value) -> Result<Vec<String>, String> {
    let iam = account(vec![
        role("Target", &[principal], json!([])),
        role("Worker", &[json!({"AWS": "*"})], Own::Allow.statements()),
    ]);
    let request = AssumeRoleRequest {
        role_arn: WORKER.to_owned(),
        role_session_name: "function".to_owned(),
        policy: Some(
            policy(json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})).to_string(),
        ),
        ..AssumeRoleRequest::default()
    };
    let limited = iam
        .assume_role(iam.developer().caller(), &request, &Context::new(), now())
        .expect("a limited session");
    assume(&iam, limited.access_key.caller())
}

#[test]
fn a_session_policy_limits_what_the_role_was_granted_but_not_the_session() {
    let refused = Err(sentence(WORKER_SESSION, ""));
    assert_eq!(by_limited_worker(json!({"AWS": WORKER})), refused);
    assert_eq!(by_limited_worker(json!({"AWS": "123456789012"})), refused);
    let allowed = Ok(vec!["AssumeRolePolicyDocument[0]".to_owned()]);
    assert_eq!(by_limited_worker(json!({"AWS": WORKER_SESSION})), allowed);
    assert_eq!(by_limited_worker(json!("*")), allowed);
}

#[test]
fn the_developer_is_let_in_by_name_and_through_the_account() {
    let by_developer = |principal: Value| {
        let iam = account(vec![role("Target", &[principal], json!([]))]);
        assume(&iam, iam.developer().caller())
    };
    let developer = "arn:aws:iam::123456789012:user/developer";
    assert!(by_developer(json!({"AWS": developer})).is_ok());
    assert!(by_developer(json!({"AWS": "123456789012"})).is_ok());
    assert_eq!(by_developer(lambda()), Err(sentence(developer, "")));
}

#[test]
fn an_unknown_role_is_refused_like_a_forbidden_one() {
    let iam = account(vec![role("Worker", &[lambda()], Own::Allow.statements())]);
    let caller = session(&iam, "Worker");
    assert_eq!(assume(&iam, caller.caller()), Err(sentence(WORKER_SESSION, "")));
}

#[test]
fn lambda_assumes_only_what_trusts_it() {
    let check = |trust: Value, expected: bool| {
        let mut worker = role("Worker", &[], json!([]));
        worker.trust_policy = policy(trust.clone());
        let iam = account(vec![worker]);
        let found = iam.session_for_function(WORKER, "function", now());
        assert_eq!(found.is_ok(), expected, "{trust}");
        if let Err(error) = found {
            assert_eq!(
                error.to_string(),
                "The role defined for the function cannot be assumed by Lambda."
            );
        }
    };
    check(trusts("Principal", lambda()), true);
    check(trusts("Principal", json!("*")), true);
    check(trusts("Principal", json!({"AWS": "*"})), false);
    check(trusts("Principal", json!({"AWS": "123456789012"})), false);
    check(trusts("Principal", json!({"Service": "ec2.amazonaws.com"})), false);
    check(
        trusts("Principal", json!({"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]})),
        true,
    );
    let mut denied = trusts("Principal", lambda());
    add(&mut denied, json!({"Effect": "Deny", "Action": "*", "Principal": lambda()}));
    check(denied, false);
    let on_condition = |condition: Value, expected| {
        let mut trust = trusts("Principal", lambda());
        trust[0]["Condition"] = condition;
        check(trust, expected);
    };
    on_condition(json!({"StringEquals": {"aws:userid": "x"}}), false);
    on_condition(json!({"Bool": {"aws:PrincipalIsAWSService": "true"}}), true);
    let service = "aws:PrincipalServiceName";
    on_condition(json!({"StringEquals": {service: "lambda.amazonaws.com"}}), true);
    on_condition(json!({"StringEquals": {"sts:RoleSessionName": "function"}}), true);
}

#[test]
fn a_function_without_a_role_gets_no_session() {
    let error = account(Vec::new()).session_for_function(WORKER, "function", now());
    assert_eq!(
        error.expect_err("no role").to_string(),
        "there is no role arn:aws:iam::123456789012:role/Worker"
    );
}
