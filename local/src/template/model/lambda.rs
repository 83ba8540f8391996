//! Functions and who may invoke them.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

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

impl fmt::Display for Architecture {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        })
    }
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
