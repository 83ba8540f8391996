//! The rules, carried out in their order. The crate's documentation says what each is and why it
//! stands where it does.

use time::OffsetDateTime;

use crate::amz_date::AmzDate;
use crate::auth_parameters::{AuthParameters, Placement};
use crate::canonical_query::CanonicalQuery;
use crate::canonical_request::CanonicalRequest;
use crate::credential::{Credential, CredentialScope};
use crate::found::Found;
use crate::keys::{Key, Keys, UnknownKey};
use crate::refusal::Refusal;
use crate::request::WireRequest;
use crate::secret::SecretKey;
use crate::signed_headers::SignedHeaders;
use crate::signing_key::SigningKey;
use crate::string_to_sign::{ALGORITHM, string_to_sign};
use crate::{authorization_header, payload_hash, presigned_query, validity};

/// What the service that received the request is, and when.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Its region, `eu-west-1`.
    pub region: &'a str,
    /// Its signing name, `execute-api`.
    pub service: &'a str,
    /// Its clock.
    pub now: OffsetDateTime,
}

/// A request whose signature holds. It says who signed; what that caller may do is another
/// question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Whose key signed.
    pub access_key_id: String,
    /// Where the signature was.
    pub placement: Placement,
    /// When it was made.
    pub date: AmzDate,
    /// The headers that it covers. What other headers say, anybody may have added.
    pub signed_headers: SignedHeaders,
}

/// Verifies the signature of a request.
///
/// # Errors
///
/// [`Refusal`] for the first rule that the request breaks.
pub fn verify(
    request: &WireRequest<'_>,
    expected: &Expected<'_>,
    keys: &(impl Keys + ?Sized),
) -> Result<Verified, Refusal> {
    // Rules 1 to 5.
    let query = CanonicalQuery::parse(request.query())?;
    let parameters = read_parameters(request, &query)?;

    // Rules 6 to 8.
    let date = AmzDate::parse(&parameters.date)?;
    let now = AmzDate::from_time(expected.now);
    validity::check_age(date, now)?;
    validity::check_begun(date, now)?;

    // Rules 9 to 11.
    let signed_headers = SignedHeaders::parse(&parameters.signed_headers)?;
    check_host(&signed_headers)?;
    check_algorithm(&parameters)?;

    // Rules 12 and 13.
    let Credential { access_key_id, scope } = Credential::parse(&parameters.credential)?;
    scope.check(expected.region, expected.service, date)?;

    // Rules 14 to 16.
    let key = find_key(keys, access_key_id)?;
    key.check_token(parameters.session_token.as_ref())?;
    key.check_expiry(expected.now)?;

    // Rules 17 and 18.
    let placement = parameters.placement;
    let payload_hash = payload_hash::check(request, placement)?;
    let canonical_request =
        CanonicalRequest::build(request, &query, placement, &signed_headers, &payload_hash)?;

    // Rule 19.
    check_signature(&parameters, date, &scope, &canonical_request, &key.secret)?;
    Ok(Verified { access_key_id: access_key_id.to_owned(), placement, date, signed_headers })
}

/// Reads what the request says of its own signature: rules 2 to 5. `query` is that of the request.
///
/// # Errors
///
/// [`Refusal`] for the first of these rules that the request breaks.
pub fn read_parameters<'a>(
    request: &WireRequest<'a>,
    query: &'a CanonicalQuery<'_>,
) -> Result<AuthParameters<'a>, Refusal> {
    let has_authorization =
        request.header_values(authorization_header::AUTHORIZATION).next().is_some();
    match (presigned_query::is_presigned(query), has_authorization) {
        (true, true) => Err(Refusal::TwoPlacements),
        (true, false) => Ok(presigned_query::read(query)?),
        (false, _) if authorization_header::is_signed(request) => {
            Ok(authorization_header::read(request)?)
        }
        (false, _) => Err(Refusal::NotSigned),
    }
}

/// Rule 10.
pub(crate) fn check_host(signed_headers: &SignedHeaders) -> Result<(), Refusal> {
    if signed_headers.contains("host") { Ok(()) } else { Err(Refusal::HostNotSigned) }
}

/// Rule 11.
pub(crate) fn check_algorithm(parameters: &AuthParameters<'_>) -> Result<(), Refusal> {
    if parameters.algorithm == ALGORITHM {
        Ok(())
    } else {
        Err(Refusal::Algorithm { found: Found::short(&parameters.algorithm) })
    }
}

/// Rule 14.
pub(crate) fn find_key(
    keys: &(impl Keys + ?Sized),
    access_key_id: &str,
) -> Result<Key, UnknownKey> {
    let unknown = || UnknownKey { access_key_id: Found::credential(access_key_id) };
    keys.find(access_key_id).ok_or_else(unknown)
}

/// Rule 19.
pub(crate) fn check_signature(
    parameters: &AuthParameters<'_>,
    date: AmzDate,
    scope: &CredentialScope<'_>,
    canonical_request: &CanonicalRequest,
    secret: &SecretKey,
) -> Result<(), Refusal> {
    let string_to_sign = string_to_sign(date, scope, &canonical_request.hash());
    let calculated = SigningKey::derive(secret, scope).sign(&string_to_sign);
    if parameters.signature.is(calculated.expose()) {
        Ok(())
    } else {
        Err(Refusal::SignatureMismatch)
    }
}
