//! API Gateway's side: a host, a time and one key.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use sigv4_verify::{Expected, Key, Keys, Refusal, SecretKey, SessionToken, Verified, WireRequest};

/// The API's host.
pub(crate) const HOST: &str = "abc123.execute-api.eu-west-1.amazonaws.com";

/// The API's region.
pub(crate) const REGION: &str = "eu-west-1";

/// 2026-01-02T03:04:05Z in seconds: when botocore signed the URLs of the corpus.
pub(crate) const NOW: u64 = 1_767_323_045;

/// The secret of [`credentials`].
pub(crate) const SECRET: &str = "secret/EXAMPLE";

const TOKEN: &str = "TOK/+==";

/// The clock.
pub(crate) fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOW)
}

/// Temporary credentials that hold for an hour.
pub(crate) fn credentials() -> Credentials {
    let end = now() + Duration::from_secs(3600);
    Credentials::new("ASIAEXAMPLE", SECRET, Some(TOKEN.to_owned()), Some(end), "fuzz")
}

/// The verdict on a handshake with this request-target, where every key has this secret and belongs to
/// the session that the target names, if it names one.
pub(crate) fn verdict(
    target: &str,
    headers: &[(&str, &str)],
    secret: &'static str,
    token: Option<&str>,
) -> Result<Verified, Refusal> {
    let headers: Vec<_> = [("Host", HOST)].into_iter().chain(headers.iter().copied()).collect();
    let request = WireRequest { method: "GET", target, headers: &headers, body: b"" };
    let expected = Expected { region: REGION, service: "execute-api", now: now().into() };
    sigv4_verify::verify(&request, &expected, &EveryKey { secret, token })
}

/// The verdict on a handshake with what was signed with [`credentials`].
pub(crate) fn verdict_on_own(target: &str, headers: &[(&str, &str)]) -> Result<Verified, Refusal> {
    verdict(target, headers, SECRET, Some(TOKEN))
}

/// The request-target of a URL for [`HOST`].
pub(crate) fn target(url: &str) -> &str {
    let target = url.strip_prefix("wss://").and_then(|rest| rest.strip_prefix(HOST));
    target.expect("a URL of the host")
}

struct EveryKey<'a> {
    secret: &'static str,
    token: Option<&'a str>,
}

impl Keys for EveryKey<'_> {
    fn find(&self, _: &str) -> Option<Key> {
        let session_token = self.token.map(SessionToken::new);
        Some(Key { secret: SecretKey::new(self.secret), session_token, expires: None })
    }
}
