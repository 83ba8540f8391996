//! DynamoDB's wire protocol: JSON 1.0, the operation in `X-Amz-Target`.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use dynoxide::errors::DynoxideError;
use serde_json::{Value, json};

use super::tables::{Pace, transaction_conflict};
use super::{Call, Endpoint, permissions, signature_message};
use crate::faults::DynamoDbFault;
use crate::rule::GatewayRule;
use crate::{reply, report};

const TARGET_PREFIX: &str = "DynamoDB_20120810.";

/// Carries out a call, if it is signed, allowed and known.
pub(super) async fn answer(endpoint: &Arc<Endpoint>, call: Call) -> Response {
    let request_id = call.request_id.clone();
    let outcome = carry_out(endpoint, call).await;
    let (status, body) = match outcome {
        Ok(body) => (StatusCode::OK, body),
        Err(Failure::Refused { status, body }) => (status, body),
        Err(Failure::AnswerLost) => return Response::new(broken_body()),
    };
    let json = HeaderValue::from_static("application/x-amz-json-1.0");
    reply::numbered(reply::typed(status, json, body), reply::REQUEST_ID, &request_id)
}

enum Failure {
    Refused { status: StatusCode, body: Vec<u8> },
    AnswerLost,
}

impl Failure {
    fn refused(error_type: &str, message: &str) -> Self {
        Self::bad_request(&json!({"__type": error_type, "message": message}))
    }

    fn bad_request(body: &Value) -> Self {
        let body = body.to_string().into_bytes();
        Self::Refused { status: StatusCode::BAD_REQUEST, body }
    }
}

impl From<DynoxideError> for Failure {
    fn from(error: DynoxideError) -> Self {
        let status = StatusCode::from_u16(error.status_code());
        Self::Refused {
            status: status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            body: error.to_json().into_bytes(),
        }
    }
}

async fn carry_out(endpoint: &Arc<Endpoint>, call: Call) -> Result<Vec<u8>, Failure> {
    let Call { head, body, now, .. } = call;
    let key = endpoint.access.authenticate(&head, &body, "dynamodb", now).map_err(|refusal| {
        report::refused_call("DynamoDB call", &head, &refusal);
        let error_type = format!("com.amazon.coral.service#{}", refusal.code());
        Failure::refused(&error_type, &signature_message(&refusal))
    })?;
    let target = head.header("x-amz-target").unwrap_or_default();
    let operation = target.strip_prefix(TARGET_PREFIX).ok_or_else(|| {
        let message = format!("{target} is not an operation of DynamoDB_20120810");
        Failure::refused("com.amazon.coral.service#UnknownOperationException", &message)
    })?;
    let request: Value = serde_json::from_slice(&body).map_err(|error| {
        let message = format!("the body is not JSON: {error}");
        Failure::refused("com.amazon.coral.service#SerializationException", &message)
    })?;
    let needed =
        permissions::needed(operation, &request, &endpoint.tables_arn).map_err(|error| {
            tracing::info!(operation, "refused: {error}");
            let error_type = match error {
                permissions::UnknownPermission::Operation(_) => {
                    "com.amazon.coral.service#UnknownOperationException"
                }
                permissions::UnknownPermission::Table => {
                    "com.amazon.coral.validate#ValidationException"
                }
            };
            Failure::refused(error_type, &error.to_string())
        })?;
    let needed: Vec<_> = needed.iter().map(|one| (&*one.action, &*one.resource)).collect();
    endpoint.access.authorize_all(key.caller(), &needed, &head).map_err(|denied| {
        report::refused("DynamoDB call", &head, GatewayRule::Policy, &denied);
        // The one error whose message has a capital letter, as captures of DynamoDB show.
        let body = json!({
            "__type": "com.amazon.coral.service#AccessDeniedException",
            "Message": denied.to_string(),
        });
        Failure::bad_request(&body)
    })?;
    let fault = endpoint.faults.strike_dynamodb(operation);
    match fault {
        Some(DynamoDbFault::Failing) => {
            let message = "The request could not be completed.".to_owned();
            return Err(DynoxideError::InternalServerError(message).into());
        }
        Some(DynamoDbFault::Throttled) => {
            let error_type = "com.amazon.coral.availability#ThrottlingException";
            return Err(Failure::refused(error_type, "Rate exceeded"));
        }
        Some(DynamoDbFault::TransactionConflict) => {
            let elements = request.get("TransactItems").and_then(Value::as_array);
            return Err(transaction_conflict(elements.map_or(1, Vec::len)).into());
        }
        Some(DynamoDbFault::AnswerLost | DynamoDbFault::Slow(_)) | None => {}
    }
    let answer = execute(endpoint, operation, request).await;
    match fault {
        Some(DynamoDbFault::AnswerLost) => return Err(Failure::AnswerLost),
        Some(DynamoDbFault::Slow(by)) => {
            endpoint.clock.sleep_until(endpoint.clock.now() + by).await;
        }
        _ => {}
    }
    Ok(answer?.to_string().into_bytes())
}

async fn execute(
    endpoint: &Arc<Endpoint>,
    operation: &str,
    request: Value,
) -> Result<Value, DynoxideError> {
    match endpoint.tables.pace() {
        // To hand it to another thread would take longer.
        Pace::Brief => endpoint.tables.execute(operation, request),
        Pace::Blocking => {
            let (tables, operation) = (endpoint.tables.clone(), operation.to_owned());
            tokio::task::spawn_blocking(move || tables.execute(&operation, request))
                .await
                .unwrap_or_else(|error| Err(DynoxideError::InternalServerError(error.to_string())))
        }
    }
}

/// A body that fails at once: the server cuts the connection.
fn broken_body() -> Body {
    let cut = Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
    Body::from_stream(futures_util::stream::iter([cut]))
}
