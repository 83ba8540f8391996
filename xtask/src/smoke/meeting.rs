//! How a stack is met: what `/sign` asks for, by which address the WebSocket API is reached, what may be requested, and
//! what the time is there.

use std::cell::RefCell;

use serde_json::json;
use time::OffsetDateTime;

use super::arguments::{Asked, Plan};
use super::authorization::{Authorization, Shown, Token, TokenError, asked_by, description};
use super::door::Door;
use super::keys::{Keys, NoKeys, SigningError};
use super::outputs::Addresses;
use super::record::{Record, Trouble};
use super::repeat::Passing;
use super::report;
use super::secrets::Secrets;
use super::stack::Stack;
use super::wire::WireError;
use super::wire::address::WireUrl;
use super::wire::http;

/// The name that is tried where none is given.
const USUAL_PARAMETER: &str = "room";

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
    /// It does not ask for what it is said to ask for.
    #[error("/sign answers 201 to anyone, expected it to ask for {}", wanted(*.0))]
    OpenToAnyone(Asked),
    /// A token is needed.
    #[error(
        "/sign asks for a token (JWT), expected one in the file of --token-file or in COUNTERSIGN_TOKEN"
    )]
    NoToken,
    /// The token is none.
    #[error("the token cannot be used")]
    Token(#[from] TokenError),
    /// Credentials are needed.
    #[error("/sign asks for a signature (IAM)")]
    NoKeys(#[source] NoKeys),
    /// What is shown is not taken.
    #[error("/sign refuses the {what}: {answered}")]
    Refused {
        /// Token, or credentials.
        what: &'static str,
        /// Its answer.
        answered: String,
    },
    /// Something else than a URL, or a name that may not be requested.
    #[error("/sign answers {0}, expected 201 and a URL")]
    NoUrl(String),
    /// Nothing could be signed.
    #[error("nothing can be asked")]
    Signing(#[from] SigningError),
}

impl Passing for MeetError {
    fn is_throttled(&self) -> bool {
        matches!(self, Self::NoAnswer(error) | Self::NoWebSocket(error) if error.is_throttled())
    }

    fn is_passing(&self) -> bool {
        matches!(self, Self::NoAnswer(error) | Self::NoWebSocket(error) if error.is_passing())
    }
}

/// What a stack of this kind asks for, and how that was said.
fn wanted(asked: Asked) -> &'static str {
    match asked {
        Asked::Jwt => "a token (--authorization JWT)",
        Asked::Iam => "a signature (--authorization IAM)",
        Asked::None => "nothing (--authorization NONE)",
    }
}

impl Stack {
    /// Finds out what there is to know of it.
    pub(super) async fn meet(addresses: &Addresses, plan: &Plan) -> Result<Self, MeetError> {
        let Addresses { sign: sign_url, websocket: websocket_url, region } = addresses;
        let of_host = || region_of(sign_url).or_else(|| region_of(websocket_url));
        let keys = Keys::of_environment(plan.region.clone().or(region.clone()).or_else(of_host));
        let token = Token::find(plan.token_file.as_deref())?;
        let reply = http::request("POST", sign_url, &[], b"").await?;
        let asked = match (plan.asked, asked_by(&reply)) {
            (Some(said @ (Asked::Jwt | Asked::Iam)), Some(Asked::None)) => {
                return Err(MeetError::OpenToAnyone(said));
            }
            (Some(said), _) => said,
            (None, found) => found.ok_or(MeetError::Strange(reply.status))?,
        };
        let authorization = match (asked, &keys) {
            (Asked::None, _) => Authorization::None,
            (Asked::Jwt, _) => Authorization::Jwt(token.ok_or(MeetError::NoToken)?),
            (Asked::Iam, Ok(_)) => Authorization::Iam,
            (Asked::Iam, Err(why)) => return Err(MeetError::NoKeys(*why)),
        };
        let door = Door::find(websocket_url).await.map_err(MeetError::NoWebSocket)?;
        let secrets = Secrets::default();
        if let Authorization::Jwt(token) = &authorization {
            secrets.meet_token(token.secret_text());
        }
        if let Ok(Keys { credentials, .. }) = &keys {
            secrets.meet(credentials.access_key_id());
            secrets.meet(credentials.secret_access_key());
            secrets.meet(credentials.session_token().unwrap_or_default());
        }
        let mut stack = Self {
            sign_url: sign_url.clone(),
            websocket_url: websocket_url.clone(),
            door,
            closed: plan.closed.clone(),
            authorization,
            keys,
            ahead: None,
            parameter: plan.parameter.clone(),
            origin: plan.origin.clone(),
            waits: plan.waits,
            began: OffsetDateTime::now_utc(),
            record: Record::default(),
            secrets,
            refusal: RefCell::default(),
        };
        stack.parameter = stack.ask_what_may_be_requested(plan.parameter.clone()).await?;
        stack.compare_clocks().await;
        Ok(stack)
    }

    /// The name, if it was given or may be requested. The first request that shows what there is to show: where that
    /// is not taken, nothing can be tried.
    async fn ask_what_may_be_requested(
        &self,
        given: Option<String>,
    ) -> Result<Option<String>, MeetError> {
        let name = given.as_deref().unwrap_or(USUAL_PARAMETER);
        let body = json!({"query": {name: "smoke"}}).to_string();
        let reply = match self.ask_first(&self.sign_url, Shown::Proper, body.as_bytes(), &[]).await
        {
            Ok(reply) => reply,
            Err(Trouble::Wire(error)) => return Err(MeetError::NoAnswer(error)),
            Err(Trouble::Signing(error)) => return Err(MeetError::Signing(error)),
            Err(Trouble::Unexpected(what) | Trouble::Failing(what) | Trouble::Skipped(what)) => {
                return Err(MeetError::NoUrl(what));
            }
        };
        let is_not_allowed = reply.status == 400 && reply.json()["code"] == "name_not_allowed";
        match (&self.authorization, reply.status) {
            (_, 201) => Ok(Some(name.to_owned())),
            (_, 400) if is_not_allowed && given.is_none() => Ok(None),
            (Authorization::Jwt(_), 401 | 403) => {
                Err(MeetError::Refused { what: "token", answered: self.said(&reply) })
            }
            (Authorization::Iam, 401 | 403) => {
                Err(MeetError::Refused { what: "credentials", answered: self.said(&reply) })
            }
            _ => Err(MeetError::NoUrl(self.said(&reply))),
        }
    }

    fn said(&self, reply: &http::Reply) -> String {
        let said = match description(reply) {
            Some(description) => format!("{description} ({})", reply.status),
            None => report::reply(reply),
        };
        self.secrets.hide(&said)
    }

    /// A fresh URL says what the time is there.
    async fn compare_clocks(&mut self) {
        if let Ok(signed) = self.sign_any().await {
            let ahead = signed.signed_at - OffsetDateTime::now_utc();
            self.ahead = Some(ahead);
            if let Ok(keys) = &mut self.keys {
                keys.ahead = ahead;
            }
        }
    }
}

/// The region that a host of API Gateway names: `ID.execute-api.REGION.amazonaws.com`.
fn region_of(url: &WireUrl) -> Option<String> {
    let mut labels = url.address.host().split('.').skip(1);
    (labels.next() == Some("execute-api")).then(|| labels.next().map(ToOwned::to_owned)).flatten()
}
