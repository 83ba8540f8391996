//! Faults that a test or a person switches on.

use std::sync::{Arc, Mutex, PoisonError};

/// What goes wrong in DynamoDB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DynamoDbFault {
    /// `InternalServerError`; nothing is done.
    Failing,
    /// `ThrottlingException`; nothing is done.
    Throttled,
    /// A transaction is cancelled because another one was at work on the same item.
    TransactionConflict,
    /// The request is carried out, and the connection cut before the answer.
    AnswerLost,
}

/// How often a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// The next so many requests.
    Next(u32),
    /// Every request until [`Faults::clear`].
    Always,
}

/// The faults that are switched on. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Vec<Armed>>>);

#[derive(Debug)]
struct Armed {
    operation: String,
    fault: DynamoDbFault,
    times: Times,
}

impl Faults {
    /// Switches a fault on for one of DynamoDB's operations, by its name as in `X-Amz-Target`.
    pub fn dynamodb(&self, operation: &str, fault: DynamoDbFault, times: Times) {
        self.armed().push(Armed { operation: operation.to_owned(), fault, times });
    }

    /// Switches every fault off.
    pub fn clear(&self) {
        self.armed().clear();
    }

    /// Whether no fault is left to strike.
    pub fn is_clear(&self) -> bool {
        self.armed().is_empty()
    }

    /// The fault that strikes this request, if one does.
    pub(crate) fn strike_dynamodb(&self, operation: &str) -> Option<DynamoDbFault> {
        let mut armed = self.armed();
        let index = armed.iter().position(|armed| armed.operation == operation)?;
        let fault = armed[index].fault;
        match &mut armed[index].times {
            Times::Always => {}
            Times::Next(..=1) => {
                armed.remove(index);
            }
            Times::Next(left) => *left -= 1,
        }
        Some(fault)
    }

    fn armed(&self) -> std::sync::MutexGuard<'_, Vec<Armed>> {
        // No code that holds the lock can panic half-way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_as_often_as_told_and_only_its_operation() {
        let faults = Faults::default();
        faults.dynamodb("GetItem", DynamoDbFault::Throttled, Times::Next(2));
        assert_eq!(faults.strike_dynamodb("PutItem"), None);
        assert_eq!(faults.strike_dynamodb("GetItem"), Some(DynamoDbFault::Throttled));
        assert!(!faults.is_clear());
        assert_eq!(faults.strike_dynamodb("GetItem"), Some(DynamoDbFault::Throttled));
        assert!(faults.is_clear());
        assert_eq!(faults.strike_dynamodb("GetItem"), None);
        faults.dynamodb("GetItem", DynamoDbFault::Failing, Times::Always);
        faults.strike_dynamodb("GetItem");
        assert_eq!(faults.strike_dynamodb("GetItem"), Some(DynamoDbFault::Failing));
        faults.clear();
        assert_eq!(faults.strike_dynamodb("GetItem"), None);
    }
}
