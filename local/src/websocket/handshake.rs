//! The handshake: signature and policy first, then `$connect`, and only then the 101.

use std::fmt;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use tokio::sync::oneshot;

use super::admitted::Admitted;
use super::answer::Answer;
use super::conversation::converse;
use super::gateway::{Arrival, Gateway};
use super::refusal::{Refusal, Refused};
use super::routes::{self, RouteError};
use crate::events::websocket::{self as events, Connection, IamIdentity, Occasion};
use crate::explain::mask;
use crate::gauge::Entered;
use crate::limits::{
    HTTP_HEAD_BYTES, WEBSOCKET_FRAME_BYTES, WEBSOCKET_MESSAGE_BYTES, WEBSOCKET_URL_CHARACTERS,
};
use crate::report;
use crate::rule::GatewayRule;
use crate::services::Services;
use crate::template::{Authorization, Stage, WebSocketRouteKey};
use crate::trace::teller::Teller;
use crate::wire::{Head, url_length};

/// What a refusal's line in the log says that it is about.
pub(super) const WHAT: &str = "handshake";

/// What a handshake is signed for.
const SERVICE: &str = "execute-api";

/// What the policies are asked to allow.
const ACTION: &str = "execute-api:Invoke";

/// What each open connection holds for what comes next, and what a longer message is read by: few messages of a
/// conversation are longer.
const READ_BUFFER_BYTES: usize = 1024;

/// Answers a handshake with the 101 or a refusal.
pub(super) async fn answer(
    arrival: &Arrival<'_>,
    head: &Head,
    parts: &mut Parts,
    request_id: &str,
) -> Result<Response, Refusal> {
    let Arrival { gateway, stage, .. } = *arrival;
    let Services { trace, clock, .. } = &*gateway.services;
    let occasion = Occasion { request_id: request_id.to_owned(), at: clock.now() };
    let pending = trace.arrived(request_id, occasion.at, head);
    let handshake = Handshake {
        gateway: gateway.clone(),
        head: head.clone(),
        occasion,
        teller: pending.teller().clone(),
    };
    match handshake.connect(stage, parts).await {
        Ok(response) => {
            pending.ended(response.status(), None);
            Ok(response)
        }
        Err(Refused { refusal, broken }) => {
            pending.ended(refusal.status, broken.as_ref());
            Err(refusal)
        }
    }
}

/// A handshake on its way to its answer.
#[derive(Clone)]
struct Handshake {
    gateway: Arc<Gateway>,
    head: Head,
    occasion: Occasion,
    teller: Teller,
}

impl Handshake {
    async fn connect(&self, stage: &Stage, parts: &mut Parts) -> Result<Response, Refused> {
        let Self { gateway, head, occasion, teller } = self;
        let services = &gateway.services;
        check_size(head)?;
        if parts.method != Method::GET || !asks_for_upgrade(head) {
            let found = match parts.method {
                Method::GET => "no `Upgrade: websocket`",
                _ => "another method than GET",
            };
            return Err(refuse(head, GatewayRule::Upgrade, found, Refusal::upgrade_required()));
        }
        let entered = services.sessions.enter();
        // Asked once the handshake is counted: a shutdown waits for those that are.
        if services.shutdown.has_begun() {
            tracing::info!(request = ?head, "handshake refused: the stack is shutting down");
            return Err(Refusal::internal(StatusCode::SERVICE_UNAVAILABLE).into());
        }
        if !gateway.throttles.admit(stage, "$connect", occasion.at) {
            return Err(too_many(head, "$connect takes no more"));
        }
        let identity = self.authorize(&stage.name)?;
        // Behind the signature: a handshake that is refused for it does not count as a new connection.
        if !gateway.throttles.admit_connection(occasion.at) {
            return Err(too_many(head, "the account takes no more new connections"));
        }
        // Only now: whoever may not connect learns nothing of how well he asked.
        let upgrade = upgrade(head, parts).await?;
        let connection = self.connection(stage);
        let headers = services.with_gateway_headers(head, occasion.at);
        let event =
            events::connect(&connection, occasion, identity.as_ref(), &headers, head.query());
        let (answer, admitted) = self.ask(connection, event, entered).await?;
        // Before the 101: from then on the client can end the connection, and `$disconnect` removes what is stored.
        // So a handshake that is watched takes longer, by the time of the reading.
        teller.stored(&services.rows, admitted.connection_id()).await;
        Ok(accept(admitted, upgrade, &answer))
    }

    /// Signature, then policy, as the route asks.
    fn authorize(&self, stage: &str) -> Result<Option<IamIdentity>, Refused> {
        let Self { gateway, head, occasion, teller } = self;
        let services = &gateway.services;
        let route = routes::find(&gateway.api, WebSocketRouteKey::Connect);
        match route.map(|route| route.authorization) {
            None | Some(Authorization::None) => return Ok(None),
            Some(Authorization::AwsIam) => {}
        }
        let now = occasion.at;
        teller.judged(&services.access, head, SERVICE, now);
        let key = services.access.authenticate(head, b"", SERVICE, now).map_err(|refusal| {
            Refusal::signature(&refusal).of(report::refused_handshake(WHAT, head, &refusal))
        })?;
        let caller = key.caller();
        let resource = services.execute_api_arn(&gateway.api.id, &format!("{stage}/$connect"));
        let decision = services.access.authorize(caller, ACTION, &resource, head);
        teller.decided(caller, ACTION, &resource, &decision);
        decision.map_err(|denied| {
            let refusal = Refusal::policy(denied.execute_api_message());
            refuse(head, GatewayRule::Policy, denied, refusal)
        })?;
        Ok(Some(IamIdentity {
            user_arn: caller.arn().to_owned(),
            account_id: caller.account_id().to_owned(),
            caller: caller.user_id().to_owned(),
            user: caller.user_id().to_owned(),
            access_key: key.credentials().access_key_id().to_owned(),
        }))
    }

