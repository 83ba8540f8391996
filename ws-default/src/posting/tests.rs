//! The management API's client against a scripted API Gateway.

use std::sync::{Arc, Mutex};

use aws_config::BehaviorVersion;
use aws_sdk_apigatewaymanagement::config::http::{HttpRequest, HttpResponse};
use aws_sdk_apigatewaymanagement::config::{Credentials, Region, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_types::body::SdkBody;

use super::*;

/// An API Gateway that gives one answer, and keeps the last request.
#[derive(Clone, Debug)]
struct Gateway {
    status: u16,
    error_type: &'static str,
    request: Arc<Mutex<Option<Sent>>>,
}

/// Method and URL, and the body.
type Sent = (String, Vec<u8>);

impl Gateway {
    fn new(status: u16, error_type: &'static str) -> Self {
        Self { status, error_type, request: Arc::default() }
    }

    /// Posts to a stage of this gateway, from an environment that names another endpoint.
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
            .build();
        let url = "https://api.example/prod".parse().expect("a good URL");
        ConnectionsApi::new(&sdk_config, &url).post("c-_=", "hello".to_owned()).await
    }
}

impl HttpConnector for Gateway {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().expect("the body is in memory").to_vec();
        let line = format!("{} {}", request.method(), request.uri());
        *self.request.lock().expect("no test panicked") = Some((line, body));
        let status = self.status.try_into().expect("the status is one of HTTP");
        let mut response = HttpResponse::new(status, SdkBody::empty());
        response.headers_mut().insert("x-amzn-errortype", self.error_type);
        HttpConnectorFuture::ready(Ok(response))
    }
}

async fn check(status: u16, error_type: &'static str, expected: Option<Posted>) {
    let posted = Gateway::new(status, error_type).post().await;
    assert_eq!(posted.ok(), expected, "{status} {error_type}");
}

#[tokio::test]
async fn a_frame_is_posted_as_it_is_under_the_configured_url() {
    let gateway = Gateway::new(200, "");
    assert_eq!(gateway.post().await.ok(), Some(Posted::Delivered));
    let request = gateway.request.lock().expect("no test panicked").clone();
    let line = "POST https://api.example/prod/@connections/c-_%3D".to_owned();
    assert_eq!(request, Some((line, b"hello".to_vec())));
}

#[tokio::test]
async fn a_connection_that_is_gone_is_no_error() {
    check(410, "GoneException", Some(Posted::Gone)).await;
}

#[tokio::test]
async fn any_other_answer_is_one() {
    check(403, "ForbiddenException", None).await;
    check(403, "AccessDeniedException", None).await;
    check(413, "PayloadTooLargeException", None).await;
    check(400, "BadRequestException", None).await;
}

#[tokio::test]
async fn an_error_tells_what_the_gateway_said() {
    let error = Gateway::new(403, "ForbiddenException").post().await.expect_err("it is refused");
    let chain = lambda_entry::chain(&error).to_string();
    assert!(chain.starts_with("PostToConnection failed in API Gateway: "), "{chain}");
    assert!(chain.contains("ForbiddenException"), "{chain}");
}
