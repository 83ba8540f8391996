//! Our signer and our verifier, called as sign-fn and `local` call them.

use aws_credential_types::Credentials;
use sigv4_sign::{SERVICE, Signer};
use sigv4_verify::{
    Expected, Key, Keys, Refusal, SecretKey, SessionToken, Verified, WireRequest, verify,
};

use super::case::{ACCESS_KEY_ID, Case, HOST, LIFETIME, REGION};

/// The case's URL, signed.
pub fn presigned_url(case: &Case) -> String {
    let signer = Signer { credentials: &case.credentials, region: REGION, time: Case::time() };
    let url = signer.presigned_url(&case.endpoint, &case.parameters, LIFETIME);
    url.expect("a case can be signed").secret_text().to_owned()
}

/// What a handshake with that URL asks for: all behind the host.
pub fn target(url: &str) -> &str {
    url.find("/prod").map_or("", |start| &url[start..])
}

/// The verdict on a handshake with this request-target, at the time of signing.
///
/// # Errors
///
/// The first rule that is broken.
pub fn verdict(target: &str, credentials: &Credentials) -> Result<Verified, Refusal> {
    let request = WireRequest { method: "GET", target, headers: &HANDSHAKE, body: b"" };
    let expected = Expected { region: REGION, service: SERVICE, now: Case::time().into() };
    verify(&request, &expected, &Session(credentials))
}

/// The headers that Chromium sends.
const HANDSHAKE: [(&str, &str); 13] = [
    ("Host", HOST),
    ("Connection", "Upgrade"),
    ("Pragma", "no-cache"),
    ("Cache-Control", "no-cache"),
    (
        "User-Agent",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    ),
    ("Upgrade", "websocket"),
    ("Origin", "https://app.example.com"),
    ("Sec-WebSocket-Version", "13"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ("Accept-Language", "en-US,en;q=0.9"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
    ("Cookie", "theme=dark"),
];

/// One session's key, looked up as `local` does: taken in anew for each request.
struct Session<'a>(&'a Credentials);

impl Keys for Session<'_> {
    fn find(&self, access_key_id: &str) -> Option<Key> {
        (access_key_id == ACCESS_KEY_ID).then(|| Key {
            secret: SecretKey::new(self.0.secret_access_key()),
            session_token: self.0.session_token().map(SessionToken::new),
            expires: None,
        })
    }
}
