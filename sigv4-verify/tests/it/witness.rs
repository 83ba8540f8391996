//! The `aws-sigv4` crate as a second witness: it signs as botocore does, and what it signs is
//! accepted.
//!
//! The two agree on every vector. Beyond them they differ by nature where a path has `//` or dot
//! segments (both normalise, a server does not) and where a header value has tabs (botocore folds
//! them).

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials as AwsCredentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningInstructions, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use sigv4_verify::Placement;

use crate::vector::{Credentials, all};

/// What is to be signed.
pub(crate) struct Unsigned<'a> {
    pub(crate) placement: Placement,
    pub(crate) method: &'a str,
    pub(crate) url: &'a str,
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: &'a [u8],
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
    pub(crate) expires: Option<u64>,
    pub(crate) time: SystemTime,
}

/// Signs by aws-sigv4: what to add to the request, and the signature.
pub(crate) fn signed(
    unsigned: &Unsigned<'_>,
    credentials: &Credentials,
) -> (SigningInstructions, String) {
    let mut settings = SigningSettings::default();
    settings.signature_location = match unsigned.placement {
        Placement::Query => SignatureLocation::QueryParams,
        Placement::Header => SignatureLocation::Headers,
    };
    settings.expires_in = unsigned.expires.map(Duration::from_secs);
    let Credentials { access_key_id, secret_access_key, session_token } = credentials.clone();
    let identity =
        AwsCredentials::new(access_key_id, secret_access_key, session_token, None, "test").into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(unsigned.region)
        .name(unsigned.service)
        .time(unsigned.time)
        .settings(settings)
        .build()
        .expect("signing parameters")
        .into();
    let request = SignableRequest::new(
        unsigned.method,
        Cow::Borrowed(unsigned.url),
        unsigned.headers.iter().copied(),
        SignableBody::Bytes(unsigned.body),
    )
    .expect("a signable request");
    sign(request, &parameters).expect("a signature").into_parts()
}

#[test]
fn aws_sigv4_signs_every_vector_as_botocore_does() {
    for vector in all() {
        let unsigned = Unsigned {
            placement: vector.placement(),
            method: &vector.unsigned.method,
            url: &vector.unsigned.target,
            headers: &vector.unsigned.headers(),
            body: vector.unsigned.body.as_bytes(),
            region: &vector.region,
            service: &vector.service,
            expires: vector.expires,
            time: vector.date().time().into(),
        };
        let (_, signature) = signed(&unsigned, &vector.credentials);
        assert_eq!(signature, vector.signature, "{}", vector.name);
    }
}
