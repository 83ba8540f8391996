//! A stack's outputs, as CloudFormation knows them: the AWS CLI is asked.

use std::io;
use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;

use super::arguments::TOKEN_VARIABLE;
use super::secrets::Secrets;
use super::wire::address::{WireUrl, WireUrlError};

/// How long the AWS CLI may take: it tries again by itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where a stack is reached.
pub(super) struct Addresses {
    pub(super) sign: WireUrl,
    pub(super) websocket: WireUrl,
    /// Where CloudFormation has told it.
    pub(super) region: Option<String>,
}

/// Why the outputs are not known.
#[derive(Debug, thiserror::Error)]
pub(super) enum OutputsError {
    /// There is no AWS CLI.
    #[error("cannot run aws, the AWS CLI (or give --sign-url and --websocket-url)")]
    NoCli(#[source] io::Error),
    /// It does not end.
    #[error("aws, the AWS CLI, has not answered within {} seconds", PATIENCE.as_secs())]
    Late,
    /// It was refused, or there is no such stack.
    #[error("aws cloudformation describe-stacks failed: {0}")]
    Failed(String),
    /// It has not come up, or is another one.
    #[error("the stack {stack} is {status}: it has no outputs")]
    NoOutputs {
        /// Its name.
        stack: String,
        /// `StackStatus`, as `ROLLBACK_COMPLETE`.
        status: String,
    },
    /// The stack has no such output.
    #[error("the stack has no output {0}, expected one of this project's template")]
    Missing(&'static str),
    /// The output is no URL.
    #[error("the stack's output {0} is no URL")]
    NoUrl(&'static str, #[source] WireUrlError),
}

/// `SignUrl` and `WebSocketUrl` of a stack, and the region in its id.
pub(super) async fn outputs(stack: &str, region: Option<&str>) -> Result<Addresses, OutputsError> {
    let mut command = Command::new("aws");
    command.args(["cloudformation", "describe-stacks", "--output", "json", "--stack-name", stack]);
    if let Some(region) = region {
        command.args(["--region", region]);
    }
    // The token is none of its business.
    command.env_remove(TOKEN_VARIABLE).kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await;
    let output = output.map_err(|_| OutputsError::Late)?.map_err(OutputsError::NoCli)?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        // A refusal names who asked.
        return Err(OutputsError::Failed(Secrets::default().hide(words.trim())));
    }
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let outputs = answer.pointer("/Stacks/0/Outputs").and_then(Value::as_array);
    let status = answer.pointer("/Stacks/0/StackStatus").and_then(Value::as_str);
    if let (None | Some([]), Some(status)) = (outputs.map(Vec::as_slice), status) {
        let (stack, status) = (stack.to_owned(), status.to_owned());
        return Err(OutputsError::NoOutputs { stack, status });
    }
    // `arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/ID`
    let id = answer.pointer("/Stacks/0/StackId").and_then(Value::as_str);
    let region = id.and_then(|id| id.split(':').nth(3)).filter(|region| !region.is_empty());
    Ok(Addresses {
        sign: url(&answer, "SignUrl")?,
        websocket: url(&answer, "WebSocketUrl")?,
        region: region.map(ToOwned::to_owned),
    })
}

fn url(answer: &Value, name: &'static str) -> Result<WireUrl, OutputsError> {
    let outputs = answer.pointer("/Stacks/0/Outputs").and_then(Value::as_array);
    let mut outputs = outputs.into_iter().flatten();
    let output = outputs.find(|output| output["OutputKey"] == name);
    let text = output.and_then(|output| output["OutputValue"].as_str());
    let text = text.ok_or(OutputsError::Missing(name))?;
    WireUrl::parse(text).map_err(|error| OutputsError::NoUrl(name, error))
}
