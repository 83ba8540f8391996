//! What `/sign` asks for, and how a request meets it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use time::OffsetDateTime;

use super::arguments::{Asked, TOKEN_VARIABLE};
use super::keys::{Keys, SigningError};
use super::wire::address::WireUrl;
use super::wire::http::Reply;

/// A token for `/sign`. Does not show itself.
pub(super) struct Token(String);

/// A part of a token that says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Header,
    Claims,
}

/// What a request to `/sign` is sent with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// What the stack asks for.
    Proper,
    /// Nothing.
    Nothing,
    /// Something like it that nobody gave out.
    Forged,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub(super) enum TokenError {
    /// The file cannot be read.
    #[error("cannot read the token from {}", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// It is none.
    #[error("the token is empty or has other characters than visible ASCII")]
    NoToken,
}

impl Token {
    /// From the file, else from the environment; `None` where neither is there.
    pub(super) fn find(file: Option<&Path>) -> Result<Option<Self>, TokenError> {
        let text = match file {
            Some(path) => std::fs::read_to_string(path)
                .map_err(|error| TokenError::File(path.to_owned(), error))?,
            None => match std::env::var(TOKEN_VARIABLE) {
                Ok(text) if !text.is_empty() => text,
                Ok(_) | Err(_) => return Ok(None),
            },
        };
        let text = text.trim();
        let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if text.is_empty() || !is_visible {
            Err(TokenError::NoToken)
        } else {
            Ok(Some(Self(text.to_owned())))
        }
    }

    /// The token itself.
    pub(super) fn secret_text(&self) -> &str {
        &self.0
    }

    /// What it says; null where it is no JWT.
    pub(super) fn claims(&self) -> Value {
        self.0.split('.').nth(1).and_then(read_part).unwrap_or_default()
    }

    /// With one member of a part set, and the signature as it was. `None` where it is no JWT.
    pub(super) fn with(&self, part: Part, name: &str, value: Value) -> Option<String> {
        let mut parts: Vec<_> = self.0.split('.').map(ToOwned::to_owned).collect();
        let text = parts.get_mut(part as usize)?;
        let mut json = read_part(text)?;
        json.as_object_mut()?.insert(name.to_owned(), value);
        *text = URL_SAFE_NO_PAD.encode(json.to_string());
        Some(parts.join("."))
    }

    /// When it ends, where it says so.
    fn end(&self) -> Option<OffsetDateTime> {
        OffsetDateTime::from_unix_timestamp(self.claims().get("exp")?.as_i64()?).ok()
    }

    /// Of the same form, with a signature that nobody made: its first
    /// character is another. The last one has bits that say nothing.
    fn forged(&self) -> String {
        let (rest, signature) = self.0.rsplit_once('.').unwrap_or(("", &self.0));
        let other = if signature.starts_with('A') { 'B' } else { 'A' };
        format!("{rest}.{other}{}", signature.get(1..).unwrap_or_default())
    }
}

fn read_part(text: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(hidden)")
    }
}

/// What the stack asks for, and what there is to meet it.
#[derive(Debug)]
pub(super) enum Authorization {
    Jwt(Token),
    Iam,
    None,
}

impl Authorization {
    /// As the template calls it.
    pub(super) fn text(&self) -> &'static str {
        match self {
            Self::Jwt(_) => "JWT",
            Self::Iam => "IAM",
            Self::None => "NONE",
        }
    }

    /// Whether what there was to meet it is over.
    pub(super) fn has_ended(&self, now: OffsetDateTime) -> bool {
        match self {
            Self::Jwt(token) => token.end().is_some_and(|end| end <= now),
            Self::Iam | Self::None => false,
        }
    }

    /// The headers that a request needs.
    pub(super) fn headers(
        &self,
        shown: Shown,
        keys: Option<&Keys>,
        url: &WireUrl,
        body: &[u8],
    ) -> Result<Vec<(String, String)>, SigningError> {
        let bearer = |token: &str| vec![("Authorization".to_owned(), format!("Bearer {token}"))];
        match (self, shown) {
            (_, Shown::Nothing) | (Self::None, Shown::Proper | Shown::Forged) => Ok(Vec::new()),
            (Self::Jwt(token), Shown::Proper) => Ok(bearer(token.secret_text())),
            (Self::Jwt(token), Shown::Forged) => Ok(bearer(&token.forged())),
            (Self::Iam, Shown::Proper) => keys.ok_or(SigningError)?.headers("POST", url, body),
            // Signed for another body.
            (Self::Iam, Shown::Forged) => keys.ok_or(SigningError)?.headers("POST", url, b"other"),
        }
    }
}

/// What an answer to a request without anything says of what is asked for. `None` where it says nothing.
pub(super) fn asked_by(reply: &Reply) -> Option<Asked> {
    match reply.status {
        201 => Some(Asked::None),
        401 => Some(Asked::Jwt),
        403 => Some(Asked::Iam),
        _ => None,
    }
}

/// Why a token is refused: `error_description` of the challenge.
pub(super) fn description(reply: &Reply) -> Option<&str> {
    let (_, rest) = reply.header("www-authenticate")?.split_once("error_description=\"")?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// `{"alg":"RS256"}`, `{"sub":"alice"}`, and what could be a signature.
    const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.AbcQ";

    #[test]
    fn one_member_changes_and_the_rest_does_not() {
        let token = Token(TOKEN.to_owned());
        assert_eq!(token.claims(), json!({"sub": "alice"}));
        let other = Token(token.with(Part::Claims, "sub", json!("bob")).unwrap());
        assert_eq!(other.claims(), json!({"sub": "bob"}));
        assert!(other.0.starts_with("eyJhbGciOiJSUzI1NiJ9.") && other.0.ends_with(".AbcQ"));
        let other = token.with(Part::Header, "alg", json!("none")).unwrap();
        assert_eq!(other, "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.AbcQ");
        assert_eq!(token.forged(), "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.BbcQ");
    }

    #[test]
    fn a_token_ends_when_it_says_so() {
        let token = Token(TOKEN.to_owned());
        let ended = |token: &Token, now| {
            let now = OffsetDateTime::from_unix_timestamp(now).unwrap();
            Authorization::Jwt(Token(token.0.clone())).has_ended(now)
        };
        assert!(!ended(&token, 9_999_999_999));
        let token = Token(token.with(Part::Claims, "exp", json!(1_000)).unwrap());
        assert!(ended(&token, 1_000) && !ended(&token, 999));
    }

    #[test]
    fn what_is_no_jwt_has_nothing_to_change() {
        for text in ["opaque", "a.b.c", "W10.W10.c"] {
            let token = Token(text.to_owned());
            assert_eq!(token.with(Part::Header, "alg", json!("none")), None, "{text}");
        }
        assert_eq!(Token("opaque".to_owned()).claims(), Value::Null);
    }
}
