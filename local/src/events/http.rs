//! An HTTP API's event and a function's answer, payload format 2.0.
//! (API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs"; where that page is
//! silent, what the tests of `aws/aws-lambda-dotnet`, `Tools/LambdaTestTool-v2`, found at the real service)

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{common_log_time, headers, query};
use crate::clock::epoch_milliseconds;
use crate::percent;

/// What concerns one hop only is not in the event. A capture lacks `Connection`; the others are those that RFC
/// 9110, section 7.6.1, names with it. In an answer they would speak of the listener's connection, and are
/// left out as well: what API Gateway does with them there is not published.
const HOP_HEADERS: [&str; 6] =
    ["connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"];

/// The Content-Type of an answer that has a `statusCode` and names no type.
const DEFAULT_CONTENT_TYPE: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// A request as it reached the HTTP API.
pub struct Request<'a> {
    /// The route that was chosen, as `POST /sign` or `$default`.
    pub route_key: &'a str,
    /// The account of the API.
    pub account_id: &'a str,
    /// The API's id.
    pub api_id: &'a str,
    /// The stage's name.
    pub stage: &'a str,
    /// The Host that the client named.
    pub domain_name: &'a str,
    /// The method.
    pub method: &'a str,
    /// The path as it came, not decoded.
    pub path: &'a str,
    /// The query as it came, empty where there is none.
    pub raw_query: &'a str,
    /// Every header; those of one name in the order of the wire.
    pub headers: &'a [(String, String)],
    /// The body.
    pub body: &'a [u8],
    /// The client's address.
    pub source_ip: &'a str,
    /// 16 characters: base64url and `=`.
    pub request_id: &'a str,
    /// When it arrived.
    pub at: OffsetDateTime,
    /// What the path holds in place of the route's `{names}`.
    pub path_parameters: &'a BTreeMap<String, String>,
    /// The stage's variables.
    pub stage_variables: &'a BTreeMap<String, String>,
    /// Who called, where the route asks for authorization.
    pub authorizer: Option<&'a Authorizer>,
}

/// `requestContext.authorizer`
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Authorizer {
    /// Who signed.
    Iam(IamIdentity),
    /// What the token says.
    Jwt(JwtIdentity),
}

/// `requestContext.authorizer.jwt`
#[derive(Clone, Debug, Serialize)]
pub struct JwtIdentity {
    /// Every claim as a text.
    pub claims: BTreeMap<String, String>,
    /// Those of the route's scopes that the token has; null where the route names none.
    pub scopes: Option<Vec<String>>,
}

/// `requestContext.authorizer.iam`
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IamIdentity {
    /// The access key that signed.
    pub access_key: String,
    /// The account of the caller.
    pub account_id: String,
    /// `AROA…:SESSION`
    pub caller_id: String,
    /// Always null for IAM.
    pub cognito_identity: Option<()>,
    /// The caller's ARN.
    pub user_arn: String,
    /// The same as `caller_id`.
    pub user_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    version: &'a str,
    route_key: &'a str,
    raw_path: &'a str,
    raw_query_string: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<&'a str>,
    headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    query_string_parameters: BTreeMap<String, String>,
    request_context: RequestContext<'a>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    path_parameters: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    stage_variables: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    account_id: &'a str,
    api_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<&'a Authorizer>,
    domain_name: &'a str,
    domain_prefix: &'a str,
    http: Http<'a>,
    request_id: &'a str,
    route_key: &'a str,
    stage: &'a str,
    time: String,
    time_epoch: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Http<'a> {
    method: &'a str,
    path: &'a str,
    protocol: &'a str,
    source_ip: &'a str,
    user_agent: &'a str,
}

