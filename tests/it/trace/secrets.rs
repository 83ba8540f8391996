//! No signature, no token and no secret key is told, wherever a client, a function or a table puts it.

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};
use tests::probe::Probe;
use tests::stack::{Options, Stack};
use tests::trace::{Told, event};
use tests::websocket::{self, Handshake, split_url};

/// A secret is at least this long: a shorter text may stand anywhere by chance.
const SHORTEST: usize = 20;

/// Looks like no secret: its names alone tell.
const PASSWORD: &str = "a-password-of-hunter2";

/// Everything that must not be told.
#[derive(Default)]
struct Secrets(BTreeSet<String>);

impl Secrets {
    fn add(&mut self, secret: &str) {
        assert!(secret.len() >= SHORTEST);
        let decoded = percent_decode_str(secret).decode_utf8_lossy().into_owned();
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let once = encode(&decoded);
        let base64 = BASE64_STANDARD.encode(&decoded);
        self.0.extend([
            secret.to_owned(),
            once.to_lowercase(),
            encode(&once),
            once,
            base64,
            decoded,
        ]);
    }

    /// Signature and token of a URL.
    fn add_url(&mut self, url: &str) {
        for name in ["X-Amz-Signature=", "X-Amz-Security-Token="] {
            let (_, rest) = url.split_once(name).unwrap();
            self.add(rest.split('&').next().unwrap());
        }
    }

    /// The secret keys and tokens of every principal of a stack, its functions' among them.
    fn add_keys(&mut self, stack: &Stack) {
        for key in stack.running.iam.access_keys() {
            self.add(key.credentials().secret_access_key());
            key.credentials().session_token().into_iter().for_each(|token| self.add(token));
        }
    }

    #[track_caller]
    fn check_absent(&self, told: &[Value]) {
        for event in told {
            // A slash may be escaped in JSON that is a text within JSON.
            let line = event.to_string().replace("\\/", "/");
            let found = self.0.iter().any(|secret| line.contains(secret));
            assert!(!found, "a secret is told by an event {}", event["event"]);
        }
    }
}

#[tokio::test]
async fn no_handshake_tells_a_secret_that_its_client_has_sent() {
    let stack = Stack::start().await;
    let mut secrets = Secrets::default();
    let developer = stack.running.iam.developer().credentials().secret_access_key().to_owned();
    let url = stack.sign(json!({"room": "lobby"})).await;
    let other = stack.sign(json!({"room": "other"})).await;
    let jwt = format!("eyJhbGciOiJSUzI1NiJ9.{}.{}", "eyJzdWIiOiJ".repeat(9), "aB3-_x".repeat(40));
    let cookie = "session=bG9uZyBhbmQgc2VjcmV0IGNvb2tpZQ";
    [&developer, &jwt].into_iter().for_each(|secret| secrets.add(secret));
    secrets.add(cookie);
    [&url, &other].into_iter().for_each(|url| secrets.add_url(url));
    let signed = stack.ask_to_sign(&json!({"authMethod": "header"})).await.json();
    let signed_headers: Vec<_> = signed["headers"].as_object().unwrap().iter().collect();
    let signed_headers: Vec<_> = signed_headers
        .into_iter()
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
        .collect();
    for (name, value) in &signed_headers {
        match name.to_ascii_lowercase().as_str() {
            "authorization" => secrets.add(value.rsplit_once("Signature=").unwrap().1),
            "x-amz-security-token" => secrets.add(value),
            _ => {}
        }
    }

    let (authority, target) = split_url(&url);
    let (_, rest) = url.split_once("X-Amz-Security-Token=").unwrap();
    let token = rest.split('&').next().unwrap();
    let raw_token = percent_decode_str(token).decode_utf8().unwrap().into_owned();
    let encoded_twice = utf8_percent_encode(token, NON_ALPHANUMERIC).to_string();
    let key = utf8_percent_encode(&developer, NON_ALPHANUMERIC).to_string();
    let (_, other_target) = split_url(&other);
    let bearer = format!("Bearer {jwt}");
    let no_headers: &[(&str, &str)] = &[];
    let credential = |key: &str| {
        let (before, rest) = target.split_once("X-Amz-Credential=").unwrap();
        format!("{before}X-Amz-Credential={key}{}", &rest[rest.find("%2F").unwrap()..])
    };
    let tampered = [
        target.replacen("X-Amz-Signature", "X-Amz-Signatur", 1),
        target.replacen("X-Amz-Security-Token", "X-Amz-Securety-Tok", 1),
        target.replacen("X-Amz-Security-Token=", "room2=", 1),
        target.replacen("X-Amz-Security-Token=", "X-Amz-Security-Token", 1),
        target.replacen("X-Amz-Signature=", "X-Amz-Signature%3D", 1),
        target.replacen('?', "", 1),
        target.replacen('?', "%3F", 1),
        target.replacen(token, &encoded_twice, 1),
        target.replacen(token, &raw_token, 1),
        target.replacen("&X-Amz-Security-Token", "_X-Amz-Security-Token", 1),
        target.replacen("X-Amz-Date=", &format!("X-Amz-Date={token}"), 1),
        target.replacen("X-Amz-SignedHeaders=host", &format!("X-Amz-SignedHeaders={token}"), 1),
        target.to_lowercase(),
        target.clone() + "0",
        credential(&developer),
        credential(&key),
        format!("{target}&a={key}&{key}=b&token=short&c={jwt}"),
        format!("{target}&again={}", utf8_percent_encode(&other, NON_ALPHANUMERIC)),
        format!("/prod/{token}"),
        format!("/{key}"),
    ];
    let mut told = Told::by(&stack).await;
    let mut all = Vec::new();
    for target in &tampered {
        assert!(websocket::open_raw(&authority, target, no_headers).await.is_err());
        all.extend(told.until("ended").await);
    }
    let headers = [
        ("Cookie", cookie),
        ("Referer", other.as_str()),
        ("X-Forwarded-Uri", other_target.as_str()),
        ("X-Custom", developer.as_str()),
        ("X-Api-Key", raw_token.as_str()),
        ("User-Agent", raw_token.as_str()),
        ("X-Page", "http://127.0.0.1:5173/app?access_token=a-password-of-hunter2"),
        ("Forwarded", "for=1;token=a-password-of-hunter2"),
        ("X-Auth", PASSWORD),
        ("X-Database", "postgres://me:a-password-of-hunter2@h"),
    ];
    secrets.add(PASSWORD);
    let socket = websocket::open_with(&url, &headers).await.unwrap();
    all.extend(told.until("ended").await);
    assert!(websocket::open_with(&other, &[("Authorization", &bearer)]).await.is_err());
    all.extend(told.until("ended").await);
    let short = format!("bearer, {PASSWORD}");
    for protocols in [&jwt, &short] {
        let protocols = [("Sec-WebSocket-Protocol", protocols.as_str())];
        assert!(websocket::open_with(&other, &protocols).await.is_err());
        all.extend(told.until("ended").await);
    }
    let url = signed["url"].as_str().unwrap();
    let mut with_hash = signed_headers.clone();
    with_hash.push(("X-Amz-Content-SHA256", &raw_token));
    assert!(websocket::open_with(url, &with_hash).await.is_err());
    all.extend(told.until("ended").await);
    let by_header = websocket::open_with(url, &signed_headers).await.unwrap();
    all.extend(told.until("ended").await);
    socket.close().await;
    by_header.close().await;
    all.extend(told.until("disconnected").await);
    all.extend(told.until("disconnected").await);

    secrets.add_keys(&stack);
    secrets.check_absent(&all);
    let count = |name: &str| all.iter().filter(|event| event["event"] == name).count();
    assert_eq!((count("ended"), count("stored")), (tampered.len() + 6, 2));
    let shown = event(&all, "arrived").to_string();
    assert!(shown.contains("room=lobby"), "what is no secret is shown: {shown}");
    stack.stop().await;
}