    /// The connection that it would be.
    fn connection(&self, stage: &Stage) -> Connection {
        let Self { gateway, head, occasion, .. } = self;
        Connection {
            connection_id: gateway.services.randomness.gateway_id(),
            api_id: gateway.api.id.clone(),
            stage: stage.name.clone(),
            domain_name: head.domain_name().to_owned(),
            connected_at: occasion.at,
            source_ip: head.source_ip.clone(),
            user_agent: head.header("user-agent").map(ToOwned::to_owned),
            stage_variables: stage.variables.clone(),
        }
    }

    /// Asks `$connect`'s function whether it lets a connection in, which `entered` counts. Stays with the question even
    /// when the client goes away: what was admitted must be taken back then.
    async fn ask(
        &self,
        connection: Connection,
        event: Vec<u8>,
        entered: Entered,
    ) -> Result<(Answer, Admitted), Refused> {
        let (outcome, decided) = oneshot::channel();
        let handshake = self.clone();
        tokio::spawn(async move {
            // Where nobody waits for the outcome any more, dropping it tells `$disconnect`.
            let _ = outcome.send(handshake.decide(connection, event, entered).await);
        });
        // The task that asks cannot end without an outcome unless it panics.
        let lost = || Refusal::internal(StatusCode::INTERNAL_SERVER_ERROR).into();
        decided.await.unwrap_or_else(|_| Err(lost()))
    }

    async fn decide(
        &self,
        connection: Connection,
        event: Vec<u8>,
        entered: Entered,
    ) -> Result<(Answer, Admitted), Refused> {
        let Self { gateway, head, occasion, teller } = self;
        let id = &connection.connection_id;
        let failed = |error: RouteError| {
            // The function's own words are in it.
            let words = mask::text(&report::chain(&error).to_string());
            let found = format_args!("connection {id}: {words}");
            let refusal = Refusal::by_route(&error, id, &occasion.request_id);
            refuse(head, GatewayRule::FunctionAnswers, found, refusal)
        };
        let answer = match routes::find(&gateway.api, WebSocketRouteKey::Connect) {
            Some(route) => {
                let said = routes::invoke(gateway, &connection, route, event, teller).await;
                said.map_err(failed)?
            }
            None => Answer::accepting(),
        };
        if answer.accepts() {
            let (gateway, connection) = (gateway.clone(), Arc::new(connection));
            Ok((answer, Admitted::new(gateway, connection, teller.clone(), entered)))
        } else {
            let status = answer.status_code;
            let Some(refusal) = Refusal::by_function(status) else {
                return Err(failed(RouteError::NoStatus(status)));
            };
            let found = format_args!("connection {id}: it answered {status}");
            Err(refuse(head, GatewayRule::FunctionAccepts, found, refusal))
        }
    }
}

/// Says in the log what is broken, and what the client is told.
fn refuse(head: &Head, rule: GatewayRule, found: impl fmt::Display, refusal: Refusal) -> Refused {
    refusal.of(report::refused(WHAT, head, rule, found))
}

fn too_many(head: &Head, found: &str) -> Refused {
    refuse(head, GatewayRule::Rate, found, Refusal::too_many_requests())
}

fn check_size(head: &Head) -> Result<(), Refused> {
    // As the client had it: with the scheme and the host.
    let host = head.header("host").unwrap_or_default();
    let (url, headers) = (url_length("ws", host, &head.target), head.header_bytes());
    if url > WEBSOCKET_URL_CHARACTERS {
        let found = format_args!("it has {url}");
        Err(refuse(head, GatewayRule::UrlLength, found, Refusal::uri_too_long()))
    } else if headers > HTTP_HEAD_BYTES {
        let found = format_args!("they have {headers}");
        Err(refuse(head, GatewayRule::HeadersSize, found, Refusal::headers_too_large()))
    } else {
        Ok(())
    }
}

fn asks_for_upgrade(head: &Head) -> bool {
    head.header("upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
}

/// The request as what becomes a connection.
async fn upgrade(head: &Head, parts: &mut Parts) -> Result<WebSocketUpgrade, Refused> {
    let upgrade = WebSocketUpgrade::from_request_parts(parts, &()).await.map_err(|rejection| {
        let found = rejection.body_text();
        refuse(head, GatewayRule::HandshakeForm, &found, Refusal::no_handshake(&found))
    })?;
    Ok(upgrade
        .max_frame_size(WEBSOCKET_FRAME_BYTES)
        .max_message_size(WEBSOCKET_MESSAGE_BYTES)
        // An idle connection holds little memory, and an echo is written at once.
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0))
}

/// The 101, and what follows it. It has the headers that RFC 6455 asks for, a `Date` and nothing else: no
/// extension is accepted, whatever the client offers.
fn accept(admitted: Admitted, mut upgrade: WebSocketUpgrade, answer: &Answer) -> Response {
    if let Some(protocol) = answer.subprotocol().and_then(|name| HeaderValue::from_str(name).ok()) {
        upgrade.set_selected_protocol(protocol);
    }
    upgrade.on_upgrade(move |socket| converse(admitted, socket))
}
