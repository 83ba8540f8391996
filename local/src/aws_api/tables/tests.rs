//! Tables that are there from an earlier run.

use serde_json::json;
use time::OffsetDateTime;

use super::*;

/// A directory of one test, gone when this is dropped.
struct Directory(std::path::PathBuf);

impl Directory {
    fn new(test: &str) -> Self {
        let name = format!("countersign-tables-{test}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        // Of an earlier process with the same id, which was killed.
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }

    /// A run of a template with this table.
    fn run(&self, definition: &Value, time_to_live: Option<&str>) -> Result<(), TablesError> {
        let clock = Clock::driven(OffsetDateTime::UNIX_EPOCH);
        Tables::open(&Storage::Directory(&self.0), clock)?.create(
            "things",
            definition,
            time_to_live,
        )
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn definition() -> Value {
    json!({
        "TableName": "things",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
        ],
        "KeySchema": [
            {"AttributeName": "id", "KeyType": "HASH"},
            {"AttributeName": "at", "KeyType": "RANGE"},
        ],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-time",
            "KeySchema": [{"AttributeName": "at", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["a", "b"]},
        }],
        "LocalSecondaryIndexes": [{
            "IndexName": "same",
            "KeySchema": [
                {"AttributeName": "id", "KeyType": "HASH"},
                {"AttributeName": "at", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }],
    })
}

/// That a second run with a changed definition says how it differs, or that it does not.
fn check(test: &str, change: impl FnOnce(&mut Value), expected: Option<&str>) {
    let directory = Directory::new(test);
    let mut definition = definition();
    directory.run(&definition, None).unwrap();
    change(&mut definition);
    check_said(&directory, directory.run(&definition, None), expected);
}

fn check_said(directory: &Directory, run: Result<(), TablesError>, expected: Option<&str>) {
    let place = directory.0.display();
    let expected = expected.map(|difference| {
        format!(
            "table things in {place} has {difference} than the template: delete the directory, or \
             give another one"
        )
    });
    assert_eq!(run.err().map(|error| error.to_string()), expected);
}

#[test]
fn only_a_call_of_few_items_in_memory_is_brief() {
    let check = |storage: Storage<'_>, operation, bytes, expected| {
        let tables = Tables::open(&storage, Clock::real()).unwrap();
        assert_eq!(
            tables.pace(operation, bytes),
            expected,
            "{operation} of {bytes} bytes, {storage:?}"
        );
    };
    let directory = Directory::new("pace");
    for operation in ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"] {
        check(Storage::Memory, operation, BRIEF_BYTES, Pace::Brief);
        check(Storage::Memory, operation, BRIEF_BYTES + 1, Pace::Blocking);
        check(Storage::Directory(&directory.0), operation, 1, Pace::Blocking);
    }
    for operation in ["Scan", "Query", "BatchGetItem", "BatchWriteItem", "TransactGetItems"] {
        check(Storage::Memory, operation, 1, Pace::Blocking);
    }
}

#[test]
fn a_table_of_the_same_template_is_used_again() {
    check("same", |_| {}, None);
    check(
        "order",
        |table| {
            table["AttributeDefinitions"].as_array_mut().unwrap().reverse();
            table["GlobalSecondaryIndexes"][0]["Projection"]["NonKeyAttributes"] =
                json!(["b", "a"]);
        },
        None,
    );
}

#[test]
fn a_table_of_another_template_is_refused() {
    check(
        "keys",
        |table| {
            table["KeySchema"][0]["AttributeName"] = json!("at");
            table["KeySchema"][1]["AttributeName"] = json!("id");
            table["LocalSecondaryIndexes"] = Value::Null;
        },
        Some("another key schema"),
    );
    check(
        "attributes",
        |table| {
            table["AttributeDefinitions"][1]["AttributeType"] = json!("S");
        },
        Some("other attribute definitions"),
    );
    check(
        "no-index",
        |table| {
            table["GlobalSecondaryIndexes"] = Value::Null;
        },
        Some("other global secondary indexes"),
    );
    check(
        "projection",
        |table| {
            table["GlobalSecondaryIndexes"][0]["Projection"] = json!({"ProjectionType": "ALL"});
        },
        Some("other global secondary indexes"),
    );
    check(
        "local-index",
        |table| {
            table["LocalSecondaryIndexes"][0]["IndexName"] = json!("other");
        },
        Some("other local secondary indexes"),
    );
}

#[test]
fn items_expire_by_the_attribute_of_the_first_run() {
    let check = |test, first, second, expected| {
        let directory = Directory::new(test);
        let definition = definition();
        directory.run(&definition, first).unwrap();
        check_said(&directory, directory.run(&definition, second), expected);
    };
    check("expiry-same", Some("ends"), Some("ends"), None);
    check("expiry-later", None, Some("ends"), None);
    let other = Some("another time-to-live attribute");
    check("expiry-other", Some("ends"), Some("expires"), other);
    check("expiry-gone", Some("ends"), None, other);
}
