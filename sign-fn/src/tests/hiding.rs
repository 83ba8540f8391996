//! What no log and no `Debug` text may hold.

use std::{
    io,
    sync::{Arc, Mutex},
};

use tracing_subscriber::fmt::MakeWriter;

use super::*;
use crate::{body::SignRequest, sign::sign};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// What this crate logs at the level TRACE while it answers. (That no other crate logs below WARN is
/// lambda-entry's work.)
fn logged(source: Always, body: &str) -> (Value, String) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    let reply = tracing::subscriber::with_default(subscriber, || {
        reply_to(ANY, source, counting, event_with(body))
    });
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let ours = log.lines().filter(|line| line.contains(" sign_fn")).map(|line| format!("{line}\n"));
    (serde_json::from_slice(reply.body()).unwrap(), ours.collect())
}

fn marked() -> Credentials {
    Credentials::new("MARKERID", "MARKERSECRET", Some("MARKERTOKEN".into()), None, "test")
}

const BODIES: [&str; 4] = [
    r#"{"query":{"room":"MARKERVALUE"}}"#,
    r#"{"query":{"room":"MARKERVALUE"},"authMethod":"header","headers":{"a":"MARKERHEADER"}}"#,
    r#"{"url":"wss://other.example/?X-Amz-Signature=MARKERPASTED"}"#,
    r#"{"query":{"x-amz-signature":"MARKERPASTED"}}"#,
];

#[test]
fn the_log_holds_nothing_of_what_is_signed() {
    for body in BODIES {
        let (reply, log) = logged(Always(Some(marked())), body);
        assert!(!log.is_empty() && !log.contains("MARKER"), "{log}");
        if let Some(url) = reply["url"].as_str() {
            assert!(!log.contains("wss://"), "{log}");
            let shown = format!("{url} {}", reply["headers"]);
            assert!(shown.contains("MARKERTOKEN"), "{shown}");
        } else {
            assert!(!reply.to_string().contains("MARKER"), "{reply}");
        }
    }
}

#[test]
fn the_log_holds_why_there_are_no_credentials() {
    let (reply, log) = logged(Always(None), "{}");
    assert!(log.contains("MARKERCAUSE") && log.contains("credentials_unavailable"), "{log}");
    assert!(!reply.to_string().contains("MARKER"), "{reply}");
}

#[test]
fn an_answer_hides_itself() {
    let config = config(ANY).unwrap();
    for body in &BODIES[..2] {
        let request = SignRequest::read(body.as_bytes(), &config).unwrap();
        let now = UNIX_EPOCH + Duration::from_secs(NOW);
        let answer = sign(&config, request, &marked(), [0; 16], now).unwrap();
        assert!(answer.secret_json().contains("MARKERTOKEN"));
        let shown = format!("{answer:?} {answer:#?}");
        for secret in ["MARKERTOKEN", "MARKERSECRET", "MARKERID", "MARKERHEADER", "Signature="] {
            let shown = shown.replace("X-Amz-Signature=[hidden]", "");
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
