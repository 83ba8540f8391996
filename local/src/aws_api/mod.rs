//! Plays the AWS endpoint behind `AWS_ENDPOINT_URL`: STS and DynamoDB, every call signed and
//! allowed by a policy, or refused.
//!
//! - `sts`: AssumeRole and GetCallerIdentity
//! - `dynamodb`: DynamoDB's wire protocol
//! - [`permissions`]: what each DynamoDB operation needs
//! - [`tables`]: the embedded engine

mod dynamodb;
pub mod permissions;
pub(crate) mod sts;
pub mod tables;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::body::{self, Bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sigv4_verify::Refusal;
use time::OffsetDateTime;

use crate::access::Access;
use crate::clock::Clock;
use crate::faults::Faults;
use crate::iam::Iam;
use crate::limits::AWS_API_BODY_BYTES;
use crate::randomness::Randomness;
use crate::wire::Head;
use tables::Tables;

/// What the endpoint works with.
pub struct Endpoint {
    /// Signatures and policies.
    pub access: Access,
    /// Roles and their sessions.
    pub iam: Arc<Iam>,
    /// The template's tables.
    pub tables: Tables,
    /// Begins every table's ARN: `arn:aws:dynamodb:REGION:ACCOUNT`.
    pub tables_arn: String,
    /// By which the sessions that STS gives out expire.
    pub clock: Clock,
    /// For request ids.
    pub randomness: Randomness,
    /// What is to go wrong.
    pub faults: Faults,
}

/// The listener.
pub fn router(endpoint: Arc<Endpoint>) -> Router {
    Router::new().fallback(answer).with_state(endpoint)
}

/// One call, read whole.
struct Call {
    head: Head,
    body: Bytes,
    request_id: String,
    /// The machine's time: the SDKs sign by it.
    now: OffsetDateTime,
}

async fn answer(State(endpoint): State<Arc<Endpoint>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let head = Head::of(&parts);
    let Ok(body) = body::to_bytes(body, AWS_API_BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let request_id = endpoint.randomness.uuid();
    let call = Call { head, body, request_id, now: OffsetDateTime::now_utc() };
    // DynamoDB's protocol names its operation in a header, STS's in the body or the query.
    if call.head.header("x-amz-target").is_some() {
        dynamodb::answer(&endpoint, call).await
    } else {
        sts::answer(&endpoint, &call)
    }
}

/// What STS and DynamoDB say of a signature: the words of API Gateway but for a missing one.
fn signature_message(refusal: &Refusal) -> String {
    match refusal {
        Refusal::NotSigned => "Request is missing Authentication Token".to_owned(),
        other => other.to_string(),
    }
}
