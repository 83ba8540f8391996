//! A presigned URL, explained by the stack that it is for: with its keys, stages and policies, none of which leaves it.

use std::collections::BTreeMap;
use std::sync::Arc;

use sigv4_verify::Keys;
use time::OffsetDateTime;

use super::PastedUrl;
use crate::explain::report::Report;
use crate::explain::{self, Account, Known, Listener, Question};
use crate::listener::is_loopback;
use crate::template::{Authorization, WebSocketRouteKey};
use crate::websocket::gateway::{Gateway, is_enabled};

/// Explains a URL at a time, in seconds since 1970, or now.
pub(super) fn explain(
    gateways: &BTreeMap<u16, Arc<Gateway>>,
    PastedUrl(text): &PastedUrl,
    at: Option<i64>,
    region: Option<&str>,
    host: Option<&str>,
) -> Result<Report, String> {
    // The one whose port the URL has, or else the first, which says that it has another.
    let of_url = explain::port(text).and_then(|port| gateways.get_key_value(&port));
    let (port, gateway) = of_url
        .or_else(|| gateways.first_key_value())
        .ok_or("the running stack has no WebSocket API")?;
    let now = match at {
        None => gateway.services.clock.now(),
        Some(seconds) => OffsetDateTime::from_unix_timestamp(seconds)
            .map_err(|_| "the time is further away than any calendar reaches")?,
    };
    let keys = gateway.services.access.keys();
    let api = OneApi { gateway, port: *port, keys: &keys, now };
    Ok(explain::explain(text, &Question { now, region, host, known: Known::Account(&api) }))
}

/// A host without its port.
fn host_name(host: &str) -> &str {
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}

/// An API of the running stack, at a moment.
struct OneApi<'a> {
    gateway: &'a Gateway,
    port: u16,
    keys: &'a dyn Keys,
    now: OffsetDateTime,
}

impl Account for OneApi<'_> {
    fn keys(&self) -> &dyn Keys {
        self.keys
    }

    fn region(&self) -> &str {
        &self.gateway.services.region
    }

    fn reached(&self, host: &str, listener: Option<Listener>) -> Result<(), String> {
        if !is_loopback(host) {
            return Err(format!(
                "{host} is not loopback, and the running stack answers to no other"
            ));
        }
        match listener {
            Some(Listener { is_tls: true, .. }) => {
                Err("the running stack has no TLS: it is opened by ws://".to_owned())
            }
            Some(Listener { port, .. }) if port != self.port => {
                Err(format!("port {port} is not the API's, which is {}", self.port))
            }
            Some(_) if !["127.0.0.1", "localhost"].contains(&host_name(host)) => {
                Err("the API listens on 127.0.0.1 alone".to_owned())
            }
            Some(_) | None => Ok(()),
        }
    }

    fn stages(&self) -> Vec<String> {
        let api = &self.gateway.api;
        let answers = is_enabled(api).then_some(&api.stages);
        answers.into_iter().flatten().map(|stage| stage.name.clone()).collect()
    }

    fn authorization(&self) -> Authorization {
        let mut routes = self.gateway.api.routes.iter();
        let connect = routes.find(|route| route.key == WebSocketRouteKey::Connect);
        connect.map_or(Authorization::None, |route| route.authorization)
    }

    fn policy(&self, access_key_id: &str, stage: &str) -> Result<String, String> {
        let Gateway { api, services, .. } = self.gateway;
        let resource = services.execute_api_arn(&api.id, &format!("{stage}/$connect"));
        let could = services.access.could(access_key_id, "execute-api:Invoke", &resource, self.now);
        could.ok_or("the key has just ended")?.map_err(|denied| denied.to_string())
    }
}
