//! The Lambda Runtime API, as one process polls it.
//! (Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes")
//!
//! | call | answer |
//! |---|---|
//! | `GET runtime/invocation/next` | 200, the event, once there is one; 403 before the last one is answered |
//! | `POST runtime/invocation/ID/response` | 202; 400 for another ID; 413 past 6 MB |
//! | `POST runtime/invocation/ID/error` | 202; 400 for another ID |
//! | `POST runtime/init/error` | 202; 403 once it has asked for an invocation |

use std::sync::Arc;

use axum::Router;
use axum::body::{self, Body, Bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};

use super::InvocationError;
use super::environment::Environment;
use crate::limits::FUNCTION_RESPONSE_BYTES;
use crate::reply;

pub(super) fn router(environment: Arc<Environment>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{request_id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{request_id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .with_state(environment)
}

async fn next(State(environment): State<Arc<Environment>>) -> Response {
    let trace_id = environment.trace_id();
    match environment.next().await {
        Some(delivery) => (
            [
                ("content-type", "application/json".to_owned()),
                ("lambda-runtime-aws-request-id", delivery.request_id),
                ("lambda-runtime-deadline-ms", delivery.deadline_milliseconds.to_string()),
                ("lambda-runtime-invoked-function-arn", environment.function_arn().to_owned()),
                ("lambda-runtime-trace-id", trace_id),
            ],
            delivery.payload,
        )
            .into_response(),
        None => out_of_order("the last invocation has not been answered"),
    }
}

async fn response(
    State(environment): State<Arc<Environment>>,
    Path(request_id): Path<String>,
    body: Body,
) -> Response {
    match body::to_bytes(body, FUNCTION_RESPONSE_BYTES).await {
        Ok(answer) => accept(environment.answer(&request_id, Ok(answer)).await),
        Err(_) => {
            let message =
                format!("Exceeded maximum allowed payload size ({FUNCTION_RESPONSE_BYTES} bytes).");
            let failure = InvocationError::Handler {
                error_type: "Function.ResponseSizeTooLarge".to_owned(),
                message: message.clone(),
            };
            environment.answer(&request_id, Err(failure)).await;
            refusal(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &message)
        }
    }
}

/// What a function says of its error; all of it optional, none of it relied on.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct FunctionError {
    error_type: String,
    error_message: String,
}

async fn error(
    State(environment): State<Arc<Environment>>,
    Path(request_id): Path<String>,
    body: Bytes,
) -> Response {
    let FunctionError { error_type, error_message } =
        serde_json::from_slice(&body).unwrap_or_default();
    let failure = InvocationError::Handler { error_type, message: error_message };
    accept(environment.answer(&request_id, Err(failure)).await)
}

async fn init_error(State(environment): State<Arc<Environment>>, body: Bytes) -> Response {
    let error: FunctionError = serde_json::from_slice(&body).unwrap_or_default();
    let message = format!("{}: {}", error.error_type, error.error_message);
    if environment.report_init_error(message) {
        accept(true)
    } else {
        out_of_order("it has started")
    }
}

fn accept(known: bool) -> Response {
    #[derive(Serialize)]
    struct Status {
        status: &'static str,
    }
    if known {
        reply::json(StatusCode::ACCEPTED, &Status { status: "OK" })
    } else {
        refusal(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID")
    }
}

/// The call does not follow on the last one.
fn out_of_order(why: &str) -> Response {
    refusal(StatusCode::FORBIDDEN, "InvalidStateTransition", why)
}

fn refusal(status: StatusCode, error_type: &str, message: &str) -> Response {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Refusal<'a> {
        error_message: &'a str,
        error_type: &'a str,
    }
    reply::json(status, &Refusal { error_message: message, error_type })
}
