//! What the Runtime API answers, call by call.

use serde_json::{Value, json};

use super::client::Reply;
use super::*;
use crate::limits::FUNCTION_RESPONSE_BYTES;

const INVALID_ID: (u16, &str, &str) = (400, "InvalidRequestID", "Invalid request ID");

#[track_caller]
fn check_refused(reply: &Reply, expected: (u16, &str, &str)) {
    let body: Value = serde_json::from_str(&reply.body).unwrap();
    let (status, error_type, message) = expected;
    assert_eq!(reply.status, status);
    assert_eq!(body, json!({"errorType": error_type, "errorMessage": message}));
}

#[tokio::test]
async fn an_invocation_is_handed_over_whole_and_its_answer_returned() {
    let mut lambda = Lambda::silent();
    let outcome = lambda.invoke(r#"{"is":"an event"}"#);
    let function = lambda.started().await;
    let (invocation, times) = timed(function.next()).await;
    assert_eq!((invocation.status, invocation.body.as_str()), (200, r#"{"is":"an event"}"#));
    assert_eq!(invocation.header("lambda-runtime-invoked-function-arn"), arn(NAME));
    assert!(invocation.header("lambda-runtime-trace-id").starts_with("Root=1-"));
    check_deadline(&invocation, times, TIMEOUT);
    let request_id = invocation.header("lambda-runtime-aws-request-id");
    assert_eq!(function.respond(request_id, b"an answer").await.status, 202);
    assert_eq!(outcome.await.unwrap(), Ok(Bytes::from("an answer")));
}

#[tokio::test]
async fn another_request_id_is_refused() {
    let mut lambda = Lambda::silent();
    let outcome = lambda.invoke("{}");
    let function = lambda.started().await;
    let request_id = function.take().await;
    check_refused(&function.respond("another", b"{}").await, INVALID_ID);
    check_refused(&function.fail("another", "{}").await, INVALID_ID);
    assert!(!outcome.is_finished());
    function.respond(&request_id, b"{}").await;
    // It was answered: now this id is another one as well.
    check_refused(&function.respond(&request_id, b"{}").await, INVALID_ID);
    assert_eq!(outcome.await.unwrap(), Ok(Bytes::from("{}")));
}

#[tokio::test]
async fn what_is_out_of_order_is_refused() {
    let mut lambda = Lambda::silent();
    let outcome = lambda.invoke("{}");
    let function = lambda.started().await;
    let request_id = function.take().await;
    let why = "the last invocation has not been answered";
    check_refused(&function.next().await, (403, "InvalidStateTransition", why));
    let started = (403, "InvalidStateTransition", "it has started");
    check_refused(&function.fail_init("{}").await, started);
    assert_eq!(function.respond(&request_id, b"{}").await.status, 202);
    assert_eq!(outcome.await.unwrap(), Ok(Bytes::from("{}")));
}

#[tokio::test]
async fn an_answer_may_be_six_megabytes_and_no_byte_more() {
    let mut lambda = Lambda::silent();
    let outcome = lambda.invoke("{}");
    let function = lambda.started().await;
    let too_large = vec![b' '; FUNCTION_RESPONSE_BYTES + 1];
    let reply = function.respond(&function.take().await, &too_large).await;
    let message = "Exceeded maximum allowed payload size (6291556 bytes).";
    check_refused(&reply, (413, "RequestEntityTooLarge", message));
    let error = outcome.await.unwrap().unwrap_err();
    assert!(
        matches!(&error, InvocationError::Handler { error_type, .. }
            if error_type == "Function.ResponseSizeTooLarge"),
        "{error}"
    );

    let outcome = lambda.invoke("{}");
    let largest = &too_large[1..];
    assert_eq!(function.respond(&function.take().await, largest).await.status, 202);
    assert_eq!(outcome.await.unwrap().map(|answer| answer.len()), Ok(FUNCTION_RESPONSE_BYTES));
}

#[tokio::test]
async fn an_error_is_reported_with_its_type_and_the_process_goes_on() {
    let mut lambda = Lambda::silent();
    let outcome = lambda.invoke("{}");
    let function = lambda.started().await;
    let error = r#"{"errorType":"Broken","errorMessage":"it broke","stackTrace":[]}"#;
    assert_eq!(function.fail(&function.take().await, error).await.status, 202);
    let expected =
        InvocationError::Handler { error_type: "Broken".into(), message: "it broke".into() };
    assert_eq!(outcome.await.unwrap(), Err(expected));

    let outcome = lambda.invoke("{}");
    // What the function says of its error may be anything.
    assert_eq!(function.fail(&function.take().await, "no JSON").await.status, 202);
    let expected = InvocationError::Handler { error_type: String::new(), message: String::new() };
    assert_eq!(outcome.await.unwrap(), Err(expected));
}

#[tokio::test]
async fn a_function_may_say_why_it_cannot_start() {
    let mut lambda = Lambda::silent();
    let outcome = lambda.invoke("{}");
    let function = lambda.started().await;
    let error = r#"{"errorType":"Configuration","errorMessage":"TABLE is not set"}"#;
    assert_eq!(function.fail_init(error).await.status, 202);
    kill(lambda.process());
    let expected = InvocationError::Init("Configuration: TABLE is not set".to_owned());
    assert_eq!(outcome.await.unwrap(), Err(expected));
}
