//! The stack that is tried: how it is asked, what may be requested there, and the record of what it does.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use time::format_description::{self, well_known::Rfc3339};
use time::{OffsetDateTime, PrimitiveDateTime};

use super::arguments::{Asked, Closed, Plan, Waits};
use super::authorization::{Authorization, Shown, Token, TokenError, asked_by};
use super::door::Door;
use super::fidelity::Row;
use super::keys::{Keys, KeysError, SigningError};
use super::record::{Checked, Record, Trouble};
use super::report;
use super::secrets::Secrets;
use super::wire::WireError;
use super::wire::address::WireUrl;
use super::wire::http::{self, Header, Reply};
use super::wire::websocket::{self, Answer, Socket};

/// The name that is tried where none is given.
const USUAL_PARAMETER: &str = "room";

/// A stack, and what is known of it.
pub(super) struct Stack {
    pub(super) sign_url: WireUrl,
    pub(super) websocket_url: WireUrl,
    /// What `websocket_url` is.
    pub(super) door: Door,
    pub(super) closed: Closed,
    pub(super) authorization: Authorization,
    /// Credentials of the environment, if there are some.
    pub(super) keys: Option<Keys>,
    /// A name that may be requested, if one is known.
    pub(super) parameter: Option<String>,
    pub(super) origin: Option<String>,
    pub(super) waits: Waits,
    pub(super) began: OffsetDateTime,
    pub(super) record: Record,
    pub(super) secrets: Secrets,
}

/// A URL that `/sign` gave.
#[derive(Debug)]
pub(super) struct Signed {
    pub(super) url: WireUrl,
    pub(super) expires_at: OffsetDateTime,
    /// How long it may open a connection, by the stack's clock.
    pub(super) lifetime: Duration,
    /// When it was read, by this machine's.
    pub(super) given: Instant,
}

