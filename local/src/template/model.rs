//! A stack as it is played: what a template became once everything in it was evaluated.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde_json::Value;

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
    /// `AWS::Logs::LogGroup`.
    pub log_groups: Vec<LogGroup>,
    /// The Outputs section.
    pub outputs: Vec<Output>,
}

/// A Lambda function.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// The name of the resource in the template.
    pub logical_id: String,
    /// The function's name.
    pub name: String,
    /// `arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME`.
    pub arn: String,
    /// The ARN of the execution role, which is a role of this stack.
    pub role_arn: String,
    /// Where the program comes from.
    pub code: FunctionCode,
    /// What the function finds in `_HANDLER`.
    pub handler: String,
    /// How long one invocation may take.
    pub timeout: Duration,
    /// MemorySize, in MiB.
    pub memory_megabytes: u32,
    /// Environment.Variables.
    pub environment: Variables,
    /// What the program is built for on AWS.
    pub architecture: Architecture,
    /// How many invocations may run at once, if limited. 0 refuses all.
    pub reserved_concurrency: Option<u32>,
    /// LoggingConfig.
    pub logging: Logging,
    /// Who else may invoke it: `AWS::Lambda::Permission`.
    pub permissions: Vec<InvokePermission>,
}

/// Where a function's program comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FunctionCode {
    /// A path beside the template that `aws cloudformation package` would upload.
    LocalArchive {
        /// As the template has it, relative to the template's folder.
        path: String,
        /// The path's file stem: the Cargo package whose program it is.
        package: String,
    },
    /// An archive that was uploaded.
    S3 {
        /// The bucket's name.
        bucket: String,
        /// The object's key.
        key: String,
    },
}

/// What a program is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// `arm64`.
    Arm64,
    /// `x86_64`.
    X86_64,
}

/// Environment variables by name. Values may come from a `NoEcho` parameter, so `Debug` shows names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Variables(pub BTreeMap<String, String>);

impl fmt::Debug for Variables {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

/// How a function logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logging {
    /// What the function finds in `AWS_LAMBDA_LOG_GROUP_NAME`.
    pub log_group: String,
    /// What the function finds in `AWS_LAMBDA_LOG_FORMAT`.
    pub format: LogFormat,
    /// What the function finds in `AWS_LAMBDA_LOG_LEVEL`, for example `DEBUG`; only with JSON.
    pub application_level: Option<String>,
}

/// LoggingConfig.LogFormat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// `JSON`.
    Json,
    /// `Text`.
    Text,
}

/// One statement of a function's resource policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvokePermission {
    /// The name of the resource in the template.
    pub logical_id: String,
    /// A service such as `apigateway.amazonaws.com`, an account or an ARN.
    pub principal: String,
    /// `lambda:InvokeFunction`.
    pub action: String,
    /// A pattern that the caller's ARN must match.
    pub source_arn: Option<String>,
    /// The account that the caller must be of.
    pub source_account: Option<String>,
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

/// A log group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogGroup {
    /// The name of the resource in the template.
    pub logical_id: String,
    /// The log group's name.
    pub name: String,
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

/// An HTTP API.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpApi {
    /// The name of the resource in the template.
    pub logical_id: String,
    /// 10 lower-case letters and digits.
    pub id: String,
    /// The property Name.
    pub name: String,
    /// `https://ID.execute-api.REGION.amazonaws.com`.
    pub endpoint: String,
    /// Whether that endpoint answers.
    pub execute_api_endpoint: ExecuteApiEndpoint,
    /// CorsConfiguration.
    pub cors: Option<Cors>,
    /// At least one.
    pub stages: Vec<Stage>,
    /// Its routes.
    pub routes: Vec<HttpRoute>,
}

/// A WebSocket API.
#[derive(Clone, Debug, PartialEq)]
pub struct WebSocketApi {
    /// The name of the resource in the template.
    pub logical_id: String,
    /// 10 lower-case letters and digits.
    pub id: String,
    /// The property Name.
    pub name: String,
    /// `wss://ID.execute-api.REGION.amazonaws.com`.
    pub endpoint: String,
    /// Whether that endpoint answers.
    pub execute_api_endpoint: ExecuteApiEndpoint,
    /// RouteSelectionExpression. It chooses among routes other than the predefined ones; there are none.
    pub route_selection_expression: String,
    /// At least one.
    pub stages: Vec<Stage>,
    /// Its routes, at most one of each key.
    pub routes: Vec<WebSocketRoute>,
}

/// DisableExecuteApiEndpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExecuteApiEndpoint {
    /// It answers.
    Enabled,
    /// It answers 403 to everything.
    Disabled,
}

/// CorsConfiguration of an HTTP API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors {
    /// Exact origins, `*`, `https://*` or `http://*`.
    pub allow_origins: Vec<String>,
    /// Methods or `*`.
    pub allow_methods: Vec<String>,
    /// Header names or `*`.
    pub allow_headers: Vec<String>,
    /// Header names or `*`.
    pub expose_headers: Vec<String>,
    /// Seconds; -1 forbids caching.
    pub max_age: Option<i32>,
    /// AllowCredentials.
    pub credentials: CorsCredentials,
}

/// Whether a page may send credentials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CorsCredentials {
    /// `Access-Control-Allow-Credentials: true`.
    Allowed,
    /// No such header.
    #[default]
    NotAllowed,
}

/// A stage of an API.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// The name of the resource in the template.
    pub logical_id: String,
    /// `$default`, or the first segment of every path.
    pub name: String,
    /// DefaultRouteSettings.
    pub default_throttle: Throttle,
    /// RouteSettings, by route key.
    pub route_throttles: BTreeMap<String, Throttle>,
    /// StageVariables.
    pub variables: BTreeMap<String, String>,
}

/// How many requests a stage or a route takes; what is not set is left to the account's limits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Throttle {
    /// Requests at once.
    pub burst_limit: Option<u32>,
    /// Requests a second.
    pub rate_limit: Option<f64>,
}

/// A route of an HTTP API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRoute {
    /// The name of the resource in the template.
    pub logical_id: String,
    /// RouteId.
    pub id: String,
    /// What it matches.
    pub key: HttpRouteKey,
    /// Who may call it.
    pub authorization: Authorization,
    /// What answers.
    pub integration: Integration,
}

/// What a route of an HTTP API matches. `Display` gives the key as the template has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HttpRouteKey {
    /// `$default`: whatever no other route matches.
    Default,
    /// `METHOD /path`.
    Path {
        /// An upper-case method, or `ANY`.
        method: String,
        /// Begins with `/`; a segment may be `{name}`, the last one `{name+}`.
        path: String,
    },
}

impl fmt::Display for HttpRouteKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HttpRouteKey::Default => formatter.write_str("$default"),
            HttpRouteKey::Path { method, path } => write!(formatter, "{method} {path}"),
        }
    }
}

/// A route of a WebSocket API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSocketRoute {
    /// The name of the resource in the template.
    pub logical_id: String,
    /// RouteId.
    pub id: String,
    /// When it is taken.
    pub key: WebSocketRouteKey,
    /// Who may connect; [`Authorization::None`] on all keys but `$connect`.
    pub authorization: Authorization,
    /// What answers.
    pub integration: Integration,
}

/// The predefined route keys. `Display` gives the key as the template has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WebSocketRouteKey {
    /// `$connect`.
    Connect,
    /// `$default`.
    Default,
    /// `$disconnect`.
    Disconnect,
}

impl fmt::Display for WebSocketRouteKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            WebSocketRouteKey::Connect => "$connect",
            WebSocketRouteKey::Default => "$default",
            WebSocketRouteKey::Disconnect => "$disconnect",
        })
    }
}

/// AuthorizationType.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// `NONE`: anyone.
    None,
    /// `AWS_IAM`: principals whose policies allow `execute-api:Invoke`.
    AwsIam,
}

/// A Lambda proxy integration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integration {
    /// The name of the resource in the template.
    pub logical_id: String,
    /// The ARN of a function of this stack.
    pub function_arn: String,
    /// How long the API waits for the function.
    pub timeout: Duration,
    /// The form of the event.
    pub payload_format: PayloadFormat,
}

/// PayloadFormatVersion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadFormat {
    /// `1.0`: WebSocket APIs.
    Version1,
    /// `2.0`: HTTP APIs.
    Version2,
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
