//! What the claims of a token must say. All of them are known to be its issuer's: the signature held.
//! (API Gateway Developer Guide, "Control access to HTTP APIs with JWT authorizers in API Gateway")

use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::refusal::{Refusal, TimeClaim};
use crate::template::JwtAuthorizer;

type Claims = Map<String, Value>;

/// Whether a token is of the authorizer's issuer, for one of its audiences, and holds now. There is no leeway.
///
/// # Errors
///
/// The first claim that is not right.
pub fn check(
    claims: &Claims,
    authorizer: &JwtAuthorizer,
    now: OffsetDateTime,
) -> Result<(), Refusal> {
    if claims.get("iss").and_then(Value::as_str) != Some(&authorizer.issuer) {
        return Err(Refusal::Issuer { expected: authorizer.issuer.clone() });
    }
    if !is_for(claims, &authorizer.audience) {
        return Err(Refusal::Audience { expected: authorizer.audience.clone() });
    }
    let now = seconds(now);
    // The page has `exp` checked, and says nothing of a token without it: such a one would hold for ever.
    let expires = time(claims, TimeClaim::Exp)?.ok_or(Refusal::NoExpiry)?;
    if expires <= now {
        return Err(Refusal::Expired { seconds_ago: (now - expires) as i64 });
    }
    for claim in [TimeClaim::Nbf, TimeClaim::Iat] {
        if let Some(begins) = time(claims, claim)?.filter(|begins| *begins > now) {
            return Err(Refusal::NotYet { claim, in_seconds: (begins - now).ceil() as i64 });
        }
    }
    Ok(())
}

/// `client_id` counts only where there is no `aud`: access tokens of Amazon Cognito have none.
fn is_for(claims: &Claims, audience: &[String]) -> bool {
    let is_one =
        |value: &Value| value.as_str().is_some_and(|text| audience.iter().any(|a| a == text));
    match claims.get("aud").or_else(|| claims.get("client_id")) {
        Some(Value::Array(values)) if claims.contains_key("aud") => values.iter().any(is_one),
        Some(value) => is_one(value),
        None => false,
    }
}

/// Those of the route's scopes that the token has; `None` where the route names none.
///
/// # Errors
///
/// When the token has none of them.
pub fn scopes(claims: &Claims, wanted: &[String]) -> Result<Option<Vec<String>>, Refusal> {
    if wanted.is_empty() {
        return Ok(None);
    }
    let granted: Vec<&str> =
        ["scope", "scp"].iter().filter_map(|name| claims.get(*name)).flat_map(words).collect();
    let found: Vec<_> =
        wanted.iter().filter(|scope| granted.contains(&scope.as_str())).cloned().collect();
    if found.is_empty() {
        return Err(Refusal::Scope { wanted: wanted.to_vec() });
    }
    Ok(Some(found))
}

/// Scopes are a text with spaces between (RFC 9068, section 2.2.3); some issuers send a list.
fn words(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => text.split(' ').collect(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}

/// A time in seconds since 1970, perhaps with a fraction. (RFC 7519, section 2, NumericDate)
fn time(claims: &Claims, claim: TimeClaim) -> Result<Option<f64>, Refusal> {
    match claims.get(claim.name()) {
        None => Ok(None),
        Some(Value::Number(number)) => Ok(number.as_f64()),
        Some(_) => Err(Refusal::TimeForm(claim)),
    }
}

/// The same of the clock, to the microsecond.
fn seconds(at: OffsetDateTime) -> f64 {
    at.unix_timestamp() as f64 + f64::from(at.microsecond()) / 1e6
}
