//! Posting a frame to a connection.

#[cfg(test)]
mod tests;

use std::error::Error;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::config::Builder;
use aws_sdk_apigatewaymanagement::primitives::Blob;

use crate::ConnectionsUrl;

/// How long a frame may take to be taken over: as long as any other call to AWS, in one attempt.
const POST_TIME_LIMIT: Duration = Duration::from_secs(3);

/// Sends a frame to a client.
pub trait PostToConnection {
    /// Sends one text frame.
    ///
    /// # Errors
    ///
    /// [`PostError`] where API Gateway refused it, or it is not known whether the client has it.
    fn post(
        &self,
        connection_id: &str,
        frame: String,
    ) -> impl Future<Output = Result<Posted, PostError>> + Send;
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// It was taken over for the client.
    Delivered,
    /// There is no such connection any more.
    Gone,
}

/// A frame that could not be posted.
#[derive(Debug, thiserror::Error)]
#[error("PostToConnection failed in API Gateway")]
pub struct PostError(#[source] Box<dyn Error + Send + Sync>);

impl PostError {
    /// The error for what the caller of API Gateway says.
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

/// The connections of one stage of a WebSocket API, by API Gateway's management API.
#[derive(Clone, Debug)]
pub struct ConnectionsApi(Client);

impl ConnectionsApi {
    /// The connections under `url`. It is given to the client here, in code, so that no
    /// `AWS_ENDPOINT_URL` can divert what is posted.
    ///
    /// A frame is sent once, for at most 3 seconds: PostToConnection has no idempotency token, so
    /// that one whose answer was lost would reach the client twice. A client that is told of an
    /// error can ask again; one that has two answers cannot tell them from two messages.
    pub fn new(sdk_config: &SdkConfig, url: &ConnectionsUrl) -> Self {
        let time_limit = TimeoutConfig::builder()
            .operation_timeout(POST_TIME_LIMIT)
            .operation_attempt_timeout(POST_TIME_LIMIT)
            .build();
        let config = Builder::from(sdk_config)
            .endpoint_url(url.as_str())
            .retry_config(RetryConfig::disabled())
            .timeout_config(time_limit)
            .build();
        Self(Client::from_conf(config))
    }
}

impl PostToConnection for ConnectionsApi {
    async fn post(&self, connection_id: &str, frame: String) -> Result<Posted, PostError> {
        let sent = self
            .0
            .post_to_connection()
            .connection_id(connection_id)
            .data(Blob::new(frame))
            .send()
            .await;
        match sent {
            Ok(_) => Ok(Posted::Delivered),
            Err(error) if error.as_service_error().is_some_and(|it| it.is_gone_exception()) => {
                Ok(Posted::Gone)
            }
            Err(error) => Err(PostError::new(error)),
        }
    }
}
