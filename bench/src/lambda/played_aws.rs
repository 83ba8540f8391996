//! DynamoDB, STS and the management API of a WebSocket API, as one server over TLS that answers at once.
//!
//! It checks no signature and stores nothing; it counts calls by their names. A call that none of our functions makes
//! is answered with an error, and so shows in the function's answer.

use std::collections::BTreeMap;
use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::events::{self, CONNECTION_ID};
use super::http::{self, Request};

/// The calls to DynamoDB that are known.
const DYNAMODB: [&str; 3] = ["TransactWriteItems", "GetItem", "DeleteItem"];

/// As long as the session tokens of roles are in practice.
const TOKEN_CHARACTERS: usize = 900;

/// The server. It ends when it is dropped, with those who have called it.
pub(super) struct PlayedAws {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    stopped: Arc<AtomicBool>,
}

struct State {
    calls: Calls,
    /// What DynamoDB gives for the connection.
    stored: Vec<u8>,
}

/// What was called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Calls {
    /// How often, by the operation's name.
    pub(super) counts: BTreeMap<String, u64>,
    /// What was posted to a connection last.
    pub(super) last_frame: String,
}

impl Calls {
    /// How many of them went to DynamoDB.
    pub(super) fn to_dynamodb(&self) -> u64 {
        DYNAMODB.iter().filter_map(|name| self.counts.get(*name)).sum()
    }
}

impl PlayedAws {
    /// Serves on a free port, with the stored connection of one parameter.
    pub(super) fn start(tls: Arc<ServerConfig>) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let state = State { calls: Calls::default(), stored: item(1) };
        let state = Arc::new(Mutex::new(state));
        let stopped = Arc::new(AtomicBool::new(false));
        let (shared, is_stopped) = (state.clone(), stopped.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if is_stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (tls, state) = (tls.clone(), shared.clone());
                // A connection that breaks shows on the other side.
                std::thread::spawn(move || stream.and_then(|stream| serve(stream, tls, &state)));
            }
        });
        Ok(Self { address, state, stopped })
    }

    /// `AWS_ENDPOINT_URL`
    pub(super) fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// From now on the stored connection has so many parameters.
    pub(super) fn store(&self, parameters: usize) {
        lock(&self.state).stored = item(parameters);
    }

    /// What was called since this was asked last.
    pub(super) fn take_calls(&self) -> Calls {
        std::mem::take(&mut lock(&self.state).calls)
    }
}

impl Drop for PlayedAws {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // Wakes the thread that accepts. Where it cannot be reached, it has ended.
        let _ = TcpStream::connect(self.address);
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(stream: TcpStream, tls: Arc<ServerConfig>, state: &Mutex<State>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let connection = ServerConnection::new(tls).map_err(std::io::Error::other)?;
    let mut stream = BufReader::new(StreamOwned::new(connection, stream));
    while let Some(request) = Request::read(&mut stream)? {
        let answer = answer(&request, &mut lock(state));
        let writer = stream.get_mut();
        writer.write_all(&answer)?;
        writer.flush()?;
    }
    Ok(())
}

fn answer(request: &Request, state: &mut State) -> Vec<u8> {
    let called = operation(request);
    *state.calls.counts.entry(called.to_owned()).or_default() += 1;
    match called {
        "GetItem" => dynamodb("200 OK", &state.stored),
        "TransactWriteItems" | "DeleteItem" => dynamodb("200 OK", b"{}"),
        "AssumeRole" => http::answer("200 OK", &[("Content-Type", "text/xml")], &session()),
        "PostToConnection" => {
            state.calls.last_frame = String::from_utf8_lossy(&request.body).into_owned();
            http::answer("200 OK", &[], b"")
        }
        _ => dynamodb("400 Bad Request", br#"{"__type":"UnknownOperationException"}"#),
    }
}

/// The name of what is called; `another` where no function of ours calls it.
fn operation(request: &Request) -> &'static str {
    if let Some(target) = request.header("x-amz-target") {
        let called = target.strip_prefix("DynamoDB_20120810.").unwrap_or_default();
        return DYNAMODB.into_iter().find(|name| *name == called).unwrap_or("another");
    }
    if request.target.contains("/@connections/") {
        return "PostToConnection";
    }
    let body = String::from_utf8_lossy(&request.body);
    if body.split('&').any(|pair| pair == "Action=AssumeRole") { "AssumeRole" } else { "another" }
}

fn dynamodb(status: &str, body: &[u8]) -> Vec<u8> {
    let id = ("x-amzn-RequestId", "4KBNVRGD25RG1KEO9UT4V3FQDJVV4KQNSO5AEMVJF66Q9ASUAAJG");
    http::answer(status, &[("Content-Type", "application/x-amz-json-1.0"), id], body)
}

/// The answer to AssumeRole. ("AssumeRole", AWS Security Token Service API Reference)
fn session() -> Vec<u8> {
    let end = OffsetDateTime::from(SystemTime::now() + Duration::from_secs(3_600));
    let end = end.replace_nanosecond(0).unwrap_or(end).format(&Rfc3339).unwrap_or_default();
    let token = "IQoJb3JpZ2luX2VjEXAMPLE/+".repeat(TOKEN_CHARACTERS / 25);
    format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
         <AssumedRoleUser><AssumedRoleId>{}:sign</AssumedRoleId><Arn>{}</Arn></AssumedRoleUser>\
         <Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId>\
         <SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY</SecretAccessKey>\
         <SessionToken>{token}</SessionToken><Expiration>{end}</Expiration></Credentials>\
         </AssumeRoleResult><ResponseMetadata><RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId>\
         </ResponseMetadata></AssumeRoleResponse>",
        events::SIGNER_ROLE_ID,
        events::SIGNER_SESSION_ARN,
    )
    .into_bytes()
}

