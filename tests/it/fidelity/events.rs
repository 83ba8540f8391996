//! The events of `docs/fidelity.md`.
