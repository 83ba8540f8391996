//! The end-to-end tests: real programs, real sockets, one module a story.
//!
//! - `echo`: the happy path, what an echo holds, pings, disconnects
//! - `faults`: DynamoDB fails, a process dies, a client vanishes
//! - `impostors`: properly signed, but not by the SignerRole
//! - `load`: many at once, and nothing left behind
//! - `replay`: a URL used twice, or by many at once
//! - `tampering`: a signed URL changed, every character of it

mod echo;
mod faults;
mod impostors;
mod load;
mod replay;
mod tampering;
