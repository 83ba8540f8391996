//! `AWS::ApiGatewayV2::Route`.

use std::collections::BTreeMap;

use super::api::{Api, Protocol};
use super::authorizer::Authorizer;
use super::{ApiIntegration, Resource, ResourceError, Result, api_id};
use crate::limits::SCOPES_PER_ROUTE;
use crate::template::properties::Properties;
use crate::template::{
    Authorization, HttpAuthorization, HttpRoute, HttpRouteKey, JwtAuthorizer, WebSocketRoute,
    WebSocketRouteKey,
};

/// A route of either kind of API.
pub(super) enum Route {
    Http(HttpRoute),
    WebSocket(WebSocketRoute),
}

/// The methods that a route key may name.
const METHODS: &[&str] = &["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// The id of its API, and the route.
pub(super) fn read(
    resource: &Resource,
    apis: &BTreeMap<String, Api>,
    authorizers: &BTreeMap<String, Authorizer>,
    integrations: &BTreeMap<String, ApiIntegration>,
) -> Result<(String, Route)> {
    resource.read(|properties| {
        let (api_id, api) = api_id(properties, apis)?;
        let text = properties.required_text("RouteKey")?;
        if properties.boolean("ApiKeyRequired")? == Some(true) {
            return Err(properties.not_played("ApiKeyRequired", "true", "there are no API keys"));
        }
        let target = properties.required_text("Target")?;
        let integration = target
            .strip_prefix("integrations/")
            .and_then(|id| integrations.get(id))
            .filter(|integration| integration.api_id == api_id)
            .map(|integration| integration.integration.clone())
            .ok_or_else(|| ResourceError::NoSuch {
                path: properties.path("Target"),
                what: "integration (integrations/ID) of the route's API",
            })?;
        let logical_id = resource.logical_id.clone();
        let id = resource.identity.reference.clone();
        let route = match &api.protocol {
            Protocol::Http { .. } => {
                let key = http_key(&text).ok_or_else(|| {
                    properties
                        .invalid("RouteKey", "$default, or a method and a path such as POST /sign")
                })?;
                let authorization = http_authorization(properties, &api_id, authorizers)?;
                Route::Http(HttpRoute { logical_id, id, key, authorization, integration })
            }
            Protocol::WebSocket => {
                let key = match text.as_str() {
                    "$connect" => WebSocketRouteKey::Connect,
                    "$default" => WebSocketRouteKey::Default,
                    "$disconnect" => WebSocketRouteKey::Disconnect,
                    _ => {
                        let reason = "only $connect, $default and $disconnect are";
                        return Err(properties.not_played("RouteKey", &text, reason));
                    }
                };
                let authorization = websocket_authorization(properties)?;
                if key != WebSocketRouteKey::Connect && authorization != Authorization::None {
                    let expected = "NONE: of a WebSocket API only $connect is authorized";
                    return Err(properties.invalid("AuthorizationType", expected));
                }
                Route::WebSocket(WebSocketRoute { logical_id, id, key, authorization, integration })
            }
        };
        Ok((api_id, route))
    })
}

fn websocket_authorization(properties: &mut Properties<'_>) -> Result<Authorization> {
    let Some(text) = properties.text("AuthorizationType")? else {
        return Ok(Authorization::None);
    };
    match text.as_str() {
        "NONE" => Ok(Authorization::None),
        "AWS_IAM" => Ok(Authorization::AwsIam),
        "JWT" => {
            Err(properties.invalid("AuthorizationType", "NONE or AWS_IAM: only HTTP APIs take JWT"))
        }
        "CUSTOM" => {
            Err(properties.not_played("AuthorizationType", &text, "only NONE and AWS_IAM are"))
        }
        _ => Err(properties.invalid("AuthorizationType", "NONE or AWS_IAM")),
    }
}

fn http_authorization(
    properties: &mut Properties<'_>,
    api_id: &str,
    authorizers: &BTreeMap<String, Authorizer>,
) -> Result<HttpAuthorization> {
    let text = properties.text("AuthorizationType")?;
    let authorizer = properties.text("AuthorizerId")?;
    let scopes = properties.texts("AuthorizationScopes")?;
    let authorization = match text.as_deref() {
        None | Some("NONE") => HttpAuthorization::None,
        Some("AWS_IAM") => HttpAuthorization::AwsIam,
        Some("JWT") => {
            let id = authorizer.ok_or_else(|| properties.missing("AuthorizerId"))?;
            let authorizer = authorizers.get(&id).filter(|authorizer| authorizer.api_id == api_id);
            let authorizer = authorizer.ok_or_else(|| ResourceError::NoSuch {
                path: properties.path("AuthorizerId"),
                what: "authorizer of the route's API",
            })?;
            let scopes = scopes.unwrap_or_default();
            if scopes.len() > SCOPES_PER_ROUTE || !scopes.iter().all(|scope| is_scope(scope)) {
                let expected = format!(
                    "at most {SCOPES_PER_ROUTE} scopes of 1 to 64 characters, without spaces and quotes"
                );
                return Err(properties.invalid("AuthorizationScopes", &expected));
            }
            return Ok(HttpAuthorization::Jwt(JwtAuthorizer { scopes, ..authorizer.jwt.clone() }));
        }
        Some("CUSTOM") => {
            let reason = "only NONE, AWS_IAM and JWT are";
            return Err(properties.not_played("AuthorizationType", "CUSTOM", reason));
        }
        Some(_) => return Err(properties.invalid("AuthorizationType", "NONE, AWS_IAM or JWT")),
    };
    for (name, is_there) in
        [("AuthorizerId", authorizer.is_some()), ("AuthorizationScopes", scopes.is_some())]
    {
        if is_there {
            return Err(properties.invalid(name, "none: only AuthorizationType JWT has one"));
        }
    }
    Ok(authorization)
}

/// (RFC 6749, section 3.3; for the length API Gateway Version 2 API Reference, "Routes":
/// `authorizationScopes`)
fn is_scope(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    (1..=64).contains(&text.len()) && text.bytes().all(is_part)
}

/// `METHOD /path`; a segment may be `{name}`, the last one `{name+}`.
fn http_key(text: &str) -> Option<HttpRouteKey> {
    if text == "$default" {
        return Some(HttpRouteKey::Default);
    }
    let (method, path) = text.split_once(' ')?;
    let mut segments = path.strip_prefix('/')?.split('/').peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        if !is_segment(segment, is_last) {
            return None;
        }
    }
    METHODS
        .contains(&method)
        .then(|| HttpRouteKey::Path { method: method.to_owned(), path: path.to_owned() })
}

