//! The end-to-end tests: real programs, real sockets, one module a story.
//!
//! - `admission`: whom ws-connect lets in and what it stores: origins, subprotocols, expiry
//! - `aws_cli`: what the AWS CLI is told, with the right secret and with a wrong one
//! - `browser`: real Chromium: pages of any origin, the client, and what happens to it
//! - `clients`: public clients on their ordinary path: wscat, Python's websockets, boto3
//! - `command`: the `countersign` command: options, messages, exit codes
//! - `domains`: custom domain names, each with a door of its own
//! - `echo`: the happy path, what an echo holds, pings, disconnects
//! - `explain`: `countersign explain` names what is wrong with a URL, and passes what botocore signs
//! - `faults`: DynamoDB, STS or API Gateway fails, a process dies, a client vanishes
//! - `fidelity`: what AWS does and `local` does too: a test for each row of `docs/fidelity.md`
//! - `gateway`: what API Gateway answers by itself: stages, upgrades, throttles, lengths
//! - `house`: which room may use what, and how its files look
//! - `impostors`: properly signed, but not by the SignerRole
//! - `jwt`: tokens: who is let in by one, every way in which it can be wrong, and the commands around it
//! - `load`: many at once, and nothing left behind
//! - `metrics`: what the functions count, and when
//! - `outside`: what each role may do, and that it may do nothing beside it
//! - `packaged`: `countersign --packaged` runs the programs in their zip files, and cleans up
//! - `performance`: the sums of `docs/performance.md` are right, by the prices of `docs/operations.md`
//! - `permissions_used`: what is said of permissions at the end of a run, and when it is asked
//! - `policies`: every permission of the template is needed
//! - `processes`: told to stop, the command ends every process that it has started
//! - `readme`: the README says what the programs do
//! - `rehearsal`: a deployment without an account: packaged, uploaded, fetched back, run
//! - `replay`: a URL used twice, or by many at once
//! - `secrets`: what all programs log at their most talkative
//! - `sign`: what `/sign` gives and refuses: parameters, headers, CORS, IAM, configuration
//! - `smoke`: `cargo xtask smoke` finds a good stack good, and a broken one broken
//! - `store`: the promises of the store of connections, over DynamoDB
//! - `surroundings`: what the person who runs it has configured for AWS changes nothing
//! - `tampering`: a signed URL changed, every character of it
//! - `template`: rules over what the template evaluates to, its linters, and faults that they must find
//! - `trace`: what whoever watches is told of each handshake, and what never
//! - `troubleshooting`: every refused handshake explains itself, in the log and in the documentation
//! - `web`: the page: its files, what it is told, and that nobody else is told anything

mod admission;
mod aws_cli;
mod browser;
mod clients;
mod command;
mod domains;
mod echo;
mod explain;
mod faults;
mod fidelity;
mod gateway;
mod house;
mod impostors;
mod jwt;
mod load;
mod metrics;
mod outside;
#[cfg(target_os = "linux")]
mod packaged;
mod performance;
mod permissions_used;
mod policies;
#[cfg(target_os = "linux")]
mod processes;
mod readme;
#[cfg(target_os = "linux")]
mod rehearsal;
mod replay;
mod secrets;
mod sign;
mod smoke;
mod store;
mod surroundings;
mod tampering;
mod template;
mod trace;
mod troubleshooting;
mod web;
