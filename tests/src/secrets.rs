//! What the log scan needs of the harness: the logs of `local` and of the `countersign` command on
//! stderr, functions that trace, and every secret that comes by, written to a file.
//!
//! All of it happens only in a process that the scan has started, which it tells by [`FILE`].

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use local::iam::{AccessKey, Iam};
use serde_json::{Value, json};
use yaml_serde::Value as Yaml;

use crate::template;

/// The variable that names the file which secrets are written to, one JSON object a line:
/// `{"kind":"session token","secret":…}`.
pub const FILE: &str = "COUNTERSIGN_TEST_SECRETS";

/// What is written down is at least this long: a shorter text may stand in a log by chance.
pub const SHORTEST: usize = 20;

/// Parameters and headers whose values are secrets, in lower case, and how those look: a tampered
/// request may carry any other value under their names.
const SECRET_NAMES: [(&str, &str, Look); 2] = [
    ("x-amz-signature", "signature", |value| {
        value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit())
    }),
    ("x-amz-security-token", "session token", |value| value.len() > 100),
];

type Look = fn(&str) -> bool;

/// Whether secrets are recorded. The first call starts the log, by `RUST_LOG` as the command does.
pub fn are_recorded() -> bool {
    file().is_some()
}

/// The template with `RUST_LOG=trace` in every function's environment.
pub fn with_tracing_functions(text: &str) -> String {
    let Ok(mut tree) = yaml_serde::from_str::<Yaml>(text) else { return text.to_owned() };
    let resources = tree.get_mut("Resources").and_then(Yaml::as_mapping_mut);
    for (_, resource) in resources.into_iter().flatten() {
        let is_function =
            resource.get("Type").and_then(Yaml::as_str) == Some("AWS::Lambda::Function");
        if is_function && resource.get("Properties").is_some() {
            let variables = template::at(resource, "Properties.Environment.Variables");
            variables.as_mapping_mut().unwrap().insert("RUST_LOG".into(), "trace".into());
        }
    }
    yaml_serde::to_string(&tree).unwrap()
}

/// Records, when it is dropped, every access key that a stack has known.
pub struct Keys(pub(crate) Arc<Iam>);

impl Drop for Keys {
    fn drop(&mut self) {
        if are_recorded() {
            self.0.access_keys().iter().for_each(|key| record_key(key));
        }
    }
}

/// Shows the scan a line that a `countersign` process has written to stderr, or that a stack has told.
pub(crate) fn scan(line: &str) {
    if are_recorded() {
        eprintln!("{line}");
    }
}

/// Records a token, and the developer's secret, in a line that a `countersign` process has written to stdout: its
/// line of JSON, or the banner's line for a shell.
pub(crate) fn record_told(line: &str) {
    if !are_recorded() {
        return;
    }
    record_token(line);
    let told = serde_json::from_str::<Value>(line).unwrap_or_default();
    let in_json = told.pointer("/credentials/secretAccessKey").and_then(Value::as_str);
    let of_shell =
        || line.split_whitespace().find_map(|word| word.strip_prefix("AWS_SECRET_ACCESS_KEY="));
    if let Some(secret) = in_json.or_else(of_shell) {
        record("secret access key", secret);
    }
}

fn record_key(key: &AccessKey) {
    record("secret access key", key.credentials().secret_access_key());
    if let Some(token) = key.credentials().session_token() {
        record("session token", token);
    }
}

/// Records what a request holds that is sent to `authority`.
pub(crate) fn record_request(authority: &str, target: &str, headers: &[(&str, &str)]) {
    if are_recorded() {
        record_url(&format!("ws://{authority}{target}"));
        headers.iter().for_each(|(name, value)| record_named(name, value));
    }
}

/// Records what an answer of `/sign` hands out.
pub(crate) fn record_answer(body: &[u8]) {
    if !are_recorded() {
        return;
    }
    let Ok(Value::Object(answer)) = serde_json::from_slice(body) else { return };
    if let Some(url) = answer.get("url").and_then(Value::as_str) {
        record_url(url);
    }
    for (name, value) in answer.get("headers").and_then(Value::as_object).into_iter().flatten() {
        record_named(name, value.as_str().unwrap_or_default());
    }
}

/// A URL as a whole and the secrets in its query, if there are any.
fn record_url(url: &str) {
    if !url.to_ascii_lowercase().contains("x-amz-signature") {
        return;
    }
    record("signed URL", url);
    if let Some(start) = url.get("ws://".len()..).and_then(|rest| rest.find('/')) {
        record("signed URL's target", &url["ws://".len() + start..]);
    }
    for pair in url.split(['?', '&']) {
        if let Some((name, value)) = pair.split_once('=') {
            record_named(name, value);
        }
    }
}

fn record_named(name: &str, value: &str) {
    let name = name.to_ascii_lowercase();
    if let Some((_, kind, looks_so)) = SECRET_NAMES.iter().find(|(other, ..)| *other == name) {
        if looks_so(value) {
            record(kind, value);
        }
    } else if name == "authorization"
        && let Some((_, signature)) = value.rsplit_once("Signature=")
    {
        record("signature", signature);
    } else if name == "authorization" {
        record_token(value.rsplit_once(' ').map_or(value, |(_, token)| token));
    }
}

/// A JWT as a whole, and its signature. Its header begins with `{"`.
fn record_token(text: &str) {
    if text.starts_with("eyJ")
        && let [_, _, signature] = text.split('.').collect::<Vec<_>>()[..]
    {
        record("token", text);
        record("token's signature", signature);
    }
}

fn record(kind: &str, secret: &str) {
    if let Some(file) = file().filter(|_| secret.len() >= SHORTEST) {
        let line = format!("{}\n", json!({"kind": kind, "secret": secret}));
        file.lock().unwrap().write_all(line.as_bytes()).unwrap();
    }
}

fn file() -> Option<&'static Mutex<File>> {
    static RECORD: OnceLock<Option<Mutex<File>>> = OnceLock::new();
    let open = || {
        let path = std::env::var_os(FILE)?;
        let levels = std::env::var("RUST_LOG").unwrap_or_default();
        local::command::logs::install(&levels);
        Some(Mutex::new(OpenOptions::new().create(true).append(true).open(path).unwrap()))
    };
    RECORD.get_or_init(open).as_ref()
}
