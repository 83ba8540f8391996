//! APIs: their routes, integrations and stages.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

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
    pub authorization: HttpAuthorization,
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

/// AuthorizationType of a route of a WebSocket API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// `NONE`: anyone.
    None,
    /// `AWS_IAM`: principals whose policies allow `execute-api:Invoke`.
    AwsIam,
}

/// AuthorizationType of a route of an HTTP API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpAuthorization {
    /// `NONE`: anyone.
    None,
    /// `AWS_IAM`: principals whose policies allow `execute-api:Invoke`.
    AwsIam,
    /// `JWT`: whoever brings a token that the authorizer takes.
    Jwt(JwtAuthorizer),
}

/// An `AWS::ApiGatewayV2::Authorizer` of type JWT, as a route uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtAuthorizer {
    /// The name of the resource in the template.
    pub logical_id: String,
    /// IdentitySource: where the token stands in a request.
    pub identity_source: IdentitySource,
    /// JwtConfiguration.Issuer: what `iss` must be.
    pub issuer: String,
    /// JwtConfiguration.Audience: `aud`, or `client_id` where there is no `aud`, must name one of them.
    pub audience: Vec<String>,
    /// The route's AuthorizationScopes: `scope` or `scp` must have one of them, if there are any.
    pub scopes: Vec<String>,
}

/// Where a request has its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentitySource {
    /// `$request.header.NAME`
    Header(String),
    /// `$request.querystring.NAME`
    QueryString(String),
}

/// A custom domain name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// The name of the resource in the template.
    pub logical_id: String,
    /// DomainName, in lower case: `ws.example.com`.
    pub name: String,
    /// `AWS::ApiGatewayV2::ApiMapping`, at most one of each base path.
    pub mappings: Vec<ApiMapping>,
}

/// What stands behind a custom domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiMapping {
    /// The name of the resource in the template.
    pub logical_id: String,
    /// The API, of either kind.
    pub api_id: String,
    /// The name of its stage.
    pub stage: String,
    /// ApiMappingKey, without `/` at either end: the front of every path. Empty: all paths.
    pub base_path: String,
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
}
