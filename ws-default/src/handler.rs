//! From the event of a message to the frame that answers it.

#[cfg(test)]
mod tests;

use connections::{Find, Remove, StoreError};
use lambda_entry::WebSocketReply;
use lambda_entry::metrics::{Count, Metric};

use crate::frame::{Frame, FrameError, Kind, Ping};
use crate::{MalformedBody, MessageEvent, PostError, PostToConnection, Posted};

/// Answers one message, and the gateway with `{"statusCode":200}`. An echo that was taken over is counted, and
/// a connection that is met gone.
///
/// # Errors
///
/// [`MessageError`] where it is a fault of ours that the client gets no answer.
pub async fn handle(
    connections: &(impl Find + Remove + Sync),
    api: &(impl PostToConnection + Sync),
    metrics: &impl Count,
    event: MessageEvent,
) -> Result<WebSocketReply, MessageError> {
    let (message, context) = event.into_parts()?;
    let connection_id = context.connection_id.as_str();
    let request_id = context.request_id.as_str();
    let at = context.request_time_epoch;
    let stored;
    let frame = match Ping::read(&message) {
        Some(ping) => Frame::pong(&ping),
        None => {
            stored = connections.find(connection_id).await.map_err(MessageError::Find)?;
            match &stored {
                // One past its time may still be there: the table's TTL deletes late.
                Some(connection) if !connection.is_expired(at) => {
                    Frame::echo(&message, connection, request_id)
                }
                _ => {
                    tracing::info!(connection_id, "the connection is unknown");
                    Frame::Error { error: FrameError::UnknownConnection, request_id }
                }
            }
        }
    };
    let written = frame.written(request_id).map_err(MessageError::Frame)?;
    match api.post(connection_id, written.text).await? {
        Posted::Delivered => {
            tracing::debug!(connection_id, "answered");
            match written.kind {
                Kind::Echo => metrics.count(Metric::Echoed, at),
                Kind::Pong | Kind::Error => {}
            }
        }
        Posted::Gone => {
            tracing::info!(connection_id, "the connection is gone");
            metrics.count(Metric::Gone, at);
            connections.remove(connection_id).await.map_err(MessageError::Remove)?;
        }
    }
    Ok(WebSocketReply::ok())
}

/// Why a message was not answered.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// The event holds no text.
    #[error("the message cannot be read")]
    Message(#[from] MalformedBody),
    /// The store did not tell of the connection.
    #[error("the connection cannot be looked up")]
    Find(#[source] StoreError),
    /// The frame cannot be written.
    #[error("the frame cannot be written as JSON")]
    Frame(#[source] serde_json::Error),
    /// The frame was not taken.
    #[error("the frame cannot be sent")]
    Post(#[from] PostError),
    /// The store did not forget a connection that is gone.
    #[error("the connection is gone and cannot be removed")]
    Remove(#[source] StoreError),
}
