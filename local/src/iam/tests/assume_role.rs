//! The request of `AssumeRole`, and the session that comes of it.

use std::error::Error as _;

use serde_json::json;
use time::Duration;

use super::{account, lambda, now, policy, role, role_arn, session};
use crate::iam::{AssumeRoleError, AssumeRoleRequest, Context, Iam};

fn open_account(max_session_duration: u32) -> Iam {
    let mut target = role("Target", &[json!({"AWS": "*"})], json!([]));
    target.max_session_duration = max_session_duration;
    account(vec![target, role("Worker", &[lambda()], json!([]))])
}

fn request(change: impl FnOnce(&mut AssumeRoleRequest)) -> AssumeRoleRequest {
    let mut request = AssumeRoleRequest {
        role_arn: role_arn("Target"),
        role_session_name: "session".to_owned(),
        ..AssumeRoleRequest::default()
    };
    change(&mut request);
    request
}

fn check_refused(change: impl FnOnce(&mut AssumeRoleRequest), code: &str, message: &str) {
    let iam = open_account(3_600);
    let error = iam
        .assume_role(iam.developer().caller(), &request(change), &Context::new(), now())
        .expect_err(message);
    assert_eq!((error.code(), error.to_string().as_str()), (code, message));
}

fn check_invalid(
    change: impl FnOnce(&mut AssumeRoleRequest),
    value: &str,
    member: &str,
    rule: &str,
) {
    let message = format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: \
         Member must {rule}"
    );
    check_refused(change, "ValidationError", &message);
}

#[test]
fn the_session_is_named_after_role_and_session() {
    let iam = open_account(3_600);
    let assumed = iam
        .assume_role(iam.developer().caller(), &request(|_| {}), &Context::new(), now())
        .expect("a session");
    let caller = assumed.access_key.caller();
    assert_eq!(caller.arn(), "arn:aws:sts::123456789012:assumed-role/Target/session");
    assert_eq!(caller.user_id(), "AROATARGET:session");
    assert_eq!(caller.account_id(), "123456789012");
    assert_eq!(assumed.packed_policy_size, None);
    let expected_end = now() + Duration::hours(1);
    assert_eq!(assumed.access_key.credentials().expires_at(), Some(expected_end));
    let found = iam.find_access_key(assumed.access_key.credentials().access_key_id());
    assert_eq!(found.expect("the key is known").caller().arn(), caller.arn());
}

#[test]
fn a_path_of_the_role_is_not_in_the_sessions_arn() {
    let mut target = role("Target", &[json!({"AWS": "*"})], json!([]));
    target.arn = "arn:aws:iam::123456789012:role/some/path/Target".to_owned();
    let arn = target.arn.clone();
    let iam = account(vec![target]);
    let assumed = iam
        .assume_role(
            iam.developer().caller(),
            &request(|request| request.role_arn = arn),
            &Context::new(),
            now(),
        )
        .expect("a session");
    assert_eq!(
        assumed.access_key.caller().arn(),
        "arn:aws:sts::123456789012:assumed-role/Target/session"
    );
}

#[test]
fn names_have_lengths_and_characters() {
    let named = |name: &str| {
        let name = name.to_owned();
        |request: &mut AssumeRoleRequest| request.role_session_name = name
    };
    let name = "roleSessionName";
    check_invalid(named("x"), "x", name, "have length greater than or equal to 2");
    let long = "x".repeat(65);
    check_invalid(named(&long), &long, name, "have length less than or equal to 64");
    for bad in ["a b", "a/b", "a:b", "a*b", "é é"] {
        let rule = r"satisfy regular expression pattern: [\w+=,.@-]*";
        check_invalid(named(bad), bad, name, rule);
    }
    let iam = open_account(3_600);
    let all_characters = request(named("A_z0+=,.@-"));
    assert!(
        iam.assume_role(iam.developer().caller(), &all_characters, &Context::new(), now()).is_ok()
    );
}

#[test]
fn external_ids_have_lengths_and_characters() {
    let external = |id: &str| {
        let id = id.to_owned();
        |request: &mut AssumeRoleRequest| request.external_id = Some(id)
    };
    let member = "externalId";
    check_invalid(external("x"), "x", member, "have length greater than or equal to 2");
    let long = "x".repeat(1_225);
    check_invalid(external(&long), &long, member, "have length less than or equal to 1224");
    let rule = r"satisfy regular expression pattern: [\w+=,.@:\/-]*";
    check_invalid(external("a b"), "a b", member, rule);
}

#[test]
fn a_role_arn_is_an_arn() {
    let named = |arn: &str| {
        let arn = arn.to_owned();
        |request: &mut AssumeRoleRequest| request.role_arn = arn
    };
    let short = "have length greater than or equal to 20";
    check_invalid(named("role/Target"), "role/Target", "roleArn", short);
    check_refused(
        named("a-name-that-is-no-arn-at-all"),
        "ValidationError",
        "a-name-that-is-no-arn-at-all is invalid",
    );
}

#[test]
fn several_faults_are_told_together() {
    check_refused(
        |request| {
            request.role_session_name = "?".to_owned();
            request.duration_seconds = Some(1);
        },
        "ValidationError",
        "3 validation errors detected: Value '?' at 'roleSessionName' failed to satisfy constraint: \
         Member must have length greater than or equal to 2; Value '?' at 'roleSessionName' failed to \
         satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*; Value '1' \
         at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or \
         equal to 900",
    );
}

