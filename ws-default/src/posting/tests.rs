//! The management API's client against a scripted API Gateway.

use std::sync::{Arc, Mutex};

use aws_config::BehaviorVersion;
use aws_config::retry::RetryConfig;
use aws_sdk_apigatewaymanagement::config::http::{HttpRequest, HttpResponse};
use aws_sdk_apigatewaymanagement::config::{Credentials, Region, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;

use super::*;

/// An API Gateway that gives one answer to everything, and keeps the requests.
#[derive(Clone, Debug)]
struct Gateway {
    answer: Answer,
    requests: Arc<Mutex<Vec<Sent>>>,
}

#[derive(Clone, Copy, Debug)]
enum Answer {
    /// A status and an error type.
    Status(u16, &'static str),
    /// The connection is cut before the answer.
    Lost,
    /// None at all.
    Silence,
}

/// Method and URL, and the body.
type Sent = (String, Vec<u8>);

impl Gateway {
    fn new(answer: Answer) -> Self {
        Self { answer, requests: Arc::default() }
    }

    fn requests(&self) -> Vec<Sent> {
        self.requests.lock().expect("no test panicked").clone()
    }

    /// Posts to a stage of this gateway, from an environment that names another endpoint, in which
    /// other calls are tried again and have a second.
    async fn post(&self) -> Result<Posted, PostError> {
        let connector = SharedHttpConnector::new(self.clone());
        let sdk_config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                "AKIDEXAMPLE",
                "secret",
                None,
                None,
                "test",
            )))
            .endpoint_url("https://elsewhere.example")
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .timeout_config(
                TimeoutConfig::builder().operation_attempt_timeout(Duration::from_secs(1)).build(),
            )
            .build();
        let url = "https://api.example/prod".parse().expect("a good URL");
        ConnectionsApi::new(&sdk_config, &url).post("c-_=", "hello".to_owned()).await
    }
}

impl HttpConnector for Gateway {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().expect("the body is in memory").to_vec();
        let line = format!("{} {}", request.method(), request.uri());
        self.requests.lock().expect("no test panicked").push((line, body));
        match self.answer {
            Answer::Status(status, error_type) => {
                let status = status.try_into().expect("the status is one of HTTP");
                let mut response = HttpResponse::new(status, SdkBody::empty());
                response.headers_mut().insert("x-amzn-errortype", error_type);
                HttpConnectorFuture::ready(Ok(response))
            }
            Answer::Lost => HttpConnectorFuture::ready(Err(ConnectorError::io("cut".into()))),
            Answer::Silence => HttpConnectorFuture::new(std::future::pending()),
        }
    }
}

/// The answer comes to this, after the frame was sent once.
async fn check(answer: Answer, expected: Option<Posted>) {
    let gateway = Gateway::new(answer);
    assert_eq!(gateway.post().await.ok(), expected, "{answer:?}");
    assert_eq!(gateway.requests().len(), 1, "{answer:?}");
}

#[tokio::test]
async fn a_frame_is_posted_as_it_is_under_the_configured_url() {
    let gateway = Gateway::new(Answer::Status(200, ""));
    assert_eq!(gateway.post().await.ok(), Some(Posted::Delivered));
    let line = "POST https://api.example/prod/@connections/c-_%3D".to_owned();
    assert_eq!(gateway.requests(), [(line, b"hello".to_vec())]);
}

#[tokio::test]
async fn a_connection_that_is_gone_is_no_error() {
    check(Answer::Status(410, "GoneException"), Some(Posted::Gone)).await;
}

#[tokio::test]
async fn any_other_answer_is_one() {
    check(Answer::Status(403, "ForbiddenException"), None).await;
    check(Answer::Status(403, "AccessDeniedException"), None).await;
    check(Answer::Status(413, "PayloadTooLargeException"), None).await;
    check(Answer::Status(400, "BadRequestException"), None).await;
}

#[tokio::test(start_paused = true)]
async fn a_frame_that_may_have_arrived_is_not_sent_again() {
    check(Answer::Lost, None).await;
    check(Answer::Status(500, "InternalServerError"), None).await;
    check(Answer::Status(429, "LimitExceededException"), None).await;
    let start = tokio::time::Instant::now();
    check(Answer::Silence, None).await;
    assert_eq!(start.elapsed().as_secs(), POST_TIME_LIMIT.as_secs());
}

#[tokio::test]
async fn an_error_tells_what_the_gateway_said() {
    let gateway = Gateway::new(Answer::Status(403, "ForbiddenException"));
    let error = gateway.post().await.expect_err("it is refused");
    let chain = lambda_entry::chain(&error).to_string();
    assert!(chain.starts_with("PostToConnection failed in API Gateway: "), "{chain}");
    assert!(chain.contains("ForbiddenException"), "{chain}");
}
