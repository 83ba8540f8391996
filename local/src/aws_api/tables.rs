//! The embedded DynamoDB: the template's tables, and each operation that is known here.

mod comparison;
mod idempotency;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use dynoxide::Database;
use dynoxide::errors::{CancellationReason, DynoxideError};
use dynoxide::storage_backend::Clock as EngineClock;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::clock::Clock;
use idempotency::Tokens;

/// The tables. Clones share them.
#[derive(Clone)]
pub struct Tables {
    database: Database,
    tokens: Arc<Tokens>,
    clock: Clock,
    pace: Pace,
    /// For messages.
    place: Arc<str>,
}

/// How long a call takes the thread that makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Some hundred microseconds at most for what a page of DynamoDB holds: nothing is waited for but other calls.
    Brief,
    /// As long as the file system takes.
    Blocking,
}

/// Where the tables are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storage<'a> {
    /// In memory, for as long as the process lives.
    Memory,
    /// In a file of this directory.
    Directory(&'a Path),
}

/// Why the tables cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TablesError {
    /// The database could not be opened.
    #[error("cannot open the tables' database")]
    Open(#[source] DynoxideError),
    /// The directory could not be made.
    #[error("cannot make the directory {0}")]
    Directory(String, #[source] std::io::Error),
    /// A table of the template was refused.
    #[error("DynamoDB refuses table {0}")]
    Create(String, #[source] DynoxideError),
    /// A table is there from an earlier run, of a template that has changed since.
    #[error(
        "table {table} in {place} has {difference} than the template: delete the directory, or give \
         another one"
    )]
    Changed {
        /// Its name.
        table: String,
        /// The directory.
        place: String,
        /// As `another key schema`.
        difference: &'static str,
    },
}

impl Tables {
    /// Opens the database. Tables in memory expire by `clock`, those on disk by the machine's.
    ///
    /// # Errors
    ///
    /// See [`TablesError`].
    pub fn open(storage: &Storage<'_>, clock: Clock) -> Result<Self, TablesError> {
        let (database, pace, place) = match storage {
            Storage::Memory => {
                let clock = Arc::new(TableClock(clock.clone()));
                (Database::memory_with_clock(clock), Pace::Brief, "memory".into())
            }
            Storage::Directory(directory) => {
                std::fs::create_dir_all(directory).map_err(|error| {
                    TablesError::Directory(directory.display().to_string(), error)
                })?;
                let file = directory.join("dynamodb.sqlite");
                let place = directory.display().to_string().into();
                (Database::new(&file.to_string_lossy()), Pace::Blocking, place)
            }
        };
        let database = database.map_err(TablesError::Open)?;
        Ok(Self { database, tokens: Arc::default(), clock, pace, place })
    }

    /// Makes a table of the template, unless it is there, and the same, from an earlier run.
    /// `definition` has the shape of a `CreateTable` request.
    ///
    /// # Errors
    ///
    /// See [`TablesError`].
    pub fn create(
        &self,
        name: &str,
        definition: &Value,
        time_to_live_attribute: Option<&str>,
    ) -> Result<(), TablesError> {
        let refused = |error| TablesError::Create(name.to_owned(), error);
        let describe = |operation| {
            self.execute(operation, serde_json::json!({"TableName": name})).map_err(refused)
        };
        let changed = |difference| TablesError::Changed {
            table: name.to_owned(),
            place: self.place.to_string(),
            difference,
        };
        match call(definition.clone(), |request| self.database.create_table(request)) {
            Ok(_) => {}
            Err(DynoxideError::ResourceInUseException(_)) => {
                let found = describe("DescribeTable")?;
                if let Some(difference) = comparison::difference(definition, &found["Table"]) {
                    return Err(changed(difference));
                }
            }
            Err(error) => return Err(refused(error)),
        }
        let found = describe("DescribeTimeToLive")?;
        let found = &found["TimeToLiveDescription"];
        let found = match found["TimeToLiveStatus"].as_str() {
            Some("ENABLED") => found["AttributeName"].as_str(),
            _ => None,
        };
        let attribute = match (found, time_to_live_attribute) {
            // Also of a table whose first run ended before it came to this.
            (None, Some(attribute)) => attribute,
            (found, wanted) if found == wanted => return Ok(()),
            _ => return Err(changed("another time-to-live attribute")),
        };
        let request = serde_json::json!({
            "TableName": name,
            "TimeToLiveSpecification": {"AttributeName": attribute, "Enabled": true},
        });
        call(request, |request| self.database.update_time_to_live(request))
            .map(|_| ())
            .map_err(refused)
    }

