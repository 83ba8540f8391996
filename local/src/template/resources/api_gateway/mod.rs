//! `AWS::ApiGatewayV2::…`: each API with its routes, their integrations, and its stages.
//!
//! Limits and allowed values: API Gateway Version 2 API Reference; Developer Guide, "Quotas".

mod api;
mod authorizer;
mod domain;
mod integration;
mod route;
mod stage;

use std::collections::BTreeMap;

use super::{Resource, ResourceError, ResourceType, Result, of_type};
use crate::template::graph::{Dependencies, reachable};
use crate::template::properties::Properties;
use crate::template::{
    Environment, Function, HttpApi, HttpRoute, Stage, WebSocketApi, WebSocketRoute,
};

use api::{Api, Protocol};
pub(super) use domain::{Apis, domains};
use integration::ApiIntegration;
use stage::Deployment;

/// The HTTP APIs and the WebSocket APIs.
pub(super) fn apis(
    resources: &[Resource],
    dependencies: &Dependencies,
    functions: &[Function],
    environment: &Environment,
) -> Result<(Vec<HttpApi>, Vec<WebSocketApi>)> {
    let mut apis = BTreeMap::new();
    for resource in of_type(resources, ResourceType::Api) {
        apis.insert(resource.identity.reference.clone(), api::read(resource)?);
    }
    let mut integrations = BTreeMap::new();
    for resource in of_type(resources, ResourceType::Integration) {
        let integration = integration::read(resource, &apis, functions, environment)?;
        integrations.insert(resource.identity.reference.clone(), integration);
    }
    let authorizers = authorizer::all(resources, &apis)?;
    let mut http_routes: BTreeMap<String, Vec<HttpRoute>> = BTreeMap::new();
    let mut websocket_routes: BTreeMap<String, Vec<WebSocketRoute>> = BTreeMap::new();
    for resource in of_type(resources, ResourceType::Route) {
        let (api_id, route) = route::read(resource, &apis, &authorizers, &integrations)?;
        match route {
            route::Route::Http(route) => http_routes.entry(api_id).or_default().push(route),
            route::Route::WebSocket(route) => {
                websocket_routes.entry(api_id).or_default().push(route);
            }
        }
    }
    let mut deployments = BTreeMap::new();
    for resource in of_type(resources, ResourceType::Deployment) {
        let deployment = stage::deployment(resource, &apis)?;
        deployments.insert(resource.identity.reference.clone(), deployment);
    }
    let mut stages: BTreeMap<String, Vec<Stage>> = BTreeMap::new();
    for resource in of_type(resources, ResourceType::Stage) {
        let (api_id, stage) = stage::read(resource, &apis, &deployments)?;
        stages.entry(api_id).or_default().push(stage);
    }

    let (mut http_apis, mut websocket_apis) = (Vec::new(), Vec::new());
    for (id, api) in apis {
        let stages = stages.remove(&id).unwrap_or_default();
        let routes_of_http = http_routes.remove(&id).unwrap_or_default();
        let routes_of_websocket = websocket_routes.remove(&id).unwrap_or_default();
        let keys: Vec<(String, &str)> = routes_of_http
            .iter()
            .map(|route| (route.key.to_string(), route.logical_id.as_str()))
            .chain(routes_of_websocket.iter().map(|r| (r.key.to_string(), r.logical_id.as_str())))
            .collect();
        check_routes(&keys)?;
        check_stages(&api, &stages, &keys)?;
        check_deployments(&id, &deployments, dependencies, &keys)?;
        let Api { logical_id, name, endpoint, execute_api_endpoint, protocol } = api;
        match protocol {
            Protocol::Http { cors } => http_apis.push(HttpApi {
                logical_id,
                id,
                name,
                endpoint,
                execute_api_endpoint,
                cors,
                stages,
                routes: routes_of_http,
            }),
            Protocol::WebSocket => {
                websocket_apis.push(WebSocketApi {
                    logical_id,
                    id,
                    name,
                    endpoint,
                    execute_api_endpoint,
                    stages,
                    routes: routes_of_websocket,
                });
            }
        }
    }
    http_apis.sort_by(|a, b| a.logical_id.cmp(&b.logical_id));
    websocket_apis.sort_by(|a, b| a.logical_id.cmp(&b.logical_id));
    Ok((http_apis, websocket_apis))
}

/// No two routes of an API may have one key.
fn check_routes(keys: &[(String, &str)]) -> Result<()> {
    let mut owners = BTreeMap::new();
    for (key, logical_id) in keys {
        if let Some(other) = owners.insert(key, *logical_id) {
            return Err(ResourceError::SameName {
                path: format!("Resources.{logical_id}.Properties.RouteKey"),
                name: key.clone(),
                other: other.to_owned(),
            });
        }
    }
    Ok(())
}

/// There is a stage, no two have one name, and their RouteSettings name routes.
fn check_stages(api: &Api, stages: &[Stage], keys: &[(String, &str)]) -> Result<()> {
    if stages.is_empty() {
        return Err(ResourceError::NoStage { path: format!("Resources.{}", api.logical_id) });
    }
    let mut owners = BTreeMap::new();
    for stage in stages {
        let path = format!("Resources.{}.Properties", stage.logical_id);
        if let Some(other) = owners.insert(&stage.name, &stage.logical_id) {
            return Err(ResourceError::SameName {
                path: format!("{path}.StageName"),
                name: stage.name.clone(),
                other: other.clone(),
            });
        }
        let is_route = |key: &String| keys.iter().any(|(known, _)| known == key);
        if let Some(key) = stage.route_throttles.keys().find(|key| !is_route(key)) {
            return Err(ResourceError::NoSuch {
                path: format!("{path}.RouteSettings.{key}"),
                what: "route of this API",
            });
        }
    }
    Ok(())
}

/// A deployment is a snapshot of the routes that exist when it is made: it must come after all of them.
fn check_deployments(
    api_id: &str,
    deployments: &BTreeMap<String, Deployment>,
    dependencies: &Dependencies,
    keys: &[(String, &str)],
) -> Result<()> {
    for deployment in deployments.values().filter(|deployment| deployment.api_id == api_id) {
        let before = reachable(dependencies, &deployment.logical_id);
        if let Some((_, route)) = keys.iter().find(|(_, route)| !before.contains(*route)) {
            return Err(ResourceError::DeployedTooEarly {
                path: format!("Resources.{}", deployment.logical_id),
                route: (*route).to_owned(),
            });
        }
    }
    Ok(())
}

/// ApiId, which must be an API of this template.
fn api_id<'a>(
    properties: &mut Properties<'_>,
    apis: &'a BTreeMap<String, Api>,
) -> Result<(String, &'a Api)> {
    let id = properties.required_text("ApiId")?;
    let api = apis.get(&id);
    let api =
        api.ok_or_else(|| ResourceError::NoSuch { path: properties.path("ApiId"), what: "API" })?;
    Ok((id, api))
}

#[cfg(test)]
mod tests;