#[tokio::test]
async fn no_function_and_no_table_tells_a_secret_of_its_own() {
    let probe = Probe::listen(env!("CARGO_BIN_EXE_probe")).await;
    let stack = Stack::start_with(probe.replace(Options::default(), &["ConnectFunction"])).await;
    let url = stack.sign(json!({})).await;
    let (authority, target) = split_url(&url);
    let mut told = Told::by(&stack).await;
    let handshake = Handshake::begin(&authority, &target, &[]).await;
    let invocation = probe.invoked().await;
    let id = invocation.event["requestContext"]["connectionId"].as_str().unwrap().to_owned();
    let environment = json!(invocation.environment);
    let secret = environment["AWS_SECRET_ACCESS_KEY"].as_str().unwrap().to_owned();
    let token = environment["AWS_SESSION_TOKEN"].as_str().unwrap().to_owned();
    let event = invocation.event.to_string();
    stack.put_row(
        "ConnectionsTable",
        &json!({
            "connectionId": {"S": id},
            "key": {"S": secret},
            "list": {"L": [{"S": token}, {"M": {"url": {"S": url}}}]},
            "set": {"SS": [token, url]},
            "event": {"S": event},
        }),
    );
    let body = json!({"environment": environment, "event": event, "text": format!("token={PASSWORD}&a=b")});
    let body = format!(r#"{{"k":"{secret}","k":{body}}}"#);
    let answer = json!({"statusCode": 200, "headers": {"X-Key": secret}, "body": body});
    invocation.answer(&answer).await;
    let socket = handshake.answer().await.unwrap();
    let mut all = told.until("ended").await;
    let output = stack.running.services.trace.overhear(Arc::new(|_, _| {}));
    let lines = [
        format!("{id} {secret}"),
        format!("{id} signs with {secret}, {token}: {url}"),
        format!("{id} key={secret} token={token}"),
        format!("{id} {environment}"),
        json!({"connection_id": id, "message": format!("the key is {secret}")}).to_string(),
        json!({"connection_id": id, "environment": environment, "event": event}).to_string(),
        json!([id, token, {"url": url}]).to_string(),
        format!("{id} {event}"),
        format!(r#"{{"id":"{id}","message":"{secret}","message":"ok"}}"#),
        format!(r#"{{"id":"{id}","message":"{}"}}"#, secret.replace('/', r"\/")),
        format!(r#"{id} INFO {{"token":"{PASSWORD}"}} Authorization: Bearer {PASSWORD}"#),
        format!("{id}\tINFO\ttoken={PASSWORD}"),
    ];
    for line in &lines {
        output("ConnectFunction", line);
        all.push(told.next().await);
    }
    let mut secrets = Secrets::default();
    secrets.add_keys(&stack);
    secrets.add_url(&url);
    secrets.add(&secret);
    secrets.add(PASSWORD);
    secrets.check_absent(&all);
    let count = |name: &str| all.iter().filter(|event| event["event"] == name).count();
    assert_eq!((count("stored"), count("logged")), (1, lines.len()));
    drop(socket);
    stack.stop().await;
}
