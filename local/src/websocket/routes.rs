//! Invoking the functions of a WebSocket API's routes.

use std::time::Duration;

use axum::body::Bytes;

use super::answer::Answer;
use super::gateway::Gateway;
use crate::events::websocket::Connection;
use crate::functions::InvocationError;
use crate::report::chain;
use crate::services::Services;
use crate::template::{WebSocketApi, WebSocketRoute, WebSocketRouteKey};
use crate::trace::teller::Teller;

/// Why a route's function gave no answer that counts.
#[derive(Debug, thiserror::Error)]
pub(super) enum RouteError {
    /// No `AWS::Lambda::Permission` lets API Gateway invoke it for this route.
    #[error("no permission lets API Gateway invoke {function_arn} for {source_arn}")]
    NoPermission { function_arn: String, source_arn: String },
    /// It took longer than the integration waits.
    #[error("the integration timed out after {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// The function failed.
    #[error("the function gave no answer")]
    Invocation(#[source] InvocationError),
    /// Its answer does not have the proxy format.
    #[error("the function's answer does not have the proxy format")]
    Malformed(#[source] serde_json::Error),
    /// It decides about a handshake with what is no status of a final answer.
    #[error("the function's statusCode is {0}, expected one from 200 to 599")]
    NoStatus(u16),
}

impl RouteError {
    /// The `message` of the error frame that an open connection is sent.
    pub(super) fn frame_message(&self) -> &'static str {
        match self {
            Self::TimedOut(_) => "Endpoint request timed out",
            Self::NoPermission { .. }
            | Self::Invocation(_)
            | Self::Malformed(_)
            | Self::NoStatus(_) => "Internal server error",
        }
    }
}

/// The API's route of this key, if it has one.
pub(super) fn find(api: &WebSocketApi, key: WebSocketRouteKey) -> Option<&WebSocketRoute> {
    api.routes.iter().find(|route| route.key == key)
}

/// Invokes a route's function once, as API Gateway does, and tells who watches.
pub(super) async fn invoke(
    gateway: &Gateway,
    connection: &Connection,
    route: &WebSocketRoute,
    event: Vec<u8>,
    teller: &Teller,
) -> Result<Answer, RouteError> {
    let Gateway { api, services, .. } = gateway;
    check_permission(services, api, &connection.stage, route)?;
    teller.invoked(&route.integration.function_arn, &connection.connection_id, &event);
    let said = ask(services, route, event).await;
    teller.answered(&said);
    Answer::parse(&said?).map_err(RouteError::Malformed)
}

/// Whether API Gateway may invoke a route's function.
fn check_permission(
    services: &Services,
    api: &WebSocketApi,
    stage: &str,
    route: &WebSocketRoute,
) -> Result<(), RouteError> {
    let function_arn = &route.integration.function_arn;
    let source_arn = services.execute_api_arn(&api.id, &format!("{stage}/{}", route.key));
    if !services.may_invoke(function_arn, &source_arn) {
        let function_arn = function_arn.clone();
        return Err(RouteError::NoPermission { function_arn, source_arn });
    }
    Ok(())
}

/// What a route's function says to an event, within the integration's time.
async fn ask(
    services: &Services,
    route: &WebSocketRoute,
    event: Vec<u8>,
) -> Result<Bytes, RouteError> {
    let timeout = route.integration.timeout;
    let answer = services.functions.invoke(&route.integration.function_arn, Bytes::from(event));
    services
        .clock
        .timeout(timeout, answer)
        .await
        .map_err(|_| RouteError::TimedOut(timeout))?
        .map_err(RouteError::Invocation)
}

/// Logs why a route's function gave no answer.
pub(super) fn report(route: &str, connection: &Connection, error: &RouteError) {
    let connection_id = &connection.connection_id;
    tracing::error!(route, connection_id, "{}", chain(error));
}
