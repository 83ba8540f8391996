//! `AWS::DynamoDB::Table`: a CreateTable request (DynamoDB API Reference, CreateTable).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Resource, Result};
use crate::template::Table;
use crate::template::properties::Properties;

pub(super) fn table(resource: &Resource) -> Result<Table> {
    resource.read(|properties| {
        if let Some(name) = properties.text("TableName")?
            && !is_name(&name)
        {
            return Err(properties.invalid("TableName", "3 to 255 letters, digits and _.-"));
        }
        let billing_mode = properties.text("BillingMode")?;
        if billing_mode.as_deref() != Some("PAY_PER_REQUEST") {
            let found = billing_mode.as_deref().unwrap_or("PROVISIONED");
            let reason = "its limits are not played; only PAY_PER_REQUEST is";
            return Err(properties.not_played("BillingMode", found, reason));
        }
        let mut attributes = Vec::new();
        let definitions = properties.objects("AttributeDefinitions", |definition| {
            let name = definition.required_text("AttributeName")?;
            let kind = definition.required_text("AttributeType")?;
            if !["S", "N", "B"].contains(&kind.as_str()) {
                return Err(definition.invalid("AttributeType", "S, N or B"));
            }
            attributes.push(name.clone());
            Ok(json!({"AttributeName": name, "AttributeType": kind}))
        })?;
        let mut keys = Keys { attributes, used: BTreeSet::new() };
        let mut definition = json!({
            "TableName": resource.identity.reference,
            "AttributeDefinitions": definitions,
            "KeySchema": keys.schema(properties)?,
            "BillingMode": "PAY_PER_REQUEST",
        });
        for name in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
            let indexes = properties.objects(name, |index| keys.index(index))?;
            if !indexes.is_empty() {
                definition[name] = Value::Array(indexes);
            }
        }
        if let Some(unused) = keys.attributes.iter().find(|name| !keys.used.contains(*name)) {
            let expected = format!("only attributes that a key uses; {unused} is not one");
            return Err(properties.invalid("AttributeDefinitions", expected));
        }
        Ok(Table {
            logical_id: resource.logical_id.clone(),
            name: resource.identity.reference.clone(),
            arn: resource.attribute("Arn"),
            definition,
            time_to_live_attribute: time_to_live_attribute(properties)?,
        })
    })
}

/// The attributes that are defined, and those that a key uses.
struct Keys {
    attributes: Vec<String>,
    used: BTreeSet<String>,
}

impl Keys {
    /// KeySchema: one HASH, then at most one RANGE.
    fn schema(&mut self, properties: &mut Properties<'_>) -> Result<Value> {
        let mut kinds = Vec::new();
        let keys = properties.objects("KeySchema", |key| {
            let name = key.required_text("AttributeName")?;
            if !self.attributes.contains(&name) {
                return Err(key.invalid("AttributeName", "one of AttributeDefinitions"));
            }
            let kind = key.required_text("KeyType")?;
            self.used.insert(name.clone());
            kinds.push(kind.clone());
            Ok(json!({"AttributeName": name, "KeyType": kind}))
        })?;
        let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
        match kinds.as_slice() {
            ["HASH"] | ["HASH", "RANGE"] => Ok(Value::Array(keys)),
            _ => {
                Err(properties
                    .invalid("KeySchema", "one HASH key and after it at most one RANGE key"))
            }
        }
    }

    fn index(&mut self, properties: &mut Properties<'_>) -> Result<Value> {
        let name = properties.required_text("IndexName")?;
        if !is_name(&name) {
            return Err(properties.invalid("IndexName", "3 to 255 letters, digits and _.-"));
        }
        let schema = self.schema(properties)?;
        let projection = properties.object("Projection", |projection| {
            let kind = projection.required_text("ProjectionType")?;
            let attributes = projection.texts("NonKeyAttributes")?;
            match (kind.as_str(), attributes) {
                ("ALL" | "KEYS_ONLY", None) => Ok(json!({"ProjectionType": kind})),
                ("INCLUDE", Some(attributes)) => {
                    Ok(json!({"ProjectionType": kind, "NonKeyAttributes": attributes}))
                }
                _ => {
                    let expected = "ALL, KEYS_ONLY, or INCLUDE with NonKeyAttributes";
                    Err(projection.invalid("ProjectionType", expected))
                }
            }
        })?;
        let projection = projection.ok_or_else(|| properties.missing("Projection"))?;
        Ok(json!({"IndexName": name, "KeySchema": schema, "Projection": projection}))
    }
}

fn time_to_live_attribute(properties: &mut Properties<'_>) -> Result<Option<String>> {
    let attribute = properties.object("TimeToLiveSpecification", |specification| {
        let enabled =
            specification.boolean("Enabled")?.ok_or_else(|| specification.missing("Enabled"))?;
        let attribute = specification.text("AttributeName")?;
        match (enabled, attribute) {
            (true, None) => Err(specification.missing("AttributeName")),
            (true, attribute) => Ok(attribute),
            (false, _) => Ok(None),
        }
    })?;
    Ok(attribute.flatten())
}

