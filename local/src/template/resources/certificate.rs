//! `AWS::CertificateManager::Certificate`: which names each certificate covers. Nobody proves here that a
//! domain is his, so that its validation is checked only.
//! (AWS Certificate Manager User Guide, "AWS Certificate Manager public certificate characteristics and limitations")

use std::collections::BTreeMap;

use super::{Resource, ResourceType, Result, of_type};
use crate::template::properties::Properties;

/// Characters of a certificate's first name. (AWS Certificate Manager API Reference, "RequestCertificate")
const FIRST_NAME_CHARACTERS: usize = 64;

/// The names of each certificate of the template, by its ARN.
pub(super) struct Certificates(BTreeMap<String, Vec<String>>);

impl Certificates {
    /// Whether a certificate covers a host. Of one that is not the template's that is taken to be so.
    pub(super) fn cover(&self, arn: &str, host: &str) -> bool {
        let Some(names) = self.0.get(arn) else { return true };
        let parent = host.split_once('.').map(|(_, parent)| parent);
        names.iter().any(|name| match name.strip_prefix("*.") {
            Some(covered) => parent == Some(covered),
            None => name == host,
        })
    }
}

/// All of them.
pub(super) fn certificates(resources: &[Resource]) -> Result<Certificates> {
    let certificates = of_type(resources, ResourceType::Certificate);
    let named = certificates
        .map(|resource| Ok((resource.identity.reference.clone(), resource.read(names)?)));
    named.collect::<Result<_>>().map(Certificates)
}

fn names(properties: &mut Properties<'_>) -> Result<Vec<String>> {
    const NAME: &str = "a host name in lower case, such as ws.example.com or *.example.com, the first one of at \
                        most 64 characters";
    let is_name = |name: &String| is_host_name(name.strip_prefix("*.").unwrap_or(name));
    let first = properties.required_text("DomainName")?;
    if !is_name(&first) || first.len() > FIRST_NAME_CHARACTERS {
        return Err(properties.invalid("DomainName", NAME));
    }
    let mut names = vec![first];
    names.extend(properties.texts("SubjectAlternativeNames")?.unwrap_or_default());
    if !names.iter().all(is_name) {
        return Err(properties.invalid("SubjectAlternativeNames", NAME));
    }
    let method = properties.text("ValidationMethod")?;
    if method.is_some_and(|method| !["DNS", "EMAIL"].contains(&method.as_str())) {
        return Err(properties.invalid("ValidationMethod", "DNS or EMAIL"));
    }
    properties.objects("DomainValidationOptions", |option| {
        if !names.contains(&option.required_text("DomainName")?) {
            return Err(option.invalid("DomainName", "a name of the certificate"));
        }
        match (option.text("HostedZoneId")?, option.text("ValidationDomain")?) {
            (Some(_), None) | (None, Some(_)) => Ok(()),
            _ => Err(option.invalid("HostedZoneId", "this or ValidationDomain, and not both")),
        }
    })?;
    Ok(names)
}

/// Labels of letters, digits and hyphens, in lower case, at least two of them. (RFC 1123, section 2.1)
pub(super) fn is_host_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(is_letter)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.contains('.') && name.split('.').all(is_label)
}
