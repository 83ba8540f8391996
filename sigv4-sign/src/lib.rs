//! Signs a WebSocket handshake with AWS Signature Version 4, as a pure function: no IO, no clock, no environment.
//!
//! The request that is signed is `GET` with an empty body, for the service `execute-api`. The signature goes either
//! into the URL ([`Signer::presigned_url`], for browsers, which can set no header) or into headers
//! ([`Signer::signed_headers`]). The canonical form and the signature are the `aws-sigv4` crate's; the text that goes
//! over the wire is written here, once, and is what was signed:
//!
//! - the path is the endpoint's as it stands: API Gateway encodes what it received once more and decodes nothing, so
//!   `/$default` must be sent as `/$default`, never as `/%24default`;
//! - names and values of parameters are percent-encoded as RFC 3986 wants it, everything but `A-Za-z0-9-._~`: a space
//!   is `%20` and never `+`, and a browser finds nothing left to rewrite;
//! - the host carries its port unless that is the scheme's own, as in the `Host` header of every client.
//!
//! Sources: "Create a signed AWS API request" (IAM User Guide); RFC 3986, section 2.3.

mod encode;
mod error;
mod signed;
#[cfg(test)]
mod tests;

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        SignableBody, SignableRequest, SignatureLocation, SigningInstructions, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use url::Url;

pub use crate::{
    error::SigningError,
    signed::{HiddenSecrets, SignedHeaders, SignedUrl},
};

/// The service name in the credential scope: the same for handshakes, HTTP APIs and `@connections`.
pub const SERVICE: &str = "execute-api";

/// The longest `X-Amz-Expires` that the signing scheme knows: seven days
/// ("Authenticating Requests: Using Query Parameters", Amazon S3 API Reference).
pub const LONGEST_LIFETIME: Duration = Duration::from_secs(604_800);

/// Who signs, when, and for which region.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    /// The keys; a session token among them travels along, signed.
    pub credentials: &'a Credentials,
    /// The AWS region of the API, such as `eu-west-1`. It cannot be read off a custom domain's name.
    pub region: &'a str,
    /// The moment of signing, which becomes `X-Amz-Date`; parts of a second are dropped.
    pub time: SystemTime,
}

impl Signer<'_> {
    /// Signs `GET` of the endpoint with these parameters into the URL itself.
    ///
    /// The answer is `ENDPOINT?PARAMETERS&X-Amz-Algorithm=…&X-Amz-Credential=…&X-Amz-Date=…&X-Amz-Expires=…`
    /// `&X-Amz-SignedHeaders=host&X-Amz-Security-Token=…&X-Amz-Signature=…`, parameters in the order given (the
    /// signature does not depend on it), the token only if the credentials have one.
    ///
    /// `endpoint` is a `wss`, `ws`, `https` or `http` URL without user, query and fragment. Names and values are any
    /// text, except that a name must not begin with `X-Amz-`, in any case. `lifetime` becomes `X-Amz-Expires`, in
    /// whole seconds; API Gateway by all reports ignores it and takes a URL for five minutes after `X-Amz-Date`.
    ///
    /// # Errors
    ///
    /// [`SigningError::Endpoint`], [`SigningError::Parameter`], [`SigningError::Lifetime`] and [`SigningError::Time`]
    /// for arguments outside of the above, [`SigningError::Unsignable`] for what the signing library refuses: a path
    /// with characters that no URI may hold, or a URL beyond 65,534 bytes.
    pub fn presigned_url<N: AsRef<str>, V: AsRef<str>>(
        &self,
        endpoint: &Url,
        parameters: &[(N, V)],
        lifetime: Duration,
    ) -> Result<SignedUrl, SigningError> {
        if lifetime.subsec_nanos() != 0 || lifetime.is_zero() || lifetime > LONGEST_LIFETIME {
            return Err(SigningError::Lifetime { found: lifetime });
        }
        let mut url = url_with_parameters(endpoint, parameters)?;
        let location = SignatureLocation::QueryParams;
        let (_, signing_parameters) = self.sign(&url, &[], location, Some(lifetime))?.into_parts();
        // The signature last, as every signer writes it.
        let (signature, others): (Vec<_>, Vec<_>) =
            signing_parameters.into_iter().partition(|(name, _)| *name == "X-Amz-Signature");
        encode::append_query(&mut url, &others);
        encode::append_query(&mut url, &signature);
        Ok(SignedUrl::new(url))
    }

    /// Signs `GET` of the endpoint with these parameters and headers into headers.
    ///
    /// The answer's URL holds the parameters only; its headers are the ones given, all of them signed, and
    /// `authorization`, `x-amz-date` and, if the credentials have a token, `x-amz-security-token`. The client sends
    /// them as they are, and no further header is needed.
    ///
    /// Header names are tokens (RFC 9110), each once ignoring case, and not `host`, `authorization` or `x-amz-…`;
    /// values are visible ASCII, with spaces only inside.
    ///
    /// # Errors
    ///
    /// [`SigningError::Header`] for a header outside of the above; else as [`Signer::presigned_url`].
    pub fn signed_headers<N: AsRef<str>, V: AsRef<str>>(
        &self,
        endpoint: &Url,
        parameters: &[(N, V)],
        headers: &[(N, V)],
    ) -> Result<SignedHeaders, SigningError> {
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
        check_headers(&headers)?;
        let url = url_with_parameters(endpoint, parameters)?;
        let instructions = self.sign(&url, &headers, SignatureLocation::Headers, None)?;
        let signed = headers
            .iter()
            .copied()
            .chain(instructions.headers())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Ok(SignedHeaders::new(url, signed))
    }

    fn sign(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        location: SignatureLocation,
        expires_in: Option<Duration>,
    ) -> Result<SigningInstructions, SigningError> {
        // Beyond the year 9999 a date does not fit X-Amz-Date, and the library panics.
        const END_OF_9999: u64 = 253_402_300_799;
        match self.time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) if since.as_secs() <= END_OF_9999 => {}
            _ => return Err(SigningError::Time),
        }

        let mut settings = SigningSettings::default();
        settings.signature_location = location;
        settings.expires_in = expires_in;
        // API Gateway signs the path as it came over the wire; the library would merge `//` first.
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        // The library leaves user-agent and others unsigned; here every header given is signed.
        settings.excluded_headers = None;

        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(SERVICE)
            .time(self.time)
            .settings(settings)
            .build()
            .map_err(SigningError::unsignable)?
            .into();
        let request =
            SignableRequest::new("GET", url, headers.iter().copied(), SignableBody::empty())
                .map_err(SigningError::unsignable)?;
        let (instructions, _) =
            sign(request, &parameters).map_err(SigningError::unsignable)?.into_parts();
        Ok(instructions)
    }
}

