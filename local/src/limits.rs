//! AWS's limits, as `local` enforces them, each with its source.

use std::time::Duration;

/// Characters of a WebSocket API's URL.
/// (API Gateway Developer Guide, "Quotas for configuring and running a WebSocket API")
pub const WEBSOCKET_URL_CHARACTERS: usize = 4_096;

/// Bytes of one WebSocket frame. (same page)
pub const WEBSOCKET_FRAME_BYTES: usize = 32 * 1024;

/// Bytes of one message, in either direction. (same page)
pub const WEBSOCKET_MESSAGE_BYTES: usize = 128 * 1024;

/// How long a connection may live. (same page)
pub const CONNECTION_LIFETIME: Duration = Duration::from_secs(2 * 60 * 60);

/// How long a connection may go without a message in either direction. (same page)
pub const CONNECTION_IDLE: Duration = Duration::from_secs(10 * 60);

/// The shortest that an integration may be told to take.
/// (API Gateway Version 2 API Reference, "Integrations": `timeoutInMillis`)
pub const INTEGRATION_TIMEOUT_MINIMUM: Duration = Duration::from_millis(50);

/// The longest that API Gateway waits for a WebSocket integration, and its default.
/// (API Gateway Developer Guide, "Quotas for configuring and running a WebSocket API")
pub const WEBSOCKET_INTEGRATION_TIMEOUT: Duration = Duration::from_secs(29);

/// The longest that API Gateway waits for an HTTP API's integration, and its default.
/// (API Gateway Developer Guide, "Quotas for configuring and running an HTTP API")
pub const HTTP_INTEGRATION_TIMEOUT: Duration = Duration::from_secs(30);

/// Bytes of an HTTP API request's body. (same page)
pub const HTTP_BODY_BYTES: usize = 10 * 1024 * 1024;

/// Bytes of the request line and headers together. (same page)
pub const HTTP_HEAD_BYTES: usize = 10_240;

/// Authorizers of an HTTP API, unless AWS has raised it. (same page)
pub const AUTHORIZERS_PER_API: usize = 10;

/// Audiences of a JWT authorizer. (same page)
pub const AUDIENCES_PER_AUTHORIZER: usize = 50;

/// Scopes that a route of an HTTP API may ask for. (same page)
pub const SCOPES_PER_ROUTE: usize = 10;

/// Bytes of the key set that an issuer publishes. (same page: "Response size from JWKS endpoint")
pub const KEY_SET_BYTES: usize = 150_000;

/// Requests a second of an account in a region, to all its APIs and their `@connections` together.
/// (API Gateway Developer Guide, "Amazon API Gateway quotas")
pub const ACCOUNT_RATE_LIMIT: f64 = 10_000.0;

/// Requests at once of an account in a region, counted like [`ACCOUNT_RATE_LIMIT`]. (same page)
pub const ACCOUNT_BURST_LIMIT: u32 = 5_000;

/// New connections a second of an account in a region, to all its WebSocket APIs together.
/// (API Gateway Developer Guide, "Quotas for configuring and running a WebSocket API")
pub const NEW_CONNECTIONS_RATE_LIMIT: f64 = 500.0;

/// Bytes of a synchronous invocation's event. (Lambda Developer Guide, "Lambda quotas": 6 MB)
pub const FUNCTION_REQUEST_BYTES: usize = 6 * 1024 * 1024;

/// Bytes of a function's answer to a synchronous invocation.
/// (Lambda Developer Guide, "Lambda quotas": 6 MB; the Runtime API refuses beyond this figure)
pub const FUNCTION_RESPONSE_BYTES: usize = 6_291_556;

/// Bytes of a function's deployment package when it is unpacked. (Lambda Developer Guide, "Lambda quotas": 250 MB; a
/// refusal of Lambda's names this figure.) The 50 MB beside it are for zip files that go to Lambda directly; what
/// CloudFormation deploys comes from S3.
pub const DEPLOYMENT_PACKAGE_BYTES: u64 = 262_144_000;

/// How long a function may take from its start to its first request for an invocation.
/// (Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle")
pub const FUNCTION_INIT: Duration = Duration::from_secs(10);

/// Bytes of a DynamoDB request. (DynamoDB Developer Guide, "Quotas": a transaction's 4 MB is the
/// least of what an operation may need; the service reads up to 16 MB)
pub const AWS_API_BODY_BYTES: usize = 16 * 1024 * 1024;

/// Invocations of an account's functions at a time, all together.
/// (Lambda Developer Guide, "Lambda quotas", concurrent executions)
pub const ACCOUNT_CONCURRENCY: usize = 1_000;

/// Processes of one function at a time. Not AWS's limit (1,000 concurrent executions an account):
/// beyond one a processor, more of them make every one slower. Invocations wait instead.
pub const FUNCTION_PROCESSES: usize = 16;
