//! The harness of the end-to-end tests: a stack of the real template with the real Lambda programs,
//! and clients that say exactly what a test wants on the wire.
//!
//! - [`aws`]: requests to AWS's APIs, signed by AWS's own crate
//! - [`browser`]: stories in a real browser
//! - [`cli`]: the AWS CLI
//! - [`command`]: the `countersign` command as a process
//! - [`folder`]: a folder for a test's own files
//! - [`network`]: a network that can be cut, or go silent
//! - [`packages`]: the programs as they are uploaded to AWS
//! - [`probe`]: functions whose invocations the test itself answers, or leaves without an answer
//! - [`programs`]: the programs, built once by the code that `countersign run` uses
//! - [`python`]: scripts over botocore, boto3 and other clients for Python
//! - [`s3`]: an S3 on this machine
//! - [`secrets`]: what the log scan needs: tracing, and every secret on record
//! - [`site`]: a site of a test's own
//! - [`stack`]: a running stack, with its clock, faults and logs in the test's hands
//! - [`log`]: what `local` logs on a test's thread
//! - [`http`]: an HTTP client that sends what it is given, byte for byte
//! - [`websocket`]: a handshake and a conversation, likewise
//! - [`streaming`]: an answer that goes on, line by line
//! - [`template`]: copies of the template with one thing changed
//! - [`tokens`]: an issuer of the tests' own, and tokens with anything in them
//! - [`tool`]: a program that a machine may lack
//! - [`trace`]: what a stack tells of its handshakes
//! - [`waiting`]: for what must come true

#![expect(clippy::print_stderr, reason = "a failed test shows what the programs said")]

pub mod aws;
pub mod browser;
pub mod cli;
pub mod command;
pub mod folder;
pub mod http;
pub mod log;
pub mod network;
pub mod packages;
pub mod probe;
pub mod programs;
pub mod python;
pub mod s3;
pub mod secrets;
pub mod site;
pub mod stack;
pub mod streaming;
pub mod template;
pub mod tokens;
pub mod tool;
pub mod trace;
pub mod waiting;
pub mod websocket;
