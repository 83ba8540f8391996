//! The policies of `docs/fidelity.md`.
