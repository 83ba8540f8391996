//! The listener of an HTTP API, or of a custom domain of HTTP APIs.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;

use super::{Gateway, answer};
use crate::entrance::Entrance;
use crate::rule::GatewayRule;
use crate::services::Services;
use crate::websocket::gateway::NO_BASE_PATH;
use crate::websocket::refusal::Refusal;
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
            let refusal = Refusal::no_method(&head.method, head.path());
            refusal.into_response(&door.services.randomness.uuid())
        }
    };
    reply::numbered(response, "apigw-requestid", &request_id)
}
