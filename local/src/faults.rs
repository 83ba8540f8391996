//! Faults that a test or a person switches on: what goes wrong, where, and how often.
//!
//! Each strike is one line of the log, a warning, so that nobody takes it for a fault of the stack.
//!
//! - `text`: a fault as it is written on the command line

mod text;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::connections_api::METHODS;
use crate::template::{Stack, WebSocketRouteKey};
pub use text::FaultTextError;

/// Something that goes wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// DynamoDB, at an operation, named as in `X-Amz-Target`.
    DynamoDb(Which, DynamoDbFault),
    /// STS, at an action.
    Sts(Which, StsFault),
    /// `@connections`, at a method.
    Connections(Which, ConnectionsFault),
    /// A function, named by its logical id or its name.
    Function(Which, FunctionFault),
    /// A connection ends, and `$disconnect` is never told.
    DisconnectLost,
    /// A message of the client arrives, and its connection is cut without a close frame. The message
    /// is lost with it.
    SocketCut,
}

/// Which operation, action, method or function a fault strikes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Which {
    /// Every one.
    Any,
    /// The one of this name.
    Named(String),
}

/// What goes wrong in DynamoDB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DynamoDbFault {
    /// `InternalServerError`; nothing is done.
    Failing,
    /// `ThrottlingException`; nothing is done.
    Throttled,
    /// A transaction is cancelled because another one was at work on the same item.
    TransactionConflict,
    /// The request is carried out, and the connection cut before the answer.
    AnswerLost,
    /// The request is carried out, and its answer held back for so long, by the gateway's clock.
    Slow(Duration),
}

/// What goes wrong in STS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StsFault {
    /// `InternalFailure`; nothing is done.
    Failing,
    /// `Throttling`; nothing is done.
    Throttled,
}

/// What goes wrong at `@connections`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConnectionsFault {
    /// 410, although the connection is there.
    Gone,
    /// 429; nothing is done.
    Throttled,
}

/// What goes wrong in a function's process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FunctionFault {
    /// It is killed as it takes up an invocation, before it has done anything.
    Killed,
    /// It is killed when it has done its work, and its answer is lost.
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

/// A fault, and how often it is to strike. Its text form is that of `countersign run --fault`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Armed {
    /// What goes wrong, and where.
    pub fault: Fault,
    /// How often.
    pub times: Times,
}

/// Why a fault can never strike a stack.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NeverStrikes {
    /// No function has this logical id or name.
    #[error("the template has no function {name}, expected one of {known}")]
    NoSuchFunction {
        /// What the fault names.
        name: String,
        /// The logical ids that there are.
        known: String,
    },
    /// There is no function at all.
    #[error("the template has no function")]
    NoFunction,
    /// There is no WebSocket API.
    #[error("the template has no WebSocket API")]
    NoWebSocketApi,
    /// No WebSocket API has the route.
    #[error("the template has no route $disconnect")]
    NoDisconnectRoute,
}

impl Fault {
    /// Whether this stack has what the fault strikes.
    ///
    /// # Errors
    ///
    /// What it lacks.
    pub fn check(&self, stack: &Stack) -> Result<(), NeverStrikes> {
        let mut apis = stack.websocket_apis.iter();
        match self {
            Self::DynamoDb(..) | Self::Sts(..) => Ok(()),
            Self::Connections(..) | Self::SocketCut => {
                apis.next().map(|_| ()).ok_or(NeverStrikes::NoWebSocketApi)
            }
            Self::DisconnectLost => apis
                .flat_map(|api| &api.routes)
                .find(|route| route.key == WebSocketRouteKey::Disconnect)
                .map(|_| ())
                .ok_or(NeverStrikes::NoDisconnectRoute),
            Self::Function(..) if stack.functions.is_empty() => Err(NeverStrikes::NoFunction),
            Self::Function(which, _) => {
                let mut functions = stack.functions.iter();
                match which {
                    Which::Named(name)
                        if !functions.any(|it| it.logical_id == *name || it.name == *name) =>
                    {
                        let known = stack.functions.iter().map(|it| it.logical_id.as_str());
                        let known = known.collect::<Vec<_>>().join(", ");
                        Err(NeverStrikes::NoSuchFunction { name: name.clone(), known })
                    }
                    Which::Named(_) | Which::Any => Ok(()),
                }
            }
        }
    }
}

impl Which {
    /// The one of this name.
    pub fn named(name: &str) -> Self {
        Self::Named(name.to_owned())
    }

    fn is(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Named(own) => own == name,
        }
    }
}

impl DynamoDbFault {
    /// Whether it can strike this operation: only transactions have conflicts that cancel them.
    /// (DynamoDB Developer Guide, "Transaction conflict handling in DynamoDB")
    fn fits(self, operation: &str) -> bool {
        match self {
            Self::TransactionConflict => operation.starts_with("Transact"),
            Self::Failing | Self::Throttled | Self::AnswerLost | Self::Slow(_) => true,
        }
    }
}

/// The faults that are switched on. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    armed: Vec<Armed>,
    /// How many times each has struck.
    strikes: HashMap<Fault, u64>,
}

impl Faults {
    /// Switches a fault on. Of several that fit a request, the one that was switched on first strikes.
    pub fn switch_on(&self, fault: Fault, times: Times) {
        self.state().armed.push(Armed { fault, times });
    }

    /// Switches a fault on for one of DynamoDB's operations.
    pub fn dynamodb(&self, operation: &str, fault: DynamoDbFault, times: Times) {
        self.switch_on(Fault::DynamoDb(Which::named(operation), fault), times);
    }

    /// Switches every fault off.
    pub fn clear(&self) {
        self.state().armed.clear();
    }

