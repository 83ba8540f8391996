//! A handler under the Lambda runtime: from the event's JSON to the reply, with the log in between.

use std::error::Error;

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tracing::{Instrument as _, Span};

use crate::chain;

/// Serves invocations with `handler` until the process ends.
///
/// Each runs in its [`invocation_span`]. A handler that fails fails the invocation: the chain of its
/// error is logged here at error level (the runtime adds a line of its own with the outer message);
/// Lambda is told the outer message only and counts an error; API Gateway answers a handshake with
/// 502, a message with its own error frame.
///
/// # Errors
///
/// Where the Lambda Runtime API cannot be reached.
///
/// # Panics
///
/// At the start, where a variable that Lambda always sets is missing (`AWS_LAMBDA_RUNTIME_API`,
/// `AWS_LAMBDA_FUNCTION_NAME` and its kin). A panic of the handler fails the one invocation.
pub async fn serve<Event, Reply, Failure, Pending>(
    handler: impl Fn(Event) -> Pending,
) -> Result<(), crate::Error>
where
    Event: DeserializeOwned,
    Reply: Serialize,
    Failure: Error + 'static,
    Pending: Future<Output = Result<Reply, Failure>>,
{
    let handler = &handler;
    // The runtime is given any JSON: its own message about one that does not fit would show values.
    let service = service_fn(|invocation: LambdaEvent<Value>| {
        let span = invocation_span(&invocation.context.request_id);
        async move {
            let event = read_event(invocation.payload).map_err(|error| failed(&error))?;
            tracing::trace!("the event is read");
            // In a box, as an SDK call within it nests deeper than the compiler follows from `main`.
            let reply = Box::pin(handler(event)).await.map_err(|error| failed(&error))?;
            tracing::trace!("the reply is ready");
            Ok::<_, Diagnostic>(reply)
        }
        .instrument(span)
    });
    lambda_runtime::run(service).await
}

/// The span in which one invocation runs: it puts Lambda's request id on every line of the log,
/// whatever its level. (The runtime's own span is capped away with all that the runtime says.)
pub fn invocation_span(request_id: &str) -> Span {
    tracing::error_span!("invocation", request_id)
}

/// Reads an event, or the part of one that a function wants.
///
/// # Errors
///
/// [`MalformedEvent`], which says where but never what was found: an event holds tokens.
pub fn read_event<Event: DeserializeOwned>(event: Value) -> Result<Event, MalformedEvent> {
    serde_path_to_error::deserialize(event).map_err(|error| {
        let path = match error.path().iter().next() {
            Some(_) => error.path().to_string(),
            None => "the top level".to_owned(),
        };
        MalformedEvent { path }
    })
}

/// An event that has not the shape that the function's route promises: a wrong wiring.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the event does not fit this function's route: a key or its type is wrong at {path}")]
pub struct MalformedEvent {
    /// The value of a wrong type (`requestContext.connectionId`), or the object that lacks a key
    /// (`requestContext`).
    pub path: String,
}

fn failed(error: &(dyn Error + 'static)) -> Diagnostic {
    tracing::error!("{}", chain(error));
    Diagnostic { error_type: "InvocationFailed".to_owned(), error_message: error.to_string() }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Event {
        request_context: Context,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Context {
        connection_id: String,
    }

    #[track_caller]
    fn check(event: Value, expected: Result<&str, &str>) {
        let read = read_event::<Event>(event).map(|event| event.request_context.connection_id);
        assert_eq!(read.as_deref().map_err(|error| error.path.as_str()), expected);
    }

    #[test]
    fn what_is_not_asked_for_is_not_read() {
        let event =
            json!({"requestContext": {"connectionId": "c=", "stage": "prod"}, "headers": 1});
        check(event, Ok("c="));
    }

    #[test]
    fn a_missing_key_is_placed() {
        check(json!({"requestContext": {}}), Err("requestContext"));
        check(json!({}), Err("the top level"));
    }

    #[test]
    fn a_value_of_a_wrong_type_is_placed_and_not_shown() {
        let event = json!({"requestContext": {"connectionId": {"token": "MARKER"}}});
        check(event.clone(), Err("requestContext.connectionId"));
        let error = read_event::<Event>(event).expect_err("the id is an object");
        assert!(!format!("{error} {error:?}").contains("MARKER"));
    }
}
