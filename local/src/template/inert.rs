//! The resource types and properties that a template may have and that change nothing here, each with the
//! reason.
//!
//! The rule: nothing that grants, denies, routes, limits or authorizes may be in these tables. Whatever is
//! neither played nor listed here is refused by name.

use serde_json::Value;

use super::resources::ResourceType;
use super::scalar;

/// A property without effect.
pub(super) struct Inert {
    resource_type: ResourceType,
    /// From `Properties` on, without the indexes of lists and the keys of free maps: `A.B`.
    property: &'static str,
    shape: Shape,
    /// Why it may be ignored.
    #[cfg_attr(not(test), expect(dead_code, reason = "for who reads the table"))]
    reason: &'static str,
}

/// What stands there, so that a mistake is found here and not on AWS.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Boolean,
    Object,
    /// A list of objects, as tags are.
    Objects,
}

impl Shape {
    /// What is expected, when `value` is something else.
    pub(super) fn mismatch(self, value: &Value) -> Option<&'static str> {
        let (fits, expected) = match self {
            Shape::Text => (scalar(value).is_some(), "a string"),
            Shape::Boolean => {
                (matches!(scalar(value).as_deref(), Some("true" | "false")), "true or false")
            }
            Shape::Object => (value.is_object(), "a mapping"),
            Shape::Objects => {
                let fits = value.as_array().is_some_and(|items| items.iter().all(Value::is_object));
                (fits, "a list of mappings")
            }
        };
        (!fits).then_some(expected)
    }
}

/// The shape of a property that is inert.
pub(super) fn find(resource_type: ResourceType, property: &str) -> Option<Shape> {
    TABLE
        .iter()
        .find(|inert| inert.resource_type == resource_type && inert.property == property)
        .map(|inert| inert.shape)
}

const WORDS: &str = "words for people";
const TAGS: &str =
    "labels for people and bills; policies that ask for tags of resources find none here";
const AT_REST: &str = "protects what AWS stores on its disks";
const WATCHED: &str = "what AWS records about requests; it changes none of them";

const fn inert(
    resource_type: ResourceType,
    property: &'static str,
    shape: Shape,
    reason: &'static str,
) -> Inert {
    Inert { resource_type, property, shape, reason }
}

/// A resource type without effect: all its properties are accepted as they are.
struct InertType {
    resource_type: ResourceType,
    /// Why it may be ignored.
    reason: &'static str,
}

/// Why nothing of this type is played, if that is so.
pub(super) fn reason(resource_type: ResourceType) -> Option<&'static str> {
    TYPES.iter().find(|inert| inert.resource_type == resource_type).map(|inert| inert.reason)
}

/// All types without effect. Their names and ARNs can still be referred to.
const TYPES: &[InertType] = &[
    InertType {
        resource_type: ResourceType::Alarm,
        reason: "tells people of metrics, which only CloudWatch has; no request depends on it",
    },
    InertType {
        resource_type: ResourceType::Dashboard,
        reason: "shows metrics, which only CloudWatch has, to people",
    },
];

