//! A presigned URL, explained by the stack that it is for: with its keys, stages and policies, none of which leaves it.

use std::collections::BTreeMap;
use std::sync::Arc;

use sigv4_verify::Keys;
use time::OffsetDateTime;
use url::Url;

use super::PastedUrl;
use crate::explain::report::Report;
use crate::explain::{self, Account, Known, Question};
use crate::websocket::gateway::Gateway;

/// Explains a URL at a time, in seconds since 1970, or now.
pub(super) fn explain(
    gateways: &BTreeMap<u16, Arc<Gateway>>,
    PastedUrl(text): &PastedUrl,
    at: Option<i64>,
    region: Option<&str>,
    host: Option<&str>,
) -> Result<Report, String> {
    // The one whose port the URL has, or else the first: a URL with another port is to be found out.
    let port = Url::parse(text.trim()).ok().and_then(|url| url.port());
    let gateway = port.and_then(|port| gateways.get(&port)).or_else(|| gateways.values().next());
    let gateway = gateway.ok_or("the running stack has no WebSocket API")?;
    let now = match at {
        None => gateway.services.clock.now(),
        Some(seconds) => OffsetDateTime::from_unix_timestamp(seconds)
            .map_err(|_| "the time is further away than any calendar reaches")?,
    };
    let keys = gateway.services.access.keys();
    let api = OneApi { gateway, keys: &keys, now };
    Ok(explain::explain(text, &Question { now, region, host, known: Known::Account(&api) }))
}

/// An API of the running stack, at a moment.
struct OneApi<'a> {
    gateway: &'a Gateway,
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

    fn has_stage(&self, name: &str) -> bool {
        self.gateway.api.stages.iter().any(|stage| stage.name == name)
    }

    fn policy(&self, access_key_id: &str, stage: &str) -> Result<(), String> {
        let Gateway { api, services, .. } = self.gateway;
        let resource = services.execute_api_arn(&api.id, &format!("{stage}/$connect"));
        let could = services.access.could(access_key_id, "execute-api:Invoke", &resource, self.now);
        could.ok_or("the key has just ended")?.map_err(|denied| denied.to_string())
    }
}
