//! What signing gives: texts that are as good as a key, and hide themselves when shown.

use std::{borrow::Cow, fmt};

use percent_encoding::percent_decode_str;

/// The parameters whose values are never shown. The credential is the access key's id with its scope: no secret, but
/// together with the others it is the signed URL.
const SECRET_PARAMETERS: [&str; 3] =
    ["X-Amz-Credential", "X-Amz-Security-Token", "X-Amz-Signature"];

const HIDDEN: &str = "[hidden]";

/// A URL that opens a connection for whoever holds it.
///
/// `Display` and `Debug` show it without the values of credential, token and signature;
/// [`SignedUrl::secret_text`] gives all of it.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl(String);

impl SignedUrl {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// The URL as it must be sent, byte for byte. It is a secret: for the reply to the client only, never for a log.
    pub fn secret_text(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SignedUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        HiddenSecrets(&self.0).fmt(formatter)
    }
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SignedUrl({self})")
    }
}

/// A URL, and the headers without which it opens nothing.
///
/// `Debug` shows the URL and the names of the headers; [`SignedHeaders::secret_pairs`] gives their values.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedHeaders {
    url: String,
    headers: Vec<(String, String)>,
}

impl SignedHeaders {
    pub(crate) fn new(url: String, headers: Vec<(String, String)>) -> Self {
        Self { url, headers }
    }

    /// The URL as it must be sent, byte for byte. It holds the parameters and no part of the signature.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Name and value of each header to send: first the caller's, as given, then those of the signature, with names in
    /// lower case. They are a secret: for the reply to the client only, never for a log.
    pub fn secret_pairs(&self) -> &[(String, String)] {
        &self.headers
    }
}

impl fmt::Debug for SignedHeaders {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        formatter
            .debug_struct("SignedHeaders")
            .field("url", &self.url)
            .field("headers", &names)
            .finish()
    }
}

/// Shows a URL (or a path with its query, as a server receives it) without the values of credential, token and
/// signature, whatever the case and encoding of their names.
///
/// ```
/// use sigv4_sign::HiddenSecrets;
///
/// let shown = HiddenSecrets("/prod?room=lobby&X-Amz-Signature=4fba").to_string();
/// assert_eq!(shown, "/prod?room=lobby&X-Amz-Signature=[hidden]");
/// ```
#[derive(Clone, Copy)]
pub struct HiddenSecrets<'a>(pub &'a str);

impl fmt::Display for HiddenSecrets<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((start, query)) = self.0.split_once('?') else {
            return formatter.write_str(self.0);
        };
        formatter.write_str(start)?;
        for (index, pair) in query.split('&').enumerate() {
            formatter.write_str(if index == 0 { "?" } else { "&" })?;
            match pair.split_once('=') {
                Some((name, _)) if is_secret(name) => write!(formatter, "{name}={HIDDEN}")?,
                _ => formatter.write_str(pair)?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for HiddenSecrets<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "HiddenSecrets({self})")
    }
}

fn is_secret(encoded_name: &str) -> bool {
    let name: Cow<'_, str> = percent_decode_str(encoded_name).decode_utf8_lossy();
    SECRET_PARAMETERS.iter().any(|secret| name.eq_ignore_ascii_case(secret))
}

#[cfg(test)]
mod tests {
    use super::HiddenSecrets;

    #[track_caller]
    fn check(url: &str, expected: &str) {
        assert_eq!(HiddenSecrets(url).to_string(), expected);
        assert_eq!(format!("{:?}", HiddenSecrets(url)), format!("HiddenSecrets({expected})"));
    }

    #[test]
    fn a_url_without_secrets_is_shown_whole() {
        check("wss://host/prod", "wss://host/prod");
        check("wss://host/prod?", "wss://host/prod?");
        check("/prod?a=1&b&=c&X-Amz-Date=d", "/prod?a=1&b&=c&X-Amz-Date=d");
    }

    #[test]
    fn secrets_are_hidden_in_any_case_and_encoding() {
        check("/?X-Amz-Signature=MARK&a=1", "/?X-Amz-Signature=[hidden]&a=1");
        check("/?x-amz-credential=MARK", "/?x-amz-credential=[hidden]");
        check("/?a&X%2dAmz%2DSecurity-Token=MA=RK", "/?a&X%2dAmz%2DSecurity-Token=[hidden]");
    }
}
