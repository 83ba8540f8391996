//! The body of `POST /sign`: from its bytes to a request that may be signed.

use std::collections::HashSet;

use crate::{
    config::Config,
    json::{Json, repeated_key},
    limits::BODY_BYTES,
    names::{is_header_name, is_header_value, is_reserved_header, is_reserved_parameter},
    refusal::{Refusal, Shown},
    websocket_url,
};

/// What a caller asks for, with every name checked.
#[derive(Debug, PartialEq)]
pub(crate) struct SignRequest {
    /// The requested parameters: those of `url`, then those of `query`.
    pub(crate) parameters: Vec<(String, String)>,
    /// Where the signature goes.
    pub(crate) auth_method: AuthMethod,
}

/// Where the signature goes.
#[derive(Debug, PartialEq)]
pub(crate) enum AuthMethod {
    /// Into the URL.
    Query,
    /// Into headers, with these headers signed along.
    Header(Vec<(String, String)>),
}

impl SignRequest {
    /// Reads the decoded body; nothing at all counts as `{}`.
    pub(crate) fn read(body: &[u8], config: &Config) -> Result<Self, Refusal> {
        if body.len() > BODY_BYTES {
            return Err(Refusal::BodyTooLarge { found: body.len() });
        }
        let fields = Fields::read(body)?;
        let mut parameters = match fields.url {
            Some(url) => websocket_url::parameters(&url, &config.websocket_url)?,
            None => Vec::new(),
        };
        parameters.extend(fields.query);
        check_parameters(&parameters, config)?;

        let auth_method = match fields.auth_method.as_deref() {
            None | Some("query") => {
                if let Some((name, _)) = fields.headers.first() {
                    return Err(Refusal::HeadersWithQueryMethod { name: name.into() });
                }
                AuthMethod::Query
            }
            Some("header") => {
                check_headers(&fields.headers, config)?;
                AuthMethod::Header(fields.headers)
            }
            Some(other) => return Err(Refusal::UnknownAuthMethod { found: other.into() }),
        };
        Ok(Self { parameters, auth_method })
    }
}

/// The fields of the body, of the right types but otherwise unchecked.
#[derive(Default)]
struct Fields {
    query: Vec<(String, String)>,
    url: Option<String>,
    auth_method: Option<String>,
    headers: Vec<(String, String)>,
}

impl Fields {
    fn read(body: &[u8]) -> Result<Self, Refusal> {
        let mut fields = Self::default();
        if body.is_empty() {
            return Ok(fields);
        }
        let json: Json = serde_json::from_slice(body)
            .map_err(|error| Refusal::InvalidJson { line: error.line(), column: error.column() })?;
        for (name, value) in members(json, "the body")? {
            match name.as_str() {
                "query" => fields.query = strings(value, "query", "`query`")?,
                "url" => fields.url = Some(string(value, "url")?),
                "authMethod" => fields.auth_method = Some(string(value, "authMethod")?),
                "headers" => fields.headers = strings(value, "headers", "`headers`")?,
                _ => return Err(Refusal::UnknownField { name: name.into() }),
            }
        }
        Ok(fields)
    }
}

fn members(json: Json, place: &'static str) -> Result<Vec<(String, Json)>, Refusal> {
    let Json::Object(members) = json else {
        return Err(Refusal::WrongType {
            place: place.to_owned(),
            found: json.kind(),
            expected: "an object",
        });
    };
    match repeated_key(&members) {
        Some(key) => Err(Refusal::RepeatedKey { key: key.into(), place }),
        None => Ok(members),
    }
}

fn strings(json: Json, name: &str, place: &'static str) -> Result<Vec<(String, String)>, Refusal> {
    members(json, place)?
        .into_iter()
        .map(|(key, value)| {
            let value = string(value, &format!("{name}.{}", Shown::from(&key)))?;
            Ok((key, value))
        })
        .collect()
}

fn string(json: Json, place: &str) -> Result<String, Refusal> {
    match json {
        Json::String(text) => Ok(text),
        other => Err(Refusal::WrongType {
            place: format!("`{place}`"),
            found: other.kind(),
            expected: "a string",
        }),
    }
}

fn check_parameters(parameters: &[(String, String)], config: &Config) -> Result<(), Refusal> {
    let mut seen = HashSet::new();
    for (name, value) in parameters {
        if name.is_empty() {
            return Err(Refusal::EmptyName);
        }
        if name.chars().any(char::is_control) {
            let place = format!("the name of the parameter `{}`", Shown::from(name));
            return Err(Refusal::ControlCharacter { place });
        }
        if is_reserved_parameter(name) {
            return Err(Refusal::ReservedName { name: name.into() });
        }
        if !config.requestable.allow_parameter(name) {
            return Err(Refusal::NameNotAllowed { name: name.into() });
        }
        if !seen.insert(name) {
            return Err(Refusal::RepeatedName { name: name.into() });
        }
        if value.chars().any(char::is_control) {
            let place = format!("the value of the parameter `{}`", Shown::from(name));
            return Err(Refusal::ControlCharacter { place });
        }
    }
    Ok(())
}

fn check_headers(headers: &[(String, String)], config: &Config) -> Result<(), Refusal> {
    let mut seen = HashSet::new();
    for (name, value) in headers {
        if !is_header_name(name) {
            return Err(Refusal::InvalidHeaderName { name: name.into() });
        }
        if is_reserved_header(name) {
            return Err(Refusal::ReservedHeader { name: name.into() });
        }
        if !config.requestable_headers.allow_header(name) {
            return Err(Refusal::HeaderNotAllowed { name: name.into() });
        }
        if !seen.insert(name.to_ascii_lowercase()) {
            return Err(Refusal::RepeatedHeader { name: name.into() });
        }
        if !is_header_value(value) {
            return Err(Refusal::InvalidHeaderValue { name: name.into() });
        }
    }
    Ok(())
}
