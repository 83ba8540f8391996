//! A request of which any part can be changed before it is signed, so that it breaks one rule and
//! no other. The canonical request is written down here by hand; only the signing key is the
//! crate's.

use sha2::{Digest, Sha256};
use sigv4_verify::SecretKey;
use sigv4_verify::credential::CredentialScope;
use sigv4_verify::signing_key::SigningKey;
use url::form_urlencoded::byte_serialize;

pub(crate) const KEY_ID: &str = "ASIAEXAMPLE";
pub(crate) const SECRET: &str = "MARKER-secret/EXAMPLE";
pub(crate) const TOKEN: &str = "MARKER-token/+==";
pub(crate) const DATE: &str = "20260102T030405Z";

/// What is signed. The defaults make a good request.
pub(crate) struct Draft {
    pub(crate) algorithm: &'static str,
    pub(crate) credential: String,
    pub(crate) date: &'static str,
    pub(crate) signed_headers: &'static str,
    pub(crate) token: Option<&'static str>,
    pub(crate) secret: &'static str,
    /// The hash in the last line; by default that of the body.
    pub(crate) payload_hash: Option<&'static str>,
    pub(crate) parameters: Vec<(&'static str, &'static str)>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: &'static str,
}

/// A request on the wire.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) target: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: &'static str,
    pub(crate) signature: String,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            algorithm: "AWS4-HMAC-SHA256",
            credential: format!("{KEY_ID}/20260102/eu-west-1/execute-api/aws4_request"),
            date: DATE,
            signed_headers: "host",
            token: Some(TOKEN),
            secret: SECRET,
            payload_hash: None,
            parameters: vec![("room", "lobby")],
            headers: vec![("Host", "ws.example.com".to_owned())],
            body: "",
        }
    }
}

impl Draft {
    /// Signs in the query. A parameter with an empty text is left out.
    pub(crate) fn presigned(mut self) -> Sent {
        let credential = self.credential.clone();
        let mut pairs: Vec<(String, String)> = [
            ("X-Amz-Algorithm", self.algorithm),
            ("X-Amz-Credential", &credential),
            ("X-Amz-Date", self.date),
            ("X-Amz-SignedHeaders", self.signed_headers),
            ("X-Amz-Security-Token", self.token.unwrap_or_default()),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .chain(self.parameters.drain(..))
        .map(|(name, value)| (encoded(name), encoded(value)))
        .collect();
        pairs.sort();
        let query = joined(&pairs);
        let signature = self.signature(&query);
        let target = format!("/prod?{query}&X-Amz-Signature={signature}");
        Sent { target, headers: self.headers, body: self.body, signature }
    }

    /// Signs in the headers.
    pub(crate) fn authorized(mut self) -> Sent {
        self.headers.push(("X-Amz-Date", self.date.to_owned()));
        self.headers.extend(self.token.map(|token| ("X-Amz-Security-Token", token.to_owned())));
        let mut pairs: Vec<(String, String)> =
            self.parameters.iter().map(|(name, value)| (encoded(name), encoded(value))).collect();
        pairs.sort();
        let query = joined(&pairs);
        let signature = self.signature(&query);
        let Self { algorithm, credential, signed_headers, .. } = &self;
        let authorization = format!(
            "{algorithm} Credential={credential}, SignedHeaders={signed_headers}, Signature={signature}"
        );
        self.headers.push(("Authorization", authorization));
        Sent { target: format!("/prod?{query}"), headers: self.headers, body: self.body, signature }
    }

    fn signature(&self, query: &str) -> String {
        let lines: String = self
            .signed_headers
            .split(';')
            .map(|name| {
                let header =
                    self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
                format!("{name}:{}\n", header.map_or("", |(_, value)| value))
            })
            .collect();
        let body_hash = sha256(self.body);
        let payload_hash = self.payload_hash.unwrap_or(&body_hash);
        let signed_headers = self.signed_headers;
        let canonical = format!("GET\n/prod\n{query}\n{lines}\n{signed_headers}\n{payload_hash}");

        let scope = self.credential.split_once('/').map_or("", |(_, scope)| scope);
        let (date, hash) = (self.date, sha256(&canonical));
        let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{hash}");
        let mut parts = scope.split('/').chain(std::iter::repeat(""));
        let mut part = || parts.next().unwrap_or_default();
        let scope =
            CredentialScope { day: part(), region: part(), service: part(), terminator: part() };
        SigningKey::derive(&SecretKey::new(self.secret), &scope).sign(&to_sign).expose().to_owned()
    }
}

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

fn joined(pairs: &[(String, String)]) -> String {
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
