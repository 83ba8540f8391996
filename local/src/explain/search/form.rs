//! What is signed, in pieces that can be changed one by one.

use sigv4_verify::SecretKey;
use sigv4_verify::canonical_request::CanonicalRequest;
use sigv4_verify::credential::{CredentialScope, TERMINATOR};
use sigv4_verify::percent::{encode_path, recode};
use sigv4_verify::presigned_query::SIGNATURE;
use sigv4_verify::signing_key::SigningKey;
use sigv4_verify::string_to_sign::string_to_sign;

use crate::explain::signature::Signed;

/// What is signed, piece by piece, each as it stands in the canonical request.
#[derive(Clone)]
pub(super) struct Form {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) host: String,
    pub(super) payload: String,
    /// Of the string to sign.
    pub(super) scope: Scope,
    /// Of the signing key.
    pub(super) key_scope: Scope,
    pub(super) secret: SecretKey,
}

#[derive(Clone)]
pub(super) struct Scope {
    pub(super) day: String,
    pub(super) region: String,
    pub(super) service: String,
}

impl Scope {
    pub(super) fn borrowed(&self) -> CredentialScope<'_> {
        let Self { day, region, service } = self;
        CredentialScope { day, region, service, terminator: TERMINATOR }
    }
}

impl Form {
    /// What should have been signed.
    pub(super) fn of(signed: &Signed<'_>, secret: SecretKey, payload_hash: &str) -> Option<Self> {
        let scope = signed.credential()?.scope;
        let scope = Scope {
            day: scope.day.to_owned(),
            region: scope.region.to_owned(),
            service: scope.service.to_owned(),
        };
        let mut query =
            wire_pairs(signed.address.query(), |side| recode(side).map(Into::into).ok())?;
        query.sort();
        Some(Self {
            method: "GET".to_owned(),
            path: encoded(signed.address.path()),
            query,
            host: signed.host.to_owned(),
            payload: payload_hash.to_owned(),
            key_scope: scope.clone(),
            scope,
            secret,
        })
    }

    pub(super) fn signature(&self, signed: &Signed<'_>) -> Option<String> {
        let Self { method, path, host, payload, .. } = self;
        let pairs: Vec<_> =
            self.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let query = pairs.join("&");
        // With other signed headers rule 18 is broken, and nothing is searched for.
        let text = format!("{method}\n{path}\n{query}\nhost:{host}\n\nhost\n{payload}");
        let string = string_to_sign(
            signed.date()?,
            &self.scope.borrowed(),
            &CanonicalRequest::from_text(text),
        );
        let key = SigningKey::derive(&self.secret, &self.key_scope.borrowed());
        Some(key.sign(&string).expose().to_owned())
    }
}

/// The parameters in the order of the URL, without the signature.
pub(super) fn wire_pairs(
    query: &str,
    encode: impl Fn(&str) -> Option<String>,
) -> Option<Vec<(String, String)>> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter(|(name, _)| recode(name).is_ok_and(|name| name != SIGNATURE))
        .map(|(name, value)| Some((encode(name)?, encode(value)?)))
        .collect()
}

pub(super) fn encoded(path: &str) -> String {
    let mut canonical = String::new();
    encode_path(path, &mut canonical);
    canonical
}
