//! AWS credentials of the environment, and what they sign: requests by AWS's own crate, and handshakes in ways in
//! which no signer should.

use std::fmt;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{self, SignableBody, SignableRequest, SigningSettings};
use aws_sigv4::sign::v4;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::wire::address::{Scheme, WireUrl};

/// The service that API Gateway's requests are signed for (IAM User Guide, "Create a signed AWS API request").
const SERVICE: &str = "execute-api";
/// What Signature Version 4 leaves as it is (the same).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const PATH_ENCODED: &AsciiSet = &ENCODED.remove(b'/');
/// The hash of no body.
pub(super) const NO_BODY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Credentials, and the region that they sign for.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) credentials: Credentials,
    pub(super) region: String,
    /// How far the stack's clock is ahead of this machine's: what is signed is dated by it.
    pub(super) ahead: time::Duration,
}

/// Why there are none that could sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoKeys {
    /// None at all.
    #[error("no AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment")]
    NotThere,
    /// No region.
    #[error("the region is not known to sign for, expected --region or AWS_REGION")]
    NoRegion,
}

/// Why AWS takes nothing that these credentials sign, whatever it is: the type of its error tells.
/// (`docs/troubleshooting.md`; AWS STS API Reference, "Common Errors")
pub(super) fn not_taken(error_type: Option<&str>) -> Option<&'static str> {
    match error_type? {
        "UnrecognizedClientException" | "InvalidClientTokenId" => {
            Some("the AWS credentials of the environment are not known to this stack's account")
        }
        "ExpiredTokenException" => Some("the AWS credentials of the environment have ended"),
        _ => None,
    }
}

/// Why a request could not be signed.
#[derive(Debug, thiserror::Error)]
#[error("the request cannot be signed")]
pub(super) struct SigningError;

impl Keys {
    /// `AWS_ACCESS_KEY_ID` and its like.
    pub(super) fn of_environment(region: Option<String>) -> Result<Self, NoKeys> {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let (Some(id), Some(secret)) =
            (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"))
        else {
            return Err(NoKeys::NotThere);
        };
        let region = region
            .or_else(|| variable("AWS_REGION"))
            .or_else(|| variable("AWS_DEFAULT_REGION"))
            .ok_or(NoKeys::NoRegion)?;
        let token = variable("AWS_SESSION_TOKEN");
        let credentials = Credentials::new(id, secret, token, None, "environment");
        Ok(Self { credentials, region, ahead: time::Duration::ZERO })
    }

    /// The headers that sign a request, by AWS's own crate.
    pub(super) fn headers(
        &self,
        method: &str,
        url: &WireUrl,
        body: &[u8],
    ) -> Result<Vec<(String, String)>, SigningError> {
        let scheme = match url.address.scheme {
            Scheme::Plain => "http",
            Scheme::Tls => "https",
        };
        let uri = format!("{scheme}://{}{}", url.address.authority, url.target);
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(SERVICE)
            .time(SystemTime::from(self.now()))
            .settings(SigningSettings::default())
            .build()
            .map_err(|_| SigningError)?
            .into();
        let body = SignableBody::Bytes(body);
        let request = SignableRequest::new(method, &*uri, std::iter::empty(), body)
            .map_err(|_| SigningError)?;
        let signed = http_request::sign(request, &parameters).map_err(|_| SigningError)?;
        let (instructions, _) = signed.into_parts();
        let headers = instructions.headers();
        Ok(headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() + self.ahead
    }

    /// A handshake that is signed now, as it should be.
    pub(super) fn draft<'a>(&'a self, websocket: &'a WireUrl) -> Draft<'a> {
        Draft {
            keys: self,
            websocket,
            date: self.now(),
            region: &self.region,
            service: SERVICE,
            expires: Some("60"),
            payload_hash: NO_BODY,
            query: "",
            canonical_query: "",
            header: None,
            end: "",
        }
    }
}

/// A presigned handshake: what goes over the wire, and what of it is signed.
#[derive(Clone, Copy)]
pub(super) struct Draft<'a> {
    pub(super) keys: &'a Keys,
    pub(super) websocket: &'a WireUrl,
    pub(super) date: OffsetDateTime,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    /// `X-Amz-Expires`.
    pub(super) expires: Option<&'a str>,
    pub(super) payload_hash: &'a str,
    /// Further parameters as they are sent. Names in lower case, which sort behind the signature's own.
    pub(super) query: &'a str,
    /// And as they are signed.
    pub(super) canonical_query: &'a str,
    /// A header that is signed beside `host`; its name sorts behind that.
    pub(super) header: Option<(&'a str, &'a str)>,
    /// What stands behind the signature.
    pub(super) end: &'a str,
}

impl Draft<'_> {
    /// The URL.
    pub(super) fn url(&self) -> WireUrl {
        let credentials = &self.keys.credentials;
        let date = date_text(self.date);
        let scope = format!("{}/{}/{}/aws4_request", &date[..8], self.region, self.service);
        let encode = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
        let credential = encode(&format!("{}/{scope}", credentials.access_key_id()));
        let signed_headers = match self.header {
            Some((name, _)) => format!("host;{name}"),
            None => "host".to_owned(),
        };
        let token = credentials.session_token().map(encode);
        let own = [
            Some("X-Amz-Algorithm=AWS4-HMAC-SHA256".to_owned()),
            Some(format!("X-Amz-Credential={credential}")),
            Some(format!("X-Amz-Date={date}")),
            self.expires.map(|seconds| format!("X-Amz-Expires={}", encode(seconds))),
            token.map(|token| format!("X-Amz-Security-Token={token}")),
            Some(format!("X-Amz-SignedHeaders={}", encode(&signed_headers))),
        ];
        let with = |further: &str| {
            let further = (!further.is_empty()).then(|| further.to_owned());
            let parameters: Vec<_> = own.iter().flatten().cloned().chain(further).collect();
            parameters.join("&")
        };
        let header = self.header.map(|(name, value)| format!("{name}:{value}\n"));
        let canonical_request = format!(
            "GET\n{}\n{}\nhost:{}\n{}\n{signed_headers}\n{}",
            utf8_percent_encode(self.websocket.path(), PATH_ENCODED),
            with(self.canonical_query),
            self.websocket.address.authority,
            header.unwrap_or_default(),
            self.payload_hash,
        );
        let hash: String =
            Sha256::digest(canonical_request).iter().map(|byte| format!("{byte:02x}")).collect();
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{hash}");
        let secret = credentials.secret_access_key();
        let key = v4::generate_signing_key(
            secret,
            SystemTime::from(self.date),
            self.region,
            self.service,
        );
        let signature = v4::calculate_signature(key, text.as_bytes());
        let query = with(self.query);
        let target =
            format!("{}?{query}&X-Amz-Signature={signature}{}", self.websocket.path(), self.end);
        self.websocket.with_target(target)
    }
}

/// Shows nothing of what is signed.
impl fmt::Debug for Draft<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Draft").field("date", &self.date).finish_non_exhaustive()
    }
}

/// `20260102T030405Z`
fn date_text(at: OffsetDateTime) -> String {
    let (hour, minute, second) = at.to_hms();
    let day = at.date().to_string().replace('-', "");
    format!("{day}T{hour:02}{minute:02}{second:02}Z")
}
