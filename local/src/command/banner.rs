//! What `run` says when it is ready: for a person, or as a line of JSON.

pub(super) mod domains;
mod shell;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;
use url::form_urlencoded;

use crate::running::Running;
use crate::template::IdentitySource;
use shell::{quoted, quoted_with};

/// What the banner needs to know of the template; `Running` has been given the rest.
pub(super) struct Doors {
    /// For each HTTP API its routes, as `POST /sign`, and whether anyone may use them.
    pub(super) http: Vec<Vec<(String, Openness)>>,
    /// For each WebSocket API its stages, and whether anyone may connect.
    pub(super) websocket: Vec<(Vec<String>, Openness)>,
    /// The custom domains of HTTP APIs, and of WebSocket APIs.
    pub(super) http_domains: Vec<domains::Domain>,
    pub(super) websocket_domains: Vec<domains::Domain>,
    /// The logical ids of the APIs whose own endpoint is switched off.
    pub(super) switched_off: BTreeSet<String>,
    /// The values of the template's parameters.
    pub(super) parameters: BTreeMap<String, String>,
    /// How this program was started.
    pub(super) program: Program,
}

/// How this program was started, and can be again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Program {
    /// By `cargo run`.
    Cargo,
    /// By its own name.
    Own,
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

/// Who is let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Openness {
    /// Anyone.
    Anyone,
    /// Who signs, and may.
    Iam,
    /// Who brings a token.
    Jwt(Tokens),
}

/// What tokens a route takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tokens {
    /// Whose.
    pub(super) issuer: String,
    /// Whether `countersign token` makes them.
    pub(super) is_development: bool,
    /// Where they stand in a request.
    pub(super) source: IdentitySource,
    /// A scope that is asked for, if one is.
    pub(super) scope: Option<String>,
}

/// The addresses, and the lines to try next.
pub(super) fn text(running: &Running, doors: &Doors) -> String {
    let mut rows = Vec::new();
    for (door, routes) in running.http_apis.iter().zip(&doors.http) {
        let url = format!("http://{}", door.address);
        if doors.switched_off.contains(&door.logical_id) {
            rows.push(["HTTP API".to_owned(), url, SWITCHED_OFF.to_owned()]);
            continue;
        }
        for (key, openness) in routes {
            rows.push([
                "HTTP API".to_owned(),
                url.clone(),
                format!("{key:<12} {}", who_may(openness, doors)),
            ]);
        }
    }
    rows.extend(domains::http_rows(running, doors));
    for (door, (stages, openness)) in running.websocket_apis.iter().zip(&doors.websocket) {
        let is_off = doors.switched_off.contains(&door.logical_id);
        let note = if is_off { SWITCHED_OFF } else { on_connect(openness) };
        for stage in stages {
            let url = format!("ws://{}/{stage}", door.address);
            rows.push(["WebSocket".to_owned(), url, note.to_owned()]);
        }
    }
    rows.extend(domains::websocket_rows(running, doors));
    let aws = format!("http://{}", running.aws);
    rows.push(["AWS".to_owned(), aws, "STS, DynamoDB".to_owned()]);
    let width = rows.iter().map(|[_, url, _]| url.len()).max().unwrap_or(0) + 3;
    let mut text = String::new();
    for [name, url, note] in rows {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<12}{url:<width$}{note}");
    }
    // Without it nothing says which route signs.
    if let Some(sign) = running.outputs.get("SignUrl") {
        text.push_str(&next_lines(sign, doors, running));
    }
    text
}

/// Of an endpoint that answers 403.
const SWITCHED_OFF: &str = "switched off by DisableExecuteApiEndpoint";

fn on_connect(openness: &Openness) -> &'static str {
    match openness {
        Openness::Iam => "IAM authorization on $connect",
        Openness::Jwt(_) => "a token on $connect",
        Openness::Anyone => "open to anyone: no authorization on $connect",
    }
}

fn who_may(openness: &Openness, doors: &Doors) -> String {
    match (openness, doors.parameters.get("SignAuthorization")) {
        (Openness::Iam, _) => "(IAM authorization)".to_owned(),
        (Openness::Jwt(Tokens { issuer, .. }), _) => format!("(JWT: tokens of {issuer})"),
        (Openness::Anyone, Some(value)) => {
            format!("(open to anyone: SignAuthorization is {value})")
        }
        (Openness::Anyone, None) => "(open to anyone)".to_owned(),
    }
}