fn url_with_parameters<N: AsRef<str>, V: AsRef<str>>(
    endpoint: &Url,
    parameters: &[(N, V)],
) -> Result<String, SigningError> {
    if !matches!(endpoint.scheme(), "wss" | "ws" | "https" | "http") {
        return Err(SigningError::Endpoint { found: "another scheme" });
    }
    if !endpoint.username().is_empty() || endpoint.password().is_some() {
        return Err(SigningError::Endpoint { found: "a user name or password" });
    }
    if endpoint.query().is_some() {
        return Err(SigningError::Endpoint { found: "a query" });
    }
    if endpoint.fragment().is_some() {
        return Err(SigningError::Endpoint { found: "a fragment" });
    }
    if let Some((name, _)) = parameters.iter().find(|(name, _)| is_reserved(name.as_ref())) {
        return Err(SigningError::Parameter { name: name.as_ref().to_owned() });
    }
    let mut url = endpoint.as_str().to_owned();
    encode::append_query(&mut url, parameters);
    Ok(url)
}

fn check_headers(headers: &[(&str, &str)]) -> Result<(), SigningError> {
    let refuse = |name: &str, expected| {
        Err(SigningError::Header { name: name.escape_debug().to_string(), expected })
    };
    for (index, (name, value)) in headers.iter().enumerate() {
        if http::HeaderName::from_bytes(name.as_bytes()).is_err() {
            return refuse(name, "a name that is a token");
        }
        if is_reserved(name)
            || name.eq_ignore_ascii_case("host")
            || name.eq_ignore_ascii_case("authorization")
        {
            return refuse(name, "a name that signing does not set itself");
        }
        if headers.iter().take(index).any(|(earlier, _)| earlier.eq_ignore_ascii_case(name)) {
            return refuse(name, "each name once, ignoring case");
        }
        if !value.bytes().all(|byte| matches!(byte, b' '..=b'~'))
            || value.trim_matches(' ') != *value
        {
            return refuse(name, "a value of visible ASCII characters, with spaces only inside");
        }
    }
    Ok(())
}

/// Names that belong to the signing scheme: parameters and headers alike.
fn is_reserved(name: &str) -> bool {
    name.get(.."x-amz-".len()).is_some_and(|start| start.eq_ignore_ascii_case("x-amz-"))
}
