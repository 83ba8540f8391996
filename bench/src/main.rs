//! Measures, and prints tables: `cargo xtask bench` builds what it needs and calls it.

fn main() {}
