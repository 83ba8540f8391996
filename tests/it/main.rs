//! The end-to-end tests: real programs, real sockets, one module a story.
//!
//! - `aws_cli`: what the AWS CLI is told, with the right secret and with a wrong one
//! - `echo`: the happy path, what an echo holds, pings, disconnects
//! - `faults`: DynamoDB fails, a process dies, a client vanishes
//! - `impostors`: properly signed, but not by the SignerRole
//! - `load`: many at once, and nothing left behind
//! - `replay`: a URL used twice, or by many at once
//! - `tampering`: a signed URL changed, every character of it
//! - `outside`: what each role may do, and that it may do nothing beside it
//! - `policies`: every permission of the template is needed
//! - `surroundings`: what the person who runs it has configured for AWS changes nothing

mod aws_cli;
mod echo;
mod faults;
mod impostors;
mod load;
mod outside;
mod policies;
mod replay;
mod surroundings;
mod tampering;
