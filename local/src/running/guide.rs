//! How a running stack is used: where URLs are signed and opened, whom it lets in, and what is to be typed for it.

pub(crate) mod shell;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use url::Url;

use super::Door;
use crate::entrance::Entrance;
use crate::http_api;
use crate::jwt::issuers;
use crate::template::{
    Authorization, Cors, HttpAuthorization, IdentitySource, JwtAuthorizer, Stack,
};
use shell::quoted;

/// What a person who uses a stack has to know, and its page as well.
#[derive(Clone, Debug)]
pub struct Guide {
    /// Where URLs are signed: the output `SignUrl`, or else the origin of the first HTTP API.
    pub sign: Option<String>,
    /// What signed URLs open: the output `WebSocketUrl`, or else the first stage of the first WebSocket API.
    pub websocket: Option<String>,
    /// Whom `sign` lets in; `None` where no route of the stack answers there.
    pub openness: Option<Openness>,
    /// A parameter that a caller of `sign` may choose, if its name can stand in a shell's quotes.
    pub requestable: Option<String>,
    /// The page's origin, if there is a page.
    pub page: Option<String>,
    /// What other commands know the stack by.
    pub control_port: u16,
    program: Program,
    cors: Option<Cors>,
    origins: OriginsParameter,
}

/// Who is let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Openness {
    /// Anyone.
    Anyone,
    /// Who signs, and may.
    Iam,
    /// Who brings a token.
    Jwt(Tokens),
}

/// What tokens a route takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// Whose.
    pub issuer: String,
    /// Whether `countersign token` makes them.
    pub is_development: bool,
    /// Where they stand in a request.
    pub source: IdentitySource,
    /// A scope that is asked for, if one is.
    pub scope: Option<String>,
}

/// How this program was started, and can be again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// By `cargo run`.
    Cargo,
    /// By its own name.
    Own,
}

/// Whether the template has a parameter for the origins of pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OriginsParameter {
    There,
    Missing,
}

/// The name of that parameter.
const ORIGINS_PARAMETER: &str = "AllowedOrigins";

/// Where a stack is played.
pub(super) struct Places<'a> {
    pub(super) outputs: &'a BTreeMap<String, String>,
    /// The HTTP APIs, then the WebSocket APIs, in the stack's order.
    pub(super) apis: [&'a [Door]; 2],
    /// The HTTP APIs and their domains, by port.
    pub(super) http: &'a BTreeMap<u16, Arc<Entrance<http_api::Gateway>>>,
    pub(super) page: Option<SocketAddr>,
    pub(super) aws: SocketAddr,
}

impl Guide {
    pub(super) fn new(stack: &Stack, program: Program, places: &Places<'_>) -> Self {
        let Places { outputs, apis: [http, websocket], .. } = places;
        let sign = outputs.get("SignUrl").cloned();
        let sign = sign.or_else(|| Some(format!("http://{}", http.first()?.address)));
        let first_stage = || {
            let (door, api) = websocket.iter().zip(&stack.websocket_apis).next()?;
            Some(format!("ws://{}/{}", door.address, api.stages.first()?.name))
        };
        let signing = sign.as_deref().and_then(|sign| signing(sign, places.http));
        let (cors, authorization) = signing.unwrap_or_default();
        let names_origins = stack.parameters.contains_key(ORIGINS_PARAMETER);
        Self {
            websocket: outputs.get("WebSocketUrl").cloned().or_else(first_stage),
            sign,
            openness: authorization.as_ref().map(Openness::from),
            requestable: stack.parameters.get("Requestable").and_then(|names| requestable(names)),
            page: places.page.map(|address| format!("http://{address}")),
            control_port: websocket.first().map_or(places.aws, |door| door.address).port(),
            program,
            cors,
            origins: match names_origins {
                true => OriginsParameter::There,
                false => OriginsParameter::Missing,
            },
        }
    }

    /// A command that prints a token which `sign` takes, if `countersign` makes them.
    pub fn token_command(&self) -> Option<String> {
        let Some(Openness::Jwt(tokens)) = &self.openness else { return None };
        if !tokens.is_development {
            return None;
        }
        // Another stack may run, now or later.
        let words = self.program.words();
        let mut command = format!("{words} token --port {} --claim sub=alice", self.control_port);
        if let Some(scope) = &tokens.scope {
            command.push_str(&format!(" --scope {}", quoted(scope)));
        }
        Some(command)
    }

    /// A command that reads a URL from stdin, and says what would become of it here.
    pub fn explain_command(&self) -> String {
        format!("{} explain --local --port {} -", self.program.words(), self.control_port)
    }

    /// Whether a page of this origin may call `sign`.
    pub fn lets_in(&self, origin: &str) -> bool {
        self.cors.as_ref().is_some_and(|cors| http_api::cors::allows(cors, origin))
    }

    /// The options with which the page would be let in under this origin, if there is a page, and the template has a
    /// parameter for it. They name the page's port as well, which may have been any free one.
    pub fn options_that_let_in(&self, origin: &str) -> Option<String> {
        let (_, port) = self.page.as_ref()?.rsplit_once(':')?;
        match self.origins {
            OriginsParameter::There => {
                let origins = quoted(origin);
                Some(format!("--web-port {port} --parameter {ORIGINS_PARAMETER}={origins}"))
            }
            OriginsParameter::Missing => None,
        }
    }
}

