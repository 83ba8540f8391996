//! A stack's outputs, as CloudFormation knows them: the AWS CLI is asked.

use std::io;
use std::process::Command;

use serde_json::Value;

use super::wire::address::{WireUrl, WireUrlError};

/// Why the outputs are not known.
#[derive(Debug, thiserror::Error)]
pub(super) enum OutputsError {
    /// There is no AWS CLI.
    #[error("cannot run aws, the AWS CLI (or give --sign-url and --websocket-url)")]
    NoCli(#[source] io::Error),
    /// It was refused, or there is no such stack.
    #[error("aws cloudformation describe-stacks failed: {0}")]
    Failed(String),
    /// The stack has no such output.
    #[error("the stack has no output {0}, expected one of this project's template")]
    Missing(&'static str),
    /// The output is no URL.
    #[error("the stack's output {0} is no URL")]
    NoUrl(&'static str, #[source] WireUrlError),
}

/// `SignUrl` and `WebSocketUrl` of a stack.
pub(super) fn outputs(
    stack: &str,
    region: Option<&str>,
) -> Result<(WireUrl, WireUrl), OutputsError> {
    let mut command = Command::new("aws");
    command.args(["cloudformation", "describe-stacks", "--output", "json", "--stack-name", stack]);
    if let Some(region) = region {
        command.args(["--region", region]);
    }
    let output = command.output().map_err(OutputsError::NoCli)?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(OutputsError::Failed(words.trim().to_owned()));
    }
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    Ok((url(&answer, "SignUrl")?, url(&answer, "WebSocketUrl")?))
}

fn url(answer: &Value, name: &'static str) -> Result<WireUrl, OutputsError> {
    let outputs = answer.pointer("/Stacks/0/Outputs").and_then(Value::as_array);
    let mut outputs = outputs.into_iter().flatten();
    let output = outputs.find(|output| output["OutputKey"] == name);
    let text = output.and_then(|output| output["OutputValue"].as_str());
    let text = text.ok_or(OutputsError::Missing(name))?;
    WireUrl::parse(text).map_err(|error| OutputsError::NoUrl(name, error))
}
