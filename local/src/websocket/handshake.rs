//! The handshake: signature and policy first, then `$connect`, and only then the 101.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use time::OffsetDateTime;
use tokio::sync::oneshot;

use super::answer::Answer;
use super::conversation::{converse, disconnect, report_route_error};
use super::gateway::Gateway;
use super::refusal::Refusal;
use super::routes;
use super::session::Ending;
use crate::events::websocket::{self as events, Connection, IamIdentity};
use crate::limits::{
    HTTP_HEAD_BYTES, WEBSOCKET_FRAME_BYTES, WEBSOCKET_MESSAGE_BYTES, WEBSOCKET_URL_CHARACTERS,
};
use crate::report;
use crate::template::{Authorization, Stage, WebSocketRouteKey};
use crate::wire::Head;

/// Answers a handshake with the 101 or a refusal.
pub(super) async fn connect(
    gateway: &Arc<Gateway>,
    stage: &Stage,
    head: &Head,
    parts: &mut Parts,
) -> Result<Response, Refusal> {
    let services = &gateway.services;
    check_size(head)?;
    if parts.method != Method::GET || !asks_for_upgrade(head) {
        return Err(Refusal::upgrade_required());
    }
    let now = services.clock.now();
    if !gateway.throttles.admit(stage, "$connect", now) {
        return Err(Refusal::too_many_requests());
    }
    let identity = authorize(gateway, &stage.name, head, now)?;
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
        stage: stage.name.clone(),
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
            let Gateway { api, services, .. } = &*gateway;
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
        Refusal::internal(StatusCode::INTERNAL_SERVER_ERROR)
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
