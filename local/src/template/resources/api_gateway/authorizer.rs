//! `AWS::ApiGatewayV2::Authorizer`: JWT authorizers of HTTP APIs.

use std::collections::BTreeMap;

use axum::http::HeaderName;
use url::Url;

use super::api::{Api, Protocol};
use super::{Resource, ResourceError, ResourceType, Result, api_id, of_type};
use crate::limits::{AUDIENCES_PER_AUTHORIZER, AUTHORIZERS_PER_API};
use crate::template::properties::Properties;
use crate::template::{IdentitySource, JwtAuthorizer};

/// The authorizers, by their ids.
pub(super) fn all(
    resources: &[Resource],
    apis: &BTreeMap<String, Api>,
) -> Result<BTreeMap<String, Authorizer>> {
    let mut authorizers = BTreeMap::<String, Authorizer>::new();
    for resource in of_type(resources, ResourceType::Authorizer) {
        let authorizer = read(resource, apis)?;
        let of_api = authorizers.values().filter(|other| other.api_id == authorizer.api_id);
        if of_api.count() >= AUTHORIZERS_PER_API {
            return Err(ResourceError::Invalid {
                path: format!("Resources.{}.Properties.ApiId", resource.logical_id),
                expected: format!("an API with at most {AUTHORIZERS_PER_API} authorizers"),
            });
        }
        authorizers.insert(resource.identity.reference.clone(), authorizer);
    }
    Ok(authorizers)
}

/// An authorizer, as no route uses it yet.
pub(super) struct Authorizer {
    pub(super) api_id: String,
    /// Without scopes, which are a route's.
    pub(super) jwt: JwtAuthorizer,
}

fn read(resource: &Resource, apis: &BTreeMap<String, Api>) -> Result<Authorizer> {
    resource.read(|properties| {
        let (api_id, api) = api_id(properties, apis)?;
        match properties.required_text("AuthorizerType")?.as_str() {
            "JWT" => {}
            "REQUEST" => {
                let reason = "only JWT is: there are no Lambda authorizers";
                return Err(properties.not_played("AuthorizerType", "REQUEST", reason));
            }
            _ => return Err(properties.invalid("AuthorizerType", "JWT")),
        }
        if matches!(api.protocol, Protocol::WebSocket) {
            return Err(properties.invalid("AuthorizerType", "REQUEST: only HTTP APIs take JWT"));
        }
        properties.required_text("Name")?;
        let identity_source = identity_source(properties)?;
        let configuration = properties.object("JwtConfiguration", configuration)?;
        let (issuer, audience) =
            configuration.ok_or_else(|| properties.missing("JwtConfiguration"))?;
        let jwt = JwtAuthorizer {
            logical_id: resource.logical_id.clone(),
            identity_source,
            issuer,
            audience,
            scopes: Vec::new(),
        };
        Ok(Authorizer { api_id, jwt })
    })
}

/// (API Gateway Version 2 API Reference, "Authorizers": `identitySource`)
fn identity_source(properties: &mut Properties<'_>) -> Result<IdentitySource> {
    let expected = "one of $request.header.NAME and $request.querystring.NAME";
    let sources = properties.texts("IdentitySource")?;
    let sources = sources.ok_or_else(|| properties.missing("IdentitySource"))?;
    let source = match &sources[..] {
        [source] => source.strip_prefix("$request.").and_then(|source| source.split_once('.')),
        _ => None,
    };
    match source {
        Some(("header", name)) if name.parse::<HeaderName>().is_ok() => {
            Ok(IdentitySource::Header(name.to_owned()))
        }
        Some(("querystring", name)) if !name.is_empty() => {
            Ok(IdentitySource::QueryString(name.to_owned()))
        }
        _ => Err(properties.invalid("IdentitySource", expected)),
    }
}

/// Issuer and Audience. The issuer is compared text by text with `iss`: a `/` at its end counts.
fn configuration(properties: &mut Properties<'_>) -> Result<(String, Vec<String>)> {
    let issuer = properties.required_text("Issuer")?;
    let is_https = |url: Url| url.scheme() == "https" && url.host_str().is_some();
    if !Url::parse(&issuer).is_ok_and(is_https) {
        return Err(properties.invalid("Issuer", "the URL of an issuer, https://…"));
    }
    let audience = properties.texts("Audience")?;
    let audience = audience.ok_or_else(|| properties.missing("Audience"))?;
    let is_count = (1..=AUDIENCES_PER_AUTHORIZER).contains(&audience.len());
    if !is_count || audience.iter().any(String::is_empty) {
        let expected = format!("a list of 1 to {AUDIENCES_PER_AUTHORIZER} audiences, none empty");
        return Err(properties.invalid("Audience", &expected));
    }
    Ok((issuer, audience))
}
