//! The handler: an HTTP request as Lambda brings it, the reply as Lambda takes it.

use std::{
    convert::Infallible,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use lambda_http::{
    Adapter, Body, LambdaEvent, Request, RequestExt, Response, Service,
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    lambda_runtime,
    request::{LambdaRequest, RequestContext},
    service_fn,
};
use tracing::Instrument as _;

use crate::{
    body::SignRequest,
    config::Config,
    credentials::{CredentialsSource, KeptCredentials},
    problem::{problem_json, status_and_code},
    refusal::Refusal,
    sign::{Answer, Nonce, sign},
};

/// What the handler works with, made once per process.
///
/// `R` fills a slice with random bytes: `getrandom::fill` in `main`.
#[derive(Debug)]
pub struct SignFunction<S, R> {
    config: Config,
    credentials: KeptCredentials<S>,
    randomness: R,
}

impl<S, R> SignFunction<S, R>
where
    S: CredentialsSource + Sync,
    R: Fn(&mut [u8]) -> Result<(), getrandom::Error> + Sync,
{
    /// The function with this configuration, its credentials from `source`, its nonces from
    /// `randomness`.
    pub fn new(config: Config, source: S, randomness: R) -> Self {
        Self { config, credentials: KeptCredentials::new(source), randomness }
    }

    async fn answer(&self, request: &Request) -> Result<Answer, Refusal> {
        let now = time_of(request)?;
        let checked = SignRequest::read(request.body(), &self.config)?;
        let credentials = self.credentials.at(now).await?;
        let mut nonce = Nonce::default();
        (self.randomness)(&mut nonce).map_err(Refusal::Randomness)?;
        sign(&self.config, checked, &credentials, nonce, now)
    }
}

/// Serves invocations until the process ends.
///
/// # Errors
///
/// Where the Lambda Runtime API cannot be reached.
pub async fn serve<S, R>(function: &SignFunction<S, R>) -> Result<(), lambda_runtime::Error>
where
    S: CredentialsSource + Sync,
    R: Fn(&mut [u8]) -> Result<(), getrandom::Error> + Sync,
{
    let mut adapter = Adapter::from(service_fn(async |request| {
        Ok::<_, Infallible>(handle(function, request).await)
    }));
    lambda_runtime::run(service_fn(move |event| adapter.call(bare(event)))).await
}

/// The event without what the handler does not read: path, query, host and headers of the request.
/// lambda_http builds a URI of them, and panics where they make none, as the query `?<` does.
pub(crate) fn bare(mut event: LambdaEvent<LambdaRequest>) -> LambdaEvent<LambdaRequest> {
    if let LambdaRequest::ApiGatewayV2(request) = &mut event.payload {
        request.raw_path = None;
        request.raw_query_string = None;
        request.cookies = None;
        request.headers.clear();
        request.request_context.domain_name = None;
    }
    event
}

/// Answers one `POST /sign`. The crate's documentation has the contract.
///
/// Every outcome is a reply; what is refused, and why, is logged without what was asked for.
pub async fn handle<S, R>(function: &SignFunction<S, R>, request: Request) -> Response<Body>
where
    S: CredentialsSource + Sync,
    R: Fn(&mut [u8]) -> Result<(), getrandom::Error> + Sync,
{
    let request_id =
        request.lambda_context_ref().map(|context| context.request_id.clone()).unwrap_or_default();
    let answered = async {
        tracing::trace!("asked for a URL");
        match function.answer(&request).await {
            Ok(answer) => {
                tracing::debug!("signed");
                reply(StatusCode::CREATED, "application/json", answer.secret_json())
            }
            Err(refusal) => refused(&refusal),
        }
    };
    answered.instrument(lambda_entry::invocation_span(&request_id)).await
}

fn refused(refusal: &Refusal) -> Response<Body> {
    let (status, code) = status_and_code(refusal);
    if status.is_server_error() {
        tracing::error!(code, error = %lambda_entry::chain(refusal), "not signed");
    } else {
        tracing::info!(code, "refused");
    }
    reply(status, "application/problem+json", problem_json(refusal))
}

fn reply(status: StatusCode, content_type: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::Text(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The time at which API Gateway took the request: `requestContext.timeEpoch`, in milliseconds.
fn time_of(request: &Request) -> Result<SystemTime, Refusal> {
    let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref() else {
        return Err(Refusal::EventContext);
    };
    let found = context.time_epoch;
    // lambda_http reads an absent timeEpoch as 0.
    u64::try_from(found)
        .ok()
        .filter(|milliseconds| *milliseconds > 0)
        .and_then(|milliseconds| UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds)))
        .ok_or(Refusal::EventTime { found })
}