/// The event's JSON.
pub fn event(request: &Request<'_>) -> Vec<u8> {
    let is = |name: &str, wanted: &str| name.eq_ignore_ascii_case(wanted);
    let cookies = request
        .headers
        .iter()
        .filter(|(name, _)| is(name, "cookie"))
        .flat_map(|(_, value)| value.split("; "))
        .collect();
    let is_left_out =
        |name: &str| is(name, "cookie") || HOP_HEADERS.iter().any(|hop| is(name, hop));
    let others: Vec<_> =
        request.headers.iter().filter(|(name, _)| !is_left_out(name)).cloned().collect();
    let headers = headers::joined(&others);
    let is_text = headers.get("content-type").is_some_and(|value| is_text(value));
    let body = match std::str::from_utf8(request.body) {
        _ if request.body.is_empty() => None,
        Ok(text) if is_text => Some((text.to_owned(), false)),
        _ => Some((BASE64_STANDARD.encode(request.body), true)),
    };
    let (body, is_base64_encoded) = body.map_or((None, false), |(body, flag)| (Some(body), flag));
    let user_agent = headers.get("user-agent").cloned().unwrap_or_default();
    // An HTTP API decodes the path, whatever the name of the key says; the query it leaves as it came.
    let path = percent::decode(request.path);
    let event = Event {
        version: "2.0",
        route_key: request.route_key,
        raw_path: &path,
        raw_query_string: request.raw_query,
        cookies,
        headers,
        query_string_parameters: query::joined_values(&query::http_parameters(request.raw_query)),
        request_context: RequestContext {
            account_id: request.account_id,
            api_id: request.api_id,
            authorizer: request.authorizer,
            domain_name: request.domain_name,
            domain_prefix: request.domain_name.split('.').next().unwrap_or_default(),
            http: Http {
                method: request.method,
                path: &path,
                protocol: "HTTP/1.1",
                source_ip: request.source_ip,
                user_agent: &user_agent,
            },
            request_id: request.request_id,
            route_key: request.route_key,
            stage: request.stage,
            time: common_log_time(request.at),
            time_epoch: epoch_milliseconds(request.at),
        },
        path_parameters: request.path_parameters,
        stage_variables: request.stage_variables,
        body,
        is_base64_encoded,
    };
    // Nothing in an event can fail to serialize: its keys are strings.
    serde_json::to_vec(&event).unwrap_or_default()
}

/// Whether a body of this Content-Type arrives as text; all others arrive in base64.
fn is_text(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type.starts_with("text/")
        || ["application/json", "application/xml", "application/javascript"]
            .contains(&media_type.as_str())
}

/// Why a function's answer cannot be passed on.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// It has a `statusCode`, and something of it is of another type than it should be.
    #[error("the answer does not have the proxy format")]
    NotProxyFormat(#[source] serde_json::Error),
    /// A status code that HTTP does not have, or that ends no request. What API Gateway does with one
    /// below 200 is not published.
    #[error("{0} is not a status code that ends a request, expected one from 200 to 999")]
    StatusCode(u16),
    /// A header that HTTP does not allow.
    #[error("header {0:?} has a name or a value that HTTP does not allow")]
    Header(String),
    /// The body says that it is base64, and is not.
    #[error("the body is not base64")]
    Base64(#[source] base64::DecodeError),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProxyAnswer {
    status_code: u16,
    #[serde(default)]
    headers: Option<BTreeMap<String, serde_json::Value>>,
    #[serde(default)]
    cookies: Option<Vec<String>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: Option<bool>,
}

/// The HTTP response that a function's answer stands for. An answer without `statusCode` is itself the
/// body of a 200, byte for byte: a JSON text without its quotes, and also what is no JSON at all.
///
/// # Errors
///
/// See [`AnswerError`]; the client gets a 500.
pub fn response(answer: Bytes) -> Result<Response<Bytes>, AnswerError> {
    let answer: ProxyAnswer = match serde_json::from_slice::<serde_json::Value>(&answer) {
        Ok(value) if value.get("statusCode").is_some() => {
            serde_json::from_value(value).map_err(AnswerError::NotProxyFormat)?
        }
        Ok(serde_json::Value::String(text)) => return Ok(whole(text.into())),
        Ok(_) | Err(_) => return Ok(whole(answer)),
    };
    let body = match answer.body {
        None => Bytes::new(),
        Some(text) if answer.is_base64_encoded == Some(true) => {
            BASE64_STANDARD.decode(text).map_err(AnswerError::Base64)?.into()
        }
        Some(text) => text.into(),
    };
    let mut response = Response::new(body);
    let status = StatusCode::from_u16(answer.status_code).ok();
    *response.status_mut() = status
        .filter(|status| !status.is_informational())
        .ok_or(AnswerError::StatusCode(answer.status_code))?;
    for (name, value) in answer.headers.unwrap_or_default() {
        let value = match value {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        };
        append(&mut response, &name, &value)?;
    }
    response.headers_mut().entry(header::CONTENT_TYPE).or_insert(DEFAULT_CONTENT_TYPE);
    for cookie in answer.cookies.unwrap_or_default() {
        append(&mut response, header::SET_COOKIE.as_str(), &cookie)?;
    }
    Ok(response)
}

/// A 200 with this body.
fn whole(body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

fn append(response: &mut Response<Bytes>, name: &str, value: &str) -> Result<(), AnswerError> {
    let refused = || AnswerError::Header(name.to_owned());
    let parsed: HeaderName = name.parse().map_err(|_| refused())?;
    let value = HeaderValue::from_str(value).map_err(|_| refused())?;
    // The length and the connection are the listener's to state.
    if parsed != header::CONTENT_LENGTH && !HOP_HEADERS.contains(&parsed.as_str()) {
        response.headers_mut().append(parsed, value);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
