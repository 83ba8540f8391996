//! The handshake: signature and policy first, then `$connect`, and only then the 101.

use std::sync::Arc;

use axum::Router;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method};
use axum::response::Response;
use time::OffsetDateTime;
use tokio::sync::oneshot;

use super::answer::Answer;
use super::refusal::Refusal;
use super::routes::{self, RouteError};
use super::session::{self, Ending, Observer};
use crate::connections_api;
use crate::events::websocket::{self as events, Connection, IamIdentity};
use crate::limits::{
    HTTP_HEAD_BYTES, WEBSOCKET_FRAME_BYTES, WEBSOCKET_MESSAGE_BYTES, WEBSOCKET_URL_CHARACTERS,
};
use crate::report;
use crate::services::Services;
use crate::template::{Authorization, ExecuteApiEndpoint, WebSocketApi, WebSocketRouteKey};
use crate::wire::Head;

/// One WebSocket API and what it works with.
pub struct Gateway {
    /// The API, as the template has it.
    pub api: WebSocketApi,
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
    let is_stage = gateway.api.stages.iter().any(|known| known.name == stage);
    if !is_stage || gateway.api.execute_api_endpoint == ExecuteApiEndpoint::Disabled {
        tracing::info!(request = ?head, "refused: the API has no such stage");
        return Refusal::forbidden().into_response(&request_id);
    }
    if let Some(connection_id) = connections_api::connection_id(rest) {
        return connections_api::handle(&gateway, &stage, &connection_id, &head, body).await;
    }
    // With and without a slash behind the stage.
    let outcome = if rest.is_empty() || rest == "/" {
        connect(&gateway, &stage, &head, &mut parts).await
    } else {
        Err(Refusal::forbidden())
    };
    outcome.unwrap_or_else(|refusal| refusal.into_response(&request_id))
}

/// `/prod/@connections/…` → `prod`, `/@connections/…`. The stage is compared decoded.
fn split_stage(path: &str) -> (String, &str) {
    let path = path.strip_prefix('/').unwrap_or(path);
    let end = path.find('/').unwrap_or(path.len());
    let (stage, rest) = path.split_at(end);
    (crate::percent::decode(stage), rest)
}

async fn connect(
    gateway: &Arc<Gateway>,
    stage: &str,
    head: &Head,
    parts: &mut Parts,
) -> Result<Response, Refusal> {
    let services = &gateway.services;
    check_size(head)?;
    if parts.method != Method::GET || !asks_for_upgrade(head) {
        return Err(Refusal::upgrade_required());
    }
    let now = services.clock.now();
    let identity = authorize(gateway, stage, head, now)?;
    // Only now: whoever may not connect learns nothing of how well he asked.
    let upgrade = WebSocketUpgrade::from_request_parts(parts, &())
        .await
        .map_err(|rejection| Refusal::bad_request(&rejection.body_text()))?
        .max_frame_size(WEBSOCKET_FRAME_BYTES)
        .max_message_size(WEBSOCKET_MESSAGE_BYTES)
        // An idle connection holds little memory, and an echo is written at once.
        .read_buffer_size(4096)
        .write_buffer_size(0);
    let connection = Connection {
        connection_id: services.randomness.gateway_id(),
        api_id: gateway.api.id.clone(),
        stage: stage.to_owned(),
        domain_name: head.domain_name().to_owned(),
        connected_at: now,
        source_ip: head.source_ip.clone(),
        user_agent: head.header("user-agent").map(ToOwned::to_owned),
    };
    let answer = invoke_connect(gateway, &connection, head, identity).await?;
    Ok(accept(gateway.clone(), connection, upgrade, &answer))
}

fn check_size(head: &Head) -> Result<(), Refusal> {
    if head.target.len() > WEBSOCKET_URL_CHARACTERS {
        Err(Refusal::uri_too_long())
    } else if head.bytes() - head.target.len() > HTTP_HEAD_BYTES {
        Err(Refusal::bad_request("Request headers are too large"))
    } else {
        Ok(())
    }
}

