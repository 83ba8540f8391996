//! What ws-connect asks of a URL once API Gateway has taken it, and for how long it does: see that crate, whose
//! refusals these are. Who signed, the origin and the subprotocols cannot be seen from a URL, nor whether it was used.

use std::collections::BTreeMap;

use sigv4_verify::amz_date::AmzDate;
use time::OffsetDateTime;

use super::mask;
use super::report::{Check, Status};
use crate::events::query::{all_values, parameters};
use crate::rule::{GatewayRule, Rule};

/// What ws-connect takes for the life of a URL at most: the longest that a signer can be configured to, and a minute
/// between two clocks.
const LONGEST_LIFE_SECONDS: i64 = 300 + 60;

/// The length of a nonce: 128 bits in base64url.
const NONCE_LENGTH: usize = 22;

/// The beginning of every name that ws-connect asks for.
const GRANT: &str = "grant.";

const EXPIRES: &str = "grant.expires";
const NONCE: &str = "grant.nonce";

/// What speaks for a part of the URL, or against it.
type Judgement = Result<String, String>;

/// Names and repetitions, `grant.expires`, `grant.nonce`: one rule of the handshake's, each under a name of its own.
/// Only of a URL with grants: another function asks for something else.
pub(super) fn checks(query: &str, now: OffsetDateTime) -> Vec<Check> {
    let pairs = parameters(query);
    let parameters = all_values(&pairs);
    if !parameters.keys().any(|name| begins(name, GRANT)) {
        let detail = "it has no grant.…: ws-connect would refuse it, another function may not";
        let rule = GatewayRule::FunctionAccepts;
        return vec![Check::rule(rule, Status::NotChecked, detail.to_owned())];
    }
    let one = |name| parameters.get(name).and_then(|values| values.first()).copied();
    [
        ("ws-connect takes the parameters", names(&parameters)),
        ("ws-connect takes grant.expires", expires(one(EXPIRES), now)),
        ("ws-connect takes grant.nonce", nonce(one(NONCE))),
    ]
    .map(|(name, judgement)| {
        let (status, detail) = match judgement {
            Ok(detail) => (Status::Ok, detail),
            Err(detail) => (Status::Finding, detail),
        };
        let rule = Rule::from(GatewayRule::FunctionAccepts).number();
        Check { rule: Some(rule), name: name.to_owned(), status, detail }
    })
    .into()
}

/// When ws-connect no longer takes a URL, if it says so.
pub(super) fn end(query: &str) -> Option<OffsetDateTime> {
    let pairs = parameters(query);
    let parameters = all_values(&pairs);
    time(parameters.get(EXPIRES)?.first()?)
}

fn names(parameters: &BTreeMap<&str, Vec<&str>>) -> Judgement {
    let asked = parameters.iter().filter(|(name, _)| !begins(name, "x-amz-"));
    for (name, values) in asked {
        let shown = mask::text(name);
        if name.is_empty() {
            return Err("a parameter has no name".to_owned());
        }
        if values.len() > 1 {
            return Err(format!("{shown} is there {} times, expected once", values.len()));
        }
        if begins(name, GRANT) && name.strip_prefix(GRANT).is_none_or(str::is_empty) {
            return Err(format!("{shown} is no grant: expected grant. in lower case, and a name"));
        }
    }
    Ok("each has a name and is there once".to_owned())
}

fn expires(text: Option<&str>, now: OffsetDateTime) -> Judgement {
    let text = text.ok_or("grant.expires is missing: /sign puts it into every URL")?;
    let end = time(text).ok_or("grant.expires is not a time in seconds since 1970")?;
    let left = end.unix_timestamp() - now.unix_timestamp();
    let at = AmzDate::from_time(end);
    if left <= 0 {
        Err(format!(
            "grant.expires was {at}, {} s ago, whatever API Gateway's five minutes say",
            -left
        ))
    } else if left > LONGEST_LIFE_SECONDS {
        Err(format!("grant.expires is {at}, in {left} s: further away than any URL lives"))
    } else {
        Ok(format!("{at}, {left} s left"))
    }
}

fn nonce(text: Option<&str>) -> Judgement {
    let text = text.ok_or("grant.nonce is missing: /sign puts it into every URL")?;
    let in_base64url = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if text.len() == NONCE_LENGTH && text.bytes().all(in_base64url) {
        Ok("good once; whether it is spent cannot be seen".to_owned())
    } else {
        Err(format!("grant.nonce is not {NONCE_LENGTH} characters of base64url"))
    }
}

/// Seconds since 1970, as digits alone.
fn time(text: &str) -> Option<OffsetDateTime> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| digits)?;
    OffsetDateTime::from_unix_timestamp(seconds).ok()
}

/// Whether a name begins so, in whatever ASCII case.
fn begins(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}
