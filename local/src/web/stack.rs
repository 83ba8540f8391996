//! What the page must know of the stack: `web/page/context.js` says what each member means.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::Page;
use super::guard::OwnPage;
use crate::reply;
use crate::running::guide::{Guide, Openness, Tokens};
use crate::services::Services;
use crate::template::IdentitySource;

/// Without a secret: whoever signs by IAM is shown the developer's keys by the command, not by the page.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    sign: Option<&'a str>,
    websocket: Option<&'a str>,
    authorization: Option<&'static str>,
    token: Option<String>,
    parameter: Option<&'a str>,
    origin: bool,
    trace: bool,
    region: &'a str,
    issuer: Option<&'a str>,
    token_in: Option<Place<'a>>,
    allow: Option<String>,
    explain: String,
}

/// Where a request has its token.
#[derive(Serialize)]
#[serde(tag = "in", content = "name", rename_all = "camelCase")]
enum Place<'a> {
    Header(String),
    Query(&'a str),
}

/// Answers the page itself.
pub(super) async fn tell(own: OwnPage, State(page): State<Page>, _body: Bytes) -> Response {
    reply::json(StatusCode::OK, &told(&page.guide, &page.services, &own.origin))
}

fn told<'a>(guide: &'a Guide, services: &'a Services, origin: &str) -> Told<'a> {
    let tokens = match &guide.openness {
        Some(Openness::Jwt(tokens)) => Some(tokens),
        Some(Openness::Anyone | Openness::Iam) | None => None,
    };
    let is_let_in = guide.lets_in(origin);
    Told {
        sign: guide.sign.as_deref(),
        websocket: guide.websocket.as_deref(),
        authorization: guide.openness.as_ref().map(|openness| match openness {
            Openness::Anyone => "NONE",
            Openness::Iam => "IAM",
            Openness::Jwt(_) => "JWT",
        }),
        token: guide.token_command(),
        parameter: guide.requestable.as_deref(),
        origin: is_let_in,
        trace: services.trace.is_on(),
        region: &services.region,
        issuer: tokens.map(|tokens| tokens.issuer.as_str()),
        token_in: tokens.map(|Tokens { source, .. }| match source {
            IdentitySource::Header(name) => Place::Header(name.to_ascii_lowercase()),
            IdentitySource::QueryString(name) => Place::Query(name),
        }),
        allow: if is_let_in { None } else { guide.options_that_let_in(origin) },
        explain: guide.explain_command(),
    }
}