/// All properties without effect.
const TABLE: &[Inert] = &[
    inert(ResourceType::Api, "Description", Shape::Text, WORDS),
    inert(ResourceType::Api, "Version", Shape::Text, WORDS),
    inert(ResourceType::Api, "Tags", Shape::Object, TAGS),
    inert(ResourceType::Integration, "Description", Shape::Text, WORDS),
    inert(ResourceType::Route, "OperationName", Shape::Text, WORDS),
    inert(ResourceType::Stage, "Description", Shape::Text, WORDS),
    inert(ResourceType::Stage, "Tags", Shape::Object, TAGS),
    inert(ResourceType::Stage, "AccessLogSettings", Shape::Object, WATCHED),
    inert(ResourceType::Stage, "DefaultRouteSettings.LoggingLevel", Shape::Text, WATCHED),
    inert(ResourceType::Stage, "DefaultRouteSettings.DataTraceEnabled", Shape::Boolean, WATCHED),
    inert(
        ResourceType::Stage,
        "DefaultRouteSettings.DetailedMetricsEnabled",
        Shape::Boolean,
        WATCHED,
    ),
    inert(ResourceType::Stage, "RouteSettings.LoggingLevel", Shape::Text, WATCHED),
    inert(ResourceType::Stage, "RouteSettings.DataTraceEnabled", Shape::Boolean, WATCHED),
    inert(ResourceType::Stage, "RouteSettings.DetailedMetricsEnabled", Shape::Boolean, WATCHED),
    inert(ResourceType::Deployment, "Description", Shape::Text, WORDS),
    inert(ResourceType::DomainName, "Tags", Shape::Object, TAGS),
    inert(ResourceType::Certificate, "Tags", Shape::Objects, TAGS),
    inert(ResourceType::RecordSet, "Comment", Shape::Text, WORDS),
    inert(
        ResourceType::RecordSet,
        "AliasTarget.EvaluateTargetHealth",
        Shape::Boolean,
        "no name is resolved here",
    ),
    inert(ResourceType::Function, "Description", Shape::Text, WORDS),
    inert(ResourceType::Function, "Tags", Shape::Objects, TAGS),
    inert(ResourceType::Function, "TracingConfig", Shape::Object, WATCHED),
    inert(ResourceType::Function, "LoggingConfig.SystemLogLevel", Shape::Text, WATCHED),
    inert(ResourceType::Role, "Description", Shape::Text, WORDS),
    inert(ResourceType::Table, "Tags", Shape::Objects, TAGS),
    inert(ResourceType::Table, "SSESpecification", Shape::Object, AT_REST),
    inert(
        ResourceType::Table,
        "PointInTimeRecoverySpecification",
        Shape::Object,
        "backups; a table here lives as long as its folder",
    ),
    inert(
        ResourceType::Table,
        "DeletionProtectionEnabled",
        Shape::Boolean,
        "no template can delete a table here",
    ),
    inert(ResourceType::Table, "TableClass", Shape::Text, "a choice of price"),
    inert(
        ResourceType::LogGroup,
        "RetentionInDays",
        Shape::Text,
        "logs go to stderr and are not kept",
    ),
    inert(ResourceType::LogGroup, "KmsKeyId", Shape::Text, AT_REST),
    inert(ResourceType::LogGroup, "LogGroupClass", Shape::Text, "a choice of price"),
    inert(ResourceType::LogGroup, "Tags", Shape::Objects, TAGS),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn nothing_that_decides_is_inert() {
        let deciding = [
            "Policy",
            "Polic",
            "Authoriz",
            "Throttl",
            "Route",
            "Permission",
            "Principal",
            "Role",
            "Arn",
            "Key",
            "Condition",
            "Limit",
            "Timeout",
            "Concurrency",
            "Credentials",
            "Cors",
            "Origin",
            "Endpoint",
            "Target",
            "Source",
            "Action",
            "Throughput",
            "Ttl",
            "TimeToLive",
            "Boundary",
        ];
        // KmsKeyId is the key that encrypts; a table's Key… are its keys. EvaluateTargetHealth is about names.
        let exempt = ["KmsKeyId", "EvaluateTargetHealth"];
        for row in TABLE {
            let last = row.property.rsplit('.').next().unwrap();
            let found =
                deciding.iter().find(|word| last.contains(*word) && !exempt.contains(&last));
            assert_eq!(found, None, "{}.{}", row.resource_type.name(), row.property);
        }
    }

    #[test]
    fn every_row_stands_once_and_has_a_reason() {
        let mut seen = BTreeSet::new();
        for row in TABLE {
            assert!(
                seen.insert((row.resource_type.name(), row.property)),
                "{} twice",
                row.property
            );
            assert!(row.reason.len() > 10, "{}", row.property);
        }
    }

    /// Of the types that only watch; any other type decides something, or names what does.
    #[test]
    fn a_type_that_is_inert_only_watches() {
        for row in TYPES {
            let name = row.resource_type.name();
            assert!(name.starts_with("AWS::CloudWatch::"), "{name}");
            assert!(row.reason.len() > 10, "{name}");
            let properties = TABLE.iter().find(|inert| inert.resource_type == row.resource_type);
            assert!(properties.is_none(), "{name} is inert as a whole already");
        }
    }

    #[test]
    fn shapes_are_checked() {
        let check = |shape: Shape, value: Value, fits: bool| {
            assert_eq!(shape.mismatch(&value).is_none(), fits, "{value}");
        };
        check(Shape::Text, "a".into(), true);
        check(Shape::Text, 30.into(), true);
        check(Shape::Text, serde_json::json!([]), false);
        check(Shape::Boolean, "true".into(), true);
        check(Shape::Boolean, "yes".into(), false);
        check(Shape::Object, serde_json::json!({}), true);
        check(Shape::Object, "a".into(), false);
        check(Shape::Objects, serde_json::json!([{}]), true);
        check(Shape::Objects, serde_json::json!(["a"]), false);
    }
}
