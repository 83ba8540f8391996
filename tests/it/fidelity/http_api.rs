//! The HTTP API of `docs/fidelity.md`.
