//! Plays AWS for one CloudFormation template on one machine.
//!
//! [`template`] evaluates the template to a stack; [`running`] starts it: the Lambda programs
//! ([`functions`]), the two kinds of API ([`http_api`], [`websocket`]), `@connections`
//! ([`connections_api`]), STS and DynamoDB ([`aws_api`]). Every call goes through [`access`]: a
//! signature, then the policies ([`iam`]). Nothing is allowed that no statement allows.
//!
//! The `countersign` [`command`] is a thin shell over it; tests use the same library.

pub mod access;
pub mod aws_api;
pub mod clock;
pub mod command;
pub mod connections_api;
pub mod control;
pub mod entrance;
pub mod events;
pub mod explain;
pub mod faults;
pub mod functions;
pub mod gauge;
pub mod http_api;
pub mod iam;
pub mod jwt;
pub mod limits;
pub mod listener;
pub mod percent;
pub mod permissions;
pub mod randomness;
pub mod reply;
pub mod report;
pub mod rule;
pub mod running;
pub mod services;
pub mod template;
pub mod throttle;
pub mod trace;
pub mod web;
pub mod websocket;
pub mod wire;
