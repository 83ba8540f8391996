//! The page that `countersign run` serves: its files, what it must know of the stack, and the trace.

use axum::Router;

use crate::services::Services;
use std::sync::Arc;

/// The listener of the page.
pub fn router(_services: Arc<Services>) -> Router {
    Router::new()
}
