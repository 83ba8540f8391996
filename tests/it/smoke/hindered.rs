//! What hinders smoke and is no fault of the stack fails no check, and refutes no row.

use std::time::Duration;

use local::clock::Clock;
use local::faults::{ConnectionsFault, Fault, FunctionFault, Times, Which};
use tests::command;
use tests::stack::{Options, Stack};
use time::OffsetDateTime;

use super::{developer, of_seconds, run, smoke_of, ticking};

/// One at once, and no more than so many a second: smoke asks faster.
#[tokio::test]
async fn a_throttle_is_waited_for() {
    let options = of_seconds(8)
        .parameter("SignRateLimit", "60")
        .parameter("SignBurstLimit", "1")
        .parameter("ConnectRateLimit", "40")
        .parameter("ConnectBurstLimit", "1");
    let stack = Stack::start_with(options).await;
    let run = run(&stack, smoke_of(&stack, Some(&developer(&stack))).await).await;
    stack.stop().await;
    run.check_good();
    // Two at the same time are one too many, always.
    assert_eq!(run.checks()["once: two at the same time"], "SKIP", "{}", run.stdout);
    assert!(run.stdout.contains("429: the stack throttles"), "{}", run.stdout);
}

#[tokio::test]
async fn a_throttle_that_stays_is_3() {
    // Its clock stands, so nobody is let in any more.
    let options = Options::default().parameter("SignBurstLimit", "1");
    let stack = Stack::start_with(options).await;
    let ended = command::run(smoke_of(&stack, None).await).await;
    stack.stop().await;
    let said = ended.stderr.join("\n");
    assert_eq!(ended.status.code(), Some(3), "{said}");
    assert!(said.contains("the stack throttles"), "{said}");
}

/// Less than a signature may be early: `local` asks for the time of `@connections` on the machine.
const AHEAD: Duration = Duration::from_secs(240);

/// Functions that run once at a time, faults that strike once, and a clock that is ahead.
#[tokio::test]
async fn passing_faults_and_another_clock_fail_nothing() {
    let start = OffsetDateTime::now_utc() + AHEAD;
    let options = Options { clock: Clock::driven(start), ..Options::default() }
        .parameter("UrlTtlSeconds", "8")
        .parameter("ConnectConcurrency", "1")
        .parameter("DefaultConcurrency", "2");
    let stack = Stack::start_with(options).await;
    let ticking = ticking(&stack);
    let killed = |function| Fault::Function(Which::named(function), FunctionFault::Killed);
    let throttled = Fault::Connections(Which::named("GET"), ConnectionsFault::Throttled);
    for fault in [killed("SignFunction"), killed("ConnectFunction"), throttled] {
        stack.faults.switch_on(fault, Times::Next(1));
    }
    let run = run(&stack, smoke_of(&stack, Some(&developer(&stack))).await).await;
    ticking.abort();
    stack.stop().await;
    run.check_good();
    assert_eq!(run.checks()["impostor: what API Gateway takes and what not"], "PASS");
    assert_eq!(run.checks()["@connections: a connection is described"], "PASS");
    let ahead = run.stdout.lines().find_map(|line| line.strip_prefix("the stack's clock: "));
    let ahead = ahead.and_then(|line| line.split(' ').next()?.parse::<i64>().ok()).unwrap();
    assert!((230..=240).contains(&ahead), "{ahead}");
}
