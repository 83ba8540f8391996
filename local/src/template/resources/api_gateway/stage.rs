//! `AWS::ApiGatewayV2::Stage` and `AWS::ApiGatewayV2::Deployment`.

use std::collections::BTreeMap;

use super::api::Api;
use super::{Resource, ResourceError, Result, api_id};
use crate::template::properties::Properties;
use crate::template::{Stage, Throttle};

/// A snapshot of an API's routes.
pub(super) struct Deployment {
    pub(super) logical_id: String,
    pub(super) api_id: String,
}

pub(super) fn deployment(resource: &Resource, apis: &BTreeMap<String, Api>) -> Result<Deployment> {
    resource.read(|properties| {
        let (api_id, _) = api_id(properties, apis)?;
        Ok(Deployment { logical_id: resource.logical_id.clone(), api_id })
    })
}

/// The id of its API, and the stage.
pub(super) fn read(
    resource: &Resource,
    apis: &BTreeMap<String, Api>,
    deployments: &BTreeMap<String, Deployment>,
) -> Result<(String, Stage)> {
    resource.read(|properties| {
        let (api_id, _) = api_id(properties, apis)?;
        let name = properties.required_text("StageName")?;
        if !is_name(&name) {
            return Err(
                properties.invalid("StageName", "$default, or 1 to 128 letters, digits, - and _")
            );
        }
        let deploys_itself = properties.boolean("AutoDeploy")?.unwrap_or(false);
        match (deploys_itself, properties.text("DeploymentId")?) {
            (true, None) => {}
            (false, Some(id)) => {
                if deployments.get(&id).is_none_or(|deployment| deployment.api_id != api_id) {
                    return Err(ResourceError::NoSuch {
                        path: properties.path("DeploymentId"),
                        what: "deployment of the stage's API",
                    });
                }
            }
            (true, Some(_)) | (false, None) => {
                return Err(ResourceError::Deployment {
                    path: format!("Resources.{}", resource.logical_id),
                });
            }
        }
        let default_throttle = properties.object("DefaultRouteSettings", throttle)?;
        let variables = properties.text_map("StageVariables")?;
        let stage = Stage {
            logical_id: resource.logical_id.clone(),
            name,
            default_throttle: default_throttle.unwrap_or_default(),
            route_throttles: properties.object_map("RouteSettings", throttle)?,
            variables,
        };
        Ok((api_id, stage))
    })
}

fn throttle(properties: &mut Properties<'_>) -> Result<Throttle> {
    Ok(Throttle {
        burst_limit: properties.count("ThrottlingBurstLimit", 0..=u32::MAX)?,
        rate_limit: properties.number("ThrottlingRateLimit")?,
    })
}

fn is_name(name: &str) -> bool {
    name == "$default"
        || (1..=128).contains(&name.len())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}
