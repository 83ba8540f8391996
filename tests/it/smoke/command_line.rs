//! The command line of `smoke`, its exit codes, and how a stack is found by its name.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;
use tests::command::{self, Ended};
use tests::folder::Folder;
use tests::stack::{Options, Stack};

use super::{of_seconds, smoke, smoke_of};

/// A port that nobody listens on: the one of RFC 1078, which no machine has any more.
const NOBODY: &str = "http://127.0.0.1:1/sign";

#[track_caller]
fn check(ended: &Ended, code: i32, words: &str) {
    let said = ended.stderr.join("\n");
    assert_eq!(ended.status.code(), Some(code), "{said}");
    assert!(said.contains(words), "{words} in {said}");
}

async fn ended(arguments: &[&str]) -> Ended {
    let mut command = smoke().await;
    command.args(arguments);
    command::run(command).await
}

#[tokio::test]
async fn a_command_line_that_means_nothing_is_2() {
    let websocket = ["--websocket-url", "ws://127.0.0.1:1/prod"];
    check(&ended(&[]).await, 2, "--stack");
    check(&ended(&["--sign-url", NOBODY]).await, 2, "--websocket-url");
    check(
        &ended(&[&["--stack", "demo", "--sign-url", NOBODY], &websocket[..]].concat()).await,
        2,
        "--stack",
    );
    check(
        &ended(&[&["--sign-url", "127.0.0.1"], &websocket[..]].concat()).await,
        2,
        "--sign-url is no URL",
    );
    let with_query = format!("{NOBODY}?x");
    check(&ended(&[&["--sign-url", &with_query], &websocket[..]].concat()).await, 2, "has a query");
    let usual = [&["--sign-url", NOBODY], &websocket[..]].concat();
    check(&ended(&[&usual[..], &["--authorization", "none"]].concat()).await, 2, "NONE");
    let closed = ["--closed-sign-url", "127.0.0.1"];
    check(&ended(&[&usual[..], &closed].concat()).await, 2, "--closed-sign-url is no URL");
    check(&ended(&[&usual[..], &["--origin", "a b"]].concat()).await, 2, "--origin");
    let report = ["--report", "no/such/folder/report.md"];
    check(&ended(&[&usual[..], &report].concat()).await, 2, "no such folder");
}

#[tokio::test]
async fn a_stack_that_cannot_be_asked_is_3() {
    let usual = ["--sign-url", NOBODY, "--websocket-url", "ws://127.0.0.1:1/prod"];
    check(&ended(&usual).await, 3, "does not answer: cannot connect to 127.0.0.1:1");
    let jwt = [&usual[..], &["--authorization", "JWT"]].concat();
    check(&ended(&jwt).await, 3, "COUNTERSIGN_TOKEN");
    let file = ["--token-file", "no/such/token"];
    check(&ended(&[&jwt[..], &file].concat()).await, 3, "cannot read the token from no/such/token");
    let stack = Stack::start().await;
    let other = ["--sign-url", stack.sign_url(), "--websocket-url", "ws://127.0.0.1:1/prod"];
    check(&ended(&other).await, 3, "WebSocket API does not answer: cannot connect to 127.0.0.1:1");
    stack.stop().await;
    let options = Options::default().parameter("SignAuthorization", "IAM");
    let stack = Stack::start_with(options).await;
    let without = command::run(smoke_of(&stack, None).await).await;
    stack.stop().await;
    check(&without, 3, "AWS_ACCESS_KEY_ID");
}

/// An AWS CLI that knows one stack of the region `eu-west-1`.
fn cli(folder: &Folder, stack: &Stack) -> String {
    let outputs = json!({"Stacks": [{"Outputs": [
        {"OutputKey": "SignUrl", "OutputValue": stack.sign_url()},
        {"OutputKey": "WebSocketUrl", "OutputValue": stack.websocket_url()},
    ]}]});
    let expected =
        "cloudformation describe-stacks --output json --stack-name demo --region eu-west-1";
    let script = format!(
        "#!/bin/sh\nif [ \"$*\" = '{expected}' ]; then echo '{outputs}'; \
         else echo 'Stack does not exist' >&2; exit 254; fi\n"
    );
    let path = folder.file("aws", &script);
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
    let usual = std::env::var("PATH").unwrap_or_default();
    format!("{}:{usual}", folder.path().display())
}

#[tokio::test]
async fn a_stack_is_found_by_its_name() {
    let stack = Stack::start_with(of_seconds(15)).await;
    let folder = Folder::new("smoke-cli");
    let path = cli(&folder, &stack);
    let named = async |name: &str| {
        let mut command = smoke().await;
        command.args(["--stack", name, "--region", "eu-west-1"]).env("PATH", &path);
        command::run(command).await
    };
    let found = named("demo").await;
    assert_eq!(found.status.code(), Some(0), "{:#?} {:#?}", found.stdout, found.stderr);
    check(&named("other").await, 3, "describe-stacks failed: Stack does not exist");
    stack.stop().await;
}
