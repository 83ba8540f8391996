//! `AWS::Route53::RecordSet`: checked only, for no name is resolved here. A record must lead to the domain
//! whose name it has.
//! (API Gateway Developer Guide, "Set up a Regional custom domain name in API Gateway")

use std::collections::BTreeSet;

use super::{Resource, ResourceError, ResourceType, Result, of_type};

pub(super) fn check(resources: &[Resource]) -> Result<()> {
    let mut seen = BTreeSet::new();
    for record in of_type(resources, ResourceType::RecordSet) {
        let (name, kind) = read(record, resources)?;
        if !seen.insert((name.clone(), kind.clone())) {
            return Err(ResourceError::Invalid {
                path: record.path("Properties.Name"),
                expected: format!("one record of type {kind} for {name}"),
            });
        }
    }
    Ok(())
}

/// Name and type.
fn read(record: &Resource, resources: &[Resource]) -> Result<(String, String)> {
    record.read(|properties| {
        let name = properties.required_text("Name")?;
        // With and without the root's dot.
        let name = name.strip_suffix('.').unwrap_or(&name).to_owned();
        let domain = of_type(resources, ResourceType::DomainName)
            .find(|domain| domain.identity.reference == name)
            .ok_or_else(|| ResourceError::NoSuch {
                path: properties.path("Name"),
                what: "domain name",
            })?;
        let kind = properties.required_text("Type")?;
        if !["A", "AAAA"].contains(&kind.as_str()) {
            return Err(properties.invalid("Type", "A or AAAA, as an alias has"));
        }
        match (properties.text("HostedZoneId")?, properties.text("HostedZoneName")?) {
            (Some(_), None) | (None, Some(_)) => {}
            _ => {
                return Err(
                    properties.invalid("HostedZoneId", "this or HostedZoneName, and not both")
                );
            }
        }
        let target = properties.object("AliasTarget", |target| {
            let is = |found: String, attribute| found == domain.attribute(attribute);
            if !is(target.required_text("DNSName")?, "RegionalDomainName") {
                let expected = format!("RegionalDomainName of {}", domain.logical_id);
                return Err(target.invalid("DNSName", expected));
            }
            if !is(target.required_text("HostedZoneId")?, "RegionalHostedZoneId") {
                let expected = format!("RegionalHostedZoneId of {}", domain.logical_id);
                return Err(target.invalid("HostedZoneId", expected));
            }
            Ok(())
        })?;
        target.ok_or_else(|| properties.missing("AliasTarget"))?;
        Ok((name, kind))
    })
}
