//! Plays AWS for one CloudFormation template on one machine.

pub mod template;
