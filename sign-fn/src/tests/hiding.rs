//! What no log and no `Debug` text may hold.

use super::*;
use crate::{body::SignRequest, config::CLAIM_GRANTS, sign::sign};

/// What this crate logs at the level TRACE while it answers. (That no other crate logs below WARN is
/// lambda-entry's work.)
fn logged(source: Always, body: &str) -> (Value, String) {
    logged_of(ANY, source, event_with(body))
}

fn logged_of(changes: &[(&str, Option<&str>)], source: Always, event: Value) -> (Value, String) {
    let lines = CapturedLog::default();
    let capture = lines.capture();
    let reply = reply_to(changes, source, counting, event);
    drop(capture);
    let log = lines.text();
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
fn the_log_holds_no_claim() {
    let changes = [(CLAIM_GRANTS, Some(r#"{"sub":"userId"}"#))];
    for (sub, code) in [
        ("MARKERCLAIM".to_owned(), None),
        ("MARKERCLAIM\n".to_owned(), Some("claim_unusable")),
        ("MARKERCLAIM".repeat(400), Some("url_too_long")),
    ] {
        let mut event = fixture("sign-jwt-cognito");
        event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] = sub.into();
        event["headers"]["authorization"] = "Bearer MARKERTOKEN".into();
        let (reply, log) = logged_of(&changes, Always(Some(marked())), event);
        assert_eq!(reply["code"].as_str(), code, "{reply}");
        assert!(!log.is_empty() && !log.contains("MARKER"), "{log}");
        assert!(code.is_none() || !reply.to_string().contains("MARKER"), "{reply}");
    }
}

/// (That each is the code of the reply, in the format's form, is checked with every reply.)
#[test]
fn the_metrics_hold_nothing_that_a_caller_sent() {
    let (function, lines) = function(ANY, Always(Some(marked())), counting);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for body in BODIES {
        let request = lambda_http::request::from_str(&event_with(body).to_string()).unwrap();
        runtime.block_on(handle(&function, request));
    }
    let counted: Vec<_> = Counted::read_all(&lines.text()).iter().map(Counted::what).collect();
    assert_eq!(counted, ["Signed", "Signed", "Refused wrong_url", "Refused reserved_name"]);
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
        let answer = sign(&config, request, Vec::new(), &marked(), [0; 16], now).unwrap();
        assert!(answer.secret_json().contains("MARKERTOKEN"));
        let shown = format!("{answer:?} {answer:#?}");
        for secret in ["MARKERTOKEN", "MARKERSECRET", "MARKERID", "MARKERHEADER", "Signature="] {
            let shown = shown.replace("X-Amz-Signature=[hidden]", "");
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
