//! What a running stack answers to each request.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::Request;
use super::explain::explain;
use super::server::Answers;
use crate::entrance::Entrance;
use crate::report;
use crate::services::Services;
use crate::websocket::gateway::Gateway;

/// The answers of a running stack; its WebSocket APIs and their domains are by port.
pub fn of(services: Arc<Services>, gateways: BTreeMap<u16, Arc<Entrance<Gateway>>>) -> Answers {
    Arc::new(move |request| match request {
        Request::Permissions {} => json(&services.permissions.uses()),
        Request::Explain { url, at, region, host } => {
            let (region, host) = (region.as_deref(), host.as_deref());
            json(&explain(&services, &gateways, &url, at, region, host)?)
        }
        Request::Token(wanted) => {
            let Services { issuers, clock, randomness, .. } = &*services;
            let token = issuers.issue(wanted, clock.now(), randomness);
            json(&token.map_err(|error| report::chain(&error).to_string())?)
        }
    })
}

fn json(answer: &impl Serialize) -> Result<Value, String> {
    serde_json::to_value(answer).map_err(|error| format!("the answer cannot be written: {error}"))
}
