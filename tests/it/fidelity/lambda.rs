//! The Lambda functions of `docs/fidelity.md`.