/// The record of the connection, with so many requested parameters, as ws-connect writes it.
fn item(parameters: usize) -> Vec<u8> {
    let requested: serde_json::Map<String, Value> =
        events::parameters(parameters).map(|(name, value)| (name, json!({"S": value}))).collect();
    json!({"Item": {
        "connectionId": {"S": CONNECTION_ID},
        "granted": {"M": {"userId": {"S": "u-1"}}},
        "requested": {"M": requested},
        "headers": {"M": {}},
        "connectedAt": {"N": "1767323045670"},
        "sourceIp": {"S": "192.0.2.44"},
        "userAgent": {"S": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"},
        "caller": {"S": events::SIGNER_SESSION_ARN},
        "apiId": {"S": "abc123"},
        "stage": {"S": "prod"},
        "expiresAt": {"N": (events::now() / 1_000 + 7_800).to_string()},
    }})
    .to_string()
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(head: &str, body: &str, expected: &str) {
        let sent = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let request = Request::read(&mut sent.as_bytes()).unwrap().unwrap();
        assert_eq!(operation(&request), expected);
    }

    #[test]
    fn calls_are_told_apart() {
        let dynamodb = |name| format!("POST / HTTP/1.1\r\nX-Amz-Target: DynamoDB_20120810.{name}");
        check(&dynamodb("GetItem"), "{}", "GetItem");
        check(&dynamodb("TransactWriteItems"), "{}", "TransactWriteItems");
        check(&dynamodb("Scan"), "{}", "another");
        check("POST /prod/@connections/c%3D HTTP/1.1", "hello", "PostToConnection");
        check("POST / HTTP/1.1", "Action=AssumeRole&Version=2011-06-15", "AssumeRole");
        check("POST / HTTP/1.1", "Action=GetCallerIdentity", "another");
    }

    #[test]
    fn calls_are_counted_until_they_are_taken() {
        let mut state = State { calls: Calls::default(), stored: Vec::new() };
        for target in ["GetItem", "GetItem", "DeleteItem"] {
            let sent =
                format!("POST / HTTP/1.1\r\nX-Amz-Target: DynamoDB_20120810.{target}\r\n\r\n");
            let request = Request::read(&mut sent.as_bytes()).unwrap().unwrap();
            answer(&request, &mut state);
        }
        let sent = "POST /prod/@connections/c HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi";
        answer(&Request::read(&mut sent.as_bytes()).unwrap().unwrap(), &mut state);
        assert_eq!(state.calls.counts.get("GetItem"), Some(&2));
        assert_eq!(state.calls.to_dynamodb(), 3);
        assert_eq!(state.calls.last_frame, "hi");
    }
}
