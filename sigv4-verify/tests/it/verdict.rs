//! What the service says of a request on the wire, and the checks of a refusal.

use sigv4_verify::amz_date::AmzDate;
use sigv4_verify::{
    Expected, Key, Keys, Refusal, Rule, SecretKey, SessionToken, Verified, WireRequest, verify,
};
use time::{Duration, OffsetDateTime};

use crate::draft::{DATE, KEY_ID, SECRET, Sent, TOKEN};

/// A session's key, and the long-term key `AKIAEXAMPLE` with the same secret.
pub(crate) struct TwoKeys {
    pub(crate) session_ends: OffsetDateTime,
}

impl Keys for TwoKeys {
    fn find(&self, access_key_id: &str) -> Option<Key> {
        let (session_token, expires) = match access_key_id {
            KEY_ID => (Some(SessionToken::new(TOKEN)), Some(self.session_ends)),
            "AKIAEXAMPLE" => (None, None),
            _ => return None,
        };
        Some(Key { secret: SecretKey::new(SECRET), session_token, expires })
    }
}

pub(crate) fn date() -> OffsetDateTime {
    AmzDate::parse(DATE).expect("a date").time()
}

pub(crate) fn verdict_at(
    sent: &Sent,
    now: OffsetDateTime,
    session_ends: OffsetDateTime,
) -> Result<Verified, Refusal> {
    let headers: Vec<(&str, &str)> =
        sent.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let request = WireRequest {
        method: "GET",
        target: &sent.target,
        headers: &headers,
        body: sent.body.as_bytes(),
    };
    let expected = Expected { region: "eu-west-1", service: "execute-api", now };
    verify(&request, &expected, &TwoKeys { session_ends })
}

pub(crate) fn verdict(sent: &Sent) -> Result<Verified, Refusal> {
    verdict_at(sent, date(), date() + Duration::HOUR)
}

/// The one who refuses, by which rule, under which code, in which words.
pub(crate) fn check_verdict(
    verdict: Result<Verified, Refusal>,
    rule: Rule,
    code: &str,
    message: &str,
) {
    let refusal = verdict.expect_err(message);
    assert_eq!(
        (refusal.rule(), refusal.code(), refusal.to_string().as_str()),
        (rule, code, message),
        "{refusal:?}"
    );
    let finding = refusal.finding().to_string();
    assert!(finding.starts_with(&format!("{rule}: ")), "{finding}");
    for text in [finding, format!("{refusal:?}"), refusal.to_string()] {
        assert!(!text.contains("MARKER"), "{text}");
    }
}

pub(crate) fn check(sent: &Sent, rule: Rule, code: &str, message: &str) {
    check_verdict(verdict(sent), rule, code, message);
}

pub(crate) fn check_invalid(sent: &Sent, rule: Rule, message: &str) {
    check(sent, rule, "InvalidSignatureException", message);
}

pub(crate) fn check_incomplete(sent: &Sent, rule: Rule, message: &str) {
    check(sent, rule, "IncompleteSignatureException", message);
}

pub(crate) fn check_finding(sent: &Sent, finding: &str) {
    assert_eq!(verdict(sent).expect_err(finding).finding().to_string(), finding);
}
