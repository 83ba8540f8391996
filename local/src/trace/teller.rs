//! One handshake, told step by step, and how it ends.

use std::error::Error;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::StatusCode;
use serde_json::Value;
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

/// Bytes of a head, of an event, of an answer or its error, and of an item that are told; of what has more, its size alone:
/// a secret in a part of it could not be known by its name. An event of a handshake has less, as its URL has 4,096
/// characters and its headers have 10,240 bytes, each in it twice. An answer may have 6 MB (Lambda Developer Guide,
/// "Lambda quotas"), an item 400 KB (DynamoDB Developer Guide, "Quotas in Amazon DynamoDB"), and who watches without
/// reading keeps as many lines as [`BACKLOG`](super::BACKLOG).
const TOLD_BYTES: usize = 64 * 1024;

/// A handshake without an answer. It tells that its client has gone when it is dropped so.
#[derive(Debug)]
pub struct Pending(Teller);

impl Pending {
    pub(super) fn new(teller: Teller) -> Self {
        Self(teller)
    }

    /// What tells the steps.
    pub fn teller(&self) -> &Teller {
        &self.0
    }

    /// The handshake is answered.
    pub fn ended(mut self, status: StatusCode, refusal: Option<&Broken>) {
        std::mem::take(&mut self.0).ended(status, refusal);
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.0.gone();
    }
}

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
        let headers = match too_large(head.header_bytes()) {
            None => head.headers.iter().map(header).collect(),
            Some(size) => vec![("…".to_owned(), size)],
        };
        trace.tell(&Event::Arrived {
            handshake,
            at: epoch_milliseconds(at),
            method: &head.method,
            url: &too_large(url.len()).unwrap_or_else(|| mask::text(&url)),
            headers: &headers,
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
            payload: &json(event),
        });
    }

    /// `$connect`'s function has answered, or has not.
    pub fn answered<E: Error + 'static>(&self, said: &Result<Bytes, E>) {
        let Some(Telling { trace, handshake }) = self.watched() else { return };
        let error = said.as_ref().err().map(|error| words(&report::chain(error).to_string()));
        trace.tell(&Event::Answered {
            handshake,
            answer: said.as_ref().ok().map(|said| json(said)).as_ref(),
            error: error.as_deref(),
        });
    }

    /// The connection was let in: what is stored of it.
    pub async fn stored(&self, rows: &Rows, connection_id: &str) {
        let Some(Telling { trace, handshake }) = self.watched() else { return };
        for row in rows.of(connection_id).await.unwrap_or_default() {
            let size = too_large(row.item.to_string().len());
            let item = size.map_or_else(|| hiding::json(row.item), Value::from);
            trace.tell(&Event::Stored { handshake, table: &row.table, item: &item });
        }
    }

    /// The handshake is answered.
    fn ended(&self, status: StatusCode, refusal: Option<&Broken>) {
        let Some(Telling { trace, handshake }) = self.watched() else { return };
        let refusal = refusal.cloned().map(|broken| {
            // A function's own words may be in it.
            Broken { found: too_large(broken.found.len()).unwrap_or(broken.found), ..broken }
        });
        trace.tell(&Event::Ended { handshake, status: status.as_u16(), refusal: refusal.as_ref() });
    }

    /// Nobody is there any more to be answered.
    fn gone(&self) {
        let Some(Telling { trace, handshake }) = self.watched() else { return };
        trace.tell(&Event::Gone { handshake });
    }

    /// The connection is over, and `$disconnect` has been told.
    pub async fn disconnected(&self, rows: &Rows, connection_id: &str, ending: &Ending) {
        let Some(Telling { trace, handshake }) = self.watched() else { return };
        trace.tell(&Event::Disconnected {
            handshake,
            status_code: ending.status_code,
            reason: &mask::text(&ending.reason),
            left: rows.of(connection_id).await.map(|rows| rows.len()),
        });
    }

    /// Nothing is worked out for nobody.
    fn watched(&self) -> Option<&Telling> {
        self.0.as_ref().filter(|telling| telling.trace.is_watched())
    }
}

/// What is told instead of what has more than [`TOLD_BYTES`].
pub(super) fn too_large(bytes: usize) -> Option<String> {
    (bytes > TOLD_BYTES).then(|| format!("{bytes} bytes, too many to be told"))
}

/// What a function is told, or says.
fn json(said: &[u8]) -> Value {
    too_large(said.len()).map_or_else(|| hiding::bytes(said), Value::from)
}

/// What a function says in words.
fn words(said: &str) -> String {
    too_large(said.len()).unwrap_or_else(|| mask::text(said))
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
