//! The Lambda functions of `docs/fidelity.md`.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use tests::probe::Probe;
use tests::stack::{ACCOUNT_ID, Options, REGION, Stack};
use tests::template;
use tests::waiting::eventually;
use tests::websocket::Socket;

/// A stack whose `$default` function is the test, and a connection to it.
async fn start(template: String) -> (Probe, Stack, Socket) {
    let probe = Probe::listen(env!("CARGO_BIN_EXE_probe")).await;
    let options = probe.replace(Options::default().template(template), &["DefaultFunction"]);
    let stack = Stack::start_with(options).await;
    let socket = stack.connect(json!({})).await;
    (probe, stack, socket)
}

/// The environment, name by name, that a function in `provided.al2023` has on AWS; and what `local`
/// adds so that nothing of this machine reaches it.
#[tokio::test]
async fn a_function_has_the_environment_that_lambda_gives_it() {
    let (probe, stack, mut socket) = start(template::text()).await;
    socket.send("hello").await;
    let invocation = probe.invoked().await;
    let names: BTreeSet<_> = invocation.environment.keys().map(String::as_str).collect();
    let of_lambda = [
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_FORMAT",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "LANG",
        "LD_LIBRARY_PATH",
        "PATH",
        "TZ",
        "_HANDLER",
    ];
    let of_local = ["AWS_CONFIG_FILE", "AWS_ENDPOINT_URL", "AWS_SHARED_CREDENTIALS_FILE", "HOME"];
    // Absent among others: AWS_EXECUTION_ENV, and _X_AMZN_TRACE_ID, which the runtime sets itself.
    let mut functions = stack.template.functions.iter();
    let function = functions.find(|function| function.logical_id == "DefaultFunction").unwrap();
    let of_template: Vec<_> = function.environment.0.keys().map(String::as_str).collect();
    assert!(of_template.contains(&"CONNECTIONS_TABLE"), "{of_template:?}");
    let expected = of_lambda.into_iter().chain(of_template).chain(of_local).collect();
    assert_eq!(names, expected);

    let check = |name: &str, value: &str| assert_eq!(invocation.environment[name], value, "{name}");
    check("AWS_REGION", REGION);
    check("AWS_DEFAULT_REGION", REGION);
    check("AWS_LAMBDA_FUNCTION_NAME", &function.name);
    check("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256");
    check("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST");
    check("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
    check("AWS_LAMBDA_LOG_FORMAT", "JSON");
    check("AWS_LAMBDA_LOG_GROUP_NAME", &function.logging.log_group);
    check("LAMBDA_TASK_ROOT", "/var/task");
    check("LAMBDA_RUNTIME_DIR", "/var/runtime");
    check("TZ", ":UTC");
    check("_HANDLER", "bootstrap");
    assert!(invocation.environment["AWS_ACCESS_KEY_ID"].starts_with("ASIA"));
    let log_stream = &invocation.environment["AWS_LAMBDA_LOG_STREAM_NAME"];
    let date = stack.clock.now().date().to_string().replace('-', "/");
    let unique = log_stream.strip_prefix(&format!("{date}/[$LATEST]")).expect("its form");
    assert!(unique.len() == 32 && unique.bytes().all(|byte| byte.is_ascii_hexdigit()), "{unique}");
    stack.stop().await;
}

#[tokio::test]
async fn a_process_may_have_1_024_files_open() {
    let (probe, stack, mut socket) = start(template::text()).await;
    socket.send("hello").await;
    let invocation = probe.invoked().await;
    let process = stack.processes("DefaultFunction")[0];
    let limits = std::fs::read_to_string(format!("/proc/{process}/limits")).unwrap();
    let limit = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    let figures: Vec<_> = limit.split_whitespace().collect();
    assert_eq!(figures, ["1024", "1024", "files"], "the soft and the hard limit");
    invocation.answer(&json!({"statusCode": 200})).await;
    stack.stop().await;
}

#[tokio::test]
async fn an_invocation_has_the_headers_of_the_runtime_api() {
    let (probe, stack, mut socket) = start(template::text()).await;
    socket.send("hello").await;
    let invocation = probe.invoked().await;
    let header = |name: &str| invocation.headers[name].as_str();
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("lambda-runtime-aws-request-id").len(), 36);
    let name = &invocation.environment["AWS_LAMBDA_FUNCTION_NAME"];
    let arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{name}");
    assert_eq!(header("lambda-runtime-invoked-function-arn"), arn);
    let trace = format!("Root=1-{:08x}-", stack.clock.now().unix_timestamp());
    assert!(header("lambda-runtime-trace-id").starts_with(&trace));
    let others: Vec<_> =
        invocation.headers.keys().filter(|name| name.contains("lambda-")).collect();
    assert_eq!(others.len(), 4, "with the deadline: {others:?}");
    stack.stop().await;
}

