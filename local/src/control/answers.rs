//! What a running stack answers to each request.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::Request;
use super::server::Answers;
use crate::services::Services;

/// The answers of a running stack.
pub fn of(services: Arc<Services>) -> Answers {
    Arc::new(move |request| match request {
        Request::Permissions {} => json(&services.permissions.uses()),
    })
}

fn json(answer: &impl Serialize) -> Result<Value, String> {
    serde_json::to_value(answer).map_err(|error| format!("the answer cannot be written: {error}"))
}
