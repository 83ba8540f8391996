//! The parameters of a signed URL, sorted by who set them.
//!
//! Names beginning `x-amz-`, in any case, are of the signature and dropped. `grant.NAME` was set by
//! the signer, any other by the client before it was signed. No name is empty or comes twice: what
//! sign-fn signs never has such a one, and which of two values counts is not for us to guess.

use std::collections::BTreeMap;

use connections::Nonce;

use crate::Refusal;

/// The longest life of a URL: what the signer can be configured to.
const MAXIMUM_URL_TTL_SECONDS: i64 = 300;

/// How far the clock of the signer's event may be ahead of that of ours. Both are API Gateway's.
const CLOCK_SKEW_SECONDS: i64 = 60;

/// The length of a nonce: 128 bits in base64url without padding (RFC 4648, section 5).
const NONCE_LENGTH: usize = 22;

const SIGNATURE_PREFIX: &str = "x-amz-";
const GRANT_PREFIX: &str = "grant.";
const EXPIRES: &str = "expires";
const NONCE: &str = "nonce";

/// What a URL that is still good was signed with.
pub(crate) struct SignedParameters {
    /// `grant.NAME` by NAME, without `expires` and `nonce`.
    pub(crate) granted: BTreeMap<String, String>,
    pub(crate) requested: BTreeMap<String, String>,
    pub(crate) nonce: Nonce,
}

impl SignedParameters {
    /// Sorts the decoded parameters of a URL that is used at `now` (milliseconds since the epoch).
    pub(crate) fn read(
        parameters: BTreeMap<String, Vec<String>>,
        now: i64,
    ) -> Result<Self, Refusal> {
        let mut granted = BTreeMap::new();
        let mut requested = BTreeMap::new();
        for (name, values) in parameters {
            if has_prefix(&name, SIGNATURE_PREFIX) {
                continue;
            }
            if name.is_empty() {
                return Err(Refusal::ParameterNameEmpty);
            }
            if values.len() > 1 {
                return Err(Refusal::ParameterRepeated);
            }
            let Some(value) = values.into_iter().next() else { continue };
            if !has_prefix(&name, GRANT_PREFIX) {
                requested.insert(name, value);
                continue;
            }
            match name.strip_prefix(GRANT_PREFIX) {
                None | Some("") => return Err(Refusal::GrantNameMalformed),
                Some(name) => granted.insert(name.to_owned(), value),
            };
        }
        let expires = granted.remove(EXPIRES).ok_or(Refusal::ExpiresMissing)?;
        let expires = read_expires(&expires, now)?;
        let nonce = granted.remove(NONCE).ok_or(Refusal::NonceMissing)?;
        if !is_nonce(&nonce) {
            return Err(Refusal::NonceMalformed);
        }
        Ok(Self { granted, requested, nonce: Nonce::new(nonce, expires) })
    }
}

/// The second at which the URL ends, where that is still to come.
fn read_expires(text: &str, now: i64) -> Result<i64, Refusal> {
    // The digits alone: `parse` would take a sign as well.
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::ExpiresMalformed);
    }
    let expires: i64 = text.parse().map_err(|_| Refusal::ExpiresMalformed)?;
    let now = now.div_euclid(1_000);
    if now >= expires {
        Err(Refusal::UrlExpired)
    } else if expires - now > MAXIMUM_URL_TTL_SECONDS + CLOCK_SKEW_SECONDS {
        Err(Refusal::ExpiresMalformed)
    } else {
        Ok(expires)
    }
}

fn is_nonce(text: &str) -> bool {
    let in_base64url = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    text.len() == NONCE_LENGTH && text.bytes().all(in_base64url)
}

