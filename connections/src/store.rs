//! What can be done with records: one trait an ability.

use std::error::Error;

use crate::{Connection, Nonce};

/// Lets a connection in, once for each nonce.
pub trait Admit {
    /// Spends the nonce and stores the connection, both or neither. Of any number of calls with the
    /// same nonce, at most one is [`Admission::Admitted`], however many run at once.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store failed, or did not answer in time. Where no answer came, both
    /// may have been written all the same.
    fn admit(
        &self,
        connection: &Connection,
        nonce: &Nonce,
    ) -> impl Future<Output = Result<Admission, StoreError>> + Send;
}

/// What became of an admission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// The nonce is spent now, and the connection stored.
    Admitted,
    /// The nonce was spent before; nothing is written.
    NonceSpent,
}

/// Finds a connection.
pub trait Find {
    /// The connection with this id, read consistently: what was stored before is seen. A record
    /// past its [`expires_at`](Connection::expires_at) may still be found.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store did not answer, or holds a record that cannot be read.
    fn find(
        &self,
        connection_id: &str,
    ) -> impl Future<Output = Result<Option<Connection>, StoreError>> + Send;
}

/// Forgets a connection.
pub trait Remove {
    /// Removes the connection with this id. One that is not there is no error.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store did not answer.
    fn remove(&self, connection_id: &str) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// A store that did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The call failed, also when tried again.
    #[error("{operation} failed in DynamoDB")]
    Call {
        /// The operation, by DynamoDB's name.
        operation: &'static str,
        /// What the SDK says.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The call was still not answered at the end of its time limit.
    #[error("{operation} was not answered by DynamoDB within {milliseconds} ms")]
    TimeLimit {
        /// The operation, by DynamoDB's name.
        operation: &'static str,
        /// The limit.
        milliseconds: u128,
    },
    /// A stored record has not the attributes of a connection.
    #[error(
        "the record of connection {connection_id} has no attribute {attribute} of the expected type"
    )]
    MalformedRecord {
        /// The record's key.
        connection_id: String,
        /// The attribute that is missing or of another type.
        attribute: &'static str,
    },
}
