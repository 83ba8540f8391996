//! A presigned URL, explained by the stack that it is for: with its keys, stages and policies, none of which leaves it.

use std::collections::BTreeMap;
use std::sync::Arc;

use sigv4_verify::Keys;
use time::OffsetDateTime;

use super::PastedUrl;
use crate::entrance::{Entrance, Way};
use crate::explain::report::Report;
use crate::explain::{self, Account, Known, Listener, Question, mask};
use crate::listener::is_loopback;
use crate::services::Services;
use crate::template::{Authorization, WebSocketRouteKey};
use crate::websocket::gateway::{Gateway, NO_BASE_PATH, SWITCHED_OFF, is_enabled, is_handshake};

/// Explains a URL at a time, in seconds since 1970, or now.
pub(super) fn explain(
    services: &Services,
    gateways: &BTreeMap<u16, Arc<Entrance<Gateway>>>,
    PastedUrl(text): &PastedUrl,
    at: Option<i64>,
    region: Option<&str>,
    host: Option<&str>,
) -> Result<Report, String> {
    // The one whose port the URL has, or the Host, or else the first, which says that it has another.
    let of_url = explain::port(text).and_then(|port| gateways.get_key_value(&port));
    let of_host = || gateways.get_key_value(&host?.rsplit_once(':')?.1.parse().ok()?);
    let (port, entrance) = of_url
        .or_else(of_host)
        .or_else(|| gateways.first_key_value())
        .ok_or("the running stack has no WebSocket API")?;
    let now = match at {
        None => services.clock.now(),
        Some(seconds) => OffsetDateTime::from_unix_timestamp(seconds)
            .map_err(|_| "the time is further away than any calendar reaches")?,
    };
    let keys = services.access.keys();
    let door = OneDoor { services, entrance, port: *port, keys: &keys, now };
    Ok(explain::explain(text, &Question { now, region, host, known: Known::Account(&door) }))
}

/// A host without its port.
fn host_name(host: &str) -> &str {
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}

/// An API or a custom domain of the running stack, at a moment.
struct OneDoor<'a> {
    services: &'a Services,
    entrance: &'a Entrance<Gateway>,
    port: u16,
    keys: &'a dyn Keys,
    now: OffsetDateTime,
}

impl Account for OneDoor<'_> {
    fn keys(&self) -> &dyn Keys {
        self.keys
    }

    fn region(&self) -> &str {
        &self.services.region
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

    fn paths(&self) -> Vec<String> {
        let at = |name: &str| format!("/{name}");
        match self.entrance {
            Entrance::ExecuteApi(gateway) => {
                gateway.api.stages.iter().map(|stage| at(&stage.name)).collect()
            }
            Entrance::Domain(domain) => {
                let mappings = domain.mappings().iter();
                mappings.flat_map(|mapping| [at(&mapping.base_path), at(&mapping.stage)]).collect()
            }
        }
    }

    fn stage(&self, path: &str) -> Result<String, String> {
        let (gateway, way) = self.entrance.lead(path).ok_or(NO_BASE_PATH)?;
        match way {
            Way::Mapping { stage, path } if is_handshake(path) => Ok(stage.to_owned()),
            Way::Mapping { .. } => Err("the path goes on behind the base path".to_owned()),
            Way::ExecuteApi if !is_enabled(&gateway.api) => Err(SWITCHED_OFF.to_owned()),
            Way::ExecuteApi => {
                let api = &gateway.api;
                let stage =
                    explain::stage_of(path).ok_or_else(|| explain::no_stage(&mask::text(path)))?;
                let is_known = api.stages.iter().any(|known| known.name == stage);
                is_known
                    .then_some(stage)
                    .ok_or_else(|| "the API that runs answers for no such stage".to_owned())
            }
        }
    }

    fn authorization(&self, path: &str) -> Authorization {
        // Where no API is, nothing is let in without a signature.
        let Some((gateway, _)) = self.entrance.lead(path) else { return Authorization::AwsIam };
        let mut routes = gateway.api.routes.iter();
        let connect = routes.find(|route| route.key == WebSocketRouteKey::Connect);
        connect.map_or(Authorization::None, |route| route.authorization)
    }

    fn policy(&self, access_key_id: &str, path: &str) -> Result<String, String> {
        let (gateway, _) = self.entrance.lead(path).ok_or(NO_BASE_PATH)?;
        let stage = self.stage(path)?;
        let Services { access, .. } = self.services;
        let resource = self.services.execute_api_arn(&gateway.api.id, &format!("{stage}/$connect"));
        let could = access.could(access_key_id, "execute-api:Invoke", &resource, self.now);
        could.ok_or("the key has just ended")?.map_err(|denied| denied.to_string())
    }
}