fn asks_for_upgrade(head: &Head) -> bool {
    head.header("upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
}

/// Signature, then policy, as the route asks.
fn authorize(
    gateway: &Gateway,
    stage: &str,
    head: &Head,
    now: OffsetDateTime,
) -> Result<Option<IamIdentity>, Refusal> {
    let services = &gateway.services;
    let route = routes::find(&gateway.api, WebSocketRouteKey::Connect);
    match route.map(|route| route.authorization) {
        None | Some(Authorization::None) => return Ok(None),
        Some(Authorization::AwsIam) => {}
    }
    let key = services.access.authenticate(head, b"", "execute-api", now).map_err(|refusal| {
        report::refused_signature("handshake", head, &refusal);
        Refusal::signature(&refusal)
    })?;
    let resource = services.execute_api_arn(&gateway.api.id, &format!("{stage}/$connect"));
    services
        .access
        .authorize(key.caller(), "execute-api:Invoke", &resource, head, now)
        .map_err(|denied| Refusal::policy(denied.execute_api_message()))?;
    let caller = key.caller();
    Ok(Some(IamIdentity {
        user_arn: caller.arn().to_owned(),
        account_id: caller.account_id().to_owned(),
        caller: caller.user_id().to_owned(),
        user: caller.user_id().to_owned(),
        access_key: key.credentials().access_key_id().to_owned(),
    }))
}

/// Asks `$connect`'s function, if the API has the route, and stays with the question even when the
/// client goes away: what was admitted must be taken back then.
async fn invoke_connect(
    gateway: &Arc<Gateway>,
    connection: &Connection,
    head: &Head,
    identity: Option<IamIdentity>,
) -> Result<Answer, Refusal> {
    let Some(route) = routes::find(&gateway.api, WebSocketRouteKey::Connect).cloned() else {
        return Ok(Answer::accepting());
    };
    let services = &gateway.services;
    let occasion = services.occasion();
    let headers = services.with_gateway_headers(head, connection.connected_at);
    let event = events::connect(connection, &occasion, identity.as_ref(), &headers, head.query());
    let (outcome, decided) = oneshot::channel();
    tokio::spawn({
        let gateway = gateway.clone();
        let connection = connection.clone();
        async move {
            let Gateway { api, services } = &*gateway;
            let answer = routes::invoke(services, api, &connection.stage, &route, event).await;
            if let Err(Ok(answer)) = outcome.send(answer)
                && answer.accepts()
            {
                disconnect(&gateway, &connection, Ending::abnormal()).await;
            }
        }
    });
    let answer = decided.await.map_err(|_| {
        // The task that asks cannot end without an outcome unless it panics.
        Refusal::internal(axum::http::StatusCode::INTERNAL_SERVER_ERROR)
    })?;
    match answer {
        Ok(answer) if answer.accepts() => Ok(answer),
        Ok(answer) => {
            tracing::info!(
                connection_id = connection.connection_id,
                status = answer.status_code,
                "refused: $connect's function said no"
            );
            Err(Refusal::by_function(answer.status_code))
        }
        Err(error) => {
            report_route_error("$connect", connection, &error);
            Err(error.refusal())
        }
    }
}

/// The 101, and what follows it.
fn accept(
    gateway: Arc<Gateway>,
    connection: Connection,
    mut upgrade: WebSocketUpgrade,
    answer: &Answer,
) -> Response {
    if let Some(protocol) = answer.subprotocol().and_then(|name| HeaderValue::from_str(name).ok()) {
        upgrade.set_selected_protocol(protocol);
    }
    let upgrade = upgrade.on_failed_upgrade({
        let gateway = gateway.clone();
        let connection = connection.clone();
        move |_| {
            tokio::spawn(
                async move { disconnect(&gateway, &connection, Ending::abnormal()).await },
            );
        }
    });
    upgrade.on_upgrade(move |socket| converse(gateway, connection, socket))
}

async fn converse(gateway: Arc<Gateway>, connection: Connection, socket: WebSocket) {
    let Services { registry, clock, sessions, .. } = &*gateway.services;
    let _open = sessions.enter();
    tracing::info!(connection_id = connection.connection_id, "connected");
    let commands = registry.open(connection.clone(), clock.now());
    let mut observer =
        Messages { gateway: gateway.clone(), connection: Arc::new(connection.clone()) };
    let ending =
        session::run(socket, commands, &mut observer, clock, connection.connected_at).await;
    registry.close(&connection.connection_id);
    tracing::info!(
        connection_id = connection.connection_id,
        code = ending.status_code,
        reason = ending.reason,
        "disconnected"
    );
    disconnect(&gateway, &connection, ending).await;
}

/// Hands each message to `$default`, all of a connection at once.
struct Messages {
    gateway: Arc<Gateway>,
    connection: Arc<Connection>,
}

impl Observer for Messages {
    fn message(&mut self, text: String) {
        tokio::spawn(deliver(self.gateway.clone(), self.connection.clone(), text));
    }

    fn active(&mut self, at: OffsetDateTime) {
        self.gateway.services.registry.active(&self.connection.connection_id, at);
    }
}

async fn deliver(gateway: Arc<Gateway>, connection: Arc<Connection>, text: String) {
    let Gateway { api, services } = &*gateway;
    let occasion = services.occasion();
    let message = match routes::find(api, WebSocketRouteKey::Default) {
        None => "Forbidden",
        Some(route) => {
            let message_id = services.randomness.gateway_id();
            let event = events::message(&connection, &occasion, &message_id, &text);
            match routes::invoke(services, api, &connection.stage, route, event).await {
                // A route without a route response is one-way: its answer's status says nothing.
                Ok(_) => return,
                Err(error) => {
                    report_route_error("$default", &connection, &error);
                    error.frame_message()
                }
            }
        }
    };
    let frame = error_frame(message, &connection.connection_id, &occasion.request_id);
    services.registry.post(&connection.connection_id, frame).await;
}

/// The text frame by which API Gateway tells a client that a message failed, blanks as it sends them.
fn error_frame(message: &str, connection_id: &str, request_id: &str) -> String {
    format!(
        r#"{{"message": "{message}", "connectionId":"{connection_id}", "requestId":"{request_id}"}}"#
    )
}

async fn disconnect(gateway: &Gateway, connection: &Connection, ending: Ending) {
    let Gateway { api, services } = gateway;
    let Some(route) = routes::find(api, WebSocketRouteKey::Disconnect) else { return };
    let occasion = services.occasion();
    let Ending { status_code, reason } = ending;
    let event = events::disconnect(connection, &occasion, status_code, &reason);
    if let Err(error) = routes::invoke(services, api, &connection.stage, route, event).await {
        report_route_error("$disconnect", connection, &error);
    }
}

fn report_route_error(route: &str, connection: &Connection, error: &RouteError) {
    let connection_id = &connection.connection_id;
    tracing::error!(route, connection_id, "{}", report::chain(error));
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

    #[test]
    fn an_error_frame_is_blank_for_blank_like_the_real_one() {
        assert_eq!(
            error_frame("Forbidden", "Abc=", "Def="),
            r#"{"message": "Forbidden", "connectionId":"Abc=", "requestId":"Def="}"#
        );
    }
}
