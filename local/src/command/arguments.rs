//! The command line.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};

use super::explain::arguments::{self as explain, ExplainArguments};
use super::permissions::{self, PermissionsArguments};
use super::token::{self, TokenArguments};
use crate::faults::Armed;

pub(super) const DEFAULT_TEMPLATE: &str = "cloudformation/template.yaml";
const DEFAULT_PARAMETERS: &str = "cloudformation/parameters.local.json";

const AFTER_HELP: &str = "\
Examples:
  countersign
  countersign --parameter SignAuthorization=IAM --parameter UrlTtlSeconds=5
  countersign --parameter SignAuthorization=JWT \\
    --parameter JwtIssuer=https://issuer.invalid/ --parameter JwtAudience=countersign
  countersign --json --http-port 0 --websocket-port 0 --aws-port 0 --web-port 0
  countersign --packaged --parameter Architecture=x86_64
  countersign --template other/template.yaml --parameters other/parameters.json --data ./tables

Environment:
  RUST_LOG         what is logged on stderr, as `debug` or `local::aws_api=trace,warn` [default: info]
  CARGO            the cargo that builds the functions [default: cargo]
  XDG_RUNTIME_DIR  where other commands find a running stack [default: a directory of the user's own
                   among the temporary files]

Exit status:
  0  it was ended by Ctrl-C, SIGTERM or SIGHUP
  1  it could not run; the last line on stderr says why
  2  the command line is wrong";

/// Runs a CloudFormation template with signed WebSocket URLs on one machine: the real Lambda
/// programs, signatures verified, every policy enforced. No account, no Docker.
#[derive(Parser)]
#[command(name = "countersign", version, args_conflicts_with_subcommands = true)]
#[command(verbatim_doc_comment)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    /// Without a command: `run`.
    #[command(flatten)]
    pub(super) run: RunArguments,
}

/// What to do.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Run the stack until Ctrl-C (the default)
    #[command(after_help = AFTER_HELP)]
    Run(RunArguments),
    /// Say why a presigned URL would be refused, or that it would not
    #[command(after_help = explain::AFTER_HELP, override_usage = "countersign explain [OPTIONS] <URL>")]
    Explain(ExplainArguments),
    /// Show which of the granted permissions a running stack has used, and which never
    #[command(after_help = permissions::AFTER_HELP)]
    Permissions(PermissionsArguments),
    /// Print a token of a running stack's development issuer
    #[command(after_help = token::AFTER_HELP)]
    Token(TokenArguments),
}

/// How to run the stack. A parameter's value may be a secret, so there is no `Debug`.
#[derive(Args)]
pub(super) struct RunArguments {
    /// The CloudFormation template; cargo builds its functions in the workspace
    /// around it
    #[arg(long, value_name = "FILE", default_value = DEFAULT_TEMPLATE, verbatim_doc_comment)]
    pub(super) template: PathBuf,

    /// The values of its parameters, in the AWS CLI's JSON form
    /// [default: cloudformation/parameters.local.json; none with another template]
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    parameters: Option<PathBuf>,

    /// The value of one parameter, which wins over the file's; repeatable
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = pair)]
    pub(super) pairs: Vec<(String, String)>,

    /// The port of the HTTP API on 127.0.0.1; 0 takes any free one
    #[arg(long, value_name = "PORT", default_value_t = 3000)]
    pub(super) http_port: u16,

    /// The port of the WebSocket API, likewise
    #[arg(long, value_name = "PORT", default_value_t = 3001)]
    pub(super) websocket_port: u16,

    /// The port of the HTTP API's custom domain name, likewise, if there is one
    #[arg(long, value_name = "PORT", default_value_t = 3003)]
    pub(super) http_domain_port: u16,

    /// The port of the WebSocket API's custom domain name, likewise
    #[arg(long, value_name = "PORT", default_value_t = 3004)]
    pub(super) websocket_domain_port: u16,

    /// The port of STS and DynamoDB, likewise
    #[arg(long, value_name = "PORT", default_value_t = 3002)]
    pub(super) aws_port: u16,

    /// The port of the page that signs, connects and shows why, likewise; without this option there is no page where
    /// the port is in use [default: 8080]
    #[arg(long, value_name = "PORT")]
    pub(super) web_port: Option<u16>,

    /// Tell nobody what happens in a handshake: the page then shows no reasons
    #[arg(long)]
    pub(super) no_trace: bool,

    /// The region that the stack is in
    #[arg(long, value_name = "REGION", default_value = "eu-west-1", value_parser = region)]
    pub(super) region: String,

    /// The key set of the issuer whose tokens the template takes, as it publishes
    /// it (a JWK Set: the jwks_uri of its /.well-known/openid-configuration).
    /// Issuers under .invalid need none: `countersign token` makes their tokens
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    pub(super) jwks: Option<PathBuf>,

    /// Build the functions optimized: slower to build, faster to run
    #[arg(long)]
    pub(super) release: bool,

    /// Build nothing: run the bootstrap in the zip file that each function's Code
    /// names, for which cargo is not needed
    #[arg(long, conflicts_with = "release", verbatim_doc_comment)]
    pub(super) packaged: bool,

    /// Where the objects are that Code names by S3Bucket and S3Key, each in the
    /// file of its key; with --packaged
    #[arg(long, value_name = "DIR", requires = "packaged", verbatim_doc_comment)]
    pub(super) artifacts: Option<PathBuf>,

    /// Keep the tables in this directory, for the next run; without it they are
    /// in memory
    #[arg(long, value_name = "DIR", verbatim_doc_comment)]
    pub(super) data: Option<PathBuf>,

    /// Lift the quotas of an account: 10,000 requests a second, 5,000 at once, 500 new
    /// connections a second. For tests of load; a stage's own throttles still hold
    #[arg(long, verbatim_doc_comment)]
    pub(super) no_quotas: bool,

    /// Have something go wrong: PLACE[:NAME]=FAULT, always, or the next N times
    /// with ,N behind it; may be given again. Each strike is a line of the log
    ///   dynamodb[:OPERATION]=failing|throttled|conflict|answer-lost|slow:200ms
    ///   sts[:ACTION]=failing|throttled
    ///   connections[:METHOD]=gone|throttled
    ///   function[:LOGICAL_ID]=killed|answer-lost
    ///   disconnect=lost
    ///   socket=cut
    #[arg(long = "fault", value_name = "FAULT", verbatim_doc_comment)]
    pub(super) faults: Vec<Armed>,

    /// When ready, print one line of JSON on stdout instead of the addresses, and
    /// nothing at the end: {"sign":URL,"websocket":URL,"aws":URL,"page":URL,
    /// "credentials":{"accessKeyId":…,"secretAccessKey":…}}
    /// The credentials are a local developer's who may do everything, for the AWS
    /// CLI against aws
    #[arg(long, verbatim_doc_comment)]
    pub(super) json: bool,
}

