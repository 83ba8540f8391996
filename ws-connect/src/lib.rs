//! The Lambda behind `$connect`: admits a signed URL once, and remembers the connection.
//!
//! API Gateway has checked the signature and the policy before. [`handle`] refuses, in this order and
//! before it writes anything:
//!
//! 1. a signer that is not a session of the SignerRole: 403;
//! 2. an `Origin` that is present and not among the allowed ones: 403;
//! 3. subprotocols that are offered, none of them allowed: 400;
//! 4. a parameter that is repeated or has no name (those of the signature, `x-amz-`, are not looked
//!    at), a `grant.` in another case; a `grant.expires` that is missing, malformed or past; a
//!    `grant.nonce` that is missing or malformed: 403.
//!
//! Then it spends the nonce and stores the connection, in one transaction; a nonce that was spent
//! before is refused: 403. The client learns the status only, the log the reason ([`Refusal`]).
//! A fault of ours, such as a store that does not answer, fails the invocation: API Gateway answers
//! the handshake with 502, and Lambda counts an error.
//!
//! Each handshake that is answered is counted ([`lambda_entry::metrics`]): `Connected`, or `Refused` with the
//! reason. The time is that of the event (API Gateway's clock), never the machine's.
//!
//! | variable | meaning | required | default | example |
//! |---|---|---|---|---|
//! | `CONNECTIONS_TABLE` | table of connections | yes | | `countersign-Connections` |
//! | `NONCES_TABLE` | table of spent nonces | yes | | `countersign-Nonces` |
//! | `SIGNER_ROLE_ID` | unique id of the SignerRole | yes | | `AROAIOSFODNN7EXAMPLE1` |
//! | `KEPT_HEADERS` | names of the headers to store, comma separated; never `authorization`, `cookie`, `x-amz-*` or `sec-websocket-*` | no | none | `x-client-version` |
//! | `SUBPROTOCOLS` | subprotocols that may be chosen, comma separated | no | none | `chat.v1,chat.v2` |
//! | `ALLOWED_ORIGINS` | origins as in the HTTP API's CORS, comma separated: exact ones as browsers write them, `*`, `https://*`, `http://*` | no | none: no browser | `https://app.example.com` |
//!
//! Those of [`lambda_entry`] come on top.

mod config;
mod event;
mod grant;
mod handler;
mod kept_headers;
mod origins;
mod refusal;
mod signer;
mod subprotocols;

pub use config::Config;
pub use event::ConnectEvent;
pub use handler::handle;
pub use kept_headers::{InvalidHeaderName, KeptHeaders};
pub use origins::{AllowedOrigins, InvalidOrigin};
pub use refusal::Refusal;
pub use signer::{InvalidRoleId, SignerRole};
pub use subprotocols::{InvalidSubprotocol, Subprotocols};
