//! The signature of `docs/fidelity.md`.
