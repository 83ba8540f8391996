//! What is known of an open connection, and where it is kept.
//!
//! [`Connection`] is the record. What can be done with records are three small traits, so that each
//! function asks for no more than it needs, and its role need allow no more:
//!
//! | trait | who | in DynamoDB | actions |
//! |---|---|---|---|
//! | [`Admit`] | ws-connect | [`DynamoDbAdmissions`] | `PutItem` on both tables |
//! | [`Find`] | ws-default | [`DynamoDbConnections`] | `GetItem` on the table of connections |
//! | [`Remove`] | ws-default, ws-disconnect | [`DynamoDbConnections`] | `DeleteItem` on the table of connections |
//!
//! The two tables, both with DynamoDB's TTL on `expiresAt` (epoch seconds, N):
//!
//! | table | key | other attributes |
//! |---|---|---|
//! | connections | `connectionId` (S) | `granted`, `requested`, `headers` (M of S), `connectedAt` (N, ms), `sourceIp`, `userAgent` (where there is one), `caller`, `apiId`, `stage` (S) |
//! | nonces | `nonce` (S) | none |
//!
//! The feature `memory`, for tests only, adds a store in memory and the suite that every store must
//! pass.

#[cfg(any(test, feature = "memory"))]
pub mod contract;
mod dynamodb;
#[cfg(any(test, feature = "memory"))]
mod memory;
mod nonce;
mod record;
mod store;

pub use dynamodb::{
    ADMISSION_TIME_LIMIT, DynamoDbAdmissions, DynamoDbConnections, InvalidTableName, TableName,
};
#[cfg(any(test, feature = "memory"))]
pub use memory::MemoryStore;
pub use nonce::{NONCE_MARGIN_SECONDS, Nonce};
pub use record::{CONNECTION_LIFETIME_SECONDS, CONNECTION_MARGIN_SECONDS, Connection};
pub use store::{Admission, Admit, Find, Remove, StoreError};
