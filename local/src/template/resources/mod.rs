//! From evaluated resources to a stack: one file per service.

mod api_gateway;
mod certificate;
mod dynamodb;
mod error;
mod iam;
mod lambda;
mod logs;
mod record;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use error::ResourceError;

use super::graph::Dependencies;
use super::identity::Identity;
use super::properties::Properties;
use super::{Environment, Output, Stack};

/// The resource types that are played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResourceType {
    Api,
    Integration,
    Route,
    Stage,
    Deployment,
    Authorizer,
    DomainName,
    ApiMapping,
    Function,
    Permission,
    Role,
    Table,
    LogGroup,
    Alarm,
    Dashboard,
    Certificate,
    RecordSet,
}

impl ResourceType {
    pub(super) const ALL: [Self; 17] = [
        Self::Api,
        Self::Integration,
        Self::Route,
        Self::Stage,
        Self::Deployment,
        Self::Authorizer,
        Self::DomainName,
        Self::ApiMapping,
        Self::Function,
        Self::Permission,
        Self::Role,
        Self::Table,
        Self::LogGroup,
        Self::Alarm,
        Self::Dashboard,
        Self::Certificate,
        Self::RecordSet,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Api => "AWS::ApiGatewayV2::Api",
            Self::Integration => "AWS::ApiGatewayV2::Integration",
            Self::Route => "AWS::ApiGatewayV2::Route",
            Self::Stage => "AWS::ApiGatewayV2::Stage",
            Self::Deployment => "AWS::ApiGatewayV2::Deployment",
            Self::Authorizer => "AWS::ApiGatewayV2::Authorizer",
            Self::DomainName => "AWS::ApiGatewayV2::DomainName",
            Self::ApiMapping => "AWS::ApiGatewayV2::ApiMapping",
            Self::Function => "AWS::Lambda::Function",
            Self::Permission => "AWS::Lambda::Permission",
            Self::Role => "AWS::IAM::Role",
            Self::Table => "AWS::DynamoDB::Table",
            Self::LogGroup => "AWS::Logs::LogGroup",
            Self::Alarm => "AWS::CloudWatch::Alarm",
            Self::Dashboard => "AWS::CloudWatch::Dashboard",
            Self::Certificate => "AWS::CertificateManager::Certificate",
            Self::RecordSet => "AWS::Route53::RecordSet",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|resource_type| resource_type.name() == name)
    }
}

/// A resource of the stack, evaluated.
pub(super) struct Resource {
    pub(super) logical_id: String,
    pub(super) resource_type: ResourceType,
    pub(super) identity: Identity,
    pub(super) properties: Map<String, Value>,
}

type Result<T> = std::result::Result<T, ResourceError>;

impl Resource {
    /// Reads the properties; see [`Properties::read`].
    fn read<'a, T>(&'a self, read: impl FnOnce(&mut Properties<'a>) -> Result<T>) -> Result<T> {
        Properties::read(self.resource_type, self.path("Properties"), &self.properties, read)
    }

    fn path(&self, rest: &str) -> String {
        format!("Resources.{}.{rest}", self.logical_id)
    }

    /// An attribute that every resource of this type has.
    fn attribute(&self, name: &str) -> String {
        self.identity.attribute(name).unwrap_or_default().to_owned()
    }
}

/// Puts the resources together; they come sorted by logical id.
pub(super) fn assemble(
    environment: &Environment,
    parameters: BTreeMap<String, String>,
    resources: &[Resource],
    dependencies: &Dependencies,
    outputs: Vec<Output>,
) -> Result<Stack> {
    check_names(resources)?;
    for log_group in of_type(resources, ResourceType::LogGroup) {
        logs::check(log_group)?;
    }
    let roles = each(resources, ResourceType::Role, iam::role)?;
    let functions = lambda::functions(resources, &roles)?;
    let (http_apis, websocket_apis) =
        api_gateway::apis(resources, dependencies, &functions, environment)?;
    let apis = api_gateway::Apis { http: &http_apis, websocket: &websocket_apis };
    let certificates = certificate::certificates(resources)?;
    let domains = api_gateway::domains(resources, dependencies, &apis, &certificates, environment)?;
    record::check(resources)?;
    Ok(Stack {
        account_id: environment.account_id.clone(),
        region: environment.region.clone(),
        partition: environment.partition.clone(),
        name: environment.stack_name.clone(),
        parameters,
        roles,
        functions,
        tables: each(resources, ResourceType::Table, dynamodb::table)?,
        http_apis,
        websocket_apis,
        domains,
        outputs,
    })
}

fn of_type(resources: &[Resource], resource_type: ResourceType) -> impl Iterator<Item = &Resource> {
    resources.iter().filter(move |resource| resource.resource_type == resource_type)
}

fn each<T>(
    resources: &[Resource],
    resource_type: ResourceType,
    read: impl Fn(&Resource) -> Result<T>,
) -> Result<Vec<T>> {
    of_type(resources, resource_type).map(read).collect()
}

/// Names that a template chooses must differ: AWS would not make the second resource. (Stages are
/// compared within their API, records with those of their type.)
fn check_names(resources: &[Resource]) -> Result<()> {
    let mut owners = BTreeMap::new();
    let elsewhere = [ResourceType::Stage, ResourceType::RecordSet];
    for resource in resources.iter().filter(|resource| !elsewhere.contains(&resource.resource_type))
    {
        let name = (resource.resource_type.name(), resource.identity.reference.as_str());
        if let Some(other) = owners.insert(name, &resource.logical_id) {
            return Err(ResourceError::SameName {
                path: format!("Resources.{}", resource.logical_id),
                name: resource.identity.reference.clone(),
                other: other.clone(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
pub(in crate::template) mod test_support;
