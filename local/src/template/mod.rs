//! The stack that a CloudFormation template describes: evaluated as CloudFormation would, then read as
//! the things that `local` plays.
//!
//! ```text
//! text --Template::parse--> Template --evaluate(ParameterValues, Environment)--> Stack
//! ```
//!
//! The stack is AWS's own, hosts and all; [`Origins`] is the one translation to this machine.
//!
//! Every property of every resource is *played* (it is in [`Stack`]), or *inert* (it, or its resource's type, is
//! in the tables of `inert.rs`, with the reason), or refused by name. Nothing that grants, denies, routes, limits or
//! authorizes is inert. Every refusal says where, as a path: `Resources.SignFunction.Properties.Timeout`.

mod document;
mod error;
mod evaluate;
mod graph;
mod identity;
mod inert;
mod intrinsics;
mod logic;
mod model;
mod origins;
mod parameter_values;
mod parameters;
mod parse;
mod properties;
mod references;
mod resources;
mod substitution;

use serde_json::Value;

pub use document::Template;
pub use error::{EvaluationError, FormatError, RuleError, Section};
pub use evaluate::EvaluatedResource;
pub use intrinsics::MAXIMUM_EVALUATED_BYTES;
pub use model::{
    ApiMapping, Architecture, Authorization, Cors, CorsCredentials, Domain, ExecuteApiEndpoint,
    Function, FunctionCode, HttpApi, HttpAuthorization, HttpRoute, HttpRouteKey, IdentitySource,
    Integration, InvokePermission, JwtAuthorizer, LogFormat, Logging, Output, Role, RolePolicy,
    Stack, Stage, Table, Throttle, Variables, WebSocketApi, WebSocketRoute, WebSocketRouteKey,
};
pub use origins::Origins;
pub use parameter_values::{ParameterValues, ParameterValuesError};
pub use parameters::{MAXIMUM_VALUE_BYTES, ParameterError};
pub use parse::{
    MAXIMUM_DEPTH, MAXIMUM_OPEN_BRACKETS, MAXIMUM_TEMPLATE_BYTES, MAXIMUM_VALUES, ParseError,
};
pub use resources::ResourceError;
pub use substitution::SubstitutionError;

/// Where a stack is evaluated: what the pseudo parameters say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// 12 digits.
    pub account_id: String,
    /// For example `eu-west-1`.
    pub region: String,
    /// For example `aws`.
    pub partition: String,
    /// The stack's name.
    pub stack_name: String,
}

/// Why a template cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text is no template.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// A section or member is not of CloudFormation's form.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The parameters are not given in a form that can be read.
    #[error(transparent)]
    ParameterValues(#[from] ParameterValuesError),
    /// A parameter's declaration or value is refused.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// An assertion of the Rules section does not hold.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// A function, a condition or a reference cannot be resolved.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
    /// A resource cannot be played.
    #[error(transparent)]
    Resource(#[from] ResourceError),
}

impl Environment {
    /// The value of a pseudo parameter (CloudFormation User Guide, "Pseudo parameters reference"), but
    /// for `AWS::NoValue`, which has none.
    fn pseudo_parameter(&self, name: &str) -> Option<Value> {
        let text = match name {
            "AWS::AccountId" => self.account_id.clone(),
            "AWS::Partition" => self.partition.clone(),
            "AWS::Region" => self.region.clone(),
            "AWS::StackName" => self.stack_name.clone(),
            "AWS::StackId" => identity::stack_id(self),
            "AWS::URLSuffix" => self.url_suffix().to_owned(),
            "AWS::NotificationARNs" => return Some(Value::Array(Vec::new())),
            _ => return None,
        };
        Some(Value::String(text))
    }

    /// The domain under which the partition's hosts are.
    fn url_suffix(&self) -> &'static str {
        if self.partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" }
    }

    /// For tests.
    #[cfg(test)]
    fn sample() -> Self {
        Environment {
            account_id: "123456789012".to_owned(),
            region: "eu-west-1".to_owned(),
            partition: "aws".to_owned(),
            stack_name: "shop".to_owned(),
        }
    }
}

/// A string, or a number or boolean as the string that CloudFormation takes it for.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
