//! A URL that `/sign` gave.

use std::time::{Duration, Instant};

use serde_json::Value;
use time::format_description::{self, well_known::Rfc3339};
use time::{OffsetDateTime, PrimitiveDateTime};

use super::record::Trouble;
use super::wire::address::WireUrl;
use super::wire::http::Reply;

/// Times in a URL are in whole seconds: it may be older by one than it seems.
const GRAIN: Duration = Duration::from_secs(1);

/// A URL that `/sign` gave.
#[derive(Debug)]
pub(super) struct Signed {
    pub(super) url: WireUrl,
    pub(super) expires_at: OffsetDateTime,
    /// When it was signed, by the stack's clock.
    pub(super) signed_at: OffsetDateTime,
    /// How long it may open a connection, by the stack's clock.
    pub(super) lifetime: Duration,
    /// When it was read, by this machine's.
    pub(super) given: Instant,
}

impl Signed {
    /// What an answer of `/sign` gives.
    pub(super) fn read(reply: &Reply) -> Result<Self, Trouble> {
        let json = reply.json();
        let text = |name: &str| json.get(name).and_then(Value::as_str);
        let lacks = |what: &str| Trouble::Unexpected(format!("the answer of /sign has no {what}"));
        let url =
            text("url").and_then(|text| WireUrl::parse(text).ok()).ok_or_else(|| lacks("url"))?;
        let expires_at =
            text("expiresAt").and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
        let expires_at = expires_at.ok_or_else(|| lacks("expiresAt"))?;
        let signed_at = signed_at(&url).ok_or_else(|| lacks("X-Amz-Date"))?;
        let lifetime = (expires_at - signed_at).try_into().map_err(|_| lacks("time to live"))?;
        Ok(Self { url, expires_at, signed_at, lifetime, given: Instant::now() })
    }

    /// Whether half of its life has passed.
    pub(super) fn is_old(&self) -> bool {
        self.given.elapsed() * 2 >= self.lifetime
    }

    /// Whether its life may have ended.
    pub(super) fn may_have_ended(&self) -> bool {
        self.given.elapsed() + GRAIN >= self.lifetime
    }
}

/// When a URL was signed, by the clock of who signed it: `X-Amz-Date=20260102T030405Z`.
fn signed_at(url: &WireUrl) -> Option<OffsetDateTime> {
    let parameters = url.parameters();
    let date = parameters.iter().find_map(|text| text.strip_prefix("X-Amz-Date="))?;
    let form =
        format_description::parse_borrowed::<2>("[year][month][day]T[hour][minute][second]Z");
    Some(PrimitiveDateTime::parse(date, &form.ok()?).ok()?.assume_utc())
}
