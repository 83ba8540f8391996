//! `AWS::ApiGatewayV2::DomainName` and `AWS::ApiGatewayV2::ApiMapping`.
//! (API Gateway Developer Guide, "Map API stages to a custom domain name", for HTTP APIs and for WebSocket
//! APIs; "Custom domain names for WebSocket APIs in API Gateway")

use std::collections::{BTreeMap, BTreeSet};

use super::super::certificate::{Certificates, is_host_name};
use super::super::{Resource, ResourceError, ResourceType, Result, of_type};
use crate::template::graph::{Dependencies, reachable};
use crate::template::properties::Properties;
use crate::template::{ApiMapping, Domain, Environment, HttpApi, Stage, WebSocketApi};

/// Characters of an ApiMappingKey.
const KEY_CHARACTERS: usize = 300;

/// Mappings of one domain whose keys have several levels.
const KEYS_OF_SEVERAL_LEVELS: usize = 200;

/// What an ApiMappingKey may hold beside letters, digits and the `/` between its levels.
const KEY_PUNCTUATION: &str = "$-_.+!*'()";

/// The APIs that may stand behind a domain.
pub(in super::super) struct Apis<'a> {
    pub(in super::super) http: &'a [HttpApi],
    pub(in super::super) websocket: &'a [WebSocketApi],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Http,
    WebSocket,
}

impl Apis<'_> {
    fn find(&self, id: &str) -> Option<(Kind, &[Stage])> {
        let http = self.http.iter().find(|api| api.id == id);
        let websocket = self.websocket.iter().find(|api| api.id == id);
        http.map(|api| (Kind::Http, &*api.stages))
            .or_else(|| websocket.map(|api| (Kind::WebSocket, &*api.stages)))
    }
}

/// The custom domains with what is mapped to them.
pub(in super::super) fn domains(
    resources: &[Resource],
    dependencies: &Dependencies,
    apis: &Apis<'_>,
    certificates: &Certificates,
    environment: &Environment,
) -> Result<Vec<Domain>> {
    let mut domains = Vec::new();
    for resource in of_type(resources, ResourceType::DomainName) {
        domains.push(domain(resource, certificates, environment)?);
    }
    let mut kinds = BTreeMap::new();
    for resource in of_type(resources, ResourceType::ApiMapping) {
        let before = reachable(dependencies, &resource.logical_id);
        let (name, kind, mapping) = resource.read(|properties| {
            let (kind, mapping) = mapping(&resource.logical_id, properties, apis, &before)?;
            Ok((properties.required_text("DomainName")?, kind, mapping))
        })?;
        let path = |property: &str| resource.path(&format!("Properties.{property}"));
        let domain = domains.iter_mut().find(|domain| domain.name == name).ok_or_else(|| {
            ResourceError::NoSuch { path: path("DomainName"), what: "domain name" }
        })?;
        check_order(&path("DomainName"), &domain.logical_id, &before)?;
        if *kinds.entry(name.clone()).or_insert(kind) != kind {
            return Err(ResourceError::BothKinds { path: path("DomainName"), name });
        }
        let same = domain.mappings.iter().find(|other| other.base_path == mapping.base_path);
        if let Some(other) = same {
            let name = match mapping.base_path.as_str() {
                "" => "the empty key",
                key => key,
            };
            return Err(ResourceError::SameName {
                path: path("ApiMappingKey"),
                name: name.to_owned(),
                other: other.logical_id.clone(),
            });
        }
        domain.mappings.push(mapping);
        let levels = domain.mappings.iter().filter(|mapping| mapping.base_path.contains('/'));
        if levels.count() > KEYS_OF_SEVERAL_LEVELS {
            return Err(ResourceError::Invalid {
                path: path("ApiMappingKey"),
                expected: format!("at most {KEYS_OF_SEVERAL_LEVELS} keys with a / of one domain"),
            });
        }
    }
    Ok(domains)
}

