//! What else a good stack may be, and what smoke may be given or not: each row that `combinations` leaves is confirmed
//! against `local` here.

use std::time::Duration;

use aws_credential_types::Credentials;
use serde_json::json;
use tests::folder::Folder;
use tests::stack::{Options, Stack};
use tests::tokens::{AUDIENCE, ISSUER, Key};
use tests::waiting::eventually;

use super::{Run, developer, of_seconds, run, smoke_of, start, ticking};

/// The rows that are settled here alone, with an idle connection, with credentials that may not connect, and with a
/// token without `nbf`.
const IDLE: [&str; 2] = [
    "The client of an idle connection is sent 1001 as well",
    "Whether a client's ping counts as a message",
];
const POLICY: &str = "Policies that do not allow it: 403, `AccessDeniedException`, `Message` with a capital, \
    the account masked but for its last four digits";
const NO_TIMES: &str = "A token without `nbf` or `iat` is taken";

/// Long enough to be signed and opened, on a slow machine.
const URL_SECONDS: u32 = 6;

#[tokio::test]
async fn a_stack_where_any_name_may_be_requested_is_found_good() {
    let stack = Stack::start_with(of_seconds(URL_SECONDS)).await;
    let run = run(&stack, smoke_of(&stack, Some(&developer(&stack))).await).await;
    stack.stop().await;
    run.check_good();
    // What it cannot try it says.
    let skipped = run.checks_that("SKIP");
    for name in ["sign: a name that is not allowed", "origin: its page may connect"] {
        assert!(skipped.iter().any(|other| other == name), "{skipped:?}");
    }
}

/// Tokens of an issuer that is played need a file; others come from anywhere.
#[tokio::test]
async fn a_token_of_another_issuer_is_read_from_a_file() {
    let options = of_seconds(URL_SECONDS)
        .parameter("SignAuthorization", "JWT")
        .parameter("JwtIssuer", ISSUER)
        .parameter("JwtAudience", AUDIENCE);
    let key = Key::of_the_issuer();
    let stack = Stack::start_with(Options { key_set: Some(key.key_set()), ..options }).await;
    let end = stack.clock.now().unix_timestamp() + 600;
    let token = key.token(&json!({"iss": ISSUER, "aud": AUDIENCE, "exp": end, "sub": "alice"}));
    let folder = Folder::new("smoke-token");
    let mut command = smoke_of(&stack, None).await;
    command.arg("--token-file").arg(folder.file("token", &format!("{token}\n")));
    let run = run(&stack, command).await;
    stack.stop().await;
    run.check_good();
    run.check_hides(&token);
    assert_eq!(run.rows()[NO_TIMES], "confirmed");
}

#[tokio::test]
async fn without_credentials_it_tries_what_it_can() {
    let stack = Stack::start_with(of_seconds(URL_SECONDS)).await;
    let run = run(&stack, smoke_of(&stack, None).await).await;
    stack.stop().await;
    run.check_good();
    let skipped = run.checks_that("SKIP");
    assert!(skipped.iter().any(|name| name.starts_with("impostor: ")), "{skipped:?}");
    let not_seen = run.rows_that_are("not seen");
    assert!(not_seen.contains(&"`UNSIGNED-PAYLOAD` does not match".to_owned()), "{not_seen:?}");
}

#[tokio::test]
async fn credentials_that_may_not_connect_show_how_policies_refuse() {
    let stack = Stack::start_with(of_seconds(URL_SECONDS)).await;
    let credentials = stack.function_credentials("ConnectFunctionRole");
    let run = run(&stack, smoke_of(&stack, Some(&credentials)).await).await;
    stack.stop().await;
    run.check_good();
    assert_eq!(run.rows()[POLICY], "confirmed");
}

#[tokio::test]
async fn credentials_that_the_account_does_not_know_try_nothing() {
    let stack = Stack::start_with(of_seconds(URL_SECONDS)).await;
    let credentials = Credentials::new("AKIASMOKESMOKESMOKES", "secret", None, None, "test");
    let run = run(&stack, smoke_of(&stack, Some(&credentials)).await).await;
    stack.stop().await;
    run.check_good();
    let why = "the AWS credentials of the environment are not known to this stack's account";
    let of_credentials = run.table("## Checks").filter(|cells| {
        cells[0].starts_with("impostor: ") || cells[0].starts_with("@connections: ")
    });
    let ended: Vec<_> = of_credentials.map(|cells| (cells[2].clone(), cells[3].clone())).collect();
    assert_eq!(ended.len(), 8, "{}", run.stdout);
    let skipped = |(result, seen): &(String, String)| result == "SKIP" && seen == why;
    assert!(ended.iter().all(skipped), "{ended:#?}");
}

/// The stack's clock goes with the machine's, and leaps while smoke waits.
#[tokio::test]
async fn the_end_of_a_signature_and_of_an_idle_connection_is_waited_for() {
    let ttl = URL_SECONDS.to_string();
    let stack = Stack::start_with(Options::default().parameter("UrlTtlSeconds", &ttl)).await;
    let ticking = ticking(&stack);
    let folder = Folder::new("smoke-idle");
    let report = folder.path().join("report.md");
    let mut command = smoke_of(&stack, None).await;
    command.args(["--slow", "--idle"]).arg("--report").arg(&report);
    let process = start(command);
    let waits = || process.stderr().iter().any(|line| line.contains("the signature ends in"));
    eventually("the end of a signature is waited for", waits).await;
    stack.pass(Duration::from_secs(5 * 60)).await;
    let pinged = |count: usize| {
        let words = format!("{count} pings answered");
        process.stderr().iter().any(|line| line.ends_with(&words))
    };
    eventually("a connection that waits has pinged", || pinged(1)).await;
    stack.pass(Duration::from_secs(5 * 60)).await;
    eventually("it has pinged in the middle of its 10 minutes", || pinged(3)).await;
    stack.pass(Duration::from_secs(5 * 60)).await;
    let ended = process.ended().await;
    ticking.abort();
    let run = Run {
        code: ended.status.code(),
        stdout: ended.stdout.join("\n"),
        stderr: ended.stderr.join("\n"),
        report: std::fs::read_to_string(report).unwrap(),
    };
    run.check_holds_no_secret(&stack);
    stack.stop().await;
    run.check_good();
    assert_eq!(run.checks()["expiry: a URL past its signature's 5 minutes"], "PASS");
    for row in IDLE {
        assert_eq!(run.rows()[row], "confirmed", "{}", run.stdout);
    }
}