fn is_name(name: &str) -> bool {
    (3..=255).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::super::test_support::{check_refused, stack};
    use super::*;

    fn template(properties: &str) -> String {
        format!("T: {{Type: AWS::DynamoDB::Table, Properties: {{{properties}}}}}")
    }

    const KEYS: &str = "AttributeDefinitions: [{AttributeName: id, AttributeType: S}], KeySchema: [{AttributeName: id, KeyType: HASH}]";

    #[test]
    fn a_table_is_read_as_a_request() {
        let stack = stack(&template(
            "BillingMode: PAY_PER_REQUEST, TableName: things,
  AttributeDefinitions: [{AttributeName: id, AttributeType: S}, {AttributeName: at, AttributeType: N}],
  KeySchema: [{AttributeName: id, KeyType: HASH}],
  GlobalSecondaryIndexes: [{IndexName: by-time, KeySchema: [{AttributeName: at, KeyType: HASH}], Projection: {ProjectionType: INCLUDE, NonKeyAttributes: [x]}}],
  TimeToLiveSpecification: {AttributeName: expiresAt, Enabled: 'true'},
  SSESpecification: {SSEEnabled: true}, DeletionProtectionEnabled: true, Tags: [{Key: a, Value: b}]",
        ));
        let table = &stack.tables[0];
        assert_eq!(table.arn, "arn:aws:dynamodb:eu-west-1:123456789012:table/things");
        assert_eq!(table.time_to_live_attribute.as_deref(), Some("expiresAt"));
        assert_eq!(
            table.definition,
            json!({
                "TableName": "things",
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [
                    {"AttributeName": "id", "AttributeType": "S"},
                    {"AttributeName": "at", "AttributeType": "N"},
                ],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "GlobalSecondaryIndexes": [{
                    "IndexName": "by-time",
                    "KeySchema": [{"AttributeName": "at", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x"]},
                }],
            })
        );
    }

    #[test]
    fn time_to_live_may_be_off() {
        let text = format!(
            "{KEYS}, BillingMode: PAY_PER_REQUEST, TimeToLiveSpecification: {{Enabled: false}}"
        );
        assert_eq!(stack(&template(&text)).tables[0].time_to_live_attribute, None);
    }

    fn check(properties: &str, expected: &str) {
        check_refused(&template(properties), &format!("Resources.T.Properties.{expected}"));
    }

    #[test]
    fn what_is_not_played_is_refused() {
        check(KEYS, "BillingMode: PROVISIONED is not supported");
        let least = format!("{KEYS}, BillingMode: PAY_PER_REQUEST");
        for name in
            ["ProvisionedThroughput", "StreamSpecification", "ResourcePolicy", "OnDemandThroughput"]
        {
            check(
                &format!("{least}, {name}: {{}}"),
                &format!("{name}: AWS::DynamoDB::Table: this property is not supported"),
            );
        }
        check(&format!("{least}, TableName: ab"), "TableName: expected 3 to 255");
        check(
            &format!("{least}, TimeToLiveSpecification: {{Enabled: true}}"),
            "TimeToLiveSpecification.AttributeName: required",
        );
        check(
            &format!("{least}, TimeToLiveSpecification: {{AttributeName: a}}"),
            "TimeToLiveSpecification.Enabled: required",
        );
        check(
            &format!(
                "{least}, GlobalSecondaryIndexes: [{{IndexName: abc, KeySchema: [{{AttributeName: id, KeyType: HASH}}]}}]"
            ),
            "GlobalSecondaryIndexes[0].Projection: required",
        );
    }

    #[test]
    fn keys_must_fit_the_attributes() {
        let check = |definitions: &str, schema: &str, expected: &str| {
            check(
                &format!(
                    "BillingMode: PAY_PER_REQUEST, AttributeDefinitions: [{definitions}], KeySchema: [{schema}]"
                ),
                expected,
            );
        };
        let id = "{AttributeName: id, AttributeType: S}";
        let hash = "{AttributeName: id, KeyType: HASH}";
        check("", hash, "KeySchema[0].AttributeName: expected one of AttributeDefinitions");
        check(id, "", "KeySchema: expected one HASH key");
        check(id, "{AttributeName: id, KeyType: RANGE}", "KeySchema: expected one HASH key");
        check(
            "{AttributeName: id, AttributeType: M}",
            hash,
            "AttributeDefinitions[0].AttributeType: expected S, N or B",
        );
        check(
            &format!("{id}, {{AttributeName: x, AttributeType: S}}"),
            hash,
            "AttributeDefinitions: expected only attributes that a key uses; x",
        );
    }
}
