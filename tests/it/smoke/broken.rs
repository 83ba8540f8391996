//! A fault is planted, and smoke fails by the check whose promise it breaks. So smoke is a test that can fail.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use local::faults::{ConnectionsFault, Fault, FunctionFault, Times, Which};
use serde_json::json;
use tests::command::{self, Ended};
use tests::folder::Folder;
use tests::probe::Probe;
use tests::stack::{Options, REGION, Stack};
use tests::template;
use tests::tokens::Key;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;

use super::{closed, developer, of_seconds, run, smoke, smoke_of, with_domains};

/// URLs end at once: in these stacks nothing is good for long.
const URL_SECONDS: u32 = 2;

/// Runs smoke against a stack that is not as it should be; each of these checks must fail, and so must the whole.
async fn check_fails(stack: Stack, arguments: &[&str], expected: &[&str]) {
    let mut command = smoke_of(&stack, Some(&developer(&stack))).await;
    command.args(arguments);
    check_run_fails(stack, command, expected).await;
}

async fn check_run_fails(stack: Stack, command: Command, expected: &[&str]) {
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

/// A stack whose function answers this status to whatever reaches it.
async fn answering(options: Options, function: &str, status: u16) -> Stack {
    let probe = Probe::listen(env!("CARGO_BIN_EXE_probe")).await;
    let stack = Stack::start_with(probe.replace(options, &[function])).await;
    tokio::spawn(async move {
        loop {
            probe.invoked().await.answer(&json!({"statusCode": status, "body": "{}"})).await;
        }
    });
    stack
}

/// A stack whose `$connect` lets in whatever reaches it.
async fn accepting(options: Options) -> Stack {
    answering(options, "ConnectFunction", 200).await
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
        "impostor: a URL signed by other credentials",
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
    let expected =
        ["open: a message comes back", "message: keep-alive", "message: a frame of 32 KB"];
    check_fails(stack, &[], &expected).await;
}

/// What a client means the same is refused.
#[tokio::test]
async fn a_function_that_lets_in_nobody_is_found_out() {
    let stack = answering(of_seconds(URL_SECONDS), "ConnectFunction", 403).await;
    let expected = [
        "open: a signed URL connects",
        "equal: parameters in another order",
        "equal: escapes in lower case",
        "equal: names that need not be escaped",
        "equal: a header more",
        "@connections: a text is posted",
    ];
    check_fails(stack, &[], &expected).await;
}

#[tokio::test]
async fn connections_that_nobody_may_manage_are_found_out() {
    let stack = Stack::start_with(of_seconds(URL_SECONDS)).await;
    let fault = Fault::Connections(Which::named("GET"), ConnectionsFault::Gone);
    stack.faults.switch_on(fault, Times::Always);
    let expected = [
        "@connections: a text is posted",
        "@connections: a connection is described",
        "@connections: 128 KB, and a byte more",
        "@connections: what is no connection",
        "@connections: other methods",
        "@connections: a connection is closed",
    ];
    check_fails(stack, &[], &expected).await;
}

/// The URLs lead to a server that opens to all, and closes as it likes.
#[tokio::test]
async fn a_server_that_opens_to_anybody_is_found_out() {
    let (address, door) = open_door().await;
    let template = template::with(|tree| {
        let variables = "Resources.SignFunction.Properties.Environment.Variables.WEBSOCKET_URL";
        *template::at(tree, variables) = format!("ws://{address}/prod").into();
    });
    let stack = Stack::start_with(of_seconds(URL_SECONDS).template(template)).await;
    let mut command = smoke().await;
    command.args(["--sign-url", stack.sign_url(), "--region", REGION]);
    command.args(["--websocket-url", &format!("ws://{address}/prod")]);
    let expected = [
        "refused: a handshake that is not signed",
        "refused: another stage",
        "refused: a path behind the stage",
        "refused: a URL of more than 4,096 characters",
        "tampering: the path",
        "message: a frame of more than 32 KB",
        "message: more than 128 KB",
        "message: a binary one",
        "open: two connections at once",
        "once: two at the same time",
    ];
    check_run_fails(stack, command, &expected).await;
    door.abort();
}

/// A WebSocket server that takes every handshake. It echoes as ws-default does, with one id for all; what is long or
/// binary it takes for the end.
async fn open_door() -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(converse(stream));
        }
    });
    (address, serving)
}

async fn converse(stream: TcpStream) -> Option<()> {
    let mut socket = tokio_tungstenite::accept_async(stream).await.ok()?;
    loop {
        match socket.next().await?.ok()? {
            Message::Text(text) if text.len() <= 32 * 1024 => {
                let connection = json!({"connectionId": "the only one"});
                let echo = json!({"message": &*text, "connection": connection, "requestId": "x"});
                socket.send(Message::text(echo.to_string())).await.ok()?;
            }
            Message::Text(_) | Message::Binary(_) => socket.close(None).await.ok()?,
            _ => {}
        }
    }
}

#[tokio::test]
async fn an_answer_of_sign_that_may_be_stored_is_found_out() {
    let stack = answering(of_seconds(URL_SECONDS), "SignFunction", 201).await;
    let expected = [
        "sign: a URL is given",
        "sign: a reserved name",
        "sign: a body that is too large",
        "tampering: each value changed",
    ];
    check_fails(stack, &[], &expected).await;
}

/// Whatever is shown, at once: what it would answer to tokens says nothing.
#[tokio::test]
async fn a_sign_route_that_asks_for_nothing_is_found_out_where_it_should() {
    let stack = Stack::start().await;
    let folder = Folder::new("smoke-token");
    let token = folder.file("token", &Key::of_nobody().token(&json!({"sub": "alice"})));
    let jwt = ["--authorization", "JWT"];
    let with_token = [&jwt[..], &["--token-file", &token]].concat();
    for (arguments, what) in [
        (&jwt[..], "a token (--authorization JWT)"),
        (&with_token, "a token (--authorization JWT)"),
        (&["--authorization", "IAM"], "a signature (--authorization IAM)"),
    ] {
        let mut command = smoke_of(&stack, None).await;
        command.args(arguments);
        let Ended { status, stdout, stderr } = command::run(command).await;
        assert_eq!((status.code(), stdout.len()), (Some(1), 0), "{stdout:#?} {stderr:?}");
        let said = format!(
            "cargo xtask smoke: /sign answers 201 to anyone, expected it to ask for {what}"
        );
        assert_eq!(stderr, [said]);
    }
    stack.stop().await;
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
