//! Which process takes an invocation, and what becomes of one whose process fails.

use tokio::task::JoinSet;

use super::super::pool::{PATIENCE, Taken};
use super::*;
use crate::faults::{Fault, FunctionFault, Times, Which};
use crate::limits::{ACCOUNT_CONCURRENCY, FUNCTION_INIT};

/// The outcome of an invocation whose process is not spoken for.
async fn outcome_of(program: &Path) -> Outcome {
    Lambda::of(program, None).invoke("{}").await.unwrap()
}

#[tokio::test]
async fn a_program_that_does_not_exist_is_named() {
    let outcome = outcome_of(Path::new("/nonexistent/bootstrap")).await;
    let Err(InvocationError::Init(reason)) = outcome else { panic!("{outcome:?}") };
    assert!(reason.starts_with("/nonexistent/bootstrap: "), "{reason}");
}

#[tokio::test]
async fn a_program_that_ends_at_once_fails_the_invocation_and_is_tried_again_for_the_next() {
    let lambda = Lambda::of(&program("exits"), None);
    let expected =
        "its process ended before it asked for an invocation (exit status: 3)".to_owned();
    for _ in 0..2 {
        let outcome = lambda.invoke("{}").await.unwrap();
        assert_eq!(outcome, Err(InvocationError::Init(expected.clone())));
    }
    assert_eq!(lambda.functions.processes(), []);
}

#[tokio::test]
async fn a_start_that_takes_ten_seconds_is_repeated_within_the_invocation_and_its_timeout() {
    let mut lambda = Lambda::silent();
    let outcome = lambda.invoke("{}");
    let _never_asks = lambda.started().await;
    let first = lambda.process();
    lambda.clock.advance(FUNCTION_INIT);
    let function = lambda.started().await;
    assert_ne!(lambda.process(), first, "the process that took too long has ended");

    // What is left when it asks at last.
    let left = Duration::from_secs(4);
    lambda.clock.advance(TIMEOUT - left);
    let (invocation, times) = timed(function.next()).await;
    check_deadline(&invocation, times, left);
    function.respond(invocation.header("lambda-runtime-aws-request-id"), b"{}").await;
    assert_eq!(outcome.await.unwrap(), Ok(Bytes::from("{}")));
}

