//! One WebSocket API at its listener: which stage, and whether a handshake or `@connections`.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;

use super::handshake;
use super::refusal::Refusal;
use crate::rule::GatewayRule;
use crate::services::Services;
use crate::template::{ExecuteApiEndpoint, WebSocketApi};
use crate::throttle::Throttles;
use crate::wire::Head;
use crate::{connections_api, percent, reply, report};

/// One WebSocket API and what it works with.
pub struct Gateway {
    /// The API, as the template has it.
    pub api: WebSocketApi,
    /// How many handshakes and messages are let in.
    pub throttles: Throttles,
    /// Everything else.
    pub services: Arc<Services>,
}

/// The listener of one API: its stages, and their `@connections`.
pub fn router(gateway: Arc<Gateway>) -> Router {
    Router::new().fallback(dispatch).with_state(gateway)
}

async fn dispatch(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let request_id = gateway.services.randomness.gateway_id();
    let (mut parts, body) = request.into_parts();
    let head = Head::of(&parts);
    let (stage, rest) = split_stage(head.path());
    let target = connections_api::target(rest);
    let what = if target.is_some() { connections_api::WHAT } else { handshake::WHAT };
    let stage = gateway.api.stages.iter().find(|known| known.name == stage);
    let Some(stage) = stage.filter(|_| is_enabled(&gateway.api)) else {
        let found = match gateway.api.execute_api_endpoint {
            ExecuteApiEndpoint::Enabled => "the API has no such stage",
            ExecuteApiEndpoint::Disabled => "the API's default endpoint is switched off",
        };
        report::refused(what, &head, GatewayRule::Stage, found);
        let refusal = match (target, stage) {
            (Some(_), _) => connections_api::nowhere(),
            (None, None) => Refusal::unknown_stage(),
            (None, Some(_)) => Refusal::disabled_endpoint(),
        };
        return refused(&gateway, refusal, &request_id);
    };
    if let Some(target) = target {
        return connections_api::handle(&gateway, &stage.name, rest, target, &head, body).await;
    }
    // With and without a slash behind the stage.
    let outcome = if rest.is_empty() || rest == "/" {
        handshake::connect(&gateway, stage, &head, &mut parts, &request_id).await
    } else {
        report::refused(what, &head, GatewayRule::Stage, "the path goes on behind the stage");
        Err(Refusal::unknown_path())
    };
    outcome.unwrap_or_else(|refusal| refused(&gateway, refusal, &request_id))
}

/// A refusal bears two numbers, as a REST API's: one as every AWS service gives it, and the one that the event has.
fn refused(gateway: &Gateway, refusal: Refusal, request_id: &str) -> Response {
    let response = refusal.into_response(&gateway.services.randomness.uuid());
    reply::numbered(response, reply::GATEWAY_REQUEST_ID, request_id)
}

pub(crate) fn is_enabled(api: &WebSocketApi) -> bool {
    api.execute_api_endpoint == ExecuteApiEndpoint::Enabled
}

/// `/prod/@connections/…` → `prod`, `/@connections/…`. The stage is compared decoded.
fn split_stage(path: &str) -> (String, &str) {
    let path = path.strip_prefix('/').unwrap_or(path);
    let end = path.find('/').unwrap_or(path.len());
    let (stage, rest) = path.split_at(end);
    (percent::decode(stage), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stage_is_the_first_segment() {
        let check = |path, stage: &str, rest| {
            assert_eq!(split_stage(path), (stage.to_owned(), rest), "{path}");
        };
        check("/prod", "prod", "");
        check("/prod/", "prod", "/");
        check("/%24default", "$default", "");
        check("/prod/@connections/x", "prod", "/@connections/x");
        check("/", "", "");
    }
}
