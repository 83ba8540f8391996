//! The end-to-end tests: real programs, real sockets, one module a story.
//!
//! - `sign`: what `/sign` gives and refuses: parameters, headers, CORS, IAM, configuration
//! - `admission`: whom ws-connect lets in and what it stores: origins, subprotocols, expiry
//! - `echo`: the happy path, what an echo holds, pings, disconnects
//! - `store`: the promises of the store of connections, over DynamoDB

mod admission;
mod echo;
mod sign;
mod store;