#[tokio::test]
async fn a_start_that_takes_the_whole_timeout_too_fails_the_invocation() {
    let mut lambda = Lambda::silent();
    let outcome = lambda.invoke("{}");
    let _never_asks = lambda.started().await;
    lambda.clock.advance(FUNCTION_INIT);
    let _never_asks = lambda.started().await;
    lambda.clock.advance(TIMEOUT);
    assert_eq!(outcome.await.unwrap(), Err(InvocationError::TimedOut(TIMEOUT)));
    while !lambda.functions.processes().is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_process_that_is_being_ended_is_given_nothing() {
    let mut lambda = Lambda::silent();
    let outcome = lambda.invoke("{}");
    let _asks_too_late = lambda.started().await;
    let pool = &lambda.functions.pools[&arn(NAME)];
    pool.retire(0);
    assert!(matches!(pool.take(0), Taken::Later(_)));
    assert_eq!(pool.idle_count(), 0);
    lambda.clock.advance(FUNCTION_INIT);
    let function = lambda.started().await;
    function.respond(&function.take().await, b"{}").await;
    assert_eq!(outcome.await.unwrap(), Ok(Bytes::from("{}")));
}

#[tokio::test]
async fn a_start_ahead_of_the_first_invocation_has_ten_seconds() {
    let mut lambda = Lambda::silent();
    let functions = lambda.functions.clone();
    let warm = tokio::spawn(async move { functions.warm().await });
    let _never_asks = lambda.started().await;
    lambda.clock.advance(FUNCTION_INIT);
    let reason = "it did not ask for an invocation within 10 s".to_owned();
    let expected = Err((NAME.to_owned(), InvocationError::Init(reason)));
    assert_eq!(warm.await.unwrap(), expected);
}

#[tokio::test]
async fn an_invocation_that_takes_too_long_is_ended_with_its_process() {
    let mut lambda = Lambda::silent();
    let outcome = lambda.invoke("{}");
    lambda.started().await.take().await;
    lambda.clock.advance(TIMEOUT);
    assert_eq!(outcome.await.unwrap(), Err(InvocationError::TimedOut(TIMEOUT)));

    let outcome = lambda.invoke("again");
    let function = lambda.started().await;
    function.respond(&function.take().await, b"{}").await;
    assert_eq!(outcome.await.unwrap(), Ok(Bytes::from("{}")));
}

#[tokio::test]
async fn a_process_that_is_killed_fails_its_invocation_only() {
    let mut lambda = Lambda::silent();
    let outcome = lambda.invoke("{}");
    lambda.started().await.take().await;
    kill(lambda.process());
    let outcome = outcome.await.unwrap();
    assert!(matches!(outcome, Err(InvocationError::Exited(_))), "{outcome:?}");

    let outcome = lambda.invoke("again");
    let function = lambda.started().await;
    function.respond(&function.take().await, b"{}").await;
    assert_eq!(outcome.await.unwrap(), Ok(Bytes::from("{}")));
}

#[tokio::test]
async fn a_fault_kills_a_process_before_it_has_the_invocation_or_after_its_answer() {
    for fault in [FunctionFault::Killed, FunctionFault::AnswerLost] {
        let mut lambda = Lambda::silent();
        let armed = Fault::Function(Which::named(LOGICAL_ID), fault);
        lambda.faults.switch_on(armed.clone(), Times::Always);
        let outcome = lambda.invoke("{}");
        let function = lambda.started().await;
        let mut calls = JoinSet::new();
        match fault {
            FunctionFault::Killed => {
                calls.spawn(async move { function.next().await });
            }
            FunctionFault::AnswerLost => {
                let id = function.take().await;
                for _ in 0..2 {
                    let (function, id) = (function.clone(), id.clone());
                    calls.spawn(async move { function.respond(&id, b"{}").await });
                }
            }
        }
        let expected = InvocationError::Exited("a fault has killed it".to_owned());
        assert_eq!(outcome.await.unwrap(), Err(expected), "{fault:?}");
        assert!(calls.try_join_next().is_none(), "{fault:?}: the process was answered");
        assert_eq!(lambda.faults.strikes_of(&armed), 1, "{fault:?}");
        lambda.faults.clear();

        let outcome = lambda.invoke("again");
        let function = lambda.started().await;
        function.respond(&function.take().await, b"{}").await;
        assert_eq!(outcome.await.unwrap(), Ok(Bytes::from("{}")), "{fault:?}");
    }
}

#[tokio::test]
async fn a_process_that_was_killed_while_idle_is_given_nothing() {
    let mut lambda = Lambda::silent();
    let outcome = lambda.invoke("{}");
    let function = lambda.started().await;
    function.respond(&function.take().await, b"{}").await;
    outcome.await.unwrap().unwrap();
    // The test's connection stays open when the process is gone, as a stray child's would.
    let _asking = tokio::spawn(async move { function.next().await });
    wait_for_idle(&lambda, 1).await;
    kill(lambda.process());
    while !lambda.functions.processes().is_empty() {
        tokio::task::yield_now().await;
    }

    // A new process is started for it, although somebody still asks the old one's Runtime API.
    let outcome = lambda.invoke("again");
    let function = lambda.started().await;
    function.respond(&function.take().await, b"{}").await;
    assert_eq!(outcome.await.unwrap(), Ok(Bytes::from("{}")));
}

#[tokio::test]
async fn there_is_a_process_more_when_all_are_busy_and_the_last_to_ask_is_the_first_to_go() {
    let mut lambda = Lambda::silent();
    let outcomes = [lambda.invoke("{}"), lambda.invoke("{}")];
    let first = lambda.started().await;
    let second = lambda.started().await;
    let ids = [first.take().await, second.take().await];
    assert_ne!(ids[0], ids[1]);
    first.respond(&ids[0], b"{}").await;
    second.respond(&ids[1], b"{}").await;
    for outcome in outcomes {
        assert_eq!(outcome.await.unwrap(), Ok(Bytes::from("{}")));
    }
    assert_eq!(lambda.functions.processes().len(), 2);

    let mut waiting = Vec::new();
    for function in [&first, &second] {
        let function = function.clone();
        waiting.push(tokio::spawn(async move { function.next().await }));
        // One after the other.
        wait_for_idle(&lambda, waiting.len()).await;
    }
    let outcome = lambda.invoke("to the second");
    let invocation = waiting.pop().unwrap().await.unwrap();
    assert_eq!(invocation.body, "to the second");
    second.respond(invocation.header("lambda-runtime-aws-request-id"), b"{}").await;
    outcome.await.unwrap().unwrap();
    assert_eq!(lambda.functions.processes().len(), 2, "none was started");
}

#[tokio::test]
async fn an_invocation_waits_a_moment_for_a_process_that_is_soon_free() {
    let mut lambda = Lambda::silent();
    let first = lambda.invoke("first");
    let function = lambda.started().await;
    let request_id = function.take().await;
    // Time stands: a task that blocks keeps it from going on by itself.
    tokio::time::pause();
    let (_held, until) = std::sync::mpsc::channel::<()>();
    tokio::task::spawn_blocking(move || until.recv());

    let second = lambda.invoke("second");
    wait_for_waiting(&lambda, 1).await;
    function.respond(&request_id, b"{}").await;
    let invocation = function.next().await;
    assert_eq!(invocation.body, "second");
    assert_eq!(lambda.functions.processes().len(), 1, "none was started");

    let third = lambda.invoke("third");
    wait_for_waiting(&lambda, 1).await;
    tokio::time::advance(PATIENCE * 2).await;
    let another = lambda.started().await;
    another.respond(&another.take().await, b"{}").await;
    function.respond(invocation.header("lambda-runtime-aws-request-id"), b"{}").await;
    for outcome in [first, second, third] {
        assert_eq!(outcome.await.unwrap(), Ok(Bytes::from("{}")));
    }
}

#[tokio::test]
async fn beyond_the_processors_one_is_started_where_nothing_comes_to_an_end() {
    let mut lambda = Lambda::silent();
    let processors = std::thread::available_parallelism().unwrap().get();
    let mut busy = Vec::new();
    for _ in 0..processors {
        let _invocation = lambda.invoke("busy");
        let function = lambda.started().await;
        let request_id = function.take().await;
        busy.push((function, request_id));
    }
    tokio::time::pause();
    let (_held, until) = std::sync::mpsc::channel::<()>();
    tokio::task::spawn_blocking(move || until.recv());

    let _waiting = [lambda.invoke("next"), lambda.invoke("last")];
    wait_for_waiting(&lambda, 2).await;
    let (function, request_id) = &busy[0];
    function.respond(request_id, b"{}").await;
    assert_eq!(function.next().await.body, "next");
    let pool = &lambda.functions.pools[&arn(NAME)];
    for expected in [processors, processors + 1] {
        tokio::time::advance(PATIENCE * 2).await;
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_eq!(pool.environment_count(), expected);
    }
}

async fn wait_for_waiting(lambda: &Lambda, count: usize) {
    while lambda.functions.pools[&arn(NAME)].waiting_count() < count {
        tokio::task::yield_now().await;
    }
}

async fn wait_for_idle(lambda: &Lambda, count: usize) {
    while lambda.functions.pools[&arn(NAME)].idle_count() < count {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_reserved_concurrency_of_none_lets_nothing_in() {
    let lambda = Lambda::of(&program("silent"), Some(0));
    assert_eq!(lambda.invoke("{}").await.unwrap(), Err(InvocationError::Throttled(0)));
    assert_eq!(lambda.functions.processes(), []);
}

#[tokio::test]
async fn a_reserved_concurrency_of_one_lets_in_one_at_a_time() {
    let mut lambda = Lambda::of(&program("silent"), Some(1));
    let outcome = lambda.invoke("{}");
    let function = lambda.started().await;
    let request_id = function.take().await;
    assert_eq!(lambda.invoke("{}").await.unwrap(), Err(InvocationError::Throttled(1)));
    function.respond(&request_id, b"{}").await;
    assert_eq!(outcome.await.unwrap(), Ok(Bytes::from("{}")));

    let outcome = lambda.invoke("{}");
    function.respond(&function.take().await, b"{}").await;
    assert_eq!(outcome.await.unwrap(), Ok(Bytes::from("{}")));
    assert_eq!(lambda.functions.invocations()[NAME], 3);
}

#[tokio::test]
async fn functions_that_reserve_none_share_what_the_account_has_left() {
    let silent = program("silent");
    let reserving = definition("reserving", &silent, Some(1));
    let lambda = Lambda::all(vec![
        definition(NAME, &silent, None),
        definition("other", &silent, None),
        reserving,
    ]);
    let left = ACCOUNT_CONCURRENCY - 1;
    let _under_way: Vec<_> = (0..left).map(|_| lambda.invoke("{}")).collect();
    while lambda.functions.invocations()[NAME] < left as u64 {
        tokio::task::yield_now().await;
    }
    let outcome = lambda.invoke_other("other", "{}").await.unwrap();
    assert_eq!(outcome, Err(InvocationError::Throttled(left)));
    let reserved = lambda.invoke_other("reserving", "{}");
    while lambda.functions.invocations()["reserving"] == 0 {
        tokio::task::yield_now().await;
    }
    assert!(!reserved.is_finished(), "what is reserved is not taken from it");
    lambda.functions.shut_down().await;
}

#[tokio::test]
async fn a_shutdown_ends_what_is_under_way_and_every_process() {
    let mut lambda = Lambda::silent();
    let outcome = lambda.invoke("{}");
    lambda.started().await.take().await;
    let process = lambda.process();
    lambda.functions.shut_down().await;
    assert_eq!(outcome.await.unwrap(), Err(InvocationError::ShuttingDown));
    assert_eq!(lambda.functions.processes(), []);
    let alive = std::process::Command::new("kill").args(["-0", &process.to_string()]).output();
    assert!(!alive.unwrap().status.success(), "process {process} is still there");
    assert_eq!(lambda.invoke("{}").await.unwrap(), Err(InvocationError::ShuttingDown));
}

/// A signal that asks would be overheard.
#[tokio::test]
async fn a_process_is_ended_without_notice() {
    let mut lambda = Lambda::of(&program("stubborn"), None);
    let outcome = lambda.invoke("{}");
    lambda.started().await.take().await;
    lambda.functions.shut_down().await;
    assert_eq!(outcome.await.unwrap(), Err(InvocationError::ShuttingDown));
    assert_eq!(lambda.functions.processes(), []);
}

#[tokio::test]
async fn a_function_that_is_not_there_is_named() {
    let outcome = Lambda::silent().invoke_other("other", "{}").await.unwrap();
    assert_eq!(outcome, Err(InvocationError::NoSuchFunction(arn("other"))));
}
