//! What is measured: each function in ours and in its rivals' form, how it is started, and whether it answers well.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::certificates::Trust;
use super::events::{self, SIGNER_ROLE_ID, Work};
use super::played_aws::{Calls, PlayedAws};
use super::process::{Launch, Process};
use super::runtime_api::Answered;
use crate::Error;
use crate::workplace::Workplace;

/// Whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A function that does nothing, on the Lambda runtime of ours.
    Empty,
    /// Ours.
    Ours,
    /// The AWS calls of ours, and nothing else.
    BareCalls,
    /// The same in Node.js, with the modules of the SDK as npm installs them.
    Node,
    /// The same, bundled into one minified file.
    BundledNode,
    /// A function that does nothing, in Node.js.
    EmptyNode,
}

impl Form {
    /// Whether it runs on what this machine has of Node.js: where that fails, a table is without it.
    pub(super) fn is_of_node(self) -> bool {
        matches!(self, Self::Node | Self::BundledNode | Self::EmptyNode)
    }
}

/// A function in one form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Variant {
    pub(super) form: Form,
    pub(super) work: Work,
}

/// Where the functions are, what they are given, and where they run.
pub(super) struct Stage<'a> {
    pub(super) workplace: &'a Workplace,
    pub(super) aws: &'a PlayedAws,
    pub(super) trust: &'a Trust,
    /// On which they run.
    pub(super) processor: usize,
}

const NO_NODE: &str = "there is no `node` on the PATH";

/// A path that leads nowhere, so that no configuration of the machine reaches a function.
const NOWHERE: &str = "/nonexistent";

impl Variant {
    /// As a table has it.
    pub(super) fn name(self) -> String {
        let function = function(self.work);
        match self.form {
            Form::Empty => "empty function".to_owned(),
            Form::Ours => function.to_owned(),
            Form::BareCalls => format!("AWS calls of {function}, bare"),
            Form::Node => format!("{function} in Node.js"),
            Form::BundledNode => format!("{function} in Node.js, bundled"),
            Form::EmptyNode => "empty function in Node.js".to_owned(),
        }
    }

    /// How it is started: with an empty environment, plus what Lambda sets, plus its own variables.
    pub(super) fn launch(self, stage: &Stage<'_>) -> Result<Launch, Error> {
        let bootstrap = |name: &str| stage.workplace.functions.join(name).join("bootstrap");
        let (program, arguments) = match self.form {
            Form::Empty => (bootstrap("empty-fn"), Vec::new()),
            Form::Ours => (bootstrap(function(self.work)), Vec::new()),
            Form::BareCalls => (bootstrap("bare-calls"), Vec::new()),
            Form::Node => node(stage, format!("{}.mjs", function(self.work)))?,
            Form::BundledNode => node(stage, format!("dist/{}.mjs", function(self.work)))?,
            Form::EmptyNode => node(stage, "empty-fn.mjs".to_owned())?,
        };
        Ok(Launch { program, arguments, environment: environment(self, stage) })
    }

    /// So many invocations of `process`, each with an event of its own, numbered by `number`.
    ///
    /// # Errors
    ///
    /// Where one is not answered as it should be: what fails fast is no measurement.
    pub(super) fn invoke(
        self,
        process: &mut Process,
        count: usize,
        number: &mut u64,
    ) -> Result<Vec<Answered>, Error> {
        let events = (0..count).map(|_| {
            *number += 1;
            self.work.event(*number)
        });
        let answers = process.invoke(events.collect())?;
        for answered in &answers {
            self.check(&answered.answer)?;
        }
        Ok(answers)
    }

    fn check(self, answer: &[u8]) -> Result<(), Error> {
        let answer: Value = serde_json::from_slice(answer)?;
        let is_good = match (self.form, self.work) {
            (Form::Empty | Form::EmptyNode, _) => true,
            (_, Work::Sign { .. }) => {
                answer["statusCode"] == 201
                    && answer["body"].as_str().is_some_and(|body| {
                        body.contains("X-Amz-Signature=") && body.contains("room=lobby")
                    })
            }
            (_, Work::Connect { .. } | Work::Message { .. } | Work::Disconnect) => {
                answer["statusCode"] == 200
            }
        };
        if is_good {
            Ok(())
        } else {
            // No secret is shown: what is signed here is signed with a secret of the played AWS, yet a URL is a URL.
            let status = &answer["statusCode"];
            Err(format!("{} has answered with the status {status}", self.name()).into())
        }
    }

