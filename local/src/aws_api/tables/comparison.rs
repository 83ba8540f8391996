//! Whether a table that is there is the one that the template describes.

use serde_json::Value;

/// What of a table is compared, and what is said when it differs.
const COMPARED: [(&str, &str); 4] = [
    ("KeySchema", "another key schema"),
    ("AttributeDefinitions", "other attribute definitions"),
    ("GlobalSecondaryIndexes", "other global secondary indexes"),
    ("LocalSecondaryIndexes", "other local secondary indexes"),
];

/// What a template can say inside of those; a description holds sizes, states and ARNs as well.
const DEFINING: [&str; 8] = [
    "AttributeName",
    "AttributeType",
    "IndexName",
    "KeySchema",
    "KeyType",
    "NonKeyAttributes",
    "Projection",
    "ProjectionType",
];

/// How a table differs from its definition, as `another key schema`. `definition` has the shape of
/// a `CreateTable` request, `description` that of `DescribeTable`'s `Table`.
pub(super) fn difference(definition: &Value, description: &Value) -> Option<&'static str> {
    let differs = |name: &str| comparable(&definition[name]) != comparable(&description[name]);
    COMPARED.iter().find(|(name, _)| differs(name)).map(|(_, difference)| *difference)
}

/// A value without what no template says, its lists in one order: none of them has an order that
/// means something, for a key's part is named by its KeyType. No list is an empty one.
fn comparable(value: &Value) -> Value {
    match value {
        Value::Null => Value::Array(Vec::new()),
        Value::Array(items) => {
            let mut items: Vec<_> = items.iter().map(comparable).collect();
            items.sort_by_cached_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(members) => {
            let defining = DEFINING.iter().filter_map(|name| {
                let value = members.get(*name).filter(|value| !value.is_null())?;
                Some(((*name).to_owned(), comparable(value)))
            });
            Value::Object(defining.collect())
        }
        other => other.clone(),
    }
}
