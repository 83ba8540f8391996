//! What `run` says when it is ready: for a person, or as a line of JSON.

pub(super) mod domains;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;
use url::form_urlencoded;

use crate::running::Running;
use crate::running::guide::shell::{quoted, quoted_with};
use crate::running::guide::{Guide, Openness, Tokens};
use crate::template::IdentitySource;

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
    /// Where the page was to be, if it has something to show.
    pub(super) page_port: Option<u16>,
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
    rows.extend(page_row(running, doors));
    let width = rows.iter().map(|[_, url, _]| url.len()).max().unwrap_or(0) + 3;
    let mut text = String::new();
    for [name, url, note] in rows {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<12}{url:<width$}{note}");
    }
    // Without it nothing says which route signs.
    if let Some(sign) = running.outputs.get("SignUrl") {
        text.push_str(&next_lines(sign, running));
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

/// The page, and whether a browser lets it sign.
fn page_row(running: &Running, doors: &Doors) -> Option<[String; 3]> {
    let Running { guide, services, .. } = running;
    let port = doors.page_port?;
    let Some(page) = guide.page.clone() else {
        let note = format!("port {port} is in use: choose another one with --web-port");
        return Some(["Page".to_owned(), "none".to_owned(), note]);
    };
    let note = match (guide.lets_in(&page), guide.options_that_let_in(&page)) {
        (true, _) if services.trace.is_on() => "sign, connect, tamper, and see why".to_owned(),
        (true, _) => "sign, connect, tamper".to_owned(),
        (false, Some(options)) => format!("CORS does not let it sign: add {options}"),
        (false, None) => "CORS does not let it sign".to_owned(),
    };
    Some(["Page".to_owned(), page, note])
}

/// Two lines to paste: one that asks for a URL, one that opens it.
fn next_lines(sign: &str, running: &Running) -> String {
    let guide = &running.guide;
    let body = match &guide.requestable {
        Some(name) => format!(r#" -d '{{"query":{{"{name}":"lobby"}}}}'"#),
        None => " -X POST".to_owned(),
    };
    let (first, sign, proof) = match &guide.openness {
        Some(Openness::Jwt(tokens)) => with_token(sign, tokens, guide),
        Some(Openness::Iam) => {
            let (first, signature) = with_signature(running);
            (first, quoted(sign).into_owned(), signature)
        }
        Some(Openness::Anyone) | None => (String::new(), quoted(sign).into_owned(), String::new()),
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
fn with_token(sign: &str, tokens: &Tokens, guide: &Guide) -> (String, String, String) {
    let value = match guide.token_command() {
        Some(make) => format!("\"$({make})\""),
        None => quoted(&format!("a token of {}", tokens.issuer)).into_owned(),
    };
    // Within another command's words nobody would see it fail.
    let (first, token) = (format!("  TOKEN={value}\n"), "$TOKEN");
    match &tokens.source {
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

/// `{"sign":URL,"websocket":URL,"aws":URL,"page":URL,"credentials":{"accessKeyId","secretAccessKey"}}`
///
/// See [`Guide`] for the first two and `page`; null where there is no such thing.
pub(super) fn json(running: &Running) -> String {
    #[derive(Serialize)]
    struct Ready<'a> {
        sign: Option<&'a str>,
        websocket: Option<&'a str>,
        aws: String,
        page: Option<&'a str>,
        credentials: Credentials<'a>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Credentials<'a> {
        access_key_id: &'a str,
        secret_access_key: &'a str,
    }
    let Running { guide, aws, iam, .. } = running;
    let developer = iam.developer().credentials();
    let ready = Ready {
        sign: guide.sign.as_deref(),
        websocket: guide.websocket.as_deref(),
        aws: format!("http://{aws}"),
        page: guide.page.as_deref(),
        credentials: Credentials {
            access_key_id: developer.access_key_id(),
            secret_access_key: developer.secret_access_key(),
        },
    };
    // Strings only: this cannot fail.
    serde_json::to_string(&ready).unwrap_or_default()
}
