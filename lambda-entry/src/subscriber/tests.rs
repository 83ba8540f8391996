//! What is logged and what is not, and in which form.

use std::sync::{Mutex, PoisonError};

use super::*;
use crate::captured_log::CapturedLog;

fn levels_of(variables: &[(&str, &str)]) -> (Targets, Option<String>) {
    levels(&|name: &str| {
        variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    })
}

/// One subscriber at a time: tracing caches for the whole process what a call site may say, and for a
/// moment wrongly where two threads change their subscribers at once.
static TURN: Mutex<()> = Mutex::new(());

/// What is logged under these variables by `say`.
fn logged(variables: &[(&str, &str)], format: Format, say: impl FnOnce()) -> String {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let lines = CapturedLog::default();
    let writer = lines.clone();
    let subscriber = subscriber(levels_of(variables).0, format, move || writer.clone());
    tracing::subscriber::with_default(subscriber, say);
    lines.text()
}

/// Which of one event of each level, from one of our crates and from a foreign one, is logged.
#[track_caller]
fn check(variables: &[(&str, &str)], expected: &[&str]) {
    let text = logged(variables, Format::Text, || {
        tracing::trace!(target: "ws_connect::handler", "our-trace");
        tracing::debug!(target: "ws_connect", "our-debug");
        tracing::info!(target: "ws_connect", "our-info");
        tracing::warn!(target: "ws_connect", "our-warning");
        tracing::error!(target: "ws_connect", "our-error");
        tracing::trace!(target: "aws_sigv4::http_request", "foreign-trace");
        tracing::debug!(target: "aws_sigv4", "foreign-debug");
        tracing::info!(target: "aws_sigv4", "foreign-info");
        tracing::warn!(target: "aws_sigv4", "foreign-warning");
    });
    let messages: Vec<&str> = text.lines().filter_map(|line| line.rsplit(' ').next()).collect();
    assert_eq!(messages, expected, "under {variables:?}");
}

const ALL_OF_OURS: [&str; 6] =
    ["our-trace", "our-debug", "our-info", "our-warning", "our-error", "foreign-warning"];

#[test]
fn info_is_the_default() {
    check(&[], &["our-info", "our-warning", "our-error", "foreign-warning"]);
    check(
        &[(LEVELS, ""), (LAMBDA_LEVEL, "")],
        &["our-info", "our-warning", "our-error", "foreign-warning"],
    );
}

#[test]
fn trace_is_for_our_crates_only() {
    check(&[(LEVELS, "trace")], &ALL_OF_OURS);
}

#[test]
fn no_directive_lifts_the_cap_from_a_foreign_crate() {
    check(&[(LEVELS, "trace,aws_sigv4=trace,aws_sigv4::http_request=trace")], &ALL_OF_OURS);
    check(&[(LEVELS, "aws_sigv4=trace")], &["our-error", "foreign-warning"]);
}

#[test]
fn one_of_our_crates_can_be_traced_alone() {
    check(&[(LEVELS, "error,ws_connect=trace")], &ALL_OF_OURS[..5]);
}

#[test]
fn a_crate_whose_name_begins_like_ours_is_foreign() {
    let text = logged(&[(LEVELS, "trace")], Format::Text, || {
        tracing::debug!(target: "connections_pool", "foreign");
        tracing::debug!(target: "connections::dynamodb", "ours");
    });
    assert_eq!(text, "DEBUG connections::dynamodb: ours\n");
}

#[test]
fn rust_log_goes_before_lambdas_level() {
    check(&[(LEVELS, "error"), (LAMBDA_LEVEL, "TRACE")], &["our-error"]);
    check(&[(LAMBDA_LEVEL, "ERROR")], &["our-error"]);
}

#[test]
fn errors_are_always_logged() {
    for quiet in ["off", "ws_connect=off"] {
        let text = logged(&[(LEVELS, quiet)], Format::Text, || {
            tracing::error!(target: "ws_connect", "our-error");
        });
        assert_eq!(text, "ERROR ws_connect: our-error\n", "under {quiet}");
    }
    check(&[(LAMBDA_LEVEL, "FATAL")], &["our-error"]);
}

#[test]
fn a_value_that_cannot_be_read_is_named() {
    let (levels, complaint) = levels_of(&[(LEVELS, "ws_connect=loud"), (LAMBDA_LEVEL, "DEBUG")]);
    assert_eq!(levels.default_level(), Some(LevelFilter::DEBUG));
    let complaint = complaint.expect("RUST_LOG cannot be read");
    assert!(complaint.starts_with(r#"RUST_LOG is "ws_connect=loud", expected "#), "{complaint}");
}

#[test]
fn json_lines_hold_level_message_fields_and_request_id() {
    let text = logged(&[], Format::of(Some("JSON")), || {
        crate::invocation_span("8476a536").in_scope(|| {
            tracing::info!(target: "ws_connect", reason = "nonce_spent", "refused");
        });
    });
    let line: serde_json::Value = serde_json::from_str(&text).expect("one line of JSON");
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["message"], "refused");
    assert_eq!(line["reason"], "nonce_spent");
    assert_eq!(line["span"]["request_id"], "8476a536");
    assert!(line["timestamp"].is_string());
}

#[test]
fn the_request_id_is_shown_even_where_only_errors_are() {
    let text = logged(&[(LEVELS, "error")], Format::Text, || {
        crate::invocation_span("8476a536")
            .in_scope(|| tracing::error!(target: "ws_connect", "failed"));
    });
    assert_eq!(text, "ERROR invocation{request_id=\"8476a536\"}: ws_connect: failed\n");
}