impl Program {
    /// The words that start it.
    fn words(self) -> &'static str {
        match self {
            Self::Cargo => "cargo run -q --",
            Self::Own => "countersign",
        }
    }
}

impl From<&HttpAuthorization> for Openness {
    fn from(authorization: &HttpAuthorization) -> Self {
        match authorization {
            HttpAuthorization::None => Self::Anyone,
            HttpAuthorization::AwsIam => Self::Iam,
            HttpAuthorization::Jwt(JwtAuthorizer { issuer, identity_source, scopes, .. }) => {
                Self::Jwt(Tokens {
                    issuer: issuer.clone(),
                    is_development: issuers::is_development(issuer),
                    source: identity_source.clone(),
                    scope: scopes.first().cloned(),
                })
            }
        }
    }
}

impl From<Authorization> for Openness {
    fn from(authorization: Authorization) -> Self {
        match authorization {
            Authorization::None => Self::Anyone,
            Authorization::AwsIam => Self::Iam,
        }
    }
}

/// The CORS of the API that answers at an address, and what its route for a POST there asks for.
fn signing(
    address: &str,
    doors: &BTreeMap<u16, Arc<Entrance<http_api::Gateway>>>,
) -> Option<(Option<Cors>, Option<HttpAuthorization>)> {
    let url = Url::parse(address).ok()?;
    let (gateway, authorization) = http_api::at(doors.get(&url.port()?)?, "POST", url.path())?;
    Some((gateway.api.cors.clone(), authorization))
}

/// The first of the names that can stand in a shell's quotes.
fn requestable(names: &str) -> Option<String> {
    let is_plain = |name: &&str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        !name.is_empty() && name.bytes().all(is_part)
    };
    match names.trim() {
        "*" => Some("room".to_owned()),
        names => names.split(',').map(str::trim).find(is_plain).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guide(openness: Openness, cors: Option<Cors>, origins: OriginsParameter) -> Guide {
        Guide {
            sign: None,
            websocket: None,
            openness: Some(openness),
            requestable: None,
            page: Some("http://127.0.0.1:8081".to_owned()),
            control_port: 3001,
            program: Program::Own,
            cors,
            origins,
        }
    }

    #[test]
    fn there_is_a_command_for_a_token_where_countersign_makes_them() {
        let check = |openness, expected: Option<&str>| {
            let guide = guide(openness, None, OriginsParameter::Missing);
            assert_eq!(guide.token_command().as_deref(), expected);
        };
        let tokens = |is_development, scope: Option<&str>| {
            Openness::Jwt(Tokens {
                issuer: "https://issuer.invalid/".to_owned(),
                is_development,
                source: IdentitySource::Header("Authorization".to_owned()),
                scope: scope.map(str::to_owned),
            })
        };
        check(Openness::Anyone, None);
        check(Openness::Iam, None);
        check(tokens(false, None), None);
        let plain = "countersign token --port 3001 --claim sub=alice";
        check(tokens(true, None), Some(plain));
        check(tokens(true, Some("it's")), Some(&format!(r"{plain} --scope 'it'\''s'")));
    }

    #[test]
    fn the_page_is_let_in_by_the_cors_of_the_api_alone() {
        let check = |allowed: Option<&[&str]>, expected| {
            let allow_origins = |origins: &[&str]| origins.iter().map(|&o| o.to_owned()).collect();
            let cors = allowed
                .map(|origins| Cors { allow_origins: allow_origins(origins), ..Cors::default() });
            let guide = guide(Openness::Anyone, cors, OriginsParameter::There);
            assert_eq!(guide.lets_in("http://127.0.0.1:8081"), expected, "{allowed:?}");
        };
        check(None, false);
        check(Some(&[]), false);
        check(Some(&["http://127.0.0.1:8080", "http://localhost:8081"]), false);
        check(Some(&["https://*"]), false);
        check(Some(&["http://127.0.0.1:8080", "http://127.0.0.1:8081"]), true);
        check(Some(&["http://*"]), true);
        check(Some(&["*"]), true);
    }

    #[test]
    fn the_options_that_let_the_page_in_name_its_port_and_origin() {
        let check = |origins, origin, expected: Option<&str>| {
            let guide = guide(Openness::Anyone, None, origins);
            assert_eq!(guide.options_that_let_in(origin).as_deref(), expected);
        };
        check(
            OriginsParameter::There,
            "http://localhost:8081",
            Some("--web-port 8081 --parameter AllowedOrigins=http://localhost:8081"),
        );
        check(
            OriginsParameter::There,
            "http://localhost:$a",
            Some("--web-port 8081 --parameter AllowedOrigins='http://localhost:$a'"),
        );
        check(OriginsParameter::Missing, "http://localhost:8081", None);
    }

    #[test]
    fn a_name_that_may_be_requested_is_the_first_that_needs_no_quoting() {
        let check = |names, expected| assert_eq!(requestable(names).as_deref(), expected);
        check("", None);
        check("*", Some("room"));
        check("a b, it's,room", Some("room"));
        check(" room , colour", Some("room"));
    }
}
