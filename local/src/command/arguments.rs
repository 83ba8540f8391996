//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Runs a CloudFormation template with signed WebSocket URLs on one machine: the real Lambda
/// programs, signatures verified, every policy enforced. No account, no Docker.
#[derive(Debug, Parser)]
#[command(name = "countersign", version, args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    /// Without a command: `run`.
    #[command(flatten)]
    pub(super) run: RunArguments,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run the stack until Ctrl-C (the default)
    Run(RunArguments),
}

/// How to run the stack.
#[derive(Debug, Args)]
pub(super) struct RunArguments {
    /// The template
    #[arg(long, value_name = "FILE", default_value = "cloudformation/template.yaml")]
    pub(super) template: PathBuf,

    /// Its parameters, in the AWS CLI's JSON form
    /// [default: cloudformation/parameters.local.json, for the default template]
    #[arg(long, value_name = "FILE")]
    pub(super) parameters: Option<PathBuf>,

    /// One parameter more, before the file's (may be given more than once)
    #[arg(long = "parameter", value_name = "NAME=VALUE")]
    pub(super) parameter: Vec<String>,

    /// Port of the HTTP API; 0 takes any free one
    #[arg(long, value_name = "PORT", default_value_t = 3000)]
    pub(super) http_port: u16,

    /// Port of the WebSocket API
    #[arg(long, value_name = "PORT", default_value_t = 3001)]
    pub(super) websocket_port: u16,

    /// Port of STS and DynamoDB
    #[arg(long, value_name = "PORT", default_value_t = 3002)]
    pub(super) aws_port: u16,

    /// The region that the stack is in
    #[arg(long, value_name = "REGION", default_value = "eu-west-1")]
    pub(super) region: String,

    /// Build the functions optimized: slower to build, faster to run
    #[arg(long)]
    pub(super) release: bool,

    /// Keep the tables in this directory; without it they are in memory
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,

    /// When ready, print one line of JSON on stdout
    #[arg(long)]
    pub(super) json: bool,
}