fn is_segment(segment: &str, is_last: bool) -> bool {
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
    };
    match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(name) => match name.strip_suffix('+') {
            Some(greedy) => is_last && is_name(greedy),
            None => is_name(name),
        },
        None => segment.chars().all(|c| c.is_ascii_graphic() && !"{}?#".contains(c)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(&str, &str)>) {
        let expected = expected.map(|(method, path)| HttpRouteKey::Path {
            method: method.to_owned(),
            path: path.to_owned(),
        });
        assert_eq!(http_key(text), expected, "{text}");
        assert!(expected.is_none_or(|key| key.to_string() == text));
    }

    #[test]
    fn http_route_keys_are_read() {
        check("POST /sign", Some(("POST", "/sign")));
        check("ANY /", Some(("ANY", "/")));
        check("GET /a/{b}/{c+}", Some(("GET", "/a/{b}/{c+}")));
        check("GET /a/", Some(("GET", "/a/")));
        for wrong in [
            "",
            "/sign",
            "POST",
            "POST sign",
            "post /sign",
            "FETCH /a",
            "GET  /a",
            "GET /{a+}/b",
            "GET /{}",
            "GET /a{b}",
            "GET /a?b",
            "GET /é",
        ] {
            check(wrong, None);
        }
        assert_eq!(http_key("$default"), Some(HttpRouteKey::Default));
    }
}
