//! What is signed, in pieces that can be changed one by one.

use std::ops::Range;

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
    /// Where in the query each pair begins.
    starts: Vec<usize>,
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

#[derive(Clone, Default)]
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
        let mut next = 0;
        let starts = pairs.iter().map(|(name, value)| {
            let start = next;
            next += name.len() + "=".len() + value.len() + "&".len();
            start
        });
        Some(Self {
            starts: starts.collect(),
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
        let to = self.pairs.partition_point(|other| other < pair);
        // What stands before the new pair, and behind it, without the old one.
        let (before, behind) = if to <= at {
            ([0..to, 0..0], [to..at, at + 1..self.pairs.len()])
        } else {
            ([0..at, at + 1..to], [to..self.pairs.len(), 0..0])
        };
        let pieces = before.map(|range| self.piece(range)).into_iter();
        let new = joined(std::slice::from_ref(pair));
        let pieces = pieces.chain([new.as_str()]).chain(behind.map(|range| self.piece(range)));
        pieces.filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join("&")
    }

    /// Neighbours in the query.
    fn piece(&self, range: Range<usize>) -> &str {
        if range.is_empty() {
            return "";
        }
        let start = self.starts.get(range.start).copied().unwrap_or_default();
        // Behind each pair but the last is an &.
        let end = self.starts.get(range.end).map_or(self.query.len(), |next| next - 1);
        &self.query[start..end]
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
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_that_is_another_stands_where_it_is_sorted() {
        let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let check = |pairs: &[(&str, &str)], at: usize, other: (&str, &str)| {
            let pairs: Vec<_> = pairs.iter().copied().map(pair).collect();
            let mut expected = pairs.clone();
            expected[at] = pair(other);
            expected.sort();
            let lengths = (0..pairs.len()).map(|until| joined(&pairs[..until]).len());
            let form = Form {
                path: String::new(),
                host: String::new(),
                query: joined(&pairs),
                starts: lengths.map(|length| if length > 0 { length + 1 } else { 0 }).collect(),
                pairs,
                payload: String::new(),
                date: AmzDate::from_time(time::OffsetDateTime::UNIX_EPOCH),
                key: SigningKey::derive(&SecretKey::new(""), &Scope::default().borrowed()),
                secret: SecretKey::new(""),
                scope: Scope::default(),
            };
            assert_eq!(form.query_with(at, &pair(other)), joined(&expected), "{at} {other:?}");
        };
        let three = [("b", "1"), ("d", "2"), ("f", "3")];
        for at in 0..3 {
            for name in ["a", "b", "c", "d", "e", "f", "g"] {
                check(&three, at, (name, "2"));
            }
        }
        check(&[("a", "")], 0, ("b", ""));
        check(&[("", ""), ("a", "")], 1, ("", ""));
    }
}
