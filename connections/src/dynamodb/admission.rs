//! The transaction that spends a nonce and stores a connection.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{CancellationReason, Put, TransactWriteItem};
use tokio::time::{Instant, timeout_at};

use super::item::{Item, NONCE, of_connection, of_nonce};
use super::{TableName, backoff, failed};
use crate::{Admission, Admit, Connection, Nonce, StoreError};

/// How long an admission may take with everything that is tried again: not quite half of the time
/// that the function of `$connect` has.
pub const ADMISSION_TIME_LIMIT: Duration = Duration::from_millis(4_500);

const OPERATION: &str = "TransactWriteItems";

/// The longest token that makes a transaction idempotent (`ClientRequestToken` of
/// "TransactWriteItems", DynamoDB API reference).
const TOKEN_LENGTH: usize = 36;

/// Codes that say nothing of the nonce: the transaction met another one, or too little capacity. As
/// reasons of a cancelled transaction and as errors of the whole call ("TransactWriteItems", API
/// reference).
const RETRYABLE: [&str; 7] = [
    "TransactionConflict",
    "TransactionInProgressException",
    "ThrottlingError",
    "ThrottlingException",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
];

/// The reason that alone says that the nonce was there already.
const CONDITION_FAILED: &str = "ConditionalCheckFailed";

/// Both tables, for those who admit.
#[derive(Clone, Debug)]
pub struct DynamoDbAdmissions {
    client: Client,
    connections: TableName,
    nonces: TableName,
    random: fn() -> u32,
}

impl DynamoDbAdmissions {
    /// Admissions into the table `connections`, of nonces that `nonces` does not hold yet. `random`
    /// gives any `u32`, each as likely as the other: it spreads the pauses of rivals.
    pub fn new(
        client: Client,
        connections: TableName,
        nonces: TableName,
        random: fn() -> u32,
    ) -> Self {
        Self { client, connections, nonces, random }
    }

    async fn transact(
        &self,
        writes: Vec<TransactWriteItem>,
        token: &str,
    ) -> Result<Outcome, StoreError> {
        let sent = self
            .client
            .transact_write_items()
            .set_transact_items(Some(writes))
            .client_request_token(token)
            .send()
            .await;
        match sent {
            Ok(_) => Ok(Outcome::Final(Admission::Admitted)),
            Err(error) => judge(error),
        }
    }
}

impl Admit for DynamoDbAdmissions {
    /// One transaction of two writes, sent again while something is in its way: another transaction,
    /// too little capacity, or a failure after which nobody knows what became of it (a lost answer, a
    /// status of 5xx). It ends at [`ADMISSION_TIME_LIMIT`]. Every sending has the same idempotency token, so that
    /// one that was written but whose answer was lost succeeds when it is sent again, rather than
    /// meeting the nonce that it wrote itself.
    async fn admit(&self, connection: &Connection, nonce: &Nonce) -> Result<Admission, StoreError> {
        let writes = [
            // First, so that the first reason of a cancelled transaction is the nonce's.
            put(&self.nonces, of_nonce(nonce), Some("attribute_not_exists(#nonce)")),
            put(&self.connections, of_connection(connection), None),
        ];
        let writes: Vec<_> = writes
            .into_iter()
            .collect::<Result<_, _>>()
            .map_err(|error| failed(OPERATION, error))?;
        let token = idempotency_token(&connection.connection_id);
        let deadline = Instant::now() + ADMISSION_TIME_LIMIT;
        let mut attempt = 0_u32;
        loop {
            let outcome = timeout_at(deadline, self.transact(writes.clone(), &token)).await;
            match outcome.map_err(|_| time_limit())?? {
                Outcome::Final(admission) => return Ok(admission),
                Outcome::InTheWay(error) => {
                    let pause = backoff::pause(attempt, (self.random)());
                    if Instant::now() + pause >= deadline {
                        return Err(error);
                    }
                    tracing::debug!(attempt, ?pause, "the transaction is tried again");
                    tokio::time::sleep(pause).await;
                    attempt = attempt.saturating_add(1);
                }
            }
        }
    }
}

/// What one sending of the transaction came to, unless it failed.
enum Outcome {
    Final(Admission),
    /// Something was in its way that may be gone in a moment.
    InTheWay(StoreError),
}

fn judge(error: SdkError<TransactWriteItemsError>) -> Result<Outcome, StoreError> {
    let reasons = match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            cancelled.cancellation_reasons()
        }
        _ => &[],
    };
    let codes = || reasons.iter().filter_map(CancellationReason::code).chain(error.code());
    let condition_failed =
        reasons.first().and_then(CancellationReason::code) == Some(CONDITION_FAILED);
    let in_the_way = codes().any(|code| RETRYABLE.contains(&code)) || is_unknown(&error);
    if condition_failed {
        Ok(Outcome::Final(Admission::NonceSpent))
    } else if in_the_way {
        Ok(Outcome::InTheWay(failed(OPERATION, error)))
    } else {
        Err(failed(OPERATION, error))
    }
}

/// Whether it is unknown if the transaction was carried out. The token makes it safe to ask again.
fn is_unknown(error: &SdkError<TransactWriteItemsError>) -> bool {
    match error {
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => {
            true
        }
        _ => error.raw_response().is_some_and(|response| response.status().is_server_error()),
    }
}

fn put(
    table: &TableName,
    item: Item,
    condition: Option<&str>,
) -> Result<TransactWriteItem, BuildError> {
    let mut put = Put::builder()
        .table_name(table.as_str())
        .set_item(Some(item))
        .set_condition_expression(condition.map(str::to_owned));
    if condition.is_some() {
        put = put.expression_attribute_names("#nonce", NONCE);
    }
    Ok(TransactWriteItem::builder().put(put.build()?).build())
}

/// The token of one connection's admission. Ids of API Gateway have 16 characters; of a longer one
/// the end is taken: two that end alike would not both be let in, since DynamoDB refuses a token
/// that comes with other writes.
fn idempotency_token(connection_id: &str) -> String {
    let surplus = connection_id.chars().count().saturating_sub(TOKEN_LENGTH);
    connection_id.chars().skip(surplus).collect()
}

fn time_limit() -> StoreError {
    StoreError::TimeLimit { operation: OPERATION, milliseconds: ADMISSION_TIME_LIMIT.as_millis() }
}
