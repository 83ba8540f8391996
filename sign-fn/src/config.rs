//! The configuration, read once at the start from a look-up function.

mod grants;

use std::{collections::BTreeSet, error::Error, time::Duration};

use lambda_entry::configuration::{ConfigurationError, Variables, comma_separated};
use url::{Host, Url};

use crate::{
    limits::LONGEST_URL_TTL,
    names::{AllowedNames, is_header_name, is_reserved_header, is_reserved_parameter},
};

pub(crate) use grants::{ClaimGrant, Grant};

/// The WebSocket URL that clients connect to and that is signed.
pub const WEBSOCKET_URL: &str = "WEBSOCKET_URL";
/// The ARN of the role whose credentials sign.
pub const SIGNER_ROLE_ARN: &str = "SIGNER_ROLE_ARN";
/// How long a URL may be used, in seconds.
pub const URL_TTL_SECONDS: &str = "URL_TTL_SECONDS";
/// What is granted to everybody who may call: a JSON object, name → value.
pub const GRANTS: &str = "GRANTS";
/// What is granted to each caller of the claims in its token: a JSON object, claim → name of the grant.
pub const CLAIM_GRANTS: &str = "CLAIM_GRANTS";
/// The parameters that a caller may choose.
pub const REQUESTABLE: &str = "REQUESTABLE";
/// The headers that a caller may have signed along.
pub const REQUESTABLE_HEADERS: &str = "REQUESTABLE_HEADERS";
/// The region that is signed for; Lambda sets it.
pub const AWS_REGION: &str = "AWS_REGION";

/// The configuration, checked. The crate's documentation has the table of its variables.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) websocket_url: Url,
    pub(crate) signer_role_arn: String,
    pub(crate) url_ttl: Duration,
    /// The configured grants.
    pub(crate) grants: Vec<Grant>,
    /// The claims that every caller must have.
    pub(crate) claim_grants: Vec<ClaimGrant>,
    pub(crate) requestable: AllowedNames,
    pub(crate) requestable_headers: AllowedNames,
    pub(crate) region: String,
}

impl Config {
    /// Reads and checks every variable.
    ///
    /// # Errors
    ///
    /// The first variable that is missing or that the function cannot work with, with what was found
    /// and what was expected.
    pub fn from_variables<F>(variables: &Variables<F>) -> Result<Self, ConfigurationError>
    where
        F: Fn(&str) -> Option<String>,
    {
        let grants = variables.parsed(
            GRANTS,
            "a JSON object of strings, without the names `expires` and `nonce`, of at most 2,048 \
             characters in the URL",
            grants::grants,
        )?;
        let claim_grants = variables.parsed(
            CLAIM_GRANTS,
            "a JSON object, names of claims to names of grants, these without `expires`, `nonce` and \
             those of GRANTS, of at most 2,048 characters in the URL with those",
            |value| grants::claim_grants(value, &grants),
        )?;
        Ok(Self {
            websocket_url: variables.parsed(
                WEBSOCKET_URL,
                "a wss URL (ws only for a loopback host) without user, query and fragment",
                websocket_url,
            )?,
            signer_role_arn: variables.parsed(
                SIGNER_ROLE_ARN,
                "the ARN of a role, arn:aws:iam::ACCOUNT:role/NAME",
                role_arn,
            )?,
            url_ttl: variables.parsed(
                URL_TTL_SECONDS,
                "a whole number of seconds from 1 to 300",
                url_ttl,
            )?,
            grants,
            claim_grants,
            requestable: variables.parsed(
                REQUESTABLE,
                "names of parameters separated by commas, `*` for any, or nothing",
                |value| allowed_names(value, parameter_name),
            )?,
            requestable_headers: variables.parsed(
                REQUESTABLE_HEADERS,
                "names of headers separated by commas, `*` for any, or nothing",
                |value| allowed_names(value, header_name),
            )?,
            region: variables.parsed(AWS_REGION, "a region such as eu-west-1", region)?,
        })
    }

    /// The ARN of the role whose credentials sign.
    pub fn signer_role_arn(&self) -> &str {
        &self.signer_role_arn
    }
}

type Reason = Box<dyn Error + Send + Sync>;

fn websocket_url(value: &str) -> Result<Url, Reason> {
    let url = Url::parse(value)?;
    match url.scheme() {
        "wss" => {}
        "ws" if is_loopback(&url) => {}
        "ws" => return Err("ws is for loopback hosts only".into()),
        _ => return Err("the scheme is another".into()),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("there is a user name or password".into());
    }
    if url.query().is_some() {
        return Err("there is a query".into());
    }
    if url.fragment().is_some() {
        return Err("there is a fragment".into());
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn role_arn(value: &str) -> Result<String, Reason> {
    let parts: Vec<&str> = value.splitn(6, ':').collect();
    match parts[..] {
        ["arn", partition, "iam", "", account, resource]
            if !partition.is_empty()
                && account.len() == 12
                && account.bytes().all(|byte| byte.is_ascii_digit())
                && resource.strip_prefix("role/").is_some_and(|name| !name.is_empty()) =>
        {
            Ok(value.to_owned())
        }
        _ => Err("it has another form".into()),
    }
}

fn url_ttl(value: &str) -> Result<Duration, Reason> {
    let ttl = Duration::from_secs(value.parse()?);
    if ttl.is_zero() || ttl > LONGEST_URL_TTL {
        return Err("it is out of range".into());
    }
    Ok(ttl)
}

fn allowed_names(
    value: &str,
    check: fn(&str) -> Result<(), Reason>,
) -> Result<AllowedNames, Reason> {
    let names = comma_separated(value)?;
    if names == ["*"] {
        return Ok(AllowedNames::Any);
    }
    let mut allowed = BTreeSet::new();
    for name in names {
        if name == "*" {
            return Err("`*` stands beside other names".into());
        }
        check(name)?;
        allowed.insert(name.to_owned());
    }
    Ok(AllowedNames::Only(allowed))
}

fn parameter_name(name: &str) -> Result<(), Reason> {
    if is_reserved_parameter(name) {
        return Err(format!("`{name}` is reserved").into());
    }
    if name.chars().any(char::is_control) {
        return Err(format!("`{}` has a control character", name.escape_debug()).into());
    }
    Ok(())
}

fn header_name(name: &str) -> Result<(), Reason> {
    if !is_header_name(name) {
        return Err(format!("`{}` is no header name", name.escape_debug()).into());
    }
    if is_reserved_header(name) {
        return Err(format!("`{name}` is reserved").into());
    }
    Ok(())
}

fn region(value: &str) -> Result<String, Reason> {
    let is_region = !value.is_empty()
        && value
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if is_region { Ok(value.to_owned()) } else { Err("it has another form".into()) }
}

#[cfg(test)]
pub(crate) mod tests;
