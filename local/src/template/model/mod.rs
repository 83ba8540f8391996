//! A stack as it is played: what a template became once everything in it was evaluated.

mod api_gateway;
mod lambda;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde_json::Value;

pub use api_gateway::{
    ApiMapping, Authorization, Cors, CorsCredentials, Domain, ExecuteApiEndpoint, HttpApi,
    HttpAuthorization, HttpRoute, HttpRouteKey, IdentitySource, Integration, JwtAuthorizer, Stage,
    Throttle, WebSocketApi, WebSocketRoute, WebSocketRouteKey,
};
pub use lambda::{
    Architecture, Function, FunctionCode, InvokePermission, LogFormat, Logging, Variables,
};

/// Everything that is played for one template. Lists are sorted by logical id.
#[derive(Clone, Debug, PartialEq)]
pub struct Stack {
    /// 12 digits.
    pub account_id: String,
    /// For example `eu-west-1`.
    pub region: String,
    /// For example `aws`.
    pub partition: String,
    /// The stack's name.
    pub name: String,
    /// The values of the template's parameters by name, `****` for those that are `NoEcho`.
    pub parameters: BTreeMap<String, String>,
    /// `AWS::Lambda::Function`, with its permissions.
    pub functions: Vec<Function>,
    /// `AWS::IAM::Role`.
    pub roles: Vec<Role>,
    /// `AWS::DynamoDB::Table`.
    pub tables: Vec<Table>,
    /// `AWS::ApiGatewayV2::Api` of protocol HTTP, with all that belongs to it.
    pub http_apis: Vec<HttpApi>,
    /// `AWS::ApiGatewayV2::Api` of protocol WEBSOCKET, with all that belongs to it.
    pub websocket_apis: Vec<WebSocketApi>,
    /// `AWS::ApiGatewayV2::DomainName`, with its mappings.
    pub domains: Vec<Domain>,
    /// The Outputs section.
    pub outputs: Vec<Output>,
}

impl Stack {
    /// The domains that WebSocket APIs are mapped to.
    pub fn websocket_domains(&self) -> impl Iterator<Item = &Domain> {
        self.domains.iter().filter(|domain| self.is_of_websocket_apis(domain))
    }

    /// The others: those that HTTP APIs are mapped to, or nothing.
    pub fn http_domains(&self) -> impl Iterator<Item = &Domain> {
        self.domains.iter().filter(|domain| !self.is_of_websocket_apis(domain))
    }

    /// A domain has APIs of one kind.
    fn is_of_websocket_apis(&self, domain: &Domain) -> bool {
        let mut mapped = domain.mappings.iter().map(|mapping| &mapping.api_id);
        mapped.any(|id| self.websocket_apis.iter().any(|api| api.id == *id))
    }
}

/// An IAM role.
#[derive(Clone, Debug, PartialEq)]
pub struct Role {
    /// The name of the resource in the template.
    pub logical_id: String,
    /// The role's name.
    pub name: String,
    /// `arn:PARTITION:iam::ACCOUNT:roleNAME` with the path in between.
    pub arn: String,
    /// `AROA…`: the first half of `aws:userid` of its sessions.
    pub id: String,
    /// AssumeRolePolicyDocument.
    pub trust_policy: Value,
    /// Policies: the inline policies.
    pub policies: Vec<RolePolicy>,
    /// The longest session that AssumeRole gives.
    pub max_session_duration: Duration,
}

/// An inline policy.
#[derive(Clone, Debug, PartialEq)]
pub struct RolePolicy {
    /// PolicyName.
    pub name: String,
    /// PolicyDocument.
    pub document: Value,
}

/// A DynamoDB table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The name of the resource in the template.
    pub logical_id: String,
    /// The table's name.
    pub name: String,
    /// `arn:PARTITION:dynamodb:REGION:ACCOUNT:table/NAME`.
    pub arn: String,
    /// A CreateTable request: `{"TableName", "AttributeDefinitions", "KeySchema", "BillingMode", …}`.
    pub definition: Value,
    /// The attribute that holds the epoch second after which an item may be deleted.
    pub time_to_live_attribute: Option<String>,
}

/// An output of the stack.
#[derive(Clone, PartialEq, Eq)]
pub struct Output {
    /// The name under Outputs.
    pub name: String,
    /// Its value.
    pub value: String,
    /// What the template says of it.
    pub description: Option<String>,
    /// The name for other stacks; there are none.
    pub export_name: Option<String>,
}

/// Without the value, which may come from a `NoEcho` parameter.
impl fmt::Debug for Output {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Output").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_may_be_secret_are_not_shown() {
        let variables = Variables(BTreeMap::from([("KEY".to_owned(), "MARKER".to_owned())]));
        let output = Output {
            name: "Key".to_owned(),
            value: "MARKER".to_owned(),
            description: None,
            export_name: None,
        };
        let shown = format!("{variables:?} {output:?}");
        assert!(
            shown.contains("KEY") && shown.contains("Key") && !shown.contains("MARKER"),
            "{shown}"
        );
    }
}