    /// How long [`Self::execute`] blocks.
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// Carries out an operation, by its name as in `X-Amz-Target`. Blocks.
    ///
    /// # Errors
    ///
    /// DynamoDB's, as the engine gives them.
    pub fn execute(&self, operation: &str, request: Value) -> Result<Value, DynoxideError> {
        let tables = &self.database;
        match operation {
            "BatchGetItem" => call(request, |request| tables.batch_get_item(request)),
            "BatchWriteItem" => call(request, |request| tables.batch_write_item(request)),
            "DeleteItem" => call(request, |request| tables.delete_item(request)),
            "DescribeTable" => call(request, |request| tables.describe_table(request)),
            "DescribeTimeToLive" => call(request, |request| tables.describe_time_to_live(request)),
            "GetItem" => call(request, |request| tables.get_item(request)),
            "ListTables" => call(request, |request| tables.list_tables(request)),
            "PutItem" => call(request, |request| tables.put_item(request)),
            "Query" => call(request, |request| tables.query(request)),
            "Scan" => call(request, |request| tables.scan(request)),
            "TransactGetItems" => call(request, |request| tables.transact_get_items(request)),
            "TransactWriteItems" => self.tokens.once(request, self.clock.now(), |request| {
                call(request, |request| tables.transact_write_items(request))
            }),
            "UpdateItem" => call(request, |request| tables.update_item(request)),
            other => Err(DynoxideError::UnsupportedCapability(other.to_owned())),
        }
    }

    /// Removes what has expired, as DynamoDB does sooner or later. Returns how many items.
    ///
    /// # Errors
    ///
    /// The engine's, when its storage fails.
    pub fn sweep_expired(&self) -> Result<usize, DynoxideError> {
        self.database.sweep_ttl()
    }
}

/// A transaction of `elements` elements that was cancelled because another one was at work.
pub fn transaction_conflict(elements: usize) -> DynoxideError {
    let reason = CancellationReason {
        code: "TransactionConflict".to_owned(),
        message: Some("Transaction is ongoing for the item".to_owned()),
        item: None,
    };
    let none = CancellationReason { code: "None".to_owned(), ..CancellationReason::default() };
    let mut reasons = vec![none; elements.saturating_sub(1)];
    reasons.insert(0, reason);
    let codes: Vec<_> = reasons.iter().map(|reason| reason.code.as_str()).collect();
    let message = format!(
        "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
        codes.join(", ")
    );
    DynoxideError::TransactionCanceledException(message, reasons)
}

fn call<Request: DeserializeOwned, Answer: Serialize>(
    request: Value,
    operation: impl FnOnce(Request) -> Result<Answer, DynoxideError>,
) -> Result<Value, DynoxideError> {
    let request = serde_json::from_value(request).map_err(|error| request_error(&error))?;
    serde_json::to_value(operation(request)?)
        .map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

/// The engine checks some rules while it reads a request, and marks what DynamoDB would call a
/// validation error.
fn request_error(error: &serde_json::Error) -> DynoxideError {
    let text = error.to_string();
    match text.strip_prefix("VALIDATION:") {
        Some(message) => DynoxideError::ValidationException(message.to_owned()),
        None => DynoxideError::SerializationException(text),
    }
}

struct TableClock(Clock);

impl EngineClock for TableClock {
    fn now_unix_secs(&self) -> u64 {
        self.0.now().unix_timestamp().try_into().unwrap_or(0)
    }

    fn now_unix_secs_f64(&self) -> f64 {
        self.0.now().unix_timestamp_nanos() as f64 / 1e9
    }
}