/// Two lines to paste: one that asks for a URL, one that opens it.
fn next_lines(sign: &str, doors: &Doors, running: &Running) -> String {
    let body = match requestable(doors) {
        Some(name) => format!(r#" -d '{{"query":{{"{name}":"lobby"}}}}'"#),
        None => " -X POST".to_owned(),
    };
    let routes = || doors.http.iter().flatten().map(|(_, openness)| openness);
    let tokens = routes().find_map(|openness| match openness {
        Openness::Jwt(tokens) => Some(tokens),
        Openness::Anyone | Openness::Iam => None,
    });
    let (first, sign, proof) = if let Some(tokens) = tokens {
        with_token(sign, tokens, doors.program, running)
    } else if routes().any(|openness| *openness == Openness::Iam) {
        let (first, signature) = with_signature(running);
        (first, quoted(sign).into_owned(), signature)
    } else {
        (String::new(), quoted(sign).into_owned(), String::new())
    };
    let curl = format!("curl -s {sign}{body}{proof}");
    format!("\nTry next:\n{first}  {curl}\n  wscat -c \"$({curl} | jq -r .url)\"\n")
}

/// A line that goes before, and the developer's signature on a request.
fn with_signature(running: &Running) -> (String, String) {
    let region = &running.services.region;
    let developer = running.iam.developer().credentials();
    let export = format!(
        "  export AWS_ACCESS_KEY_ID={} AWS_SECRET_ACCESS_KEY={}\n",
        developer.access_key_id(),
        developer.secret_access_key()
    );
    let signature = format!(
        " --aws-sigv4 aws:amz:{region}:execute-api \
         --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\""
    );
    (export, signature)
}

/// A line that goes before, the address, and a token with a request; where the issuer is another's, so is its token.
fn with_token(
    sign: &str,
    tokens: &Tokens,
    program: Program,
    running: &Running,
) -> (String, String, String) {
    let Tokens { issuer, is_development, source, scope } = tokens;
    let value = if *is_development {
        // Another stack may run, now or later.
        let mut make = format!("{} token --port {}", program.words(), running.control_port());
        make.push_str(" --claim sub=alice");
        if let Some(scope) = scope {
            make.push_str(&format!(" --scope {}", quoted(scope)));
        }
        format!("\"$({make})\"")
    } else {
        quoted(&format!("a token of {issuer}")).into_owned()
    };
    // Within another command's words nobody would see it fail.
    let (first, token) = (format!("  TOKEN={value}\n"), "$TOKEN");
    match source {
        IdentitySource::Header(name) => {
            let name = name.to_ascii_lowercase();
            let header = quoted_with(&format!("{name}: Bearer "), token);
            (first, quoted(sign).into_owned(), format!(" -H {header}"))
        }
        IdentitySource::QueryString(name) => {
            let name: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
            (first, quoted_with(&format!("{sign}?{name}="), token), String::new())
        }
    }
}

/// A parameter that a caller of `/sign` may choose, if its name can stand in a shell's quotes.
fn requestable(doors: &Doors) -> Option<&str> {
    let names = doors.parameters.get("Requestable")?;
    let is_plain = |name: &&str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        !name.is_empty() && name.bytes().all(is_part)
    };
    match names.trim() {
        "*" => Some("room"),
        names => names.split(',').map(str::trim).find(is_plain),
    }
}

/// `{"sign":URL,"websocket":URL,"aws":URL,"credentials":{"accessKeyId","secretAccessKey"}}`
///
/// `sign` is the output `SignUrl` or else the origin of the first HTTP API, `websocket` the output
/// `WebSocketUrl` or else the first stage of the first WebSocket API; null where there is no such API.
pub(super) fn json(running: &Running, doors: &Doors) -> String {
    #[derive(Serialize)]
    struct Ready<'a> {
        sign: Option<String>,
        websocket: Option<String>,
        aws: String,
        credentials: Credentials<'a>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Credentials<'a> {
        access_key_id: &'a str,
        secret_access_key: &'a str,
    }
    let developer = running.iam.developer().credentials();
    let ready = Ready {
        sign: running.outputs.get("SignUrl").cloned().or_else(|| {
            let door = running.http_apis.first()?;
            Some(format!("http://{}", door.address))
        }),
        websocket: running.outputs.get("WebSocketUrl").cloned().or_else(|| {
            let (door, (stages, _)) = running.websocket_apis.iter().zip(&doors.websocket).next()?;
            Some(format!("ws://{}/{}", door.address, stages.first()?))
        }),
        aws: format!("http://{}", running.aws),
        credentials: Credentials {
            access_key_id: developer.access_key_id(),
            secret_access_key: developer.secret_access_key(),
        },
    };
    // Strings only: this cannot fail.
    serde_json::to_string(&ready).unwrap_or_default()
}