/// Why a stack cannot be tried.
#[derive(Debug, thiserror::Error)]
pub(super) enum MeetError {
    /// Nobody answers.
    #[error("the stack's /sign does not answer")]
    NoAnswer(#[from] WireError),
    /// Nobody answers at the other URL.
    #[error("the stack's WebSocket API does not answer")]
    NoWebSocket(#[source] WireError),
    /// The answer says nothing of what is asked for.
    #[error(
        "/sign answers {0} to a request without authorization, expected 201, 401 or 403 (or say --authorization)"
    )]
    Strange(u16),
    /// A token is needed.
    #[error(
        "/sign asks for a token (JWT), expected one in the file of --token-file or in COUNTERSIGN_TOKEN"
    )]
    NoToken,
    /// The token is none.
    #[error("the token cannot be used")]
    Token(#[from] TokenError),
    /// Credentials are needed.
    #[error(
        "/sign asks for a signature (IAM), expected AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment"
    )]
    NoKeys,
    /// The credentials cannot be used.
    #[error("the credentials of the environment cannot be used")]
    Keys(#[from] KeysError),
    /// Nothing could be signed.
    #[error("nothing can be asked")]
    Signing(#[from] SigningError),
}

impl Stack {
    /// Finds out what `/sign` asks for, and what may be requested.
    pub(super) async fn meet(
        sign_url: WireUrl,
        websocket_url: WireUrl,
        plan: &Plan,
    ) -> Result<Self, MeetError> {
        let of_host = || region_of(&sign_url).or_else(|| region_of(&websocket_url));
        let region = plan.region.clone().or_else(of_host);
        let keys = Keys::of_environment(region)?;
        let asked = match plan.asked {
            Some(asked) => asked,
            None => {
                let reply = http::request("POST", &sign_url, &[], b"").await?;
                asked_by(&reply).ok_or(MeetError::Strange(reply.status))?
            }
        };
        let token = Token::find(plan.token_file.as_deref())?;
        let authorization = match asked {
            Asked::None => Authorization::None,
            Asked::Jwt => Authorization::Jwt(token.ok_or(MeetError::NoToken)?),
            Asked::Iam if keys.is_some() => Authorization::Iam,
            Asked::Iam => return Err(MeetError::NoKeys),
        };
        let door = Door::find(&websocket_url).await.map_err(MeetError::NoWebSocket)?;
        let secrets = Secrets::default();
        if let Authorization::Jwt(token) = &authorization {
            secrets.meet(token.secret_text());
        }
        if let Some(Keys { credentials, .. }) = &keys {
            secrets.meet(credentials.access_key_id());
            secrets.meet(credentials.secret_access_key());
            secrets.meet(credentials.session_token().unwrap_or_default());
        }
        let mut stack = Self {
            sign_url,
            websocket_url,
            door,
            closed: plan.closed.clone(),
            authorization,
            keys,
            parameter: None,
            origin: plan.origin.clone(),
            waits: plan.waits,
            began: OffsetDateTime::now_utc(),
            record: Record::default(),
            secrets,
        };
        stack.parameter = match &plan.parameter {
            Some(name) => Some(name.clone()),
            None => {
                let body = json!({"query": {USUAL_PARAMETER: "smoke"}}).to_string();
                let reply = stack.ask(Shown::Proper, body.as_bytes(), &[]).await;
                let is_allowed = matches!(reply, Ok(Reply { status: 201, .. }));
                is_allowed.then(|| USUAL_PARAMETER.to_owned())
            }
        };
        Ok(stack)
    }

    /// Does a check; see [`Record::check`].
    pub(super) async fn check(
        &self,
        name: &'static str,
        expected: &'static str,
        check: impl Future<Output = Checked>,
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

    /// Asks at another address.
    pub(super) async fn ask_at(
        &self,
        url: &WireUrl,
        shown: Shown,
        body: &[u8],
        headers: &[Header<'_>],
    ) -> Result<Reply, Trouble> {
        let own = self.authorization.headers(shown, self.keys.as_ref(), url, body)?;
        let own = own.iter().map(|(name, value)| (&**name, &**value));
        let typed = ("Content-Type", "application/json");
        let headers: Vec<_> = own.chain([typed]).chain(headers.iter().copied()).collect();
        let reply = http::request("POST", url, &headers, body).await?;
        if let Ok(signed) = read_signed(&reply) {
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
        read_signed(&reply)
    }

    /// A signed URL whose parameters are of all kinds that there are.
    pub(super) async fn sign_any(&self) -> Result<Signed, Trouble> {
        let query = self.parameter.as_ref().map(|name| json!({name: "lobby 7"}));
        self.sign(&query.unwrap_or_else(|| json!({}))).await
    }

    /// Opens a connection.
    pub(super) async fn connect(&self) -> Result<Socket, Trouble> {
        opened(websocket::open(&self.sign_any().await?.url, &[]).await?)
    }

    /// What is at a path behind the stage: `@connections`.
    pub(super) fn connections_url(&self, id: &str) -> WireUrl {
        let path = self.websocket_url.path().trim_end_matches('/');
        self.websocket_url.with_target(format!("{path}/@connections/{id}"))
    }
}

/// What an answer of `/sign` gives.
pub(super) fn read_signed(reply: &Reply) -> Result<Signed, Trouble> {
    let json = reply.json();
    let text = |name: &str| json.get(name).and_then(Value::as_str);
    let lacks = |what: &str| Trouble::Unexpected(format!("the answer of /sign has no {what}"));
    let url = text("url").and_then(|text| WireUrl::parse(text).ok()).ok_or_else(|| lacks("url"))?;
    let expires_at = text("expiresAt").and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
    let expires_at = expires_at.ok_or_else(|| lacks("expiresAt"))?;
    let signed_at = signed_at(&url).ok_or_else(|| lacks("X-Amz-Date"))?;
    let lifetime = (expires_at - signed_at).try_into().map_err(|_| lacks("time to live"))?;
    Ok(Signed { url, expires_at, lifetime, given: Instant::now() })
}

/// When a URL was signed, by the clock of who signed it: `X-Amz-Date=20260102T030405Z`.
fn signed_at(url: &WireUrl) -> Option<OffsetDateTime> {
    let parameters = url.parameters();
    let date = parameters.iter().find_map(|text| text.strip_prefix("X-Amz-Date="))?;
    let form =
        format_description::parse_borrowed::<2>("[year][month][day]T[hour][minute][second]Z");
    Some(PrimitiveDateTime::parse(date, &form.ok()?).ok()?.assume_utc())
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

/// The region that a host of API Gateway names: `ID.execute-api.REGION.amazonaws.com`.
fn region_of(url: &WireUrl) -> Option<String> {
    let mut labels = url.address.host().split('.').skip(1);
    (labels.next() == Some("execute-api")).then(|| labels.next().map(ToOwned::to_owned)).flatten()
}