/// The next message has a process of its own, and the one whose process is gone was not tried again.
async fn check_new_process(probe: &Probe, stack: &Stack, socket: &mut Socket, gone: &[u32]) {
    socket.send("again").await;
    probe.invoked().await.answer(&json!({"statusCode": 200})).await;
    let next = stack.processes("DefaultFunction");
    assert!(next.len() == 1 && next != gone, "{next:?}");
    assert_eq!(stack.invocations("DefaultFunction"), 2, "nothing was tried again");
}

#[tokio::test]
async fn a_function_past_its_timeout_is_ended_and_the_next_message_has_a_new_process() {
    let (probe, stack, mut socket) = start(template::text()).await;
    socket.send("hello").await;
    let late = probe.invoked().await;
    let processes = stack.processes("DefaultFunction");
    stack.clock.advance(stack.function_timeout() - Duration::from_millis(1));
    assert_eq!(stack.processes("DefaultFunction"), processes);
    stack.clock.advance(Duration::from_millis(1));
    let frame = socket.json().await;
    assert_eq!(frame["message"], "Internal server error", "before the integration's 29 s");
    eventually("it was ended", || stack.processes("DefaultFunction").is_empty()).await;
    drop(late);

    check_new_process(&probe, &stack, &mut socket, &processes).await;
    stack.stop().await;
}

#[tokio::test]
async fn a_crash_ends_the_process_and_the_next_message_has_a_new_one() {
    let (probe, stack, mut socket) = start(template::text()).await;
    socket.send("hello").await;
    let invocation = probe.invoked().await;
    let processes = stack.processes("DefaultFunction");
    invocation.crash();
    assert_eq!(socket.json().await["message"], "Internal server error");
    check_new_process(&probe, &stack, &mut socket, &processes).await;
    stack.stop().await;
}

#[tokio::test]
async fn an_error_of_the_handler_leaves_its_process_to_the_next_message() {
    // With one environment, the next message waits until the process asks again.
    let one = template::with(|tree| template::reserve_one_environment(tree, "DefaultFunction"));
    let (probe, stack, mut socket) = start(one).await;
    socket.send("hello").await;
    let invocation = probe.invoked().await;
    let processes = stack.processes("DefaultFunction");
    invocation.fail("Broken", "it broke").await;
    assert_eq!(socket.json().await["message"], "Internal server error");
    socket.send("again").await;
    let next = probe.invoked().await;
    assert_eq!(stack.processes("DefaultFunction"), processes);
    next.answer(&json!({"statusCode": 200})).await;
    stack.stop().await;
}

#[tokio::test]
async fn a_process_works_on_one_invocation_at_a_time() {
    let (probe, stack, mut socket) = start(template::text()).await;
    let mut runtime_apis = BTreeSet::new();
    let mut under_way = Vec::new();
    for text in ["one", "two", "three"] {
        socket.send(text).await;
        let invocation = probe.invoked().await;
        runtime_apis.insert(invocation.environment["AWS_LAMBDA_RUNTIME_API"].clone());
        under_way.push(invocation);
    }
    assert_eq!(runtime_apis.len(), 3, "each has a process of its own");
    assert_eq!(stack.processes("DefaultFunction").len(), 3);
    stack.stop().await;
}

#[tokio::test]
async fn more_than_the_reserved_concurrency_is_throttled() {
    let one = template::with(|tree| template::reserve_one_environment(tree, "DefaultFunction"));
    let (probe, stack, mut socket) = start(one).await;
    socket.send("hello").await;
    let first = probe.invoked().await;
    let refused = socket.ask("one too many").await;
    assert_eq!(refused["message"], "Internal server error");
    first.answer_text("nonsense").await;
    assert_eq!(socket.json().await["message"], "Internal server error", "the first's own");
    socket.send("again").await;
    let again = probe.invoked().await;
    assert_eq!(again.event["body"], "again", "what was throttled is not tried again");
    stack.stop().await;
}
