//! The listener of an HTTP API, or of a custom domain of HTTP APIs.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;

use super::{Gateway, Refusal, answer};
use crate::entrance::Entrance;
use crate::rule::GatewayRule;
use crate::services::Services;
use crate::websocket::gateway::NO_BASE_PATH;
use crate::wire::Head;
use crate::{reply, report};

/// What a listener answers with.
#[derive(Clone)]
struct Door {
    entrance: Arc<Entrance<Gateway>>,
    services: Arc<Services>,
}

/// The listener of one API, or of one domain.
pub fn router(entrance: Arc<Entrance<Gateway>>, services: Arc<Services>) -> Router {
    Router::new().fallback(dispatch).with_state(Door { entrance, services })
}

async fn dispatch(State(door): State<Door>, request: Request) -> Response {
    let request_id = door.services.randomness.gateway_id();
    let (parts, body) = request.into_parts();
    let head = Head::of(&parts);
    let response = match door.entrance.lead(head.path()) {
        Some((gateway, way)) => answer(gateway, way, &head, body, &request_id).await,
        None => {
            report::refused("request", &head, GatewayRule::Stage, NO_BASE_PATH);
            // No API answers, and whose domain it is cannot be told: HTTP APIs share theirs with REST APIs.
            Refusal::Forbidden.into_response()
        }
    };
    tracing::info!(request = ?head, status = response.status().as_u16(), "answered");
    reply::numbered(response, "apigw-requestid", &request_id)
}
