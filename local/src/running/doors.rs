//! The listeners of APIs and of custom domains.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

use crate::entrance::Entrance;
use crate::listener;
use crate::template::{Domain, Origins, Stack};

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
    apis: Vec<(TcpListener, Door)>,
    domains: Vec<(TcpListener, Door)>,
}

impl Doors {
    /// A listener for each API and each domain: the given one for the first of a kind, any free port for the others.
    pub(super) async fn open<'a>(
        (first_api, first_domain): (TcpListener, Option<TcpListener>),
        apis: impl Iterator<Item = &'a String>,
        domains: impl Iterator<Item = &'a Domain>,
    ) -> io::Result<Self> {
        let domains = domains.map(|domain| &domain.logical_id);
        Ok(Self {
            apis: open(Some(first_api), apis).await?,
            domains: open(first_domain, domains).await?,
        })
    }

    /// Where the APIs are.
    pub(super) fn apis(&self) -> Vec<Door> {
        without_listeners(&self.apis)
    }

    /// Where the domains are.
    pub(super) fn domains(&self) -> Vec<Door> {
        without_listeners(&self.domains)
    }

    /// Each listener with its port, and where it leads: to one of the APIs, which are in the stack's order, or to those
    /// that are mapped to a domain. An API has one `Gateway`, whichever door a request comes through.
    pub(super) fn lead<'a, Gateway: 'static>(
        self,
        gateways: impl Iterator<Item = Gateway>,
        id: impl Fn(&Gateway) -> &str,
        domains: impl Iterator<Item = &'a Domain>,
    ) -> Vec<(TcpListener, u16, Arc<Entrance<Gateway>>)> {
        let gateways: Vec<_> = gateways.map(Arc::new).collect();
        let find = |wanted: &str| gateways.iter().find(|gateway| id(gateway) == wanted).cloned();
        let domains = domains.map(|domain| Entrance::of_domain(domain, find));
        let entrances = gateways.iter().cloned().map(Entrance::ExecuteApi).chain(domains);
        let doors = self.apis.into_iter().chain(self.domains);
        let leading = doors.zip(entrances).map(|((listener, door), entrance)| {
            (listener, door.address.port(), Arc::new(entrance))
        });
        leading.collect()
    }
}

async fn open(
    mut first: Option<TcpListener>,
    logical_ids: impl Iterator<Item = &String>,
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

fn without_listeners(doors: &[(TcpListener, Door)]) -> Vec<Door> {
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

/// The outputs by name, with the origins of the APIs translated.
pub(super) fn outputs(stack: &Stack, origins: &Origins) -> BTreeMap<String, String> {
    let outputs = stack.outputs.iter();
    outputs.map(|output| (output.name.clone(), origins.translate(&output.value))).collect()
}