impl RunArguments {
    /// The file of the parameters' values, if there is to be one.
    pub(super) fn parameters(&self) -> Option<&Path> {
        match &self.parameters {
            Some(file) => Some(file),
            None if is_default(&self.template) => Some(Path::new(DEFAULT_PARAMETERS)),
            None => None,
        }
    }
}

/// Whether the path is the default template's, also with a `./` before it.
fn is_default(template: &Path) -> bool {
    template.strip_prefix(".").unwrap_or(template) == Path::new(DEFAULT_TEMPLATE)
}

fn pair(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE"),
    }
}

/// A region becomes part of host names and ARNs.
fn region(text: &str) -> Result<String, &'static str> {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(is_part) {
        Ok(text.to_owned())
    } else {
        Err("expected a region such as eu-west-1")
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use clap::error::ErrorKind;

    use super::*;

    fn parse(words: &str) -> Result<RunArguments, ErrorKind> {
        let words = std::iter::once("countersign").chain(words.split_whitespace());
        let arguments = Arguments::try_parse_from(words).map_err(|error| error.kind())?;
        Ok(match arguments.command {
            None => arguments.run,
            Some(Command::Run(run)) => run,
            Some(Command::Explain(_) | Command::Permissions(_) | Command::Token(_)) => {
                panic!("another command")
            }
        })
    }

    #[test]
    fn the_definition_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn run_is_the_default_and_has_defaults() {
        for words in ["", "run"] {
            let run = parse(words).unwrap();
            assert_eq!(run.template, Path::new(DEFAULT_TEMPLATE), "{words}");
            assert_eq!(run.parameters(), Some(Path::new(DEFAULT_PARAMETERS)), "{words}");
            assert_eq!((run.http_port, run.websocket_port, run.aws_port), (3000, 3001, 3002));
            assert_eq!((run.http_domain_port, run.websocket_domain_port), (3003, 3004));
            assert!(run.web_port.is_none() && !run.no_trace && !run.no_quotas);
            assert_eq!(run.region, "eu-west-1");
            assert!(run.pairs.is_empty() && run.data.is_none() && !run.release && !run.json);
        }
    }

    #[test]
    fn the_default_parameters_belong_to_the_default_template() {
        let check = |words, parameters: Option<&str>| {
            let run = parse(words).unwrap();
            assert_eq!(run.parameters(), parameters.map(Path::new), "{words}");
        };
        check("--template other.yaml", None);
        check("run --template other.yaml", None);
        check("--template ./cloudformation/template.yaml", Some(DEFAULT_PARAMETERS));
        check("--template other.yaml --parameters p.json", Some("p.json"));
        check("--parameters p.json", Some("p.json"));
    }

    #[test]
    fn pairs_are_split_at_their_first_equals_sign() {
        let run = parse("--parameter A=1 --parameter B= --parameter C=x=y").unwrap();
        let pairs: Vec<_> = run.pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(pairs, [("A", "1"), ("B", ""), ("C", "x=y")]);
    }

    #[test]
    fn faults_are_read() {
        let run = parse("--fault socket=cut,2 --fault sts:AssumeRole=failing").unwrap();
        let faults: Vec<_> = run.faults.iter().map(ToString::to_string).collect();
        assert_eq!(faults, ["socket=cut,2", "sts:AssumeRole=failing"]);
    }

    #[test]
    fn wrong_words_are_refused() {
        let check = |words, kind| assert_eq!(parse(words).err(), Some(kind), "{words}");
        check("--colour", ErrorKind::UnknownArgument);
        check("walk", ErrorKind::InvalidSubcommand);
        check("--parameter A", ErrorKind::ValueValidation);
        check("--parameter =A", ErrorKind::ValueValidation);
        check("--region EU", ErrorKind::ValueValidation);
        check("--region=-", ErrorKind::ValueValidation);
        check("--fault socket=broken", ErrorKind::ValueValidation);
        check("--http-port 65536", ErrorKind::ValueValidation);
        check("--json run", ErrorKind::ArgumentConflict);
        check("--packaged --release", ErrorKind::ArgumentConflict);
        check("--artifacts uploaded", ErrorKind::MissingRequiredArgument);
    }
}
