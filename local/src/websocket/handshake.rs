//! The handshake: signature and policy first, then `$connect`, and only then the 101.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use time::OffsetDateTime;
use tokio::sync::oneshot;

use super::admitted::Admitted;
use super::answer::Answer;
use super::conversation::converse;
use super::gateway::{Arrival, Gateway};
use super::refusal::Refusal;
use super::routes::{self, RouteError};
use crate::events::websocket::{self as events, Connection, IamIdentity, Occasion};
use crate::gauge::Entered;
use crate::limits::{
    HTTP_HEAD_BYTES, WEBSOCKET_FRAME_BYTES, WEBSOCKET_MESSAGE_BYTES, WEBSOCKET_URL_CHARACTERS,
};
use crate::report;
use crate::rule::GatewayRule;
use crate::template::{Authorization, WebSocketRouteKey};
use crate::wire::{Head, url_length};

/// What a refusal's line in the log says that it is about.
pub(super) const WHAT: &str = "handshake";

/// Answers a handshake with the 101 or a refusal.
pub(super) async fn connect(
    arrival: &Arrival<'_>,
    head: &Head,
    parts: &mut Parts,
    request_id: &str,
) -> Result<Response, Refusal> {
    let Arrival { gateway, stage, .. } = *arrival;
    let services = &gateway.services;
    check_size(head)?;
    if parts.method != Method::GET || !asks_for_upgrade(head) {
        let found = match parts.method {
            Method::GET => "no `Upgrade: websocket`",
            _ => "another method than GET",
        };
        report::refused(WHAT, head, GatewayRule::Upgrade, found);
        return Err(Refusal::upgrade_required());
    }
    let entered = services.sessions.enter();
    // Asked once the handshake is counted: a shutdown waits for those that are.
    if services.shutdown.has_begun() {
        tracing::info!(request = ?head, "handshake refused: the stack is shutting down");
        return Err(Refusal::internal(StatusCode::SERVICE_UNAVAILABLE));
    }
    let now = services.clock.now();
    if !gateway.throttles.admit(stage, "$connect", now) {
        report::refused(WHAT, head, GatewayRule::Rate, "$connect takes no more");
        return Err(Refusal::too_many_requests());
    }
    let identity = authorize(gateway, &stage.name, head, now)?;
    // Behind the signature: a handshake that is refused for it does not count as a new connection.
    if !gateway.throttles.admit_connection(now) {
        report::refused(WHAT, head, GatewayRule::Rate, "the account takes no more new connections");
        return Err(Refusal::too_many_requests());
    }
    // Only now: whoever may not connect learns nothing of how well he asked.
    let upgrade = WebSocketUpgrade::from_request_parts(parts, &())
        .await
        .map_err(|rejection| {
            report::refused(WHAT, head, GatewayRule::HandshakeForm, rejection.body_text());
            Refusal::no_handshake(&rejection.body_text())
        })?
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
        stage_variables: stage.variables.clone(),
    };
    let headers = services.with_gateway_headers(head, now);
    let occasion = Occasion { request_id: request_id.to_owned(), at: now };
    let event = events::connect(&connection, &occasion, identity.as_ref(), &headers, head.query());
    let (answer, admitted) = ask(gateway, head, connection, entered, occasion, event).await?;
    Ok(accept(admitted, upgrade, &answer))
}

fn check_size(head: &Head) -> Result<(), Refusal> {
    // As the client had it: with the scheme and the host.
    let host = head.header("host").unwrap_or_default();
    let (url, headers) = (url_length("ws", host, &head.target), head.header_bytes());
    if url > WEBSOCKET_URL_CHARACTERS {
        report::refused(WHAT, head, GatewayRule::UrlLength, format_args!("it has {url}"));
        Err(Refusal::uri_too_long())
    } else if headers > HTTP_HEAD_BYTES {
        report::refused(WHAT, head, GatewayRule::HeadersSize, format_args!("they have {headers}"));
        Err(Refusal::headers_too_large())
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
        report::refused_handshake(WHAT, head, &refusal);
        Refusal::signature(&refusal)
    })?;
    let resource = services.execute_api_arn(&gateway.api.id, &format!("{stage}/$connect"));
    services.access.authorize(key.caller(), "execute-api:Invoke", &resource, head).map_err(
        |denied| {
            report::refused(WHAT, head, GatewayRule::Policy, &denied);
            Refusal::policy(denied.execute_api_message())
        },
    )?;
    let caller = key.caller();
    Ok(Some(IamIdentity {
        user_arn: caller.arn().to_owned(),
        account_id: caller.account_id().to_owned(),
        caller: caller.user_id().to_owned(),
        user: caller.user_id().to_owned(),
        access_key: key.credentials().access_key_id().to_owned(),
    }))
}

/// Asks `$connect`'s function, and stays with the question even when the client goes away: what was
/// admitted must be taken back then.
async fn ask(
    gateway: &Arc<Gateway>,
    head: &Head,
    connection: Connection,
    entered: Entered,
    occasion: Occasion,
    event: Vec<u8>,
) -> Result<(Answer, Admitted), Refusal> {
    let (outcome, decided) = oneshot::channel();
    let (gateway, head) = (gateway.clone(), head.clone());
    tokio::spawn(async move {
        // Where nobody waits for the outcome any more, dropping it tells `$disconnect`.
        let _ = outcome.send(decide(gateway, &head, connection, entered, occasion, event).await);
    });
    // The task that asks cannot end without an outcome unless it panics.
    decided.await.unwrap_or_else(|_| Err(Refusal::internal(StatusCode::INTERNAL_SERVER_ERROR)))
}

async fn decide(
    gateway: Arc<Gateway>,
    head: &Head,
    connection: Connection,
    entered: Entered,
    occasion: Occasion,
    event: Vec<u8>,
) -> Result<(Answer, Admitted), Refusal> {
    let Gateway { api, services, .. } = &*gateway;
    let id = &connection.connection_id;
    let failed = |error: RouteError| {
        let found = format_args!("connection {id}: {}", report::chain(&error));
        report::refused(WHAT, head, GatewayRule::FunctionAnswers, found);
        Refusal::by_route(&error, id, &occasion.request_id)
    };
    let answer = match routes::find(api, WebSocketRouteKey::Connect) {
        Some(route) => {
            routes::invoke(services, api, &connection.stage, route, event).await.map_err(failed)?
        }
        None => Answer::accepting(),
    };
    if answer.accepts() {
        let admitted = Admitted::new(gateway.clone(), Arc::new(connection), entered);
        Ok((answer, admitted))
    } else {
        let status = answer.status_code;
        let Some(refusal) = Refusal::by_function(status) else {
            return Err(failed(RouteError::NoStatus(status)));
        };
        let found = format_args!("connection {id}: it answered {status}");
        report::refused(WHAT, head, GatewayRule::FunctionAccepts, found);
        Err(refusal)
    }
}

/// The 101, and what follows it. It has the headers that RFC 6455 asks for, a `Date` and nothing else: no
/// extension is accepted, whatever the client offers.
fn accept(admitted: Admitted, mut upgrade: WebSocketUpgrade, answer: &Answer) -> Response {
    if let Some(protocol) = answer.subprotocol().and_then(|name| HeaderValue::from_str(name).ok()) {
        upgrade.set_selected_protocol(protocol);
    }
    upgrade.on_upgrade(move |socket| converse(admitted, socket))
}
