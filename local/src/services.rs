//! What every door works with.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use time::OffsetDateTime;

use crate::access::Access;
use crate::clock::Clock;
use crate::events::websocket::Occasion;
use crate::faults::Faults;
use crate::functions::Functions;
use crate::gauge::Gauge;
use crate::jwt::issuers::Issuers;
use crate::permissions::Permissions;
use crate::randomness::Randomness;
use crate::trace::Trace;
use crate::trace::rows::Rows;
use crate::websocket::registry::Registry;
use crate::wire::Head;

/// The rooms behind the doors.
pub struct Services {
    /// The account that everything belongs to.
    pub account_id: String,
    /// `aws`, and so on.
    pub partition: String,
    /// The region that everything is in.
    pub region: String,
    /// The gateway's clock.
    pub clock: Clock,
    /// For ids.
    pub randomness: Randomness,
    /// Signatures and policies.
    pub access: Access,
    /// Whose tokens are taken.
    pub issuers: Issuers,
    /// Lambda.
    pub functions: Functions,
    /// The open connections.
    pub registry: Registry,
    /// How many connections there are, from their handshake to the end of their `$disconnect`.
    pub sessions: Gauge,
    /// Whether new connections are still let in.
    pub shutdown: Shutdown,
    /// How long the other side is waited for at an end.
    pub farewells: Farewells,
    /// What is to go wrong.
    pub faults: Faults,
    /// Whoever watches handshakes.
    pub trace: Trace,
    /// What connections leave in tables, for whoever watches.
    pub rows: Rows,
    /// What the template permits, and what of it was used.
    pub permissions: Permissions,
}

impl Services {
    /// `arn:aws:execute-api:REGION:ACCOUNT:API/PATH`
    pub fn execute_api_arn(&self, api_id: &str, path: &str) -> String {
        let Self { partition, region, account_id, .. } = self;
        format!("arn:{partition}:execute-api:{region}:{account_id}:{api_id}/{path}")
    }

    /// Whether a permission of the template lets API Gateway invoke a function on behalf of
    /// `source_arn`.
    pub fn may_invoke(&self, function_arn: &str, source_arn: &str) -> bool {
        self.permissions.may_invoke(function_arn, source_arn)
    }

    /// A new event: now, under a new request id.
    pub fn occasion(&self) -> Occasion {
        Occasion { request_id: self.randomness.gateway_id(), at: self.clock.now() }
    }

    /// The request's headers with those that API Gateway adds.
    pub fn with_gateway_headers(&self, head: &Head, at: OffsetDateTime) -> Vec<(String, String)> {
        let port = head.header("host").and_then(|host| host.rsplit_once(':')).map_or("80", |x| x.1);
        let added = [
            ("X-Amzn-Trace-Id", self.randomness.trace_id(at.unix_timestamp())),
            ("X-Forwarded-For", head.source_ip.clone()),
            ("X-Forwarded-Port", port.to_owned()),
            ("X-Forwarded-Proto", "http".to_owned()),
        ];
        let is_added = |name: &str| added.iter().any(|(own, _)| name.eq_ignore_ascii_case(own));
        let mut headers: Vec<_> =
            head.headers.iter().filter(|(name, _)| !is_added(name)).cloned().collect();
        headers.extend(added.map(|(name, value)| (name.to_owned(), value)));
        headers
    }
}

/// How long the other side is waited for at an end. By the machine's clock: it is the network that is
/// waited for, and who ends a run does not drive the other clock.
#[derive(Clone, Copy, Debug)]
pub struct Farewells {
    /// For a client to take its last frames and to answer the close frame.
    pub close_frame: Duration,
    /// At the end of a run, for the connections to end: their `$disconnect` may have to start a function
    /// first.
    pub connections: Duration,
    /// At the end of a run, for clients to take the answers that are under way.
    pub answers: Duration,
}

impl Default for Farewells {
    fn default() -> Self {
        Self {
            close_frame: Duration::from_secs(1),
            connections: Duration::from_secs(10),
            answers: Duration::from_secs(3),
        }
    }
}

/// Begins once and for all.
#[derive(Debug, Default)]
pub struct Shutdown(AtomicBool);

impl Shutdown {
    /// From now on no connection is let in.
    pub fn begin(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether it has.
    pub fn has_begun(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
