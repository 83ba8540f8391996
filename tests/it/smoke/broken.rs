//! A fault is planted, and smoke fails by the check whose promise it breaks. So smoke is a test that can fail.

use local::faults::{Fault, FunctionFault, Times, Which};
use serde_json::json;
use tests::folder::Folder;
use tests::probe::Probe;
use tests::stack::{Options, Stack};
use tests::template;
use tests::tokens::Key;

use super::{closed, developer, of_seconds, run, smoke_of, with_domains, with_tokens};

/// URLs end at once: in these stacks nothing is good for long.
const URL_SECONDS: u32 = 2;

/// Runs smoke against a stack that is not as it should be; each of these checks must fail, and so must the whole.
async fn check_fails(stack: Stack, arguments: &[&str], expected: &[&str]) {
    let mut command = smoke_of(&stack, Some(&developer(&stack))).await;
    command.args(arguments);
    let run = run(&stack, command).await;
    stack.stop().await;
    let failed = run.checks_that("FAIL");
    for name in expected {
        assert!(failed.iter().any(|other| other == name), "{name} among {failed:#?}");
    }
    assert_eq!(run.code, Some(1), "{} {}", run.stdout, run.stderr);
    // The table says so as well.
    for name in expected {
        let is_told = |line: &str| line.starts_with("FAIL") && line.contains(name);
        assert!(run.stdout.lines().any(is_told), "{name} in {}", run.stdout);
    }
}

/// A stack whose `$connect` lets in whatever reaches it.
async fn accepting(options: Options) -> Stack {
    let probe = Probe::listen(env!("CARGO_BIN_EXE_probe")).await;
    let stack = Stack::start_with(probe.replace(options, &["ConnectFunction"])).await;
    tokio::spawn(async move {
        loop {
            probe.invoked().await.answer(&json!({"statusCode": 200})).await;
        }
    });
    stack
}

#[tokio::test]
async fn a_function_that_lets_in_every_signed_handshake_is_found_out() {
    let stack = accepting(of_seconds(URL_SECONDS)).await;
    let expected = [
        "once: a URL that is in use",
        "once: a URL whose connection is closed",
        "once: two at the same time",
        "expiry: a URL past its time",
        "open: a message comes back",
    ];
    check_fails(stack, &[], &expected).await;
}

#[tokio::test]
async fn an_open_connect_route_is_found_out() {
    let template = template::with(|tree| {
        template::set(tree, "ConnectRoute", "AuthorizationType", "NONE");
    });
    let stack = accepting(of_seconds(URL_SECONDS).template(template)).await;
    let expected = [
        "refused: a handshake that is not signed",
        "tampering: each value changed",
        "tampering: each parameter dropped",
        "tampering: each parameter repeated",
        "tampering: a parameter added",
        "tampering: names in lower case",
        "tampering: values exchanged",
        "tampering: the host",
        "tampering: a second signature in a header",
        "tampering: the credential's scope",
        "tampering: an unknown key or token",
    ];
    check_fails(stack, &[], &expected).await;
}

/// ws-connect itself asks who signed: without IAM nobody did.
#[tokio::test]
async fn a_connect_route_without_iam_opens_nothing() {
    let template = template::with(|tree| {
        template::set(tree, "ConnectRoute", "AuthorizationType", "NONE");
    });
    let stack = Stack::start_with(of_seconds(URL_SECONDS).template(template)).await;
    check_fails(stack, &[], &["open: a signed URL connects"]).await;
}

#[tokio::test]
async fn a_sign_route_that_asks_for_nothing_is_found_out_where_it_should() {
    let stack = Stack::start_with(of_seconds(URL_SECONDS)).await;
    let expected = ["sign: without authorization", "sign: with a forged authorization"];
    check_fails(stack, &["--authorization", "IAM"], &expected).await;
}

#[tokio::test]
async fn an_origin_that_is_not_served_is_found_out() {
    let options = of_seconds(URL_SECONDS).parameter("AllowedOrigins", "https://app.example.com");
    let expected = [
        "origin: a preflight is answered",
        "origin: its page may read the answer",
        "origin: its page may connect",
    ];
    let arguments = ["--origin", "https://other.example.com"];
    check_fails(Stack::start_with(options).await, &arguments, &expected).await;
}

#[tokio::test]
async fn a_default_function_that_crashes_is_found_out() {
    let stack = Stack::start_with(of_seconds(URL_SECONDS)).await;
    let fault = Fault::Function(Which::named("DefaultFunction"), FunctionFault::Killed);
    stack.faults.switch_on(fault, Times::Always);
    let expected = [
        "open: a message comes back",
        "message: keep-alive",
        "message: 20 at once",
        "message: a frame of 32 KB",
    ];
    check_fails(stack, &[], &expected).await;
}

#[tokio::test]
async fn an_answer_of_sign_that_may_be_stored_is_found_out() {
    let probe = Probe::listen(env!("CARGO_BIN_EXE_probe")).await;
    let options = probe.replace(of_seconds(URL_SECONDS), &["SignFunction"]);
    let stack = Stack::start_with(options).await;
    tokio::spawn(async move {
        loop {
            probe.invoked().await.answer(&json!({"statusCode": 201, "body": "{}"})).await;
        }
    });
    let expected = [
        "sign: a URL is given",
        "sign: a reserved name",
        "sign: a body that is too large",
        "tampering: each value changed",
    ];
    check_fails(stack, &[], &expected).await;
}

/// A token of nobody is shown, and it is not looked at.
#[tokio::test]
async fn a_route_without_its_authorizer_is_found_out() {
    let template = template::with(|tree| {
        template::set(tree, "SignRoute", "AuthorizationType", "NONE");
        template::set(tree, "SignRoute", "AuthorizerId", "!Ref AWS::NoValue");
    });
    // Nothing is granted of a token that was not checked, and sign-fn would refuse for that alone.
    let options = with_tokens(of_seconds(URL_SECONDS).template(template));
    let stack = Stack::start_with(options.parameter("ClaimGrants", "{}")).await;
    let folder = Folder::new("smoke-token");
    let token = folder.file("token", &Key::of_nobody().token(&json!({"sub": "alice"})));
    let expected = [
        "sign: without authorization",
        "sign: with a forged authorization",
        "token: what nobody signed",
    ];
    check_fails(stack, &["--authorization", "JWT", "--token-file", &token], &expected).await;
}

#[tokio::test]
async fn an_endpoint_that_should_be_switched_off_and_answers_is_found_out() {
    let stack = Stack::start_with(with_domains(of_seconds(URL_SECONDS), "v1", "chat")).await;
    let closed = closed(&stack);
    let expected = [
        "closed: /sign at API Gateway's own address",
        "closed: the WebSocket API at API Gateway's own",
    ];
    check_fails(stack, &closed.each_ref().map(String::as_str), &expected).await;
}

/// sign-fn still signs for API Gateway's own address, which a stack with domains may have switched off.
#[tokio::test]
async fn a_url_that_leads_past_the_domain_is_found_out() {
    let template = template::with(|tree| {
        let url =
            "!Sub wss://${WebSocketApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${StageName}";
        let variables = "Resources.SignFunction.Properties.Environment.Variables.WEBSOCKET_URL";
        *template::at(tree, variables) = yaml_serde::from_str(url).unwrap();
    });
    let options = with_domains(of_seconds(URL_SECONDS).template(template), "v1", "chat")
        .parameter("ExecuteApiEndpoint", "DISABLED");
    let expected = ["sign: a URL is given", "open: a signed URL connects"];
    check_fails(Stack::start_with(options).await, &[], &expected).await;
}