/// Whether the name begins with the prefix, in whatever ASCII case.
fn has_prefix(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPIRES_AT: i64 = 1_767_323_105;
    const GOOD_NONCE: &str = "q83vEjRWeJCrze8SNFZ4kA";

    /// Reads the parameters of a good URL, with these added or put in place of them.
    fn read(changes: &[(&str, &[&str])], now: i64) -> Result<SignedParameters, Refusal> {
        let expires = EXPIRES_AT.to_string();
        let good: [(&str, &[&str]); 2] =
            [("grant.expires", &[&expires]), ("grant.nonce", &[GOOD_NONCE])];
        let parameters = good.iter().chain(changes);
        let parameters = parameters.map(|(name, values)| {
            ((*name).to_owned(), values.iter().map(|value| (*value).to_owned()).collect())
        });
        SignedParameters::read(parameters.collect(), now)
    }

    #[track_caller]
    fn check_sorted(name: &str, value: &str, granted: &[(&str, &str)], requested: &[(&str, &str)]) {
        let sorted = read(&[(name, &[value])], (EXPIRES_AT - 60) * 1_000);
        let sorted = sorted.unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
        let pairs = |map: &[(&str, &str)]| -> BTreeMap<String, String> {
            map.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        assert_eq!(sorted.granted, pairs(granted), "granted");
        assert_eq!(sorted.requested, pairs(requested), "requested");
    }

    #[track_caller]
    fn check_refused(name: &str, values: &[&str], expected: Refusal) {
        let refusal = read(&[(name, values)], (EXPIRES_AT - 60) * 1_000).err();
        assert_eq!(refusal, Some(expected), "{name} = {values:?}");
    }

    /// At `now` (milliseconds) the URL that ends at the second `EXPIRES_AT` is good, or refused.
    #[track_caller]
    fn check_at(now: i64, expected: Option<Refusal>) {
        assert_eq!(read(&[], now).err(), expected, "at {now} ms");
    }

    #[test]
    fn a_grant_loses_its_prefix() {
        check_sorted("grant.userId", "u-1", &[("userId", "u-1")], &[]);
        check_sorted("grant.grant.x", "", &[("grant.x", "")], &[]);
    }

    #[test]
    fn any_other_name_is_requested() {
        check_sorted("room", "lobby", &[], &[("room", "lobby")]);
        check_sorted("expires", "1", &[], &[("expires", "1")]);
        check_sorted("grant", "1", &[], &[("grant", "1")]);
        check_sorted(
            "\u{e4}\u{f6}\u{fc}\u{df}",
            "\u{1f6aa}",
            &[],
            &[("\u{e4}\u{f6}\u{fc}\u{df}", "\u{1f6aa}")],
        );
    }

    #[test]
    fn parameters_of_the_signature_are_dropped_in_any_case() {
        for name in ["X-Amz-Signature", "x-amz-security-token", "X-AMZ-ANYTHING", "x-aMz-"] {
            check_sorted(name, "MARKER", &[], &[]);
        }
    }

    #[test]
    fn the_nonce_is_kept_until_after_the_url() {
        let nonce = read(&[], (EXPIRES_AT - 60) * 1_000).map(|sorted| sorted.nonce);
        assert_eq!(nonce, Ok(Nonce::new(GOOD_NONCE, EXPIRES_AT)));
    }

    #[test]
    fn a_repeated_name_is_refused() {
        check_refused("grant.userId", &["u-1", "u-2"], Refusal::ParameterRepeated);
        check_refused("grant.userId", &["u-1", "u-1"], Refusal::ParameterRepeated);
        check_refused("grant.nonce", &[GOOD_NONCE, GOOD_NONCE], Refusal::ParameterRepeated);
        check_refused("Grant.userId", &["u-1", "u-2"], Refusal::ParameterRepeated);
        check_refused("room", &["lobby", "cellar"], Refusal::ParameterRepeated);
        check_refused("room", &["lobby", "lobby"], Refusal::ParameterRepeated);
    }

    #[test]
    fn an_empty_name_is_refused() {
        check_refused("", &["u-1"], Refusal::ParameterNameEmpty);
        check_refused("", &["", ""], Refusal::ParameterNameEmpty);
    }

    #[test]
    fn what_is_of_the_signature_may_be_repeated() {
        let read = read(&[("X-Amz-Date", &["a", "b"])], (EXPIRES_AT - 60) * 1_000);
        assert_eq!(read.err(), None);
    }

    #[test]
    fn a_grant_in_another_case_or_without_a_name_is_refused() {
        check_refused("Grant.userId", &["u-1"], Refusal::GrantNameMalformed);
        check_refused("GRANT.EXPIRES", &["1"], Refusal::GrantNameMalformed);
        check_refused("grant.", &["u-1"], Refusal::GrantNameMalformed);
    }

    #[test]
    fn a_url_ends_at_its_second() {
        check_at((EXPIRES_AT - 1) * 1_000 + 999, None);
        check_at(EXPIRES_AT * 1_000, Some(Refusal::UrlExpired));
        check_at((EXPIRES_AT + 1) * 1_000, Some(Refusal::UrlExpired));
    }

    #[test]
    fn a_url_cannot_end_further_away_than_any_lives() {
        let furthest = MAXIMUM_URL_TTL_SECONDS + CLOCK_SKEW_SECONDS;
        check_at((EXPIRES_AT - furthest) * 1_000, None);
        check_at((EXPIRES_AT - furthest - 1) * 1_000, Some(Refusal::ExpiresMalformed));
    }

    #[test]
    fn what_is_no_second_is_malformed() {
        for text in [
            "",
            " ",
            "soon",
            "+1767323105",
            "-1",
            "1767323105.0",
            "1.8e9",
            " 1767323105",
            "99999999999999999999",
        ] {
            check_refused("grant.expires", &[text], Refusal::ExpiresMalformed);
        }
    }

    #[test]
    fn a_missing_second_is_refused() {
        check_refused("grant.expires", &[], Refusal::ExpiresMissing);
    }

    #[test]
    fn a_missing_nonce_is_refused() {
        check_refused("grant.nonce", &[], Refusal::NonceMissing);
    }

    #[test]
    fn what_is_no_nonce_is_malformed() {
        for text in [
            "",
            "q83vEjRWeJCrze8SNFZ4k",
            "q83vEjRWeJCrze8SNFZ4kAA",
            "q83vEjRWeJCrze8SNFZ4k=",
            "q83vEjRWeJCrze8SNFZ4k+",
            "q83vEjRWeJCrze8SNFZ4\u{e4}",
        ] {
            check_refused("grant.nonce", &[text], Refusal::NonceMalformed);
        }
    }

    #[test]
    fn an_expired_url_is_expired_whatever_its_nonce() {
        let refusal = read(&[("grant.nonce", &[])], EXPIRES_AT * 1_000).err();
        assert_eq!(refusal, Some(Refusal::UrlExpired));
    }
}