fn domain(
    resource: &Resource,
    certificates: &Certificates,
    environment: &Environment,
) -> Result<Domain> {
    resource.read(|properties| {
        let name = properties.required_text("DomainName")?;
        if name.starts_with("*.") {
            let reason = "a listener has one name, and this stands for many";
            return Err(properties.not_played("DomainName", &name, reason));
        }
        if !is_host_name(&name) {
            let expected = "a host name in lower case, such as ws.example.com";
            return Err(properties.invalid("DomainName", expected));
        }
        let configurations = properties.objects("DomainNameConfigurations", |configuration| {
            check_configuration(configuration, &name, certificates, environment)
        })?;
        if configurations.len() != 1 {
            return Err(properties.invalid("DomainNameConfigurations", "one configuration"));
        }
        let logical_id = resource.logical_id.clone();
        Ok(Domain { logical_id, name, mappings: Vec::new() })
    })
}

fn check_configuration(
    properties: &mut Properties<'_>,
    name: &str,
    certificates: &Certificates,
    environment: &Environment,
) -> Result<()> {
    let arn = properties.required_text("CertificateArn")?;
    let Environment { partition, region, .. } = environment;
    let begin = format!("arn:{partition}:acm:{region}:");
    if !is_certificate(arn.strip_prefix(&begin).unwrap_or_default()) {
        let expected =
            format!("{begin}ACCOUNT:certificate/ID, a certificate of the domain's region");
        return Err(properties.invalid("CertificateArn", expected));
    }
    if !certificates.cover(&arn, name) {
        let expected = format!("a certificate of {name}, or of * in place of its first label");
        return Err(properties.invalid("CertificateArn", expected));
    }
    let or_default = |value: Option<String>, only: &str| value.is_none_or(|value| value == only);
    if !or_default(properties.text("EndpointType")?, "REGIONAL") {
        let expected = "REGIONAL, the only one for HTTP and WebSocket APIs";
        return Err(properties.invalid("EndpointType", expected));
    }
    if !or_default(properties.text("SecurityPolicy")?, "TLS_1_2") {
        let expected = "TLS_1_2, the only one for HTTP and WebSocket APIs";
        return Err(properties.invalid("SecurityPolicy", expected));
    }
    Ok(())
}

/// `ACCOUNT:certificate/ID`
fn is_certificate(text: &str) -> bool {
    let Some((account, id)) = text.split_once(":certificate/") else { return false };
    account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && !id.is_empty()
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// All but the domain's name.
fn mapping(
    logical_id: &str,
    properties: &mut Properties<'_>,
    apis: &Apis<'_>,
    before: &BTreeSet<String>,
) -> Result<(Kind, ApiMapping)> {
    let api_id = properties.required_text("ApiId")?;
    let (kind, stages) = apis
        .find(&api_id)
        .ok_or_else(|| ResourceError::NoSuch { path: properties.path("ApiId"), what: "API" })?;
    let name = properties.required_text("Stage")?;
    let stage = stages.iter().find(|stage| stage.name == name).ok_or_else(|| {
        ResourceError::NoSuch { path: properties.path("Stage"), what: "stage of the mapping's API" }
    })?;
    check_order(&properties.path("Stage"), &stage.logical_id, before)?;
    let base_path = properties.text("ApiMappingKey")?.unwrap_or_default();
    if !base_path.is_empty() && !is_key(&base_path) {
        let expected = format!(
            "at most {KEY_CHARACTERS} letters, digits and {KEY_PUNCTUATION}, with / between levels"
        );
        return Err(properties.invalid("ApiMappingKey", expected));
    }
    if kind == Kind::WebSocket && base_path.contains('/') {
        return Err(properties.invalid("ApiMappingKey", "one level, as WebSocket APIs have"));
    }
    let logical_id = logical_id.to_owned();
    Ok((kind, ApiMapping { logical_id, api_id, stage: name, base_path }))
}

/// A mapping that is made before its stage or its domain is refused by AWS (`Invalid stage identifier
/// specified`: aws/aws-cdk#8983).
fn check_order(path: &str, needed: &str, before: &BTreeSet<String>) -> Result<()> {
    if before.contains(needed) {
        return Ok(());
    }
    Err(ResourceError::MappedTooEarly { path: path.to_owned(), needed: needed.to_owned() })
}

fn is_key(key: &str) -> bool {
    let is_level = |level: &str| {
        !level.is_empty()
            && level.chars().all(|c| c.is_ascii_alphanumeric() || KEY_PUNCTUATION.contains(c))
    };
    key.len() <= KEY_CHARACTERS && key.split('/').all(is_level)
}

#[cfg(test)]
mod tests;
