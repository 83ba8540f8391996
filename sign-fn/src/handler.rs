//! The handler: an HTTP request as Lambda brings it, the reply as Lambda takes it.

use std::{
    convert::Infallible,
    future::ready,
    pin::Pin,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use lambda_entry::metrics::{Count, Metric};
use lambda_http::{
    Adapter, Body, IntoResponse, LambdaEvent, Request, RequestExt, Response, Service,
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
    claims,
    config::Config,
    credentials::{CredentialsSource, KeptCredentials},
    problem::{problem_json, status_and_code},
    refusal::Refusal,
    sign::{Answer, Nonce, sign},
};

/// What the handler works with, made once per process.
///
/// `R` fills a slice with random bytes: `getrandom::fill` in `main`. `M` counts what is answered.
#[derive(Debug)]
pub struct SignFunction<S, R, M> {
    config: Config,
    credentials: KeptCredentials<S>,
    randomness: R,
    metrics: M,
}

impl<S, R, M> SignFunction<S, R, M>
where
    S: CredentialsSource + Sync,
    R: Fn(&mut [u8]) -> Result<(), getrandom::Error> + Sync,
    M: Count,
{
    /// The function with this configuration, its credentials from `source`, its nonces from
    /// `randomness`; counting with `metrics`.
    pub fn new(config: Config, source: S, randomness: R, metrics: M) -> Self {
        Self { config, credentials: KeptCredentials::new(source), randomness, metrics }
    }

    async fn answer(&self, request: &Request) -> Result<Answer, Refusal> {
        let now = time_of(request)?;
        let claimed = claims::granted(&self.config.claim_grants, request)?;
        let checked = SignRequest::read(request.body(), &self.config)?;
        let credentials = self.credentials.at(now).await?;
        let mut nonce = Nonce::default();
        (self.randomness)(&mut nonce).map_err(Refusal::Randomness)?;
        sign(&self.config, checked, claimed, &credentials, nonce, now)
    }
}

/// Serves invocations until the process ends.
///
/// # Errors
///
/// Where the Lambda Runtime API cannot be reached.
pub async fn serve<S, R, M>(function: &SignFunction<S, R, M>) -> Result<(), lambda_runtime::Error>
where
    S: CredentialsSource + Sync,
    R: Fn(&mut [u8]) -> Result<(), getrandom::Error> + Sync,
    M: Count + Sync,
{
    let mut adapter = Adapter::from(service_fn(async |request| {
        Ok::<_, Infallible>(Reply(handle(function, request).await))
    }));
    lambda_runtime::run(service_fn(move |event| adapter.call(bare(event)))).await
}

/// A reply as it is. lambda_http's own way for any response looks for the encoding of its text, and links the
/// tables of all that there are.
struct Reply(Response<Body>);

impl IntoResponse for Reply {
    fn into_response(self) -> Pin<Box<dyn Future<Output = Response<Body>> + Send>> {
        Box::pin(ready(self.0))
    }
}

/// The event without what the handler does not read: path, query, host and headers of the request. (Of the
/// context the time and the token's claims are read.)
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
/// Every outcome is a reply, and is counted; what is refused, and why, is logged without what was asked for.
/// A fault of ours is a refusal too; alone that of an event without a time has none to be counted at.
pub async fn handle<S, R, M>(function: &SignFunction<S, R, M>, request: Request) -> Response<Body>
where
    S: CredentialsSource + Sync,
    R: Fn(&mut [u8]) -> Result<(), getrandom::Error> + Sync,
    M: Count + Sync,
{
    let request_id =
        request.lambda_context_ref().map(|context| context.request_id.clone()).unwrap_or_default();
    let answered = async {
        tracing::trace!("asked for a URL");
        let (metric, reply) = match function.answer(&request).await {
            Ok(answer) => {
                tracing::debug!("signed");
                let body = answer.secret_json();
                (Metric::Signed, reply(StatusCode::CREATED, "application/json", body))
            }
            Err(refusal) => refused(&refusal),
        };
        if let Ok(at) = milliseconds_of(&request) {
            function.metrics.count(metric, at);
        }
        reply
    };
    answered.instrument(lambda_entry::invocation_span(&request_id)).await
}

fn refused(refusal: &Refusal) -> (Metric, Response<Body>) {
    let (status, code) = status_and_code(refusal);
    if status.is_server_error() {
        tracing::error!(code, error = %lambda_entry::chain(refusal), "not signed");
    } else {
        tracing::info!(code, "refused");
    }
    let reply = reply(status, "application/problem+json", problem_json(refusal));
    (Metric::Refused { reason: code }, reply)
}

fn reply(status: StatusCode, content_type: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::Text(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The time at which API Gateway took the request.
fn time_of(request: &Request) -> Result<SystemTime, Refusal> {
    let found = milliseconds_of(request)?;
    u64::try_from(found)
        .ok()
        .and_then(|milliseconds| UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds)))
        .ok_or(Refusal::EventTime { found })
}

/// The same as it stands in the event: `requestContext.timeEpoch`, in milliseconds since 1970.
fn milliseconds_of(request: &Request) -> Result<i64, Refusal> {
    let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref() else {
        return Err(Refusal::EventContext);
    };
    // lambda_http reads an absent timeEpoch as 0.
    match context.time_epoch {
        found @ ..=0 => Err(Refusal::EventTime { found }),
        found => Ok(found),
    }
}
