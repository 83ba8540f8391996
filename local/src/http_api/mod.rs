//! Plays an HTTP API: CORS, routes, authorization by IAM and by tokens, the function's answer.
//!
//! | situation | answer |
//! |---|---|
//! | a preflight, and the API has CORS | 204, without a body; where a route takes OPTIONS, it asks first |
//! | the endpoint is switched off | 404 `{"message":"Not Found"}` |
//! | request line and headers past 10,240 bytes | 431 `{"message":"Request Header Fields Too Large"}` |
//! | no such route | 404 `{"message":"Not Found"}` |
//! | a custom domain has no such base path | 403 `{"message":"Forbidden"}` |
//! | IAM authorization, and not signed or not allowed | 403 `{"message":"Forbidden"}` |
//! | a JWT authorizer, and no token that it takes | 401 `{"message":"Unauthorized"}` |
//! | a JWT authorizer, and a token without the route's scopes | 403 `{"message":"Forbidden"}` |
//! | more requests than the stage lets in | 429 `{"message":"Too Many Requests"}` |
//! | body past 10 MB | 413 `{"message":"Request Entity Too Large"}` |
//! | function fails, or API Gateway may not invoke it | 500 `{"message":"Internal Server Error"}` |
//! | function takes longer than the integration waits | 503 `{"message":"Service Unavailable"}` |

mod authorization;
pub(crate) mod cors;
pub mod door;
mod routing;

use std::sync::Arc;

use axum::body::{self, Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;

use crate::entrance::{Entrance, Way};
use crate::events::http as events;
use crate::limits::{HTTP_BODY_BYTES, HTTP_HEAD_BYTES};
use crate::rule::GatewayRule;
use crate::services::Services;
use crate::template::{ExecuteApiEndpoint, HttpApi, HttpAuthorization, HttpRoute};
use crate::throttle::Throttles;
use crate::wire::Head;
use crate::{reply, report};
use routing::Match;

/// One HTTP API and what it works with.
pub struct Gateway {
    /// The API, as the template has it.
    pub api: HttpApi,
    /// How many requests are let in.
    pub throttles: Throttles,
    /// Everything else.
    pub services: Arc<Services>,
}

/// The API that a request is for, and what its route asks for; `None` for the one where no mapping has the path, for the
/// other where the API has no such route.
pub(crate) fn at<'a>(
    entrance: &'a Entrance<Gateway>,
    method: &str,
    path: &'a str,
) -> Option<(&'a Gateway, Option<HttpAuthorization>)> {
    let (gateway, way) = entrance.lead(path)?;
    let found = routing::find(&gateway.api, way, method, path);
    Some((gateway, found.map(|found| found.route.authorization.clone())))
}

/// Answers one request that came by this way.
async fn answer(
    gateway: &Gateway,
    way: Way<'_>,
    head: &Head,
    body: Body,
    request_id: &str,
) -> Response {
    let response = route(gateway, way, head, body, request_id).await;
    let mut response = response.unwrap_or_else(Refusal::into_response);
    report_foreign_origin(&gateway.api, head);
    if let Some(cors) = &gateway.api.cors {
        cors::apply(cors, head, response.headers_mut());
    }
    response
}

/// A browser tells its page only that the request failed.
fn report_foreign_origin(api: &HttpApi, head: &Head) {
    let Some(origin) = head.header("origin") else { return };
    if !api.cors.as_ref().is_some_and(|cors| cors::allows(cors, origin)) {
        tracing::info!(origin, "the origin is not among those that CORS allows");
    }
}

/// What the API answers itself.
enum Refusal {
    NotFound,
    Forbidden,
    /// With its `www-authenticate`.
    Unauthorized(HeaderValue),
    /// Likewise.
    InsufficientScope(HeaderValue),
    TooManyRequests,
    HeadTooLarge,
    BodyTooLarge,
    Internal,
    Unavailable,
}

