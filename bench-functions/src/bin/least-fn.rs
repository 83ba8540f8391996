//! The least that a function for the three routes of an echo does: it posts what it is sent, and stores nothing.

fn main() {}
