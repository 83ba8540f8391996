//! The Lambda behind `POST /sign`: hands out WebSocket URLs that are signed by the signer role.
//!
//! # Request
//!
//! The body is empty or JSON, whatever its Content-Type says. Everything is optional:
//!
//! ```json
//! {"query": {"room": "lobby"}, "url": "wss://…/prod?lang=en",
//!  "authMethod": "header", "headers": {"x-tenant": "7"}}
//! ```
//!
//! - `query`: parameters to sign, name → value.
//! - `url`: the configured WebSocket URL, whose query is merged into `query`. It can never be another
//!   host or path.
//! - `authMethod`: where the signature goes. `"query"`, the default: into the URL, for browsers.
//!   `"header"`: into headers, for clients that can send some.
//! - `headers`: headers to sign along, name → value; only with `"header"`.
//!
//! # Answer
//!
//! 201, with `Cache-Control: no-store`:
//!
//! ```json
//! {"url": "wss://…/prod?room=lobby&grant.expires=…&grant.nonce=…&X-Amz-Algorithm=…",
//!  "headers": {}, "expiresAt": "2026-01-02T03:05:05Z"}
//! ```
//!
//! With `"header"` the URL holds the parameters only, and `headers` what must be sent with it.
//!
//! | parameter of the URL | set by | what it is |
//! |---|---|---|
//! | `grant.expires` | this function, always | end of the URL's life, in seconds since 1970 |
//! | `grant.nonce` | this function, always | 128 random bits, base64url without padding |
//! | `grant.NAME` | this function | the configured grants, and the claims of the caller's token that [`config::CLAIM_GRANTS`] names |
//! | any other | the caller, where [`config::REQUESTABLE`] has the name | requested, unchangeable once signed |
//!
//! # Refusals
//!
//! `application/problem+json` (RFC 9457) with a stable `code`; [`status_and_code`] is the table.
//!
//! | status | cause |
//! |---|---|
//! | 400 | what was asked for cannot be signed here; `detail` names the offender |
//! | 403 | the caller's token has not a claim that becomes a grant, or it is blank or has a control character; `detail` names it |
//! | 413 | the body is longer than 16 KiB, decoded |
//! | 503 | no credentials of the signer role that live for another 10 seconds |
//! | 500 | a fault of ours, without detail; the log has it |
//!
//! # Configuration
//!
//! Environment variables, all required, read once at the start:
//!
//! | variable | meaning | example |
//! |---|---|---|
//! | `WEBSOCKET_URL` | what is signed: `wss` (`ws` for loopback hosts), no query | `wss://abc123.execute-api.eu-west-1.amazonaws.com/prod` |
//! | `SIGNER_ROLE_ARN` | the role whose credentials sign | `arn:aws:iam::123456789012:role/SignerRole` |
//! | `URL_TTL_SECONDS` | life of a URL, 1 to 300 | `60` |
//! | `GRANTS` | JSON object: name → value, without `expires` and `nonce`; at most 2,048 characters in the URL, encoded | `{"plan":"free"}` |
//! | `CLAIM_GRANTS` | JSON object: claim of the caller's token → name of the grant; `{}` for none. Every one must be there. No name of `GRANTS`; the room is that of both | `{"sub":"userId"}` |
//! | `REQUESTABLE` | parameters that a caller may choose: names, `*` for any, or nothing | `room,lang` |
//! | `REQUESTABLE_HEADERS` | the same for headers | `x-tenant` |
//! | `AWS_REGION` | the region that is signed for; set by Lambda | `eu-west-1` |
//!
//! Each answer is counted ([`lambda_entry::metrics`]): `Signed`, or `Refused` with the code. Time is that of the event (`requestContext.timeEpoch`), randomness comes from `main`. What is
//! signed is never logged.

mod body;
mod claims;
pub mod config;
mod credentials;
mod handler;
mod json;
pub mod limits;
mod names;
mod problem;
mod refusal;
mod sign;
#[cfg(test)]
mod tests;
mod websocket_url;

pub use crate::{
    config::Config,
    credentials::{
        AssumedRole, CredentialsError, CredentialsSource, KeptCredentials, SESSION_NAME,
    },
    handler::{SignFunction, handle, serve},
    names::AllowedNames,
    problem::{problem_json, status_and_code},
    refusal::{Refusal, Shown},
};
