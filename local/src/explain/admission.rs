//! What ws-connect asks of a URL once API Gateway has taken it, and for how long it does: see that crate, whose
//! refusals these are. Who signed, the origin and the subprotocols cannot be seen from a URL, nor whether it was used.

use std::collections::BTreeMap;

use sigv4_verify::amz_date::AmzDate;
use time::OffsetDateTime;

use super::mask;
use super::report::{Check, Status};
use crate::events::query::{all_values, parameters};
use crate::rule::GatewayRule;

/// What ws-connect takes for the life of a URL at most: the longest that a signer can be configured to, and a minute
/// between two clocks.
const LONGEST_LIFE_SECONDS: i64 = 300 + 60;

/// The length of a nonce: 128 bits in base64url.
const NONCE_LENGTH: usize = 22;

const EXPIRES: &str = "grant.expires";
const NONCE: &str = "grant.nonce";

/// Names and repetitions, `grant.expires`, `grant.nonce`.
pub(super) fn checks(query: &str, now: OffsetDateTime) -> [Check; 3] {
    let parameters = all_values(&parameters(query));
    let one = |name| parameters.get(name).and_then(|values| values.first()).map(String::as_str);
    [names(&parameters), expires(one(EXPIRES), now), nonce(one(NONCE))]
}

/// When ws-connect no longer takes a URL, if it says so.
pub(super) fn end(query: &str) -> Option<OffsetDateTime> {
    let parameters = all_values(&parameters(query));
    let seconds = digits(parameters.get(EXPIRES)?.first()?)?;
    OffsetDateTime::from_unix_timestamp(seconds).ok()
}

fn check(status: Status, detail: impl Into<String>) -> Check {
    Check::rule(GatewayRule::FunctionAccepts, status, detail.into())
}

fn names(parameters: &BTreeMap<String, Vec<String>>) -> Check {
    for (name, values) in parameters {
        let lower = name.to_ascii_lowercase();
        if lower.starts_with("x-amz-") {
            continue;
        }
        let shown = mask::shown_name(name);
        if name.is_empty() {
            return check(Status::Finding, "a parameter has no name");
        }
        if values.len() > 1 {
            return check(
                Status::Finding,
                format!("the parameter {shown} is there {} times, expected once", values.len()),
            );
        }
        if lower.starts_with("grant.") && (!name.starts_with("grant.") || lower == "grant.") {
            return check(
                Status::Finding,
                format!(
                    "the parameter {shown} is none: grant. is in lower case, with a name behind it"
                ),
            );
        }
    }
    check(Status::Ok, "each parameter has a name and is there once")
}

fn expires(text: Option<&str>, now: OffsetDateTime) -> Check {
    let Some(text) = text else {
        return check(Status::Finding, "grant.expires is missing: /sign puts it into every URL");
    };
    let end =
        digits(text).and_then(|end| Some((end, OffsetDateTime::from_unix_timestamp(end).ok()?)));
    let Some((end, at)) = end else {
        return check(Status::Finding, "grant.expires is not a time in seconds since 1970");
    };
    let (left, at) = (end - now.unix_timestamp(), AmzDate::from_time(at));
    if left <= 0 {
        check(
            Status::Finding,
            format!(
                "grant.expires was {at}, {} s ago, whatever API Gateway's own five minutes say",
                -left
            ),
        )
    } else if left > LONGEST_LIFE_SECONDS {
        check(
            Status::Finding,
            format!("grant.expires is {at}, in {left} s: further away than any URL lives"),
        )
    } else {
        check(Status::Ok, format!("grant.expires is {at}, {left} s left"))
    }
}

fn nonce(text: Option<&str>) -> Check {
    let in_base64url = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    match text {
        None => check(Status::Finding, "grant.nonce is missing: /sign puts it into every URL"),
        Some(text) if text.len() == NONCE_LENGTH && text.bytes().all(in_base64url) => check(
            Status::Ok,
            "grant.nonce is there: good once, and whether it is spent cannot be seen",
        ),
        Some(_) => check(
            Status::Finding,
            format!("grant.nonce is not {NONCE_LENGTH} characters of base64url"),
        ),
    }
}

fn digits(text: &str) -> Option<i64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        None
    } else {
        text.parse().ok()
    }
}
