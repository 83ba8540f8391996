//! Every rule looked at, beside [`verify`](crate::verify), which stops at the first that is broken.
//! For whoever wants to know all that is wrong with a request, not for a gate.

use crate::amz_date::AmzDate;
use crate::canonical_query::CanonicalQuery;
use crate::canonical_request::CanonicalRequest;
use crate::credential::Credential;
use crate::keys::Keys;
use crate::refusal::Refusal;
use crate::request::WireRequest;
use crate::rule::Rule;
use crate::rules::{
    Expected, check_algorithm, check_host, check_signature, find_key, read_parameters,
};
use crate::signed_headers::SignedHeaders;
use crate::{payload_hash, validity};

/// What became of every rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examination([Outcome; Rule::ALL.len()]);

/// What became of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The request keeps it.
    Kept,
    /// The request breaks it.
    Broken(Refusal),
    /// Nothing can be said.
    NotLookedAt(Lack),
}

/// What lacked to look at a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// What the rule looks at is what another one gives, which is broken or was not looked at.
    Rule(Rule),
    /// The rule asks about keys, and there are none.
    Keys,
}

impl Examination {
    /// The outcome of every rule, in order.
    pub fn outcomes(&self) -> impl Iterator<Item = (Rule, &Outcome)> {
        Rule::ALL.into_iter().zip(&self.0)
    }

    /// The outcome of one rule.
    pub fn outcome(&self, rule: Rule) -> &Outcome {
        &self.0[rule as usize - 1]
    }

    /// The first refusal in order: what [`verify`](crate::verify) says of the same request.
    pub fn first_broken(&self) -> Option<&Refusal> {
        self.0.iter().find_map(|outcome| match outcome {
            Outcome::Broken(refusal) => Some(refusal),
            Outcome::Kept | Outcome::NotLookedAt(_) => None,
        })
    }
}

/// Looks at every rule, each by itself where it can be. Without `keys`, rules 14 to 16 and 19 are
/// not looked at.
pub fn examine(
    request: &WireRequest<'_>,
    expected: &Expected<'_>,
    keys: Option<&dyn Keys>,
) -> Examination {
    let mut record = Record::new();
    let now = AmzDate::from_time(expected.now);

    let query = record.look(&[Rule::DecodableQuery], || {
        Ok(CanonicalQuery::parse(request.query()).map_err(Refusal::from)?)
    });
    let of_parameters = [Rule::OnePlacement, Rule::Authenticated, Rule::NoRepeats, Rule::Complete];
    let parameters = record.look(&of_parameters, || Ok(read_parameters(request, query.had()?)?));

    let date = record.look(&[Rule::DateForm], || Ok(AmzDate::parse(&parameters.had()?.date)?));
    record.look(&[Rule::NotExpired], || Ok(validity::check_age(*date.had()?, now)?));
    record.look(&[Rule::NotEarly], || Ok(validity::check_begun(*date.had()?, now)?));

    let signed_headers = record.look(&[Rule::SignedHeadersForm], || {
        Ok(SignedHeaders::parse(&parameters.had()?.signed_headers)?)
    });
    record.look(&[Rule::HostSigned], || Ok(check_host(signed_headers.had()?)?));
    let algorithm = record.look(&[Rule::Algorithm], || Ok(check_algorithm(parameters.had()?)?));

    let credential = record
        .look(&[Rule::CredentialForm], || Ok(Credential::parse(&parameters.had()?.credential)?));
    record.look(&[Rule::Scope], || {
        let (scope, date) = (credential.had()?.scope, *date.had()?);
        Ok(scope.check(expected.region, expected.service, date)?)
    });

    let key = record.look(&[Rule::KnownKey], || {
        let access_key_id = credential.had()?.access_key_id;
        Ok(find_key(keys.ok_or(Lack::Keys)?, access_key_id)?)
    });
    record.look(&[Rule::SessionToken], || {
        Ok(key.had()?.check_token(parameters.had()?.session_token.as_ref())?)
    });
    record.look(&[Rule::LiveCredentials], || Ok(key.had()?.check_expiry(expected.now)?));

    let payload_hash = record.look(&[Rule::PayloadHash], || {
        Ok(payload_hash::check(request, parameters.had()?.placement)?)
    });
    let canonical_request = record.look(&[Rule::SignedHeadersPresent], || {
        let (query, placement) = (query.had()?, parameters.had()?.placement);
        let (signed_headers, payload_hash) = (signed_headers.had()?, payload_hash.had()?);
        Ok(CanonicalRequest::build(request, query, placement, signed_headers, payload_hash)?)
    });
    record.look(&[Rule::Signature], || {
        algorithm.had()?;
        let (parameters, date, scope) = (parameters.had()?, *date.had()?, &credential.had()?.scope);
        let (canonical_request, key) = (canonical_request.had()?, key.had()?);
        Ok(check_signature(parameters, date, scope, canonical_request, &key.secret)?)
    });
    Examination(record.0)
}

/// What a look at a rule gave the others.
struct Given<T>(Result<T, Lack>);

/// Why a look ended early.
enum Stop {
    Broken(Refusal),
    Lacks(Lack),
}

impl<E: Into<Refusal>> From<E> for Stop {
    fn from(refusal: E) -> Self {
        Self::Broken(refusal.into())
    }
}

impl From<Lack> for Stop {
    fn from(lack: Lack) -> Self {
        Self::Lacks(lack)
    }
}

impl<T> Given<T> {
    fn had(&self) -> Result<&T, Lack> {
        self.0.as_ref().map_err(|lack| *lack)
    }
}

struct Record([Outcome; Rule::ALL.len()]);

impl Record {
    fn new() -> Self {
        Self(Rule::ALL.map(|_| Outcome::Kept))
    }

    /// Looks at rules that are looked at together, in their order.
    fn look<T>(&mut self, rules: &[Rule], look: impl FnOnce() -> Result<T, Stop>) -> Given<T> {
        let (lack, unseen) = match look() {
            Ok(given) => return Given(Ok(given)),
            Err(Stop::Lacks(lack)) => (lack, rules),
            Err(Stop::Broken(refusal)) => {
                let rule = refusal.rule();
                let behind = rules.iter().position(|other| *other == rule).map_or(0, |at| at + 1);
                self.0[rule as usize - 1] = Outcome::Broken(refusal);
                (Lack::Rule(rule), &rules[behind..])
            }
        };
        for rule in unseen {
            self.0[*rule as usize - 1] = Outcome::NotLookedAt(lack);
        }
        Given(Err(lack))
    }
}
