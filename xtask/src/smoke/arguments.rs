//! What the command line says, raw and then checked.

use std::path::{Path, PathBuf};

use super::wire::address::{WireUrl, WireUrlError};

/// The variable with the token, where no file has it.
pub(super) const TOKEN_VARIABLE: &str = "COUNTERSIGN_TOKEN";

/// Options of `smoke`.
#[derive(clap::Args)]
pub(crate) struct SmokeArguments {
    /// The stack's name: the AWS CLI is asked for its outputs
    #[arg(long, value_name = "NAME", conflicts_with_all = ["sign_url", "websocket_url"], required_unless_present = "sign_url")]
    stack: Option<String>,
    /// Its output SignUrl, where the AWS CLI is not to be asked
    #[arg(long, value_name = "URL", requires = "websocket_url")]
    sign_url: Option<String>,
    /// Its output WebSocketUrl
    #[arg(long, value_name = "URL", requires = "sign_url")]
    websocket_url: Option<String>,
    /// The address of /sign that ExecuteApiEndpoint=DISABLED has switched off: it must not answer
    #[arg(long, value_name = "URL")]
    closed_sign_url: Option<String>,
    /// The address of the WebSocket API that it has switched off
    #[arg(long, value_name = "URL")]
    closed_websocket_url: Option<String>,
    /// The stack's region, where the URLs do not name it [default: AWS_REGION]
    #[arg(long)]
    region: Option<String>,
    /// What /sign asks for [default: found out by asking]
    #[arg(long, value_name = "WHAT")]
    authorization: Option<Asked>,
    /// The file with a token for /sign, under JWT [default: COUNTERSIGN_TOKEN]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// A page's origin that the stack serves
    #[arg(long)]
    origin: Option<String>,
    /// The name of a parameter that may be requested [default: room, if it may]
    #[arg(long, value_name = "NAME")]
    parameter: Option<String>,
    /// Wait for the end of an idle connection, 10 minutes
    #[arg(long)]
    idle: bool,
    /// Wait for the end of a signature, 5 minutes
    #[arg(long)]
    slow: bool,
    /// Write a report, in Markdown
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// What `/sign` asks for: the template's SignAuthorization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "UPPER")]
pub(super) enum Asked {
    /// A token of the issuer's.
    Jwt,
    /// A signature of AWS.
    Iam,
    /// Nothing.
    None,
}

/// What to do, checked.
pub(super) struct Plan {
    pub(super) stack: StackAddress,
    pub(super) closed: Closed,
    pub(super) region: Option<String>,
    pub(super) asked: Option<Asked>,
    pub(super) token_file: Option<PathBuf>,
    pub(super) origin: Option<String>,
    pub(super) parameter: Option<String>,
    pub(super) waits: Waits,
    pub(super) report: Option<PathBuf>,
}

/// Where the stack is.
pub(super) enum StackAddress {
    /// CloudFormation knows.
    Named(String),
    /// Here.
    Urls { sign: WireUrl, websocket: WireUrl },
}

/// API Gateway's own addresses, where a stack is said to have switched them off.
#[derive(Clone, Debug)]
pub(super) struct Closed {
    pub(super) sign: Option<WireUrl>,
    pub(super) websocket: Option<WireUrl>,
}

/// What is waited for, minutes long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waits {
    pub(super) idle: Wanted,
    pub(super) signature: Wanted,
}

/// Whether something was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Yes,
    No,
}

/// Why a command line means nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum ArgumentError {
    /// An option's URL is none.
    #[error("{0} is no URL of a stack")]
    Url(&'static str, #[source] WireUrlError),
    /// A URL has a query.
    #[error("{0} has a query, expected the output of the stack as it is")]
    Query(&'static str),
    /// The file for the report has no folder.
    #[error("{}: there is no such folder for the report", .0.display())]
    Report(PathBuf),
    /// Characters that a header cannot have.
    #[error(
        "--origin has other characters than an origin, expected one such as https://app.example.com"
    )]
    Origin,
}

impl SmokeArguments {
    /// Checks them.
    pub(super) fn plan(&self) -> Result<Plan, ArgumentError> {
        let stack = match (&self.stack, &self.sign_url, &self.websocket_url) {
            (None, Some(sign), Some(websocket)) => StackAddress::Urls {
                sign: url("--sign-url", sign)?,
                websocket: url("--websocket-url", websocket)?,
            },
            (name, ..) => StackAddress::Named(name.clone().unwrap_or_default()),
        };
        let of =
            |option, text: &Option<String>| text.as_ref().map(|text| url(option, text)).transpose();
        let closed = Closed {
            sign: of("--closed-sign-url", &self.closed_sign_url)?,
            websocket: of("--closed-websocket-url", &self.closed_websocket_url)?,
        };
        let is_visible = |text: &String| text.bytes().all(|byte| byte.is_ascii_graphic());
        if !self.origin.as_ref().is_none_or(is_visible) {
            return Err(ArgumentError::Origin);
        }
        if let Some(folder) = self.report.as_deref().and_then(Path::parent)
            && !folder.as_os_str().is_empty()
            && !folder.is_dir()
        {
            return Err(ArgumentError::Report(folder.to_owned()));
        }
        let wanted = |is_asked: bool| if is_asked { Wanted::Yes } else { Wanted::No };
        Ok(Plan {
            stack,
            closed,
            region: self.region.clone(),
            asked: self.authorization,
            token_file: self.token_file.clone(),
            origin: self.origin.clone(),
            parameter: self.parameter.clone(),
            waits: Waits { idle: wanted(self.idle), signature: wanted(self.slow) },
            report: self.report.clone(),
        })
    }
}

fn url(option: &'static str, text: &str) -> Result<WireUrl, ArgumentError> {
    let url = WireUrl::parse(text).map_err(|error| ArgumentError::Url(option, error))?;
    if url.target.contains('?') { Err(ArgumentError::Query(option)) } else { Ok(url) }
}
