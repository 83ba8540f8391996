//! The listeners of APIs and of custom domains.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::listener;
use crate::template::{Origins, Stack};

/// An API or a custom domain, and its listener.
#[derive(Clone, Debug)]
pub struct Door {
    /// The logical id.
    pub logical_id: String,
    /// Where it listens.
    pub address: SocketAddr,
}

/// The doors of one kind of API with their listeners, both lists in the stack's order.
pub(super) struct Doors {
    pub(super) apis: Vec<(TcpListener, Door)>,
    pub(super) domains: Vec<(TcpListener, Door)>,
}

/// A listener for each: the given one for the first, any free port for the others.
pub(super) async fn open<'a>(
    mut first: Option<TcpListener>,
    logical_ids: impl Iterator<Item = &'a String>,
) -> io::Result<Vec<(TcpListener, Door)>> {
    let mut doors = Vec::new();
    for logical_id in logical_ids {
        let listener = match first.take() {
            Some(listener) => listener,
            None => listener::bind(0).await?,
        };
        let address = listener.local_addr()?;
        doors.push((listener, Door { logical_id: logical_id.clone(), address }));
    }
    Ok(doors)
}

/// What leads where, without the listeners.
pub(super) fn without_listeners(doors: &[(TcpListener, Door)]) -> Vec<Door> {
    doors.iter().map(|(_, door)| door.clone()).collect()
}

/// Where each API and each domain of the stack is played.
pub(super) fn origins(stack: &Stack, http: &Doors, websocket: &Doors) -> Origins {
    let mut origins = Origins::default();
    for (api, (_, door)) in stack.http_apis.iter().zip(&http.apis) {
        origins.add(&api.endpoint, &format!("http://{}", door.address));
    }
    for (api, (_, door)) in stack.websocket_apis.iter().zip(&websocket.apis) {
        origins.add(&api.endpoint, &format!("ws://{}", door.address));
    }
    for (domain, (_, door)) in stack.http_domains().zip(&http.domains) {
        origins.add(&format!("https://{}", domain.name), &format!("http://{}", door.address));
    }
    for (domain, (_, door)) in stack.websocket_domains().zip(&websocket.domains) {
        origins.add(&format!("wss://{}", domain.name), &format!("ws://{}", door.address));
    }
    origins
}
