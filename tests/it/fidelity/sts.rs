//! STS, by boto3 and on the wire: sessions, their limits, their names, their end.

use std::time::Duration;

use aws_credential_types::Credentials;
use serde_json::{Value, json};
use tests::aws::{self, element};
use tests::http::Reply;
use tests::probe::Probe;
use tests::stack::{ACCOUNT_ID, Options, REGION, Stack};
use tests::{python, websocket};
use time::format_description::well_known::Rfc3339;

const NONCE: &str = "AAAAAAAAAAAAAAAAAAAAAA";

/// Makes each call of a list, `[operation, parameters]`, and prints what boto3 has of each: the result,
/// with times as text and without credentials, or the status, the code and the message of the error.
const SCRIPT: &str = r#"
import json, sys
import boto3
from botocore.exceptions import ClientError

sts = boto3.client("sts")
told = []
for operation, parameters in json.loads(sys.argv[1]):
    try:
        result = getattr(sts, operation)(**parameters)
        result.pop("ResponseMetadata")
        credentials = result.pop("Credentials", None)
        if credentials is not None:
            result["Expiration"] = credentials["Expiration"].isoformat()
        told.append(result)
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        told.append([status, error.response["Error"]["Code"], error.response["Error"]["Message"]])
print(json.dumps(told))
"#;

