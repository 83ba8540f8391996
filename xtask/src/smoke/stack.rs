//! The stack that is tried: how it is asked, and the record of what it does. How it is met: `meeting`; a signed URL:
//! `signed`.

use std::cell::RefCell;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::arguments::{Closed, Waits};
use super::authorization::{Authorization, Shown};
use super::door::Door;
use super::fidelity::Row;
use super::keys::{Keys, NoKeys};
use super::record::{Checked, Record, Trouble};
use super::report;
use super::secrets::Secrets;
use super::signed::Signed;
use super::wire::address::WireUrl;
use super::wire::http::{self, Header, Reply};
use super::wire::websocket::{self, Answer, Form, Socket};

/// A stack, and what is known of it.
pub(super) struct Stack {
    pub(super) sign_url: WireUrl,
    pub(super) websocket_url: WireUrl,
    /// What `websocket_url` is.
    pub(super) door: Door,
    pub(super) closed: Closed,
    pub(super) authorization: Authorization,
    /// Credentials of the environment.
    pub(super) keys: Result<Keys, NoKeys>,
    /// How far the stack's clock is ahead of this machine's, where that is known.
    pub(super) ahead: Option<time::Duration>,
    /// A name that may be requested, if one is known.
    pub(super) parameter: Option<String>,
    pub(super) origin: Option<String>,
    pub(super) waits: Waits,
    pub(super) began: OffsetDateTime,
    pub(super) record: Record,
    pub(super) secrets: Secrets,
    /// What ws-connect answered to a URL that was used before.
    pub(super) refusal: RefCell<Option<Reply>>,
}

impl Stack {
    /// Does a check; see [`Record::check`].
    pub(super) async fn check<F: Future<Output = Checked>>(
        &self,
        name: &'static str,
        expected: &'static str,
        check: impl FnMut() -> F,
    ) {
        self.record.check(&self.secrets, name, expected, check).await;
    }

    /// Notes what was seen of a row; see [`Record::observe`].
    pub(super) fn observe(&self, row: Row, is_so: bool, seen: &str) {
        self.record.observe(&self.secrets, row, is_so, seen);
    }

    /// Asks `/sign`.
    pub(super) async fn ask(
        &self,
        shown: Shown,
        body: &[u8],
        headers: &[Header<'_>],
    ) -> Result<Reply, Trouble> {
        self.ask_at(&self.sign_url, shown, body, headers).await
    }

    /// Asks at another address. What is refused after the token's end shows nothing of the stack.
    pub(super) async fn ask_at(
        &self,
        url: &WireUrl,
        shown: Shown,
        body: &[u8],
        headers: &[Header<'_>],
    ) -> Result<Reply, Trouble> {
        let reply = self.ask_first(url, shown, body, headers).await?;
        if reply.status == 401 && self.authorization.has_ended(self.now()) {
            return Err(Trouble::Skipped("the token has ended meanwhile".to_owned()));
        }
        Ok(reply)
    }

    /// Asks while it is not known whether the token is taken at all.
    pub(super) async fn ask_first(
        &self,
        url: &WireUrl,
        shown: Shown,
        body: &[u8],
        headers: &[Header<'_>],
    ) -> Result<Reply, Trouble> {
        let own = self.authorization.headers(shown, self.keys.as_ref().ok(), url, body)?;
        for token in own.iter().filter_map(|(_, value)| value.strip_prefix("Bearer ")) {
            self.secrets.meet_token(token);
        }
        let own = own.iter().map(|(name, value)| (&**name, &**value));
        let typed = ("Content-Type", "application/json");
        let headers: Vec<_> = own.chain([typed]).chain(headers.iter().copied()).collect();
        let reply = http::request("POST", url, &headers, body).await?;
        if let Ok(signed) = Signed::read(&reply) {
            self.secrets.meet_url(&signed.url);
        }
        Ok(reply)
    }

    /// A signed URL with these parameters.
    pub(super) async fn sign(&self, query: &Value) -> Result<Signed, Trouble> {
        let body = json!({"query": query}).to_string();
        let reply = self.ask(Shown::Proper, body.as_bytes(), &[]).await?;
        if reply.status != 201 {
            let answered = report::reply(&reply);
            return Err(Trouble::Unexpected(format!("/sign answered {answered}")));
        }
        Signed::read(&reply)
    }

    /// A signed URL whose parameters are of all kinds that there are.
    pub(super) async fn sign_any(&self) -> Result<Signed, Trouble> {
        let query = self.parameter.as_ref().map(|name| json!({name: "lobby 7"}));
        self.sign(&query.unwrap_or_else(|| json!({}))).await
    }

    /// Opens a connection.
    pub(super) async fn connect(&self) -> Result<Socket, Trouble> {
        opened(self.open(&self.sign_any().await?.url, &[]).await?)
    }

    /// Sends a handshake as RFC 6455 has it.
    pub(super) async fn open(
        &self,
        url: &WireUrl,
        headers: &[Header<'_>],
    ) -> Result<Answer, Trouble> {
        self.open_as(Form::Proper, url, headers).await
    }

    /// Sends a handshake of this form.
    pub(super) async fn open_as(
        &self,
        form: Form,
        url: &WireUrl,
        headers: &[Header<'_>],
    ) -> Result<Answer, Trouble> {
        self.secrets.meet_url(url);
        Ok(websocket::open(url, headers, form).await?)
    }

    /// What ws-connect's own refusal looks like to a client: that of a URL which is in use. Whoever is refused so
    /// has passed API Gateway's checks. It is asked for once.
    pub(super) async fn refusal_of_function(&self) -> Result<Reply, Trouble> {
        if let Some(reply) = &*self.refusal.borrow() {
            return Ok(reply.clone());
        }
        let signed = self.sign_any().await?;
        let _open = opened(self.open(&signed.url, &[]).await?)?;
        let reply = refused("its second use", self.open(&signed.url, &[]).await?)?;
        self.refusal.replace(Some(reply.clone()));
        Ok(reply)
    }

    /// The environment's credentials.
    pub(super) fn keys(&self) -> Result<&Keys, Trouble> {
        self.keys.as_ref().map_err(|why| Trouble::Skipped(why.to_string()))
    }

    /// The time by the stack's clock.
    pub(super) fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() + self.ahead.unwrap_or_default()
    }

    /// What is at a path behind the stage: `@connections`.
    pub(super) fn connections_url(&self, id: &str) -> WireUrl {
        let path = self.websocket_url.path().trim_end_matches('/');
        self.websocket_url.with_target(format!("{path}/@connections/{id}"))
    }
}

/// The connection that must have opened.
pub(super) fn opened(answer: Answer) -> Result<Socket, Trouble> {
    match answer {
        Answer::Open(socket) => Ok(socket),
        Answer::Refused(reply) => {
            let refused = report::reply(&reply);
            Err(Trouble::Unexpected(format!("the handshake was refused: {refused}")))
        }
    }
}

/// The refusal that must have come.
pub(super) fn refused(what: &str, answer: Answer) -> Result<Reply, Trouble> {
    match answer {
        Answer::Refused(reply) if (400..500).contains(&reply.status) => Ok(reply),
        Answer::Refused(reply) => {
            let answered = report::reply(&reply);
            Err(Trouble::Unexpected(format!("{what}: {answered}, expected 4xx")))
        }
        Answer::Open(_) => Err(Trouble::Unexpected(format!("{what}: a connection opened"))),
    }
}
