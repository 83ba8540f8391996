//! An open connection: its messages go to `$default`, one and all at once.

use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket};
use futures_util::{StreamExt, future};
use time::OffsetDateTime;

use super::admitted::Admitted;
use super::gateway::Gateway;
use super::routes;
use super::session::{self, Ending, Observer};
use crate::events::websocket::{self as events, Connection};
use crate::services::Services;
use crate::template::WebSocketRouteKey;
use crate::trace::teller::Teller;

/// Stays with a connection until it has ended and `$disconnect` has been told.
pub(super) async fn converse(admitted: Admitted, socket: WebSocket) {
    let Admitted { gateway, connection, .. } = &admitted;
    let Services { registry, clock, faults, farewells, .. } = &*gateway.services;
    tracing::info!(connection_id = connection.connection_id, "connected");
    let commands = registry.open(connection.clone(), clock.now());
    if gateway.services.shutdown.has_begun() {
        // It came too late to be among those that were closed.
        let (registry, id) = (registry.clone(), connection.connection_id.clone());
        tokio::spawn(async move { registry.close_one(&id, Ending::going_away()).await });
    }
    let is_message = |frame: &_| matches!(frame, Ok(Message::Text(_) | Message::Binary(_)));
    let socket = socket.take_while(|frame| {
        let is_cut = is_message(frame) && faults.strikes_socket(&connection.connection_id);
        future::ready(!is_cut)
    });
    let mut observer = Messages { gateway: gateway.clone(), connection: connection.clone() };
    let (start, farewell) = (connection.connected_at, farewells.close_frame);
    let ending = session::run(socket, commands, &mut observer, clock, start, farewell).await;
    registry.remove(&connection.connection_id);
    tracing::info!(
        connection_id = connection.connection_id,
        code = ending.status_code,
        reason = ending.reason,
        "disconnected"
    );
    admitted.end(ending).await;
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
    let Gateway { api, services, .. } = &*gateway;
    let occasion = services.occasion();
    let message = match routes::find(api, WebSocketRouteKey::Default) {
        None => "Forbidden",
        Some(_) if !is_admitted(&gateway, &connection.stage, occasion.at) => "Too Many Requests",
        Some(route) => {
            let message_id = services.randomness.message_id(&connection.connection_id);
            let event = events::message(&connection, &occasion, &message_id, &text);
            // The trace is of handshakes.
            let nobody = Teller::default();
            match routes::invoke(&gateway, &connection, route, event, &nobody).await {
                // A route without a route response is one-way: its answer's status says nothing.
                Ok(_) => return,
                Err(error) => {
                    routes::report("$default", &connection, &error);
                    error.frame_message()
                }
            }
        }
    };
    let frame = error_frame(message, &connection.connection_id, &occasion.request_id);
    services.registry.post(&connection.connection_id, frame).await;
}

fn is_admitted(gateway: &Gateway, stage: &str, now: OffsetDateTime) -> bool {
    let stage = gateway.api.stages.iter().find(|known| known.name == stage);
    stage.is_some_and(|stage| gateway.throttles.admit(stage, "$default", now))
}

/// The text by which API Gateway tells a client that a function failed, blanks as it sends them: a
/// frame, or the body of a handshake's answer.
pub(super) fn error_frame(message: &str, connection_id: &str, request_id: &str) -> String {
    format!(
        r#"{{"message": "{message}", "connectionId":"{connection_id}", "requestId":"{request_id}"}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_frame_is_blank_for_blank_like_the_real_one() {
        assert_eq!(
            error_frame("Forbidden", "Abc=", "Def="),
            r#"{"message": "Forbidden", "connectionId":"Abc=", "requestId":"Def="}"#
        );
    }
}
