//! The store in DynamoDB.

mod admission;
mod backoff;
mod item;
mod table_name;
#[cfg(test)]
mod tests;

use std::error::Error;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

pub use admission::{ADMISSION_TIME_LIMIT, DynamoDbAdmissions};
pub use table_name::{InvalidTableName, TableName};

use crate::{Connection, Find, Remove, StoreError};

/// The table of connections, for those who find and remove.
#[derive(Clone, Debug)]
pub struct DynamoDbConnections {
    client: Client,
    table: TableName,
}

impl DynamoDbConnections {
    /// The connections in `table`.
    pub fn new(client: Client, table: TableName) -> Self {
        Self { client, table }
    }
}

impl Find for DynamoDbConnections {
    async fn find(&self, connection_id: &str) -> Result<Option<Connection>, StoreError> {
        let output = self
            .client
            .get_item()
            .table_name(self.table.as_str())
            .key(item::CONNECTION_ID, AttributeValue::S(connection_id.to_owned()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| failed("GetItem", error))?;
        output.item.map(|item| item::to_connection(connection_id, item)).transpose()
    }
}

impl Remove for DynamoDbConnections {
    async fn remove(&self, connection_id: &str) -> Result<(), StoreError> {
        self.client
            .delete_item()
            .table_name(self.table.as_str())
            .key(item::CONNECTION_ID, AttributeValue::S(connection_id.to_owned()))
            .send()
            .await
            .map(|_| ())
            .map_err(|error| failed("DeleteItem", error))
    }
}

fn failed(operation: &'static str, error: impl Error + Send + Sync + 'static) -> StoreError {
    StoreError::Call { operation, source: Box::new(error) }
}
