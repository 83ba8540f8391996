//! `aws-sigv4` called without us, as one who knows it would write it.

use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::case::{Case, LIFETIME, REGION};

/// RFC 3986, section 2.3.
pub(super) const NOT_UNRESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The case's URL, signed. What signing adds stands in the library's order.
pub fn presigned_url(case: &Case) -> String {
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(LIFETIME);
    let identity = case.credentials.clone().into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(REGION)
        .name("execute-api")
        .time(Case::time())
        .settings(settings)
        .build()
        .expect("all is given")
        .into();

    let mut url = case.endpoint.to_string();
    let mut separator = '?';
    let mut append = |url: &mut String, name: &str, value: &str| {
        url.push(separator);
        url.extend(utf8_percent_encode(name, NOT_UNRESERVED));
        url.push('=');
        url.extend(utf8_percent_encode(value, NOT_UNRESERVED));
        separator = '&';
    };
    for (name, value) in &case.parameters {
        append(&mut url, name, value);
    }
    let request =
        SignableRequest::new("GET", url.as_str(), std::iter::empty(), SignableBody::empty())
            .expect("a URL");
    let (instructions, _) = sign(request, &parameters).expect("a signature").into_parts();
    for (name, value) in instructions.params() {
        append(&mut url, name, value);
    }
    url
}
