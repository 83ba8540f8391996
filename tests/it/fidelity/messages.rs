//! The messages of `docs/fidelity.md`, and the life of a connection.
