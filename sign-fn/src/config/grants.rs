//! What is signed beside the caller's choice: configured grants, and claims that become grants.

use crate::{
    json::{Json, repeated_key},
    limits::{ROOM_BESIDE_GRANTS, URL_CHARACTERS},
    names::GRANT_PREFIX,
};

use super::Reason;

/// A grant under the name that it has in the URL, `grant.NAME`, and its value.
pub(crate) type Grant = (String, String);

/// A claim of the caller's token that is signed as a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClaimGrant {
    /// The name of the claim.
    pub(crate) claim: String,
    /// The name that it has in the URL: `grant.NAME`.
    pub(crate) grant: String,
}

/// Reads the configured grants: a JSON object, name → value.
pub(super) fn grants(value: &str) -> Result<Vec<Grant>, Reason> {
    let grants = pairs(value)?
        .into_iter()
        .map(|(name, value)| {
            check_grant_name(&name)?;
            check_characters(&name, [&name, &value])?;
            Ok((format!("{GRANT_PREFIX}{name}"), value))
        })
        .collect::<Result<Vec<_>, Reason>>()?;
    check_room(grants.iter())?;
    Ok(grants)
}

/// Reads which claims become grants: a JSON object, name of the claim → name of the grant. No two of them, and
/// none of `grants`, may set the same grant.
pub(super) fn claim_grants(value: &str, grants: &[Grant]) -> Result<Vec<ClaimGrant>, Reason> {
    let mut named = grants.to_vec();
    let mut claim_grants = Vec::new();
    for (claim, name) in pairs(value)? {
        if claim.is_empty() {
            return Err("the name of a claim is empty".into());
        }
        check_grant_name(&name)?;
        check_characters(&claim, [&claim, &name])?;
        let grant = format!("{GRANT_PREFIX}{name}");
        if named.iter().any(|(other, _)| *other == grant) {
            return Err(format!("the grant `{name}` is set twice").into());
        }
        named.push((grant.clone(), String::new()));
        claim_grants.push(ClaimGrant { claim, grant });
    }
    // How long the claims' values are shows at each request.
    check_room(named.iter())?;
    Ok(claim_grants)
}

/// The members of an object of strings, no name twice.
fn pairs(value: &str) -> Result<Vec<(String, String)>, Reason> {
    let Json::Object(members) = serde_json::from_str(value)? else {
        return Err("it is not an object".into());
    };
    if let Some(key) = repeated_key(&members) {
        return Err(format!("`{}` stands twice", key.escape_debug()).into());
    }
    let member = |(name, value): (String, Json)| match value {
        Json::String(value) => Ok((name, value)),
        other => Err(format!("`{}` is {}", name.escape_debug(), other.kind()).into()),
    };
    members.into_iter().map(member).collect()
}

fn check_grant_name(name: &str) -> Result<(), Reason> {
    const SET_FOR_EVERY_URL: [&str; 2] = ["expires", "nonce"];
    if name.is_empty() {
        return Err("a name is empty".into());
    }
    if SET_FOR_EVERY_URL.iter().any(|set| name.eq_ignore_ascii_case(set)) {
        return Err(format!("`{name}` is set by sign-fn").into());
    }
    Ok(())
}

fn check_characters(name: &str, texts: [&str; 2]) -> Result<(), Reason> {
    if texts.iter().any(|text| text.chars().any(char::is_control)) {
        return Err(format!("`{}` has a control character", name.escape_debug()).into());
    }
    Ok(())
}

/// Else every caller would be told that it asks for too much.
fn check_room<'a>(grants: impl Iterator<Item = &'a Grant>) -> Result<(), Reason> {
    let found: usize = grants.map(characters_in_url).sum();
    if found > URL_CHARACTERS - ROOM_BESIDE_GRANTS {
        return Err(format!("they have {found} characters in the URL").into());
    }
    Ok(())
}

/// The length of `&NAME=VALUE` in the URL, percent-encoded.
fn characters_in_url((name, value): &Grant) -> usize {
    let encoded = |byte: u8| match byte {
        b'-' | b'.' | b'_' | b'~' => 1,
        _ if byte.is_ascii_alphanumeric() => 1,
        _ => "%XX".len(),
    };
    "&=".len() + name.bytes().chain(value.bytes()).map(encoded).sum::<usize>()
}