#[test]
fn durations_have_bounds() {
    let lasting = |seconds: u32| {
        move |request: &mut AssumeRoleRequest| {
            request.duration_seconds = Some(seconds);
        }
    };
    let member = "durationSeconds";
    check_invalid(lasting(899), "899", member, "have value greater than or equal to 900");
    check_invalid(lasting(43_201), "43201", member, "have value less than or equal to 43200");
    check_refused(
        lasting(3_601),
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
    let iam = open_account(43_200);
    for seconds in [900, 43_200] {
        let assumed = iam
            .assume_role(
                iam.developer().caller(),
                &request(lasting(seconds)),
                &Context::new(),
                now(),
            )
            .expect("a session");
        assert_eq!(
            assumed.access_key.credentials().expires_at(),
            Some(now() + Duration::seconds(i64::from(seconds)))
        );
    }
}

#[test]
fn a_chained_session_lasts_an_hour_at_most() {
    let iam = open_account(43_200);
    let worker = session(&iam, "Worker");
    let assume = |seconds: u32| {
        let request = request(|request| request.duration_seconds = Some(seconds));
        iam.assume_role(worker.caller(), &request, &Context::new(), now())
    };
    assert!(assume(3_600).is_ok());
    let error = assume(3_601).expect_err("more than an hour");
    assert_eq!(error.code(), "ValidationError");
    assert_eq!(
        error.to_string(),
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role \
         chaining."
    );
}

fn session_policy_of(characters: usize) -> String {
    let shortest = policy(json!({"Effect": "Allow", "Action": "*", "Resource": "*"})).to_string();
    format!("{shortest}{}", " ".repeat(characters - shortest.len()))
}

#[test]
fn a_session_policy_has_a_length_and_its_size_is_told() {
    check_refused(
        |request| request.policy = Some(session_policy_of(2_049)),
        "PackedPolicyTooLarge",
        "Packed policy consumes 101% of allotted space, please use smaller policy.",
    );
    let iam = open_account(3_600);
    for (characters, percent) in [(1_024, 50), (1_025, 51), (2_048, 100)] {
        let request = request(|request| request.policy = Some(session_policy_of(characters)));
        let assumed = iam
            .assume_role(iam.developer().caller(), &request, &Context::new(), now())
            .expect("a session");
        assert_eq!(assumed.packed_policy_size, Some(percent));
    }
}

#[test]
fn a_session_policy_is_read_strictly() {
    let with_policy = |text: &str| {
        let text = text.to_owned();
        |request: &mut AssumeRoleRequest| request.policy = Some(text)
    };
    let code = "MalformedPolicyDocument";
    check_refused(with_policy("{"), code, "This policy contains invalid Json");
    check_refused(
        with_policy(r#"{"Statement":{},"Statement":{}}"#),
        code,
        "This policy contains invalid Json",
    );
    check_refused(with_policy(r#"{"Statement":{}}"#), code, "Syntax errors in policy.");
    check_invalid(with_policy(""), "", "policy", "have length greater than or equal to 1");
    let rule = r"satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+";
    check_invalid(with_policy("{\u{1}}"), "{\u{1}}", "policy", rule);
    check_invalid(with_policy("{\u{100}}"), "{\u{100}}", "policy", rule);
    let latin = with_policy("{\u{ff}}");
    check_refused(latin, code, "This policy contains invalid Json");
}

#[test]
fn a_session_policy_asks_for_no_key_that_is_not_filled() {
    let statement = json!({
        "Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["x"]}},
    });
    check_refused(
        |request| request.policy = Some(policy(statement).to_string()),
        "NotImplemented",
        "the session policy is not played by local",
    );
}

#[test]
fn the_place_of_a_policys_fault_is_in_the_chain() {
    let iam = open_account(3_600);
    let request = request(|request| request.policy = Some(r#"{"Statement":{}}"#.to_owned()));
    let error = iam
        .assume_role(iam.developer().caller(), &request, &Context::new(), now())
        .expect_err("a malformed policy");
    let source = error.source().expect("a source").to_string();
    assert_eq!(source, "Statement: the element Effect is missing");
}

#[test]
fn parameters_are_read_from_a_query_request() {
    let found = AssumeRoleRequest::from_parameters([
        ("Action", "AssumeRole"),
        ("Version", "2011-06-15"),
        ("RoleArn", "arn"),
        ("RoleSessionName", "name"),
        ("DurationSeconds", "900"),
        ("ExternalId", "id"),
        ("Policy", "{}"),
    ]);
    let expected = AssumeRoleRequest {
        role_arn: "arn".to_owned(),
        role_session_name: "name".to_owned(),
        duration_seconds: Some(900),
        external_id: Some("id".to_owned()),
        policy: Some("{}".to_owned()),
    };
    assert_eq!(found.expect("a request"), expected);
}

#[test]
fn parameters_that_are_not_played_are_refused() {
    for (name, member) in [
        ("Tags.member.1.Key", "Tags"),
        ("TransitiveTagKeys.member.1", "TransitiveTagKeys"),
        ("PolicyArns.member.1.arn", "PolicyArns"),
        ("SerialNumber", "SerialNumber"),
        ("TokenCode", "TokenCode"),
        ("SourceIdentity", "SourceIdentity"),
        ("ProvidedContexts.member.1.ProviderArn", "ProvidedContexts"),
    ] {
        let error =
            AssumeRoleRequest::from_parameters([("RoleArn", "arn"), (name, "x")]).expect_err(name);
        assert!(matches!(error, AssumeRoleError::NotPlayed { .. }), "{error:?}");
        assert_eq!(error.to_string(), format!("the parameter {member} is not played by local"));
    }
}

#[test]
fn a_duration_is_a_number() {
    for value in ["", "an hour", "-900", "900.5", "99999999999"] {
        let error =
            AssumeRoleRequest::from_parameters([("DurationSeconds", value)]).expect_err(value);
        assert_eq!(error.code(), "ValidationError");
    }
}