impl Refusal {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Message {
            message: &'static str,
        }
        let (status, message) = match &self {
            Self::NotFound => (StatusCode::NOT_FOUND, "Not Found"),
            Self::Forbidden | Self::InsufficientScope(_) => (StatusCode::FORBIDDEN, "Forbidden"),
            Self::Unauthorized(_) => (StatusCode::UNAUTHORIZED, "Unauthorized"),
            Self::TooManyRequests => (StatusCode::TOO_MANY_REQUESTS, "Too Many Requests"),
            Self::HeadTooLarge => {
                (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "Request Header Fields Too Large")
            }
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
        };
        let mut response = reply::json(status, &Message { message });
        if let Self::Unauthorized(challenge) | Self::InsufficientScope(challenge) = self {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

async fn route(
    gateway: &Gateway,
    way: Way<'_>,
    head: &Head,
    body: Body,
    request_id: &str,
) -> Result<Response, Refusal> {
    let Gateway { api, services, .. } = gateway;
    if way == Way::ExecuteApi && api.execute_api_endpoint == ExecuteApiEndpoint::Disabled {
        return Err(Refusal::NotFound);
    }
    if head.bytes() > HTTP_HEAD_BYTES {
        let found = format_args!("with its first line it has {}", head.bytes());
        report::refused("request", head, GatewayRule::HeadersSize, found);
        return Err(Refusal::HeadTooLarge);
    }
    let is_preflight = api.cors.is_some() && cors::is_preflight(head);
    let Some(found) = routing::find(api, way, &head.method, head.path()) else {
        return if is_preflight { Ok(preflight()) } else { Err(Refusal::NotFound) };
    };
    let Match { stage, path, route, path_parameters } = found;
    let route_key = route.key.to_string();
    let at = services.clock.now();
    if !gateway.throttles.admit(stage, &route_key, at) {
        report::refused(
            "request",
            head,
            GatewayRule::Rate,
            format_args!("{route_key} takes no more"),
        );
        return Err(Refusal::TooManyRequests);
    }
    let body = body::to_bytes(body, HTTP_BODY_BYTES).await.map_err(|_| Refusal::BodyTooLarge)?;
    let authorizer = authorization::authorize(gateway, route, &stage.name, &path, head, &body)?;
    // A route that takes OPTIONS asks a preflight for authorization as well; the answer is the API's own.
    if is_preflight {
        return Ok(preflight());
    }
    let headers = services.with_gateway_headers(head, at);
    let event = events::event(&events::Request {
        route_key: &route_key,
        account_id: &services.account_id,
        api_id: &api.id,
        stage: &stage.name,
        domain_name: head.domain_name(),
        method: &head.method,
        path: &routing::path_of_event(way, head),
        raw_query: head.query().unwrap_or_default(),
        headers: &headers,
        body: &body,
        source_ip: &head.source_ip,
        request_id,
        at,
        authorizer: authorizer.as_ref(),
        path_parameters: &path_parameters,
        stage_variables: &stage.variables,
    });
    Ok(invoke(gateway, route, &stage.name, event).await?.map(Body::from))
}

/// The API's own answer to a preflight; its headers come with those of every answer.
fn preflight() -> Response {
    reply::empty(StatusCode::NO_CONTENT)
}

async fn invoke(
    gateway: &Gateway,
    route: &HttpRoute,
    stage: &str,
    event: Vec<u8>,
) -> Result<axum::http::Response<Bytes>, Refusal> {
    let Gateway { api, services, .. } = gateway;
    let function_arn = &route.integration.function_arn;
    let source = routing::source_path(&route.key, stage);
    let source_arn = services.execute_api_arn(&api.id, &source);
    if !services.may_invoke(function_arn, &source_arn) {
        tracing::error!(function_arn, source_arn, "no permission lets API Gateway invoke it");
        return Err(Refusal::Internal);
    }
    let answer = services.functions.invoke(function_arn, Bytes::from(event));
    let answer = match services.clock.timeout(route.integration.timeout, answer).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => {
            tracing::error!(route = %route.key, "{}", report::chain(&error));
            return Err(Refusal::Internal);
        }
        Err(_) => {
            tracing::error!(route = %route.key, "the integration timed out");
            return Err(Refusal::Unavailable);
        }
    };
    events::response(answer).map_err(|error| {
        tracing::error!(route = %route.key, "{}", report::chain(&error));
        Refusal::Internal
    })
}
