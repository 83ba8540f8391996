//! The command line of `smoke`, its exit codes, and how a stack is found by its name.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;
use tests::command::{self, Ended};
use tests::folder::Folder;
use tests::stack::{Options, Stack};
use tests::tokens::{AUDIENCE, ISSUER, Key};
use tests::waiting::eventually;

use super::{developer, of_seconds, smoke, smoke_of, start, with_tokens};

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
    let fragment = format!("{NOBODY}#x");
    check(&ended(&[&["--sign-url", &fragment], &websocket[..]].concat()).await, 2, "expected no #");
    check(&ended(&[&usual[..], &["--origin", "a b"]].concat()).await, 2, "--origin");
    let report = ["--report", "no/such/folder/report.md"];
    check(&ended(&[&usual[..], &report].concat()).await, 2, "no such folder");
}

#[tokio::test]
async fn a_stack_that_cannot_be_asked_is_3() {
    let usual = ["--sign-url", NOBODY, "--websocket-url", "ws://127.0.0.1:1/prod"];
    check(&ended(&usual).await, 3, "does not answer: cannot connect to 127.0.0.1:1");
    let file = ["--token-file", "no/such/token"];
    let jwt = [&usual[..], &["--authorization", "JWT"], &file].concat();
    check(&ended(&jwt).await, 3, "cannot read the token from no/such/token");
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

#[tokio::test]
async fn a_token_that_sign_refuses_is_3_before_anything_is_tried() {
    let options = with_tokens(Options::default()).parameter("JwtIssuer", ISSUER);
    let key = Key::of_the_issuer();
    let stack = Stack::start_with(Options { key_set: Some(key.key_set()), ..options }).await;
    let end = stack.clock.now().unix_timestamp() + 600;
    let claims = |issuer, end| json!({"iss": issuer, "aud": AUDIENCE, "exp": end, "sub": "alice"});
    let of_nobody = Key::of_nobody().token(&claims(ISSUER, end));
    let of_another = key.token(&claims("https://other.example.com/", end));
    let ended = key.token(&claims(ISSUER, 1));
    for (token, why) in [
        (of_nobody, "the token does not have a valid signature"),
        (of_another, "the token does not have a valid issuer"),
        (ended, "the token has expired"),
    ] {
        for arguments in [&[][..], &["--authorization", "JWT"]] {
            let mut command = smoke_of(&stack, None).await;
            command.args(arguments).env("COUNTERSIGN_TOKEN", &token);
            let ended = command::run(command).await;
            check(&ended, 3, &format!("/sign refuses the token: {why} (401)"));
            assert_eq!(ended.stdout, [""; 0]);
        }
    }
    let without = command::run(smoke_of(&stack, None).await).await;
    stack.stop().await;
    check(&without, 3, "COUNTERSIGN_TOKEN");
}

/// And before that, what is tried is told: with keys and no region nothing is signed.
#[tokio::test]
async fn a_report_that_cannot_be_written_is_4_before_anything_is_tried() {
    let stack = Stack::start().await;
    let folder = Folder::new("smoke-report");
    let mut command = smoke().await;
    command.args(["--sign-url", stack.sign_url(), "--websocket-url", stack.websocket_url()]);
    command.arg("--report").arg(folder.path());
    command.env("AWS_ACCESS_KEY_ID", "AKIASMOKESMOKESMOKES").env("AWS_SECRET_ACCESS_KEY", "x");
    let ended = command::run(command).await;
    stack.stop().await;
    check(&ended, 4, "cannot write the report");
    let told = ended.stdout.join("\n");
    assert!(told.contains("AWS credentials: none: the region is not known"), "{told}");
    assert!(!told.contains("PASS"), "{told}");
}

#[tokio::test]
async fn a_run_that_is_broken_off_has_its_report() {
    let stack = Stack::start_with(of_seconds(60)).await;
    let folder = Folder::new("smoke-broken-off");
    let report = folder.path().join("report.md");
    let mut command = smoke_of(&stack, None).await;
    command.arg("--report").arg(&report);
    let process = start(command);
    let waits = || process.stderr().iter().any(|line| line.contains("the URL ends in"));
    eventually("the end of a URL is waited for", waits).await;
    process.signal("INT").await;
    let ended = process.ended().await;
    stack.stop().await;
    assert_eq!(ended.status.code(), Some(130), "{:#?}", ended.stdout);
    let report = std::fs::read_to_string(report).unwrap();
    assert!(report.contains("- broken off: "), "{report}");
    assert!(report.contains("| once: two at the same time |"), "{report}");
}

/// An AWS CLI that knows one stack, of the region `eu-west-1`, and one that `failed`, and is told no token.
fn cli(folder: &Folder, stack: &Stack) -> String {
    let id = "arn:aws:cloudformation:eu-west-1:111122223333:stack/demo/1";
    let outputs = json!({"Stacks": [{"StackId": id, "Outputs": [
        {"OutputKey": "SignUrl", "OutputValue": stack.sign_url()},
        {"OutputKey": "WebSocketUrl", "OutputValue": stack.websocket_url()},
    ]}]});
    let failed = json!({"Stacks": [{"StackId": id, "StackStatus": "ROLLBACK_COMPLETE"}]});
    let expected = "cloudformation describe-stacks --output json --stack-name demo";
    let script = format!(
        "#!/bin/sh\nif [ \"$*$COUNTERSIGN_TOKEN\" = '{expected}' ]; then echo '{outputs}'; \
         elif [ \"${{*##* }}\" = failed ]; then echo '{failed}'; \
         else echo 'arn:aws:iam::111122223333:user/ann: no such stack' >&2; exit 254; fi\n"
    );
    let path = folder.file("aws", &script);
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
    let usual = std::env::var("PATH").unwrap_or_default();
    format!("{}:{usual}", folder.path().display())
}

#[tokio::test]
async fn a_stack_is_found_by_its_name() {
    let stack = Stack::start_with(of_seconds(6)).await;
    let developer = developer(&stack);
    let folder = Folder::new("smoke-cli");
    let path = cli(&folder, &stack);
    let named = async |name: &str| {
        let mut command = smoke().await;
        command.args(["--stack", name]).env("PATH", &path).env("COUNTERSIGN_TOKEN", "a-token");
        command
            .env("AWS_ACCESS_KEY_ID", developer.access_key_id())
            .env("AWS_SECRET_ACCESS_KEY", developer.secret_access_key())
            .envs(developer.session_token().map(|token| ("AWS_SESSION_TOKEN", token)));
        command::run(command).await
    };
    let found = named("demo").await;
    assert_eq!(found.status.code(), Some(0), "{:#?} {:#?}", found.stdout, found.stderr);
    // The stack's id names the region to sign for.
    let told = found.stdout.join("\n");
    assert!(
        told.contains("PASS") && told.contains("AWS credentials: of the environment"),
        "{told}"
    );
    check(&named("failed").await, 3, "the stack failed is ROLLBACK_COMPLETE: it has no outputs");
    check(&named("other").await, 3, "describe-stacks failed: arn:aws:iam:(hidden) no such stack");
    stack.stop().await;
}
