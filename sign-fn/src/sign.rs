//! A checked request, and what is granted along with it, becomes a signed URL.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use sigv4_sign::{SignedHeaders, SignedUrl, Signer};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    body::{AuthMethod, SignRequest},
    config::{Config, Grant},
    limits::{HEADER_BYTES, URL_CHARACTERS},
    refusal::Refusal,
};

/// The end of a URL's life, in seconds since 1970. ws-connect refuses it afterwards.
const EXPIRES: &str = "grant.expires";

/// What makes a URL good for one connection only: ws-connect takes each nonce once.
const NONCE: &str = "grant.nonce";

/// 128 random bits.
pub(crate) type Nonce = [u8; 16];

/// What the caller gets. What is secret in it hides itself.
#[derive(Debug)]
pub(crate) struct Answer {
    signed: Signed,
    expires_at: String,
}

#[derive(Debug)]
enum Signed {
    Url(SignedUrl),
    Headers(SignedHeaders),
}

impl Answer {
    /// The body of the reply: `{"url":…,"headers":{…},"expiresAt":"2026-01-02T03:05:05Z"}`. It is as
    /// good as the key that it was signed with, until it expires.
    pub(crate) fn secret_json(&self) -> String {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            url: &'a str,
            headers: BTreeMap<&'a str, &'a str>,
            expires_at: &'a str,
        }
        let (url, headers) = match &self.signed {
            Signed::Url(url) => (url.secret_text(), &[][..]),
            Signed::Headers(signed) => (signed.url(), signed.secret_pairs()),
        };
        let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        // Strings under string keys: this cannot fail.
        serde_json::to_string(&Body { url, headers, expires_at: &self.expires_at })
            .unwrap_or_default()
    }
}

/// Signs the request at the time `now`.
///
/// `claimed` is granted beside what is configured. The URL lives as long as configured, or until its credentials end if that is sooner.
pub(crate) fn sign(
    config: &Config,
    request: SignRequest,
    claimed: Vec<Grant>,
    credentials: &Credentials,
    nonce: Nonce,
    now: SystemTime,
) -> Result<Answer, Refusal> {
    let now = seconds(now);
    let expires = credentials
        .expiry()
        .map_or(now + config.url_ttl, |end| seconds(end).min(now + config.url_ttl));

    let mut parameters = request.parameters;
    parameters.extend(config.grants.iter().cloned());
    parameters.extend(claimed);
    parameters.push((EXPIRES.to_owned(), expires.as_secs().to_string()));
    parameters.push((NONCE.to_owned(), URL_SAFE_NO_PAD.encode(nonce)));

    let signer = Signer { credentials, region: &config.region, time: UNIX_EPOCH + now };
    let signed = match request.auth_method {
        AuthMethod::Query => {
            let lifetime = expires.saturating_sub(now);
            let url = signer.presigned_url(&config.websocket_url, &parameters, lifetime)?;
            check_url(url.secret_text())?;
            Signed::Url(url)
        }
        AuthMethod::Header(headers) => {
            let signed = signer.signed_headers(&config.websocket_url, &parameters, &headers)?;
            check_url(signed.url())?;
            check_size(&signed)?;
            Signed::Headers(signed)
        }
    };
    Ok(Answer { signed, expires_at: rfc3339(expires)? })
}

/// Whole seconds since 1970: neither `X-Amz-Date` nor `grant.expires` can hold more.
fn seconds(time: SystemTime) -> Duration {
    Duration::from_secs(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
}

fn rfc3339(since_1970: Duration) -> Result<String, Refusal> {
    i64::try_from(since_1970.as_secs())
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .and_then(|time| time.format(&Rfc3339).ok())
        .ok_or(Refusal::Signing(sigv4_sign::SigningError::Time))
}

fn check_url(url: &str) -> Result<(), Refusal> {
    match url.len() {
        found if found > URL_CHARACTERS => Err(Refusal::UrlTooLong { found }),
        _ => Ok(()),
    }
}

fn check_size(signed: &SignedHeaders) -> Result<(), Refusal> {
    const SEPARATORS: usize = ": \r\n".len();
    let headers = signed.secret_pairs().iter();
    let headers: usize = headers.map(|(name, value)| name.len() + value.len() + SEPARATORS).sum();
    match signed.url().len() + headers {
        found if found > HEADER_BYTES => Err(Refusal::HeadersTooLong { found }),
        _ => Ok(()),
    }
}
