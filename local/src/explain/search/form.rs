//! What is signed, in pieces that can be changed one by one.

use sigv4_verify::amz_date::AmzDate;
use sigv4_verify::credential::{CredentialScope, TERMINATOR};
use sigv4_verify::percent::{encode_path, recode};
use sigv4_verify::presigned_query::SIGNATURE;
use sigv4_verify::signing_key::SigningKey;
use sigv4_verify::string_to_sign::string_to_sign;
use sigv4_verify::{SecretKey, hex};

use super::Candidate;
use crate::explain::signature::Signed;

/// A name and a value, as the canonical query has them.
pub(super) type Pair = (String, String);

/// What should have been signed, piece by piece.
pub(super) struct Form {
    pub(super) path: String,
    pub(super) host: String,
    /// In canonical order.
    pub(super) pairs: Vec<Pair>,
    pub(super) scope: Scope,
    pub(super) secret: SecretKey,
    query: String,
    payload: String,
    date: AmzDate,
    /// Of the secret and the scope: most that is tried is signed with it.
    key: SigningKey,
}

/// The lines of a canonical request that may be others. With other signed headers rule 18 is broken, and a URL brings
/// none but the host.
#[derive(Clone, Copy)]
pub(super) struct Lines<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) host: &'a str,
    pub(super) payload: &'a str,
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
    pub(super) fn of(signed: &Signed<'_>, secret: &SecretKey, payload_hash: &str) -> Option<Self> {
        let scope = signed.credential()?.scope;
        let mut pairs =
            wire_pairs(signed.address.query(), |side| recode(side).map(Into::into).ok())?;
        pairs.sort();
        Some(Self {
            path: encoded(signed.address.path()),
            host: signed.host.to_owned(),
            query: joined(&pairs),
            pairs,
            payload: payload_hash.to_owned(),
            date: signed.date()?,
            key: SigningKey::derive(secret, &scope),
            secret: secret.clone(),
            scope: Scope {
                day: scope.day.to_owned(),
                region: scope.region.to_owned(),
                service: scope.service.to_owned(),
            },
        })
    }

    /// The lines as they should have been signed.
    pub(super) fn lines(&self) -> Lines<'_> {
        let Self { path, query, host, payload, .. } = self;
        Lines { method: "GET", path, query, host, payload }
    }

    /// The query with another pair at a place of the canonical order, which itself may move to another place.
    pub(super) fn query_with(&self, at: usize, pair: &Pair) -> String {
        let mut query = String::with_capacity(self.query.len() + 16);
        let mut is_due = true;
        for (place, other) in self.pairs.iter().enumerate() {
            if is_due && pair <= other {
                push(&mut query, pair);
                is_due = false;
            }
            if place != at {
                push(&mut query, other);
            }
        }
        if is_due {
            push(&mut query, pair);
        }
        query
    }

    /// The signature of what may have been signed.
    pub(super) fn signature(&self, candidate: &Candidate) -> String {
        let Candidate { request, scope, key, .. } = candidate;
        let scope = scope.as_ref().unwrap_or(&self.scope).borrowed();
        let string = string_to_sign(self.date, &scope, &hex::sha256(request.as_bytes()));
        key.as_ref().unwrap_or(&self.key).sign(&string).expose().to_owned()
    }
}

impl Lines<'_> {
    /// The canonical request.
    pub(super) fn text(self) -> String {
        let Self { method, path, query, host, payload } = self;
        [method, "\n", path, "\n", query, "\nhost:", host, "\n\nhost\n", payload].concat()
    }
}

/// Pairs as a canonical query has them, in the order that they have.
pub(super) fn joined(pairs: &[Pair]) -> String {
    let mut query = String::new();
    pairs.iter().for_each(|pair| push(&mut query, pair));
    query
}

fn push(query: &mut String, (name, value): &Pair) {
    if !query.is_empty() {
        query.push('&');
    }
    query.push_str(name);
    query.push('=');
    query.push_str(value);
}

/// A path as it stands in the canonical request.
pub(super) fn encoded(path: &str) -> String {
    let mut canonical = String::new();
    encode_path(path, &mut canonical);
    canonical
}

/// The parameters in the order of the URL, without the signature.
pub(super) fn wire_pairs(
    query: &str,
    encode: impl Fn(&str) -> Option<String>,
) -> Option<Vec<Pair>> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter(|(name, _)| recode(name).is_ok_and(|name| name != SIGNATURE))
        .map(|(name, value)| Some((encode(name)?, encode(value)?)))
        .collect()
}
