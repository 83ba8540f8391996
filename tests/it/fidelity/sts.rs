//! The STS of `docs/fidelity.md`.
