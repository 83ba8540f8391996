//! axum's bare WebSocket echo: what the socket alone costs.
fn main() {}
