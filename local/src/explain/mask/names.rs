//! What the name of a value says of it.

/// Names of what is never shown, in lower case; known even where what separates name and value was lost.
pub(super) const SIGNATURE_NAMES: [&str; 2] = ["x-amz-signature", "x-amz-security-token"];

/// What the name of a secret has in it, in lower case.
const SECRET_WORDS: [&str; 14] = [
    "api-key",
    "api_key",
    "apikey",
    "authorization",
    "bearer",
    "cookie",
    "credential",
    "passphrase",
    "passwd",
    "password",
    "secret",
    "session",
    "signature",
    "token",
];

/// Likewise, but not within another word: `X-Auth`, but not `author`; these could stand in an id by chance as well.
const SECRET_PARTS: [&str; 6] = ["auth", "jwt", "pass", "pwd", "sid", "sig"];

/// The names of what Signature Version 4 calls a credential: an access key id and a scope, which are no secrets.
const CREDENTIAL_NAMES: [&str; 2] = ["credential", "x-amz-credential"];

/// What is under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing to be shown.
    Secret,
    /// Nothing to be shown, up to the end of the line: it has blanks, `;`, `,` and quotes of its own.
    SecretLine,
    /// Subprotocols, among which clients put tokens, as a browser cannot send them otherwise.
    Subprotocols,
    /// Anything.
    Other,
}

impl Kind {
    /// By a name that is decoded.
    pub(super) fn of(name: &str) -> Self {
        let parts = in_parts(name).to_ascii_lowercase();
        let name = name.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        let is_part = |part: &str| SECRET_PARTS.contains(&part);
        if CREDENTIAL_NAMES.contains(&&*name) {
            Self::Other
        } else if has(&["authorization", "cookie"]) {
            Self::SecretLine
        } else if has(&SECRET_WORDS)
            || parts.split(|one: char| !one.is_ascii_alphanumeric()).any(is_part)
        {
            Self::Secret
        } else if name == "sec-websocket-protocol" {
            Self::Subprotocols
        } else {
            Self::Other
        }
    }

    pub(super) fn is_secret(self) -> bool {
        matches!(self, Self::Secret | Self::SecretLine)
    }
}

/// With `-` before each of its words that begins with a capital: `dbPass`, `db-Pass`.
fn in_parts(name: &str) -> String {
    let mut parts = String::with_capacity(name.len());
    for character in name.chars() {
        if character.is_ascii_uppercase() && parts.ends_with(|last: char| last.is_ascii_lowercase())
        {
            parts.push('-');
        }
        parts.push(character);
    }
    parts
}

/// Whether a value is one of JSON's words: no secret under any name.
pub(super) fn is_literal(value: &str) -> bool {
    ["true", "false", "null"].contains(&value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_is_under_it() {
        let check = |names: &[&str], kind| {
            names.iter().for_each(|name| assert_eq!(Kind::of(name), kind, "{name}"));
        };
        check(&["Cookie", "Set-Cookie", "Proxy-Authorization"], Kind::SecretLine);
        check(&["x-amz-security-token", "X-Api-Key", "secretAccessKey"], Kind::Secret);
        check(&["session", "X-Session", "jwt", "pwd", "X-Auth", "db.pass"], Kind::Secret);
        check(&["dbPass", "userPwd", "xAuth", "apiKey", "accessToken"], Kind::Secret);
        check(&["credentials", "bearer", "passwd", "grant.pin_token"], Kind::Secret);
        check(&["Sec-WebSocket-Protocol"], Kind::Subprotocols);
        check(&["X-Amz-Credential", "Credential", "X-Amz-SignedHeaders"], Kind::Other);
        check(&["room", "author", "compass", "grant.nonce", "Sec-WebSocket-Key"], Kind::Other);
        check(&["connectionId", "accessKey", "signedAt", "Origin"], Kind::Other);
    }
}