    /// Whether so many invocations have made the calls that they should have.
    pub(super) fn check_calls(self, invocations: u64, calls: &Calls) -> Result<(), Error> {
        if matches!(self.form, Form::Empty | Form::EmptyNode) {
            return Ok(());
        }
        let expected: &[(&str, u64)] = match self.work {
            Work::Sign { .. } => &[("AssumeRole", 1)],
            Work::Connect { .. } => &[("TransactWriteItems", invocations)],
            Work::Message { .. } => &[("GetItem", invocations), ("PostToConnection", invocations)],
            Work::Disconnect => &[("DeleteItem", invocations)],
        };
        let expected = expected.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        if calls.counts != expected {
            let name = self.name();
            let found = &calls.counts;
            return Err(format!("{name} has called {found:?}, expected {expected:?}").into());
        }
        match self.work {
            Work::Message { bytes } if !calls.last_frame.contains(&events::message(bytes)) => {
                Err(format!("{} has not posted the message", self.name()).into())
            }
            _ => Ok(()),
        }
    }
}

/// The function that does it.
fn function(work: Work) -> &'static str {
    match work {
        Work::Sign { .. } => "sign-fn",
        Work::Connect { .. } => "ws-connect",
        Work::Message { .. } => "ws-default",
        Work::Disconnect => "ws-disconnect",
    }
}

/// A handler of `bench/node`, under its Runtime API's loop.
fn node(stage: &Stage<'_>, handler: String) -> Result<(PathBuf, Vec<OsString>), Error> {
    let folder = has_node(stage.workplace)?.canonicalize()?;
    let arguments = vec![folder.join("runtime.mjs").into(), folder.join(handler).into()];
    Ok((program("node").ok_or(NO_NODE)?, arguments))
}

/// A program of this machine: the process itself is given Lambda's PATH.
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// (Lambda Developer Guide, "Defined runtime environment variables"; of the functions, their crates' documentation)
fn environment(variant: Variant, stage: &Stage<'_>) -> Vec<(String, OsString)> {
    let endpoint = stage.aws.url();
    let connections_url = format!("{endpoint}/prod");
    let all_roots = stage.trust.all_roots.as_os_str();
    let our_root = stage.trust.our_root.as_os_str();
    let name = function(variant.work);
    let bare_calls = match variant.work {
        Work::Sign { .. } => "",
        Work::Connect { .. } => "connect",
        Work::Message { .. } => "message",
        Work::Disconnect => "disconnect",
    };
    let texts = [
        ("LANG", "en_US.UTF-8"),
        ("PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin"),
        ("TZ", ":UTC"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_DEFAULT_REGION", "eu-west-1"),
        ("AWS_LAMBDA_FUNCTION_NAME", name),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/measured"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/02/[$LATEST]0123456789abcdef0123456789abcdef"),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("_HANDLER", "bootstrap"),
        ("LAMBDA_TASK_ROOT", "/var/task"),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ("AWS_SESSION_TOKEN", "IQoJb3JpZ2luX2VjEXAMPLETOKEN"),
        ("AWS_ENDPOINT_URL", &endpoint),
        ("AWS_CONFIG_FILE", NOWHERE),
        ("AWS_SHARED_CREDENTIALS_FILE", NOWHERE),
        ("HOME", NOWHERE),
        ("CONNECTIONS_TABLE", "countersign-Connections"),
        ("NONCES_TABLE", "countersign-Nonces"),
        ("CONNECTIONS_URL", &connections_url),
        ("SIGNER_ROLE_ID", SIGNER_ROLE_ID),
        ("SUBPROTOCOLS", "chat.v1,chat.v2"),
        ("ALLOWED_ORIGINS", "https://app.example.com"),
        ("WEBSOCKET_URL", "wss://abc123.execute-api.eu-west-1.amazonaws.com/prod"),
        ("SIGNER_ROLE_ARN", "arn:aws:iam::123456789012:role/countersign-SignerRole-1ABC"),
        ("URL_TTL_SECONDS", "60"),
        ("BARE_CALLS", bare_calls),
        ("GRANTS", "{}"),
        ("CLAIM_GRANTS", r#"{"sub":"userId"}"#),
        ("REQUESTABLE", "*"),
        ("REQUESTABLE_HEADERS", ""),
        ("KEPT_HEADERS", ""),
        // It would say on every start that a newer version is wanted.
        ("AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED", "true"),
    ];
    texts
        .map(|(name, value): (&str, &str)| (name, OsStr::new(value)))
        .into_iter()
        .chain([("SSL_CERT_FILE", all_roots), ("NODE_EXTRA_CA_CERTS", our_root)])
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Whether a program of Node.js can be measured.
pub(super) fn has_node(workplace: &Workplace) -> Result<&Path, String> {
    let folder = workplace.node.as_deref().map_err(Clone::clone)?;
    program("node").map(|_| folder).ok_or_else(|| NO_NODE.to_owned())
}
