//! `AWS::ApiGatewayV2::Integration`: only Lambda proxy integrations.

use std::collections::BTreeMap;
use std::time::Duration;

use super::api::{Api, Protocol};
use super::{Resource, ResourceError, Result, api_id};
use crate::limits::{
    HTTP_INTEGRATION_TIMEOUT, INTEGRATION_TIMEOUT_MINIMUM, WEBSOCKET_INTEGRATION_TIMEOUT,
};
use crate::template::{Environment, Function, Integration};

/// An integration and the API that it belongs to.
pub(super) struct ApiIntegration {
    pub(super) api_id: String,
    pub(super) integration: Integration,
}

pub(super) fn read(
    resource: &Resource,
    apis: &BTreeMap<String, Api>,
    functions: &[Function],
    environment: &Environment,
) -> Result<ApiIntegration> {
    resource.read(|properties| {
        let (api_id, api) = api_id(properties, apis)?;
        let kind = properties.required_text("IntegrationType")?;
        if kind != "AWS_PROXY" {
            let reason = "only Lambda proxy integrations (AWS_PROXY) are";
            return Err(properties.not_played("IntegrationType", &kind, reason));
        }
        if let Some(kind) = properties.text("ConnectionType")?
            && kind != "INTERNET"
        {
            return Err(properties.not_played(
                "ConnectionType",
                &kind,
                "there are no private networks",
            ));
        }
        let method = properties.text("IntegrationMethod")?;
        let version = properties.text("PayloadFormatVersion")?;
        let maximum = match &api.protocol {
            Protocol::Http { .. } => {
                match version.as_deref() {
                    Some("2.0") => {}
                    None => return Err(properties.missing("PayloadFormatVersion")),
                    Some("1.0") => {
                        let reason = "HTTP APIs send events of version 2.0 here";
                        return Err(properties.not_played("PayloadFormatVersion", "1.0", reason));
                    }
                    Some(_) => return Err(properties.invalid("PayloadFormatVersion", "2.0")),
                }
                if method.is_some_and(|method| method != "POST") {
                    return Err(properties.invalid("IntegrationMethod", "POST, as Lambda wants it"));
                }
                HTTP_INTEGRATION_TIMEOUT
            }
            Protocol::WebSocket => {
                if version.is_some_and(|version| version != "1.0") {
                    return Err(
                        properties.invalid("PayloadFormatVersion", "1.0 on a WebSocket API")
                    );
                }
                if method.as_deref() != Some("POST") {
                    return Err(properties.invalid("IntegrationMethod", "POST, as Lambda wants it"));
                }
                WEBSOCKET_INTEGRATION_TIMEOUT
            }
        };
        let allowed = milliseconds(INTEGRATION_TIMEOUT_MINIMUM)..=milliseconds(maximum);
        let timeout = properties.count("TimeoutInMillis", allowed)?;
        let uri = properties.required_text("IntegrationUri")?;
        let function_arn = function_arn(&uri, environment);
        if !functions.iter().any(|function| function.arn == function_arn) {
            return Err(ResourceError::NoSuch {
                path: properties.path("IntegrationUri"),
                what: "function",
            });
        }
        Ok(ApiIntegration {
            api_id,
            integration: Integration {
                logical_id: resource.logical_id.clone(),
                function_arn: function_arn.to_owned(),
                timeout: timeout.map_or(maximum, |count| Duration::from_millis(count.into())),
            },
        })
    })
}

fn milliseconds(limit: Duration) -> u32 {
    u32::try_from(limit.as_millis()).unwrap_or(u32::MAX)
}

/// The ARN inside `arn:…:apigateway:REGION:lambda:path/2015-03-31/functions/ARN/invocations`, or the
/// text itself.
fn function_arn<'a>(uri: &'a str, environment: &Environment) -> &'a str {
    let Environment { partition, region, .. } = environment;
    uri.strip_prefix(&format!(
        "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/"
    ))
    .and_then(|rest| rest.strip_suffix("/invocations"))
    .unwrap_or(uri)
}
