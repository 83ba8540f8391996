//! What a connection leaves in tables: an item under its id, where a table's key is one text.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::aws_api::tables::Tables;
use crate::template::Table;

/// How long the tables are read at most: who watches a handshake must not stop it. By the machine's clock, as it is the
/// machine that reads.
const PATIENCE: Duration = Duration::from_secs(1);

/// The tables that may have an item under the id of a connection. Clones share them.
#[derive(Clone)]
pub struct Rows {
    tables: Tables,
    keys: Arc<[Key]>,
}

/// The key of a table, which is one text.
#[derive(Clone)]
struct Key {
    table: String,
    attribute: String,
}

/// An item of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The table's name.
    pub table: String,
    /// The item, in DynamoDB's JSON.
    pub item: Value,
}

impl Rows {
    /// Those of `tables` that `definitions` give such a key.
    pub fn new(tables: Tables, definitions: &[Table]) -> Self {
        Self { tables, keys: definitions.iter().filter_map(Key::of).collect() }
    }

    /// The items under the id of a connection; `None` where a table cannot be read, or not in a second.
    pub async fn of(&self, connection_id: &str) -> Option<Vec<Row>> {
        let (rows, connection_id) = (self.clone(), connection_id.to_owned());
        // The engine works in the file system and under a lock.
        let read = tokio::task::spawn_blocking(move || rows.read(&connection_id));
        tokio::time::timeout(PATIENCE, read).await.ok()?.ok()?
    }

    fn read(&self, connection_id: &str) -> Option<Vec<Row>> {
        let mut rows = Vec::new();
        for Key { table, attribute } in self.keys.iter() {
            let request = json!({
                "TableName": table,
                "Key": {attribute: {"S": connection_id}},
                "ConsistentRead": true,
            });
            let mut answer = self.tables.execute("GetItem", request).ok()?;
            let item = answer.get_mut("Item").map(Value::take);
            rows.extend(item.map(|item| Row { table: table.clone(), item }));
        }
        Some(rows)
    }
}

impl Key {
    fn of(table: &Table) -> Option<Self> {
        let list = |name| table.definition.get(name).and_then(Value::as_array);
        let [key] = list("KeySchema")?.as_slice() else { return None };
        let attribute = key.get("AttributeName")?;
        let is_text = |one: &Value| {
            one.get("AttributeName") == Some(attribute)
                && one.get("AttributeType").and_then(Value::as_str) == Some("S")
        };
        list("AttributeDefinitions")?.iter().any(is_text).then_some(())?;
        Some(Self { table: table.name.clone(), attribute: attribute.as_str()?.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt;
    use time::OffsetDateTime;

    use super::*;
    use crate::aws_api::tables::Storage;
    use crate::clock::Clock;

    /// A table with these attributes in its key, each with its type.
    fn table(name: &str, key: &[(&str, &str)]) -> Table {
        let kinds = ["HASH", "RANGE"];
        let schema: Vec<_> = key
            .iter()
            .zip(kinds)
            .map(|((name, _), kind)| json!({"AttributeName": name, "KeyType": kind}))
            .collect();
        let attributes: Vec<_> = key
            .iter()
            .map(|(name, kind)| json!({"AttributeName": name, "AttributeType": kind}))
            .collect();
        Table {
            logical_id: name.to_owned(),
            name: name.to_owned(),
            arn: format!("arn:aws:dynamodb:eu-west-1:111122223333:table/{name}"),
            definition: json!({
                "TableName": name,
                "AttributeDefinitions": attributes,
                "KeySchema": schema,
                "BillingMode": "PAY_PER_REQUEST",
            }),
            time_to_live_attribute: None,
        }
    }

    #[test]
    fn tables_that_are_not_read_in_time_are_not_waited_for() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .max_blocking_threads(1)
            .build()
            .expect("a runtime");
        let tables = Tables::open(&Storage::Memory, Clock::real()).expect("tables");
        let rows = Rows::new(tables, &[]);
        runtime.block_on(async {
            // The one thread that could read is taken.
            let (release, taken) = std::sync::mpsc::channel::<()>();
            let busy = tokio::task::spawn_blocking(move || taken.recv());
            let mut read = pin!(rows.of("Abc="));
            assert_eq!(read.as_mut().now_or_never(), None);
            tokio::time::advance(PATIENCE - Duration::from_millis(1)).await;
            assert_eq!(read.as_mut().now_or_never(), None);
            tokio::time::advance(Duration::from_millis(1)).await;
            assert_eq!(read.as_mut().now_or_never(), Some(None));
            drop(release);
            assert!(busy.await.is_ok());
        });
    }

    #[tokio::test]
    async fn the_rows_of_a_connection_are_the_items_under_its_id() {
        let clock = Clock::driven(OffsetDateTime::UNIX_EPOCH);
        let tables = Tables::open(&Storage::Memory, clock).expect("tables");
        let definitions = [
            table("sessions", &[("id", "S")]),
            table("presence", &[("who", "S")]),
            table("numbers", &[("id", "N")]),
            table("pairs", &[("id", "S"), ("at", "S")]),
        ];
        let put = |table: &str, item: Value| {
            let request = json!({"TableName": table, "Item": item});
            tables.execute("PutItem", request).expect("an item");
        };
        for definition in &definitions {
            tables.create(&definition.name, &definition.definition, None).expect("a table");
        }
        put("sessions", json!({"id": {"S": "Abc="}, "room": {"S": "lobby"}}));
        put("sessions", json!({"id": {"S": "Def="}}));
        put("pairs", json!({"id": {"S": "Abc="}, "at": {"S": "1"}}));
        let rows = Rows::new(tables.clone(), &definitions);
        let item = json!({"id": {"S": "Abc="}, "room": {"S": "lobby"}});
        let expected = Row { table: "sessions".to_owned(), item };
        assert_eq!(rows.of("Abc=").await, Some(vec![expected.clone()]));
        assert_eq!(rows.of("Ghi=").await, Some(Vec::new()));
        put("presence", json!({"who": {"S": "Abc="}}));
        let other = Row { table: "presence".to_owned(), item: json!({"who": {"S": "Abc="}}) };
        assert_eq!(rows.of("Abc=").await, Some(vec![expected, other]));
    }
}
