//! `countersign run` under load, and what one would use instead.

pub mod client;
pub mod echoes;
pub mod handshakes;
pub mod ledger;
pub mod paced;
pub mod server;
pub mod urls;