/// What boto3 has of these calls. `None` where there is none.
async fn boto3(stack: &Stack, credentials: &Credentials, calls: &Value) -> Option<Value> {
    let variables = [
        ("AWS_ENDPOINT_URL", &*stack.aws_url()),
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", credentials.access_key_id()),
        ("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key()),
        ("AWS_SESSION_TOKEN", credentials.session_token().unwrap_or_default()),
    ];
    let finished = python::script(SCRIPT, &[&calls.to_string()], &variables).await?;
    Some(finished.succeeded())
}

/// A call of `assume_role`, with more parameters than it needs.
fn assume(role_arn: &str, session_name: &str, more: Value) -> Value {
    let mut parameters = json!({"RoleArn": role_arn, "RoleSessionName": session_name});
    parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!(["assume_role", parameters])
}

/// A session policy of so many characters.
fn policy_of(characters: usize) -> String {
    let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let shortest = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
    format!("{shortest:characters$}")
}

#[tokio::test]
async fn boto3_gets_a_session_and_is_told_of_it() {
    let stack = Stack::start().await;
    let function = stack.function_credentials("SignFunctionRole");
    let role = stack.role("SignerRole");
    let policy = policy_of(1_024);
    let more = json!({"DurationSeconds": 900, "Policy": policy});
    let calls = json!([
        ["get_caller_identity", {}],
        assume(&role.arn, "a_b+=,.@-9", json!({})),
        assume(&role.arn, "ab", more),
    ]);
    if let Some(told) = boto3(&stack, &function, &calls).await {
        let caller = stack.role("SignFunctionRole");
        let ends = |seconds| {
            let at = stack.clock.now() + Duration::from_secs(seconds);
            at.truncate_to_second().format(&Rfc3339).unwrap().replace('Z', "+00:00")
        };
        let session = |name: &str| {
            json!({
                "AssumedRoleId": format!("{}:{name}", role.id),
                "Arn": format!("arn:aws:sts::{ACCOUNT_ID}:assumed-role/{}/{name}", role.name),
            })
        };
        let expected = json!([
            {
                "UserId": format!("{}:test", caller.id),
                "Account": ACCOUNT_ID,
                "Arn": format!("arn:aws:sts::{ACCOUNT_ID}:assumed-role/{}/test", caller.name),
            },
            {"AssumedRoleUser": session("a_b+=,.@-9"), "Expiration": ends(3_600)},
            {
                "AssumedRoleUser": session("ab"),
                "Expiration": ends(900),
                "PackedPolicySize": 50,
            },
        ]);
        assert_eq!(told, expected);
    }
    stack.stop().await;
}

/// Calls, each with the status, the code and the message that it is refused with.
struct Refusals {
    calls: Vec<Value>,
    expected: Vec<Value>,
}

impl Refusals {
    fn add(&mut self, call: Value, status: u16, code: &str, message: &str) {
        self.calls.push(call);
        self.expected.push(json!([status, code, message]));
    }

    /// A value that AWS's model does not allow.
    fn add_invalid(&mut self, call: Value, value: &str, member: &str, rule: &str) {
        let message = format!(
            "1 validation error detected: Value '{value}' at '{member}' failed to satisfy \
             constraint: Member must {rule}"
        );
        self.add(call, 400, "ValidationError", &message);
    }
}

#[tokio::test]
async fn boto3_is_told_why_there_is_no_session() {
    let stack = Stack::start().await;
    let signer = stack.role("SignerRole").arn.as_str();
    let mut refusals = Refusals { calls: Vec::new(), expected: Vec::new() };
    // What is too short or too small, botocore itself refuses.
    let pattern = r"satisfy regular expression pattern: [\w+=,.@-]*";
    refusals.add_invalid(assume(signer, "a b", json!({})), "a b", "roleSessionName", pattern);
    let (long, rule) = ("a".repeat(65), "have length less than or equal to 64");
    refusals.add_invalid(assume(signer, &long, json!({})), &long, "roleSessionName", rule);
    let (long, rule) = ("a".repeat(1_225), "have length less than or equal to 1224");
    let with_id = assume(signer, "ab", json!({"ExternalId": long}));
    refusals.add_invalid(with_id, &long, "externalId", rule);
    let lasting = |seconds: u32| assume(signer, "ab", json!({"DurationSeconds": seconds}));
    let rule = "have value less than or equal to 43200";
    refusals.add_invalid(lasting(43_201), "43201", "durationSeconds", rule);

    let chained = "The requested DurationSeconds exceeds the 1 hour session limit for roles \
                   assumed by role chaining.";
    refusals.add(lasting(3_601), 400, "ValidationError", chained);
    let packed = "Packed policy consumes 101% of allotted space, please use smaller policy.";
    let with_policy = |policy: &str| assume(signer, "ab", json!({"Policy": policy}));
    refusals.add(with_policy(&policy_of(2_049)), 400, "PackedPolicyTooLarge", packed);
    let malformed = "MalformedPolicyDocument";
    refusals.add(with_policy("{"), 400, malformed, "This policy contains invalid Json");
    refusals.add(with_policy("{}"), 400, malformed, "Syntax errors in policy.");
    let (caller, other) = (stack.role("SignFunctionRole"), &stack.role("ConnectFunctionRole").arn);
    let denied = format!(
        "User: arn:aws:sts::{ACCOUNT_ID}:assumed-role/{}/test is not authorized to perform: \
         sts:AssumeRole on resource: {other}",
        caller.name
    );
    refusals.add(assume(other, "ab", json!({})), 403, "AccessDenied", &denied);

    // What AWS knows and local does not.
    for (parameter, value) in [
        ("Tags", json!([{"Key": "team", "Value": "a"}])),
        ("TransitiveTagKeys", json!(["team"])),
        ("SourceIdentity", json!("somebody")),
        ("PolicyArns", json!([{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}])),
    ] {
        let message = format!("the parameter {parameter} is not played by local");
        let call = assume(signer, "ab", json!({parameter: value}));
        refusals.add(call, 501, "NotImplemented", &message);
    }
    let function = stack.function_credentials("SignFunctionRole");
    if let Some(told) = boto3(&stack, &function, &Value::from(refusals.calls)).await {
        assert_eq!(told, Value::from(refusals.expected));
    }
    stack.stop().await;
}

#[tokio::test]
async fn the_name_of_a_session_is_in_the_event_of_what_it_signs() {
    let probe = Probe::listen(env!("CARGO_BIN_EXE_probe")).await;
    let stack = Stack::start_with(probe.replace(Options::default(), &["ConnectFunction"])).await;
    let function = stack.function_credentials("SignFunctionRole");
    let role = stack.role("SignerRole");
    let parameters = [("RoleArn", &*role.arn), ("RoleSessionName", "user@example.com")];
    let answer = aws::sts(&stack.aws_url(), &function, "AssumeRole", &parameters).await;
    let url = stack.signed_url(&aws::session(&answer), "prod", NONCE);
    let invoked = async {
        let invocation = probe.invoked().await;
        let identity = invocation.event["requestContext"]["identity"].clone();
        invocation.answer(&json!({"statusCode": 403})).await;
        identity
    };
    let (identity, _) = tokio::join!(invoked, websocket::open(&url));
    let user_id = format!("{}:user@example.com", role.id);
    let arn = format!("arn:aws:sts::{ACCOUNT_ID}:assumed-role/{}/user@example.com", role.name);
    assert_eq!((&identity["userArn"], &identity["caller"]), (&json!(arn), &json!(user_id)));
    assert_eq!(element(&answer.text(), "AssumedRoleId"), Some(user_id));
    stack.stop().await;
}

/// By the clock of the stack, at every door; but for a function's own, which hold as long as its processes.
#[tokio::test]
async fn a_session_ends_and_a_functions_own_credentials_do_not() {
    const EXPIRED: &str = "The security token included in the request is expired";
    let stack = Stack::start().await;
    let function = stack.function_credentials("SignFunctionRole");
    let signer = &stack.role("SignerRole").arn;
    let session = aws::assume_role(&stack.aws_url(), &function, signer).await;
    let callback = stack.websocket_url().replacen("ws://", "http://", 1) + "/@connections/Nobody=";
    let of_sts = async |by| aws::sts(&stack.aws_url(), by, "GetCallerIdentity", &[]).await;
    let of_connections =
        async || aws::send(&session, "execute-api", "GET", &callback, &[], b"").await;
    let tables = json!({});
    let of_dynamodb =
        async || aws::dynamodb(&stack.aws_url(), &session, "ListTables", &tables).await;

    stack.clock.advance(Duration::from_secs(3_599));
    assert_eq!(of_sts(&session).await.status, 200);
    for reply in [of_connections().await, of_dynamodb().await] {
        assert!(reply.text().contains("is not authorized to perform"), "{}", reply.text());
    }
    stack.clock.advance(Duration::from_secs(1));
    let reply = of_sts(&session).await;
    let text = reply.text();
    let told = (reply.status, element(&text, "Code"), element(&text, "Message"));
    assert_eq!(told, (403, Some("ExpiredToken".to_owned()), Some(EXPIRED.to_owned())));
    let url = stack.signed_url(&session, "prod", NONCE);
    let refused = websocket::open(&url).await.expect_err("no way in");
    check_expired(&refused);
    check_expired(&of_connections().await);
    let reply = of_dynamodb().await;
    assert_eq!((reply.status, &reply.json()["message"]), (400, &json!(EXPIRED)));

    stack.clock.advance(Duration::from_secs(24 * 3_600));
    assert_eq!(of_sts(&function).await.status, 200);
    stack.stop().await;

    #[track_caller]
    fn check_expired(reply: &Reply) {
        assert_eq!((reply.status, reply.json()), (403, json!({"message": EXPIRED})));
        assert_eq!(reply.header("x-amzn-errortype"), Some("ExpiredTokenException"));
    }
}