    /// Whether no fault is left to strike.
    pub fn is_clear(&self) -> bool {
        self.state().armed.is_empty()
    }

    /// How many times this fault has struck.
    pub fn strikes_of(&self, fault: &Fault) -> u64 {
        self.state().strikes.get(fault).copied().unwrap_or_default()
    }

    /// What goes wrong with this request to DynamoDB, if anything does.
    pub(crate) fn strike_dynamodb(&self, operation: &str) -> Option<DynamoDbFault> {
        self.strike(operation, |fault| match fault {
            Fault::DynamoDb(which, fault) if which.is(operation) && fault.fits(operation) => {
                Some(*fault)
            }
            _ => None,
        })
    }

    /// What goes wrong with this request to STS, if anything does.
    pub(crate) fn strike_sts(&self, action: &str) -> Option<StsFault> {
        self.strike(action, |fault| match fault {
            Fault::Sts(which, fault) if which.is(action) => Some(*fault),
            _ => None,
        })
    }

    /// What goes wrong with this request to `@connections`, if anything does: never with one whose
    /// method means nothing there.
    pub(crate) fn strike_connections(&self, method: &str) -> Option<ConnectionsFault> {
        let is_known = METHODS.contains(&method);
        self.strike(method, |fault| match fault {
            Fault::Connections(which, fault) if is_known && which.is(method) => Some(*fault),
            _ => None,
        })
    }

    /// Whether this goes wrong with an invocation of the function with this logical id and name.
    pub(crate) fn strikes_function(&self, id: &str, name: &str, wrong: FunctionFault) -> bool {
        let is_struck = self.strike(id, |fault| match fault {
            Fault::Function(which, fault) if which.is(id) || which.is(name) => {
                (*fault == wrong).then_some(())
            }
            _ => None,
        });
        is_struck.is_some()
    }

    /// Whether `$disconnect` is not told of the end of this connection.
    pub(crate) fn strikes_disconnect(&self, connection_id: &str) -> bool {
        let fits = |fault: &Fault| (*fault == Fault::DisconnectLost).then_some(());
        self.strike(connection_id, fits).is_some()
    }

    /// Whether this connection, of which a message has arrived, is cut.
    pub(crate) fn strikes_socket(&self, connection_id: &str) -> bool {
        let fits = |fault: &Fault| (*fault == Fault::SocketCut).then_some(());
        self.strike(connection_id, fits).is_some()
    }

    /// The first fault that fits, counted and told. `at` is what it strikes.
    fn strike<T>(&self, at: &str, fits: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        let mut state = self.state();
        let found = state.armed.iter().enumerate();
        let (index, struck) =
            found.filter_map(|(index, armed)| Some((index, fits(&armed.fault)?))).next()?;
        let fault = state.armed[index].fault.clone();
        tracing::warn!("the fault {fault} strikes {at}");
        *state.strikes.entry(fault).or_default() += 1;
        match &mut state.armed[index].times {
            Times::Always => {}
            Times::Next(..=1) => {
                state.armed.remove(index);
            }
            Times::Next(left) => *left -= 1,
        }
        Some(struck)
    }

    fn state(&self) -> MutexGuard<'_, State> {
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
        let of = |fault| faults.strikes_of(&Fault::DynamoDb(Which::named("GetItem"), fault));
        assert_eq!(of(DynamoDbFault::Throttled), 2);
        assert_eq!(of(DynamoDbFault::Failing), 2);
        assert_eq!(of(DynamoDbFault::AnswerLost), 0);
        faults.clear();
        assert_eq!(faults.strike_dynamodb("GetItem"), None);
    }

    #[test]
    fn a_fault_strikes_its_own_place_only() {
        let faults = Faults::default();
        faults.switch_on(Fault::Sts(Which::Any, StsFault::Failing), Times::Always);
        assert_eq!(faults.strike_dynamodb("GetItem"), None);
        assert_eq!(faults.strike_connections("GET"), None);
        assert!(!faults.strikes_function("F", "stack-F-1", FunctionFault::Killed));
        assert!(!faults.strikes_disconnect("c") && !faults.strikes_socket("c"));
        assert_eq!(faults.strike_sts("AssumeRole"), Some(StsFault::Failing));
        assert_eq!(faults.strike_sts("GetCallerIdentity"), Some(StsFault::Failing));
    }

    #[test]
    fn a_function_is_known_by_its_logical_id_and_by_its_name() {
        let check = |which, expected| {
            let faults = Faults::default();
            faults.switch_on(Fault::Function(which, FunctionFault::Killed), Times::Always);
            let strikes = |fault| faults.strikes_function("F", "stack-F-1", fault);
            assert_eq!(strikes(FunctionFault::Killed), expected);
            assert!(!strikes(FunctionFault::AnswerLost));
        };
        check(Which::Any, true);
        check(Which::named("F"), true);
        check(Which::named("stack-F-1"), true);
        check(Which::named("G"), false);
    }

    #[test]
    fn a_method_that_connections_does_not_have_is_not_struck() {
        let faults = Faults::default();
        let gone = ConnectionsFault::Gone;
        faults.switch_on(Fault::Connections(Which::Any, gone), Times::Next(1));
        assert_eq!(faults.strike_connections("PUT"), None);
        assert_eq!(faults.strike_connections("POST"), Some(gone));
    }

    #[test]
    fn only_transactions_conflict() {
        let faults = Faults::default();
        let conflict = DynamoDbFault::TransactionConflict;
        faults.switch_on(Fault::DynamoDb(Which::Any, conflict), Times::Always);
        assert_eq!(faults.strike_dynamodb("PutItem"), None);
        assert_eq!(faults.strike_dynamodb("TransactWriteItems"), Some(conflict));
    }
}
