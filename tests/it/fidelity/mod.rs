//! What AWS does, and that `local` does the same: a test for each row of `docs/fidelity.md`.

mod connections_api;
mod events;
mod handshake;
mod http_api;
mod lambda;
mod messages;
mod policies;
mod signature;
mod sts;
mod table;
