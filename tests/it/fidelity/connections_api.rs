//! The `@connections` of `docs/fidelity.md`.
