//! The end-to-end tests: real programs, real sockets, one module a story.
//!
//! - `aws_cli`: what the AWS CLI is told, with the right secret and with a wrong one
//! - `echo`: the happy path, what an echo holds, pings, disconnects
//! - `outside`: what each role may do, and that it may do nothing beside it
//! - `policies`: every permission of the template is needed
//! - `surroundings`: what the person who runs it has configured for AWS changes nothing

mod aws_cli;
mod echo;
mod outside;
mod policies;
mod surroundings;
