//! End-to-end tests: the harness, and a module a story.
