//! The handshake of `docs/fidelity.md`.
