//! `AWS::ApiGatewayV2::Api`.

use super::{Resource, Result};
use crate::template::properties::Properties;
use crate::template::{Cors, CorsCredentials, ExecuteApiEndpoint};

/// An API without what other resources add to it.
pub(super) struct Api {
    pub(super) logical_id: String,
    pub(super) name: String,
    pub(super) endpoint: String,
    pub(super) execute_api_endpoint: ExecuteApiEndpoint,
    pub(super) protocol: Protocol,
}

pub(super) enum Protocol {
    Http { cors: Option<Cors> },
    WebSocket,
}

/// The only RouteSelectionExpression that an HTTP API may have.
const HTTP_ROUTE_SELECTION: &str = "${request.method} ${request.path}";

pub(super) fn read(resource: &Resource) -> Result<Api> {
    resource.read(|properties| {
        let expression = properties.text("RouteSelectionExpression")?;
        let cors = properties.object("CorsConfiguration", cors)?;
        let protocol = match properties.required_text("ProtocolType")?.as_str() {
            "HTTP" => {
                if expression.is_some_and(|expression| expression != HTTP_ROUTE_SELECTION) {
                    return Err(
                        properties.invalid("RouteSelectionExpression", HTTP_ROUTE_SELECTION)
                    );
                }
                Protocol::Http { cors }
            }
            "WEBSOCKET" if cors.is_some() => {
                return Err(properties.invalid("CorsConfiguration", "no CORS on a WebSocket API"));
            }
            // It chooses among routes other than the predefined ones, and there are none.
            "WEBSOCKET" if expression.is_none() => {
                return Err(properties.missing("RouteSelectionExpression"));
            }
            "WEBSOCKET" => Protocol::WebSocket,
            _ => return Err(properties.invalid("ProtocolType", "HTTP or WEBSOCKET")),
        };
        let disabled = properties.boolean("DisableExecuteApiEndpoint")?.unwrap_or(false);
        Ok(Api {
            logical_id: resource.logical_id.clone(),
            name: properties.required_text("Name")?,
            endpoint: resource.attribute("ApiEndpoint"),
            execute_api_endpoint: if disabled {
                ExecuteApiEndpoint::Disabled
            } else {
                ExecuteApiEndpoint::Enabled
            },
            protocol,
        })
    })
}

fn cors(properties: &mut Properties<'_>) -> Result<Cors> {
    let allow_origins = properties.texts("AllowOrigins")?.unwrap_or_default();
    if allow_origins.iter().any(|origin| origin != "*" && !origin.contains("://")) {
        return Err(properties.invalid("AllowOrigins", "origins with their scheme, or *"));
    }
    let credentials = match properties.boolean("AllowCredentials")? {
        Some(true) => CorsCredentials::Allowed,
        Some(false) | None => CorsCredentials::NotAllowed,
    };
    if credentials == CorsCredentials::Allowed && allow_origins.iter().any(|origin| origin == "*") {
        return Err(properties.invalid("AllowCredentials", "false, since AllowOrigins holds *"));
    }
    let max_age = properties.integer("MaxAge", -1..=86_400)?;
    Ok(Cors {
        allow_origins,
        allow_methods: properties.texts("AllowMethods")?.unwrap_or_default(),
        allow_headers: properties.texts("AllowHeaders")?.unwrap_or_default(),
        expose_headers: properties.texts("ExposeHeaders")?.unwrap_or_default(),
        max_age: max_age.and_then(|seconds| i32::try_from(seconds).ok()),
        credentials,
    })
}
