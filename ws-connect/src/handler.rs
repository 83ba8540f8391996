//! From the event of a handshake to the reply.

#[cfg(test)]
mod tests;

use connections::{Admission, Admit, Connection, Nonce, StoreError};
use lambda_entry::WebSocketReply;
use lambda_entry::metrics::{Count, Metric};

use crate::grant::SignedParameters;
use crate::subprotocols::Choice;
use crate::{Config, ConnectEvent, Refusal};

/// Answers one handshake: `{"statusCode":200}`, with the header `Sec-WebSocket-Protocol` where a
/// subprotocol was chosen, or `{"statusCode":403}` and its like for a [`Refusal`]. Either is counted.
///
/// # Errors
///
/// [`StoreError`] where it cannot be known whether the URL was used before.
pub async fn handle(
    config: &Config,
    admissions: &impl Admit,
    metrics: &impl Count,
    event: ConnectEvent,
) -> Result<WebSocketReply, StoreError> {
    let connection_id = event.request_context.connection_id.clone();
    let at = event.request_context.request_time_epoch;
    match admit(config, admissions, event).await? {
        Ok(subprotocol) => {
            tracing::debug!(connection_id, "admitted");
            metrics.count(Metric::Connected, at);
            let reply = WebSocketReply::ok();
            Ok(match subprotocol {
                Some(name) => reply.with_header("Sec-WebSocket-Protocol", name),
                None => reply,
            })
        }
        Err(refusal) => {
            let reason = refusal.reason();
            tracing::info!(connection_id, reason, "refused");
            metrics.count(Metric::Refused { reason }, at);
            Ok(WebSocketReply::status(refusal.status()))
        }
    }
}

/// The chosen subprotocol of a connection that was let in, or the reason why it was not.
async fn admit(
    config: &Config,
    admissions: &impl Admit,
    event: ConnectEvent,
) -> Result<Result<Option<String>, Refusal>, StoreError> {
    let admissible = match examine(config, event) {
        Ok(admissible) => admissible,
        Err(refusal) => return Ok(Err(refusal)),
    };
    match admissions.admit(&admissible.connection, &admissible.nonce).await? {
        Admission::Admitted => Ok(Ok(admissible.subprotocol)),
        Admission::NonceSpent => Ok(Err(Refusal::NonceSpent)),
    }
}

/// A connection against which nothing speaks, unless its nonce is spent.
struct Admissible {
    connection: Connection,
    nonce: Nonce,
    subprotocol: Option<String>,
}

/// All that is checked before anything is written, in the order that the crate's documentation has.
fn examine(config: &Config, event: ConnectEvent) -> Result<Admissible, Refusal> {
    let identity = &event.request_context.identity;
    let caller = match (&identity.caller, &identity.user_arn) {
        (Some(caller), Some(arn)) if config.signer_role.is_session(caller) => arn.clone(),
        _ => return Err(Refusal::CallerNotSigner),
    };
    if !event.header_values("origin").all(|origin| config.allowed_origins.allow(origin)) {
        return Err(Refusal::OriginNotAllowed);
    }
    let offer = event.header_values("sec-websocket-protocol");
    let subprotocol = match config.subprotocols.choose(offer) {
        Choice::NoneOffered => None,
        Choice::Chosen(name) => Some(name.to_owned()),
        Choice::NoneAllowed => return Err(Refusal::SubprotocolNotAllowed),
    };
    let headers = config.kept_headers.of(&event);
    let (parameters, context) = event.into_parts();
    let parameters = SignedParameters::read(parameters, context.request_time_epoch)?;
    let connection = Connection {
        connection_id: context.connection_id,
        granted: parameters.granted,
        requested: parameters.requested,
        headers,
        connected_at: context.connected_at,
        source_ip: context.identity.source_ip,
        user_agent: context.identity.user_agent,
        caller,
        api_id: context.api_id,
        stage: context.stage,
        expires_at: Connection::expiry(context.connected_at),
    };
    Ok(Admissible { connection, nonce: parameters.nonce, subprotocol })
}
