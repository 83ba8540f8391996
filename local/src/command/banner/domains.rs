//! What the banner says of custom domains.

use super::{Doors, who_may};
use crate::running::{Door, Running};
use crate::template::{self, Stack};

/// A custom domain, and what is mapped to it.
pub(in crate::command) struct Domain {
    name: String,
    mappings: Vec<Mapping>,
}

struct Mapping {
    base_path: String,
    /// The place of the API among those of its kind.
    api: usize,
}

/// The domains of HTTP APIs, and those of WebSocket APIs.
pub(in crate::command) fn of(stack: &Stack) -> (Vec<Domain>, Vec<Domain>) {
    let http: Vec<_> = stack.http_apis.iter().map(|api| api.id.as_str()).collect();
    let websocket: Vec<_> = stack.websocket_apis.iter().map(|api| api.id.as_str()).collect();
    let http = stack.http_domains().map(|domain| Domain::new(domain, &http)).collect();
    let websocket =
        stack.websocket_domains().map(|domain| Domain::new(domain, &websocket)).collect();
    (http, websocket)
}

impl Domain {
    fn new(domain: &template::Domain, apis: &[&str]) -> Self {
        let mappings = domain.mappings.iter().filter_map(|mapping| {
            let api = apis.iter().position(|id| *id == mapping.api_id)?;
            Some(Mapping { base_path: mapping.base_path.clone(), api })
        });
        Self { name: domain.name.clone(), mappings: mappings.collect() }
    }

    /// For each mapping the API's place, where it is played, and its address on AWS.
    fn places<'a>(
        &'a self,
        [local, aws]: [&'a str; 2],
        door: &'a Door,
    ) -> impl Iterator<Item = (usize, String, String)> + 'a {
        self.mappings.iter().map(move |Mapping { base_path, api }| {
            let path = if base_path.is_empty() { String::new() } else { format!("/{base_path}") };
            let played = format!("{local}://{}{path}", door.address);
            (*api, played, format!("{aws}://{}{path}", self.name))
        })
    }
}

/// A line for each route of each mapping of an HTTP API, and one for a domain without any.
pub(super) fn http_rows(running: &Running, doors: &Doors) -> Vec<[String; 3]> {
    let mut rows = Vec::new();
    for (door, domain) in running.http_domains.iter().zip(&doors.http_domains) {
        for (api, played, aws) in domain.places(["http", "https"], door) {
            for (key, openness) in doors.http.get(api).into_iter().flatten() {
                let note = format!("{key:<12} {}, as {aws}", who_may(openness, doors));
                rows.push(["HTTP API".to_owned(), played.clone(), note]);
            }
        }
        if domain.mappings.is_empty() {
            let url = format!("http://{}", door.address);
            let note = format!("nothing is mapped to {}", domain.name);
            rows.push(["Domain".to_owned(), url, note]);
        }
    }
    rows
}

/// A line for each mapping of a WebSocket API.
pub(super) fn websocket_rows(running: &Running, doors: &Doors) -> Vec<[String; 3]> {
    let mut rows = Vec::new();
    for (door, domain) in running.websocket_domains.iter().zip(&doors.websocket_domains) {
        for (api, played, aws) in domain.places(["ws", "wss"], door) {
            let note = doors.websocket.get(api).map(|(_, openness)| super::on_connect(openness));
            let note = format!("{}, as {aws}", note.unwrap_or_default());
            rows.push(["WebSocket".to_owned(), played, note]);
        }
    }
    rows
}
