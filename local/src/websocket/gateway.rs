//! One WebSocket API and its listeners: which stage, and whether a handshake or `@connections`.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;

use super::handshake;
use super::refusal::Refusal;
use crate::entrance::{Entrance, Way};
use crate::randomness::Randomness;
use crate::rule::GatewayRule;
use crate::services::Services;
use crate::template::{ExecuteApiEndpoint, Stage, WebSocketApi};
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

/// What a listener answers with.
#[derive(Clone)]
struct Door {
    entrance: Arc<Entrance<Gateway>>,
    services: Arc<Services>,
}

/// What a request is for.
pub(super) struct Arrival<'a> {
    pub(super) gateway: &'a Arc<Gateway>,
    pub(super) stage: &'a Stage,
    /// The path behind the stage, or behind the base path.
    pub(super) path: &'a str,
}

/// The listener of one API or of one domain: stages, and their `@connections`.
pub fn router(entrance: Arc<Entrance<Gateway>>, services: Arc<Services>) -> Router {
    Router::new().fallback(dispatch).with_state(Door { entrance, services })
}

async fn dispatch(State(door): State<Door>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let head = Head::of(&parts);
    let arrival = arrive(&door.entrance, &head);
    if let Ok(Arrival { gateway, stage, path }) = arrival
        && let Some(target) = connections_api::target(path)
    {
        return connections_api::handle(gateway, &stage.name, path, target, &head, body).await;
    }
    let randomness = &door.services.randomness;
    let request_id = randomness.gateway_id();
    let outcome = match arrival {
        Ok(arrival) => handshake::answer(&arrival, &head, &mut parts, &request_id).await,
        Err((found, refusal)) => {
            report_astray(&door.services, &head, &request_id, found, &refusal);
            Err(refusal)
        }
    };
    outcome.unwrap_or_else(|refusal| refused(randomness, refusal, &request_id))
}

/// The stage that a request is for, with a path that means something there; otherwise what is found, and the
/// answer to it.
fn arrive<'a>(
    entrance: &'a Entrance<Gateway>,
    head: &'a Head,
) -> Result<Arrival<'a>, (&'static str, Refusal)> {
    let no_method = || Refusal::no_method(&head.method, head.path());
    let led = entrance.lead(head.path());
    let (gateway, way) = led.ok_or_else(|| (NO_BASE_PATH, no_method()))?;
    let api = &gateway.api;
    if way == Way::ExecuteApi && !is_enabled(api) {
        return Err((SWITCHED_OFF, Refusal::disabled_endpoint()));
    }
    let (name, path) = match way {
        Way::ExecuteApi => split_stage(head.path()),
        Way::Mapping { stage, path } => (stage.to_owned(), path),
    };
    let stage = api.stages.iter().find(|stage| stage.name == name);
    let stage = stage.ok_or_else(|| ("the API has no such stage", Refusal::unknown_stage()))?;
    if !is_handshake(path) && connections_api::target(path).is_none() {
        return Err(match way {
            Way::ExecuteApi => ("the path goes on behind the stage", Refusal::unknown_path()),
            Way::Mapping { .. } => ("the path goes on behind the base path", no_method()),
        });
    }
    Ok(Arrival { gateway, stage, path })
}

/// What is said of an API's own endpoint that does not answer.
pub(crate) const SWITCHED_OFF: &str = "the API's default endpoint is switched off";

/// What is said of a path that no mapping of a domain has.
pub(crate) const NO_BASE_PATH: &str = "the domain has no such base path";

/// Whether a path behind the stage is that of a handshake: with and without a slash behind the stage.
pub(crate) fn is_handshake(path: &str) -> bool {
    path.is_empty() || path == "/"
}

/// What a request was meant for that is for no stage.
enum Kind {
    Handshake,
    Callback,
}

impl Kind {
    fn of(head: &Head) -> Self {
        match head.path().split('/').any(connections_api::is_keyword) {
            true => Self::Callback,
            false => Self::Handshake,
        }
    }
}

/// Says in the log what is wrong with a request that is for no stage, and to who watches if it was a handshake.
fn report_astray(
    services: &Services,
    head: &Head,
    request_id: &str,
    found: &str,
    refusal: &Refusal,
) {
    let broken = |what| report::refused(what, head, GatewayRule::Stage, found);
    match Kind::of(head) {
        Kind::Callback => {
            broken(connections_api::WHAT);
        }
        Kind::Handshake => {
            let pending = services.trace.arrived(request_id, services.clock.now(), head);
            pending.ended(refusal.status, Some(&broken(handshake::WHAT)));
        }
    }
}

/// A refusal bears two numbers, as a REST API's: one as every AWS service gives it, and the one that the event has.
fn refused(randomness: &Randomness, refusal: Refusal, request_id: &str) -> Response {
    let response = refusal.into_response(&randomness.uuid());
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
