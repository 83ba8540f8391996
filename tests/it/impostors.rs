//! Properly signed, by somebody who may invoke the API, but not by the SignerRole: such a one can
//! sign any `grant.*` it likes, so ws-connect lets it in with none.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use local::iam::{AccessKey, AssumeRoleRequest, Context};
use serde_json::json;
use sigv4_sign::Signer;
use tests::http::Reply;
use tests::stack::{Options, REGION, Stack};
use tests::waiting::eventually;
use tests::{template, websocket};
use url::Url;
use yaml_serde::Value;

/// A URL with a false `grant.userId`, and all else as sign-fn would set it.
fn sign_as(stack: &Stack, key: &AccessKey, nonce: &str) -> String {
    let credentials = key.credentials();
    let credentials = Credentials::new(
        credentials.access_key_id(),
        credentials.secret_access_key(),
        credentials.session_token().map(ToOwned::to_owned),
        None,
        "test",
    );
    let now = stack.clock.now();
    let signer = Signer { credentials: &credentials, region: REGION, time: SystemTime::from(now) };
    let expires = (now.unix_timestamp() + 60).to_string();
    let parameters =
        [("grant.userId", "somebody"), ("grant.expires", &expires), ("grant.nonce", nonce)];
    let endpoint = Url::parse(stack.websocket_url()).unwrap();
    let url = signer.presigned_url(&endpoint, &parameters, Duration::from_secs(60)).unwrap();
    url.secret_text().to_owned()
}

async fn refusal(stack: &Stack, key: &AccessKey, nonce: &str) -> Reply {
    let reply = websocket::open(&sign_as(stack, key, nonce)).await.expect_err("an impostor got in");
    assert_eq!(reply.status, 403, "{}", reply.text());
    assert!(stack.rows("ConnectionsTable").is_empty());
    assert!(stack.rows("NoncesTable").is_empty());
    reply
}

/// Signature and policy let the key's URL pass, ws-connect does not.
async fn check_refused_by_ws_connect(stack: &Stack, key: &AccessKey) {
    let invocations = stack.invocations("ConnectFunction");
    let refusals = || stack.log_count("ConnectFunction", "caller_not_signer");
    let logged = refusals();
    let reply = refusal(stack, key, "q83vEjRWeJCrze8SNFZ4kA").await;
    assert_eq!(reply.text(), "", "reasons go to the log, never to the client");
    assert_eq!(stack.invocations("ConnectFunction"), invocations + 1);
    eventually("ws-connect logs the reason", || refusals() == logged + 1).await;
}

/// The very same parameters, signed by the SignerRole's own session: that one gets in, so it is the
/// signer that the others are refused for.
async fn check_let_in(stack: &Stack, key: &AccessKey) {
    let mut socket = websocket::open(&sign_as(stack, key, "q83vEjRWeJCrze8SNFZ4kA")).await.unwrap();
    let echo = socket.ask("hello").await;
    assert_eq!(echo["connection"]["granted"], json!({"userId": "somebody"}));
}

/// The ARN of a role, as an output of the template.
fn output_arn_of(tree: &mut Value, role: &str) {
    let output = format!("Value: !GetAtt {role}.Arn");
    let outputs = template::at(tree, "Outputs").as_mapping_mut().unwrap();
    outputs.insert(format!("{role}Arn").into(), yaml_serde::from_str(&output).unwrap());
}

/// A policy that lets a role connect.
fn connect_policy() -> Value {
    let text = "
        PolicyName: impostor
        PolicyDocument:
          Version: '2012-10-17'
          Statement:
            - Effect: Allow
              Action: execute-api:Invoke
              Resource: !Sub arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${WebSocketApi}/*
    ";
    yaml_serde::from_str(text).unwrap()
}

fn assume(stack: &Stack, role: &str, session_name: &str) -> Arc<AccessKey> {
    let request = AssumeRoleRequest {
        role_arn: stack.running.outputs[&format!("{role}Arn")].clone(),
        role_session_name: session_name.to_owned(),
        ..AssumeRoleRequest::default()
    };
    let Stack { running, clock, .. } = stack;
    let developer = running.iam.developer().caller();
    let assumed = running.iam.assume_role(developer, &request, &Context::new(), clock.now());
    assumed.unwrap_or_else(|error| panic!("{}", local::report::chain(&error))).access_key
}

fn session_for_function(stack: &Stack, role: &str) -> Arc<AccessKey> {
    let arn = &stack.running.outputs[&format!("{role}Arn")];
    stack.running.iam.session_for_function(arn, "impostor", stack.clock.now()).unwrap()
}

#[tokio::test]
async fn the_developer_may_invoke_the_api_and_grants_nothing() {
    let stack = Stack::start().await;
    check_refused_by_ws_connect(&stack, stack.running.iam.developer()).await;
    stack.stop().await;
}

#[tokio::test]
async fn another_role_that_may_invoke_the_api_grants_nothing() {
    let template = template::with(|tree| {
        let policies = "Resources.ConnectFunctionRole.Properties.Policies";
        let policies = template::at(tree, policies).as_sequence_mut().unwrap();
        policies.push(connect_policy());
        output_arn_of(tree, "ConnectFunctionRole");
    });
    let stack = Stack::start_with(Options::default().template(template)).await;
    let key = session_for_function(&stack, "ConnectFunctionRole");
    check_refused_by_ws_connect(&stack, &key).await;
    stack.stop().await;
}

#[tokio::test]
async fn a_role_made_like_the_signer_role_grants_nothing() {
    let template = template::with(|tree| {
        let anyone =
            yaml_serde::from_str("AWS: !Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:root");
        let principal =
            "Resources.SignerRole.Properties.AssumeRolePolicyDocument.Statement.0.Principal";
        *template::at(tree, principal) = anyone.unwrap();
        let signer = template::at(tree, "Resources.SignerRole").clone();
        let resources = template::at(tree, "Resources").as_mapping_mut().unwrap();
        resources.insert("SignerRoleTwin".into(), signer);
        output_arn_of(tree, "SignerRole");
        output_arn_of(tree, "SignerRoleTwin");
    });
    let stack = Stack::start_with(Options::default().template(template)).await;
    let session_name = "sign-fn";
    check_refused_by_ws_connect(&stack, &assume(&stack, "SignerRoleTwin", session_name)).await;
    check_let_in(&stack, &assume(&stack, "SignerRole", session_name)).await;
    stack.stop().await;
}

#[tokio::test]
async fn a_role_that_may_not_invoke_the_api_does_not_reach_ws_connect() {
    let template = template::with(|tree| output_arn_of(tree, "DefaultFunctionRole"));
    let stack = Stack::start_with(Options::default().template(template)).await;
    let key = session_for_function(&stack, "DefaultFunctionRole");
    let reply = refusal(&stack, &key, "q83vEjRWeJCrze8SNFZ4kA").await;
    assert_eq!(reply.header("x-amzn-errortype"), Some("AccessDeniedException"));
    assert_eq!(stack.invocations("ConnectFunction"), 0);
    stack.stop().await;
}

#[tokio::test]
async fn the_url_of_another_stack_does_not_reach_ws_connect() {
    let (stack, other) = tokio::join!(Stack::start(), Stack::start());
    let key = other.running.iam.developer();
    let reply = refusal(&stack, key, "q83vEjRWeJCrze8SNFZ4kA").await;
    assert_eq!(reply.header("x-amzn-errortype"), Some("UnrecognizedClientException"));
    assert_eq!(stack.invocations("ConnectFunction"), 0);
    tokio::join!(stack.stop(), other.stop());
}
