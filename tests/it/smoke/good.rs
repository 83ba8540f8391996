//! A good stack is found good, of every kind; and each row that smoke can settle is confirmed against `local`,
//! since what `local` does is what the rows say.

use std::time::Duration;

use tests::stack::{Options, Stack};
use tests::waiting::eventually;

use super::{Run, developer, of_seconds, run, smoke_of, start};

/// The rows that only some runs settle: with an idle connection, and with credentials that may not connect.
const IDLE: [&str; 2] = [
    "The client of an idle connection is sent 1001 as well",
    "Whether a client's ping counts as a message",
];
const POLICY: &str = "Policies that do not allow it: 403, `AccessDeniedException`, `Message` with a capital, \
    the account masked but for its last four digits";

const ORIGIN: &str = "https://app.example.com";

/// Long enough for the longest row of checks that share a URL, on a slow machine.
const URL_SECONDS: u32 = 15;

/// A stack with these parameters is found good, whatever it asks for at `/sign`.
async fn check_good(parameters: &[(&'static str, &str)], arguments: &[&str]) -> Run {
    let options = parameters
        .iter()
        .fold(of_seconds(URL_SECONDS), |options, (name, value)| options.parameter(name, value));
    let stack = Stack::start_with(options).await;
    let mut command = smoke_of(&stack, Some(&developer(&stack))).await;
    command.args(arguments);
    let run = run(&stack, command).await;
    stack.stop().await;
    check(&run);
    run
}

#[track_caller]
fn check(run: &Run) {
    assert_eq!(run.checks_that("FAIL"), Vec::<String>::new(), "{}", run.stdout);
    assert_eq!(run.rows_that_are("refuted"), Vec::<String>::new(), "{}", run.stdout);
    assert_eq!(run.code, Some(0), "{} {}", run.stdout, run.stderr);
}

#[tokio::test]
async fn a_stack_where_anyone_may_sign_is_found_good() {
    let run = check_good(&[("SignAuthorization", "NONE")], &[]).await;
    assert!(run.stdout.contains("SignAuthorization: NONE"), "{}", run.stdout);
    // What it cannot try it says.
    let skipped = run.checks_that("SKIP");
    for name in ["sign: without authorization", "sign: a name that is not allowed"] {
        assert!(skipped.iter().any(|other| other == name), "{skipped:?}");
    }
}

/// With all that smoke may be given.
#[tokio::test]
async fn a_stack_that_asks_for_iam_is_found_good_and_every_row_is_confirmed() {
    let parameters =
        [("SignAuthorization", "IAM"), ("Requestable", "room"), ("AllowedOrigins", ORIGIN)];
    let run = check_good(&parameters, &["--origin", ORIGIN]).await;
    assert!(run.stdout.contains("SignAuthorization: IAM"), "{}", run.stdout);
    let mut not_seen: Vec<_> = IDLE.into_iter().chain([POLICY]).collect();
    not_seen.sort_unstable();
    assert_eq!(run.rows_that_are("not seen"), not_seen);
    let skipped = run.checks_that("SKIP");
    assert_eq!(skipped, ["expiry: a URL past its signature's 5 minutes"]);
}

#[tokio::test]
async fn without_credentials_it_tries_what_it_can() {
    let stack = Stack::start_with(of_seconds(URL_SECONDS)).await;
    let run = run(&stack, smoke_of(&stack, None).await).await;
    stack.stop().await;
    check(&run);
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
    check(&run);
    assert_eq!(run.rows()[POLICY], "confirmed");
}

/// The stack's clock goes with the machine's, and leaps while smoke waits.
#[tokio::test]
async fn an_idle_connection_is_waited_for() {
    let stack = Stack::start_with(Options::default().parameter("UrlTtlSeconds", "15")).await;
    let clock = stack.clock.clone();
    let ticking = tokio::spawn(async move {
        let tick = Duration::from_millis(100);
        let mut interval = tokio::time::interval(tick);
        loop {
            interval.tick().await;
            clock.advance(tick);
        }
    });
    let folder = tests::folder::Folder::new("smoke-idle");
    let report = folder.path().join("report.md");
    let mut command = smoke_of(&stack, None).await;
    command.arg("--idle").arg("--report").arg(&report);
    let process = start(command);
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
    check(&run);
    for row in IDLE {
        assert_eq!(run.rows()[row], "confirmed", "{}", run.stdout);
    }
}
