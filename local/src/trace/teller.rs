//! One handshake, told step by step.

use std::error::Error;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::StatusCode;
use sigv4_verify::{Examination, Outcome};
use time::OffsetDateTime;

use super::Trace;
use super::event::{Event, Judgement, Status};
use super::hiding;
use super::rows::Rows;
use crate::access::Access;
use crate::clock::epoch_milliseconds;
use crate::explain::mask;
use crate::explain::to_sign::ToSign;
use crate::iam::{Caller, Denied};
use crate::report::{self, Broken};
use crate::websocket::session::Ending;
use crate::wire::Head;

/// Tells of one handshake, in the order of the methods here; of none, where nobody watched when it came.
#[derive(Clone, Debug, Default)]
pub struct Teller(Option<Telling>);

#[derive(Clone, Debug)]
struct Telling {
    trace: Trace,
    handshake: Arc<str>,
}

impl Teller {
    pub(super) fn new(trace: Trace, request_id: &str) -> Self {
        Self(Some(Telling { trace, handshake: request_id.into() }))
    }

    /// A request came.
    pub(super) fn arrived(&self, at: OffsetDateTime, head: &Head) {
        let Some(Telling { trace, handshake }) = self.watched() else { return };
        let url = format!("ws://{}{}", head.header("host").unwrap_or_default(), head.target);
        let header =
            |(name, value): &(String, String)| (mask::text(name), mask::value(name, value));
        trace.tell(&Event::Arrived {
            handshake,
            at: epoch_milliseconds(at),
            method: &head.method,
            url: &mask::text(&url),
            headers: &head.headers.iter().map(header).collect::<Vec<_>>(),
        });
    }

    /// The signature is looked at, at `now`.
    pub fn judged(&self, access: &Access, head: &Head, service: &str, now: OffsetDateTime) {
        let Some(Telling { trace, handshake }) = self.watched() else { return };
        let rules = judgements(&access.examine(head, b"", service, now));
        let to_sign = head.with_body(b"", ToSign::read);
        let lines = |shown: fn(&ToSign) -> Vec<String>| to_sign.as_ref().map(shown);
        trace.tell(&Event::Judged {
            handshake,
            rules: &rules,
            canonical_request: lines(ToSign::canonical_request_shown).as_deref(),
            string_to_sign: lines(ToSign::string_to_sign_shown).as_deref(),
        });
    }

    /// The policies have decided.
    pub fn decided(
        &self,
        caller: &Caller,
        action: &str,
        resource: &str,
        decision: &Result<(), Denied>,
    ) {
        let Some(Telling { trace, handshake }) = self.watched() else { return };
        let denied = decision.as_ref().err().map(ToString::to_string);
        trace.tell(&Event::Decided {
            handshake,
            principal: caller.arn(),
            action,
            resource,
            denied: denied.as_deref(),
        });
    }

    /// `$connect`'s function is asked, with this event. From now on its lines are told.
    pub fn invoked(&self, function_arn: &str, connection_id: &str, event: &[u8]) {
        let Some(Telling { trace, handshake }) = self.watched() else { return };
        trace.connect(connection_id, handshake);
        trace.tell(&Event::Invoked {
            handshake,
            function: function_arn.rsplit(':').next().unwrap_or_default(),
            connection_id,
            payload: &hiding::bytes(event),
        });
    }

    /// `$connect`'s function has answered, or has not.
    pub fn answered<E: Error + 'static>(&self, said: &Result<Bytes, E>) {
        let Some(Telling { trace, handshake }) = self.watched() else { return };
        let words = |error| mask::text(&report::chain(error).to_string());
        let error = said.as_ref().err().map(|error| words(error));
        trace.tell(&Event::Answered {
            handshake,
            answer: said.as_ref().ok().map(|said| hiding::bytes(said)).as_ref(),
            error: error.as_deref(),
        });
    }

    /// The connection was let in: what is stored of it.
    pub async fn stored(&self, rows: &Rows, connection_id: &str) {
        let Some(Telling { trace, handshake }) = self.watched() else { return };
        for row in rows.of(connection_id).await {
            let (table, item) = (&*row.table, &hiding::json(row.item));
            trace.tell(&Event::Stored { handshake, table, item });
        }
    }

    /// The handshake is answered.
    pub fn ended(&self, status: StatusCode, refusal: Option<&Broken>) {
        let Some(Telling { trace, handshake }) = self.watched() else { return };
        trace.tell(&Event::Ended { handshake, status: status.as_u16(), refusal });
    }

    /// The connection is over, and `$disconnect` has been told.
    pub async fn disconnected(&self, rows: &Rows, connection_id: &str, ending: &Ending) {
        let Some(Telling { trace, handshake }) = self.watched() else { return };
        trace.tell(&Event::Disconnected {
            handshake,
            status_code: ending.status_code,
            reason: &mask::text(&ending.reason),
            left: rows.of(connection_id).await.len(),
        });
    }

    /// Nothing is worked out for nobody.
    fn watched(&self) -> Option<&Telling> {
        self.0.as_ref().filter(|telling| telling.trace.is_watched())
    }
}

fn judgements(examination: &Examination) -> Vec<Judgement> {
    let judgement = |(rule, outcome): (sigv4_verify::Rule, &Outcome)| {
        let (status, found) = match outcome {
            Outcome::Kept => (Status::Kept, None),
            Outcome::Broken(refusal) => (Status::Broken, Some(refusal.found().to_string())),
            Outcome::NotLookedAt(_) => (Status::NotChecked, None),
        };
        Judgement { number: rule.number(), name: rule.name(), status, found }
    };
    examination.outcomes().map(judgement).collect()
}
