//! A fault as it is written on the command line: `PLACE[:NAME]=FAULT[,TIMES]`. No character of it
//! means anything to a shell.
//!
//! | place | name | fault |
//! |---|---|---|
//! | `dynamodb` | an operation | `failing`, `throttled`, `conflict`, `answer-lost`, `slow:DURATION` |
//! | `sts` | an action | `failing`, `throttled` |
//! | `connections` | a method | `gone`, `throttled` |
//! | `function` | a logical id or a name | `killed`, `answer-lost` |
//! | `disconnect` | | `lost` |
//! | `socket` | | `cut` |
//!
//! Without a name each of them is struck, and without a number of times always.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{Armed, ConnectionsFault, DynamoDbFault, Fault, FunctionFault, StsFault, Times, Which};
use crate::aws_api::permissions::OPERATIONS;
use crate::aws_api::sts::ACTIONS;
use crate::connections_api::METHODS;

/// Why a text names no fault.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultTextError {
    /// There is no `=`.
    #[error("expected PLACE=FAULT, such as dynamodb:GetItem=failing or socket=cut,1")]
    Form,
    /// Nothing goes wrong there.
    #[error(
        "{0:?} is no place, expected dynamodb, sts, connections, function, disconnect or socket"
    )]
    Place(String),
    /// The place has no such thing.
    #[error("{name:?} is nothing that {place} has here, expected one of {expected}")]
    Name {
        /// Where.
        place: &'static str,
        /// What was given.
        name: String,
        /// What it has.
        expected: String,
    },
    /// The place has nothing to choose from.
    #[error("{0} takes no name, expected {0}=FAULT")]
    NoNames(&'static str),
    /// Something else goes wrong there.
    #[error("{fault:?} is no fault of {place}, expected {expected}")]
    Fault {
        /// Where.
        place: &'static str,
        /// What was given.
        fault: String,
        /// What goes wrong there.
        expected: &'static str,
    },
    /// A conflict where there is no transaction.
    #[error(
        "{0} is no transaction, expected TransactGetItems or TransactWriteItems for a conflict"
    )]
    Conflict(String),
    /// Not a duration.
    #[error("{0:?} is no duration, expected one such as 200ms or 2s")]
    Duration(String),
    /// Not a number.
    #[error("{0:?} is no number of times, expected a whole number from 1")]
    Times(String),
}

impl FromStr for Armed {
    type Err = FaultTextError;

    fn from_str(text: &str) -> Result<Self, FaultTextError> {
        let (place, fault) = text.split_once('=').ok_or(FaultTextError::Form)?;
        let (place, name) = match place.split_once(':') {
            Some((place, name)) => (place, Some(name)),
            None => (place, None),
        };
        let (fault, times) = match fault.split_once(',') {
            Some((fault, times)) => (fault, Times::Next(count(times)?)),
            None => (fault, Times::Always),
        };
        Ok(Self { fault: read(place, name, fault)?, times })
    }
}

fn read(place: &str, name: Option<&str>, fault: &str) -> Result<Fault, FaultTextError> {
    match place {
        "dynamodb" => {
            let which = which("dynamodb", name, &OPERATIONS)?;
            let fault = dynamodb_fault(fault)?;
            match which {
                Which::Named(operation) if !fault.fits(&operation) => {
                    Err(FaultTextError::Conflict(operation))
                }
                which => Ok(Fault::DynamoDb(which, fault)),
            }
        }
        "sts" => {
            let which = which("sts", name, &ACTIONS)?;
            let fault = match fault {
                "failing" => StsFault::Failing,
                "throttled" => StsFault::Throttled,
                other => return Err(unknown("sts", other, "failing or throttled")),
            };
            Ok(Fault::Sts(which, fault))
        }
        "connections" => {
            let which = which("connections", name, &METHODS)?;
            let fault = match fault {
                "gone" => ConnectionsFault::Gone,
                "throttled" => ConnectionsFault::Throttled,
                other => return Err(unknown("connections", other, "gone or throttled")),
            };
            Ok(Fault::Connections(which, fault))
        }
        "function" => {
            // Which functions there are is known by the template only: see `Fault::check`.
            let which = name.map_or(Which::Any, Which::named);
            let fault = match fault {
                "killed" => FunctionFault::Killed,
                "answer-lost" => FunctionFault::AnswerLost,
                other => return Err(unknown("function", other, "killed or answer-lost")),
            };
            Ok(Fault::Function(which, fault))
        }
        "disconnect" => match (name, fault) {
            (Some(_), _) => Err(FaultTextError::NoNames("disconnect")),
            (None, "lost") => Ok(Fault::DisconnectLost),
            (None, other) => Err(unknown("disconnect", other, "lost")),
        },
        "socket" => match (name, fault) {
            (Some(_), _) => Err(FaultTextError::NoNames("socket")),
            (None, "cut") => Ok(Fault::SocketCut),
            (None, other) => Err(unknown("socket", other, "cut")),
        },
        other => Err(FaultTextError::Place(other.to_owned())),
    }
}

fn dynamodb_fault(fault: &str) -> Result<DynamoDbFault, FaultTextError> {
    const EXPECTED: &str = "failing, throttled, conflict, answer-lost or slow:DURATION";
    match (fault, fault.strip_prefix("slow:")) {
        ("failing", _) => Ok(DynamoDbFault::Failing),
        ("throttled", _) => Ok(DynamoDbFault::Throttled),
        ("conflict", _) => Ok(DynamoDbFault::TransactionConflict),
        ("answer-lost", _) => Ok(DynamoDbFault::AnswerLost),
        (_, Some(by)) => Ok(DynamoDbFault::Slow(duration(by)?)),
        (other, None) => Err(unknown("dynamodb", other, EXPECTED)),
    }
}

fn which(place: &'static str, name: Option<&str>, known: &[&str]) -> Result<Which, FaultTextError> {
    match name {
        None => Ok(Which::Any),
        Some(name) if known.contains(&name) => Ok(Which::named(name)),
        Some(name) => {
            let (name, expected) = (name.to_owned(), known.join(", "));
            Err(FaultTextError::Name { place, name, expected })
        }
    }
}

fn unknown(place: &'static str, fault: &str, expected: &'static str) -> FaultTextError {
    FaultTextError::Fault { place, fault: fault.to_owned(), expected }
}

fn count(text: &str) -> Result<u32, FaultTextError> {
    digits(text).filter(|count| *count > 0).ok_or_else(|| FaultTextError::Times(text.to_owned()))
}

fn duration(text: &str) -> Result<Duration, FaultTextError> {
    let milliseconds = |text| Some(Duration::from_millis(digits(text)?.into()));
    let seconds = |text| Some(Duration::from_secs(digits(text)?.into()));
    match text.strip_suffix("ms") {
        Some(number) => milliseconds(number),
        None => text.strip_suffix('s').and_then(seconds),
    }
    .ok_or_else(|| FaultTextError::Duration(text.to_owned()))
}

/// A number of digits alone: a sign is none.
fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

impl fmt::Display for Armed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.times {
            Times::Always => write!(formatter, "{}", self.fault),
            Times::Next(count) => write!(formatter, "{},{count}", self.fault),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DynamoDb(which, fault) => write!(formatter, "dynamodb{which}={fault}"),
            Self::Sts(which, StsFault::Failing) => write!(formatter, "sts{which}=failing"),
            Self::Sts(which, StsFault::Throttled) => write!(formatter, "sts{which}=throttled"),
            Self::Connections(which, ConnectionsFault::Gone) => {
                write!(formatter, "connections{which}=gone")
            }
            Self::Connections(which, ConnectionsFault::Throttled) => {
                write!(formatter, "connections{which}=throttled")
            }
            Self::Function(which, FunctionFault::Killed) => {
                write!(formatter, "function{which}=killed")
            }
            Self::Function(which, FunctionFault::AnswerLost) => {
                write!(formatter, "function{which}=answer-lost")
            }
            Self::DisconnectLost => formatter.write_str("disconnect=lost"),
            Self::SocketCut => formatter.write_str("socket=cut"),
        }
    }
}

/// As it stands behind the place: nothing, or a colon and the name.
impl fmt::Display for Which {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => Ok(()),
            Self::Named(name) => write!(formatter, ":{name}"),
        }
    }
}

impl fmt::Display for DynamoDbFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failing => formatter.write_str("failing"),
            Self::Throttled => formatter.write_str("throttled"),
            Self::TransactionConflict => formatter.write_str("conflict"),
            Self::AnswerLost => formatter.write_str("answer-lost"),
            Self::Slow(by) => write!(formatter, "slow:{}ms", by.as_millis()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, fault: Fault, times: Times) {
        let armed = Armed { fault, times };
        assert_eq!(text.parse().as_ref(), Ok(&armed), "{text}");
        assert_eq!(armed.to_string(), text);
    }

    fn check_refused(text: &str, expected: &str) {
        let error = text.parse::<Armed>().expect_err(text);
        assert_eq!(error.to_string(), expected, "{text}");
    }

    #[test]
    fn every_fault_has_a_text_and_is_read_back() {
        let named = Which::named;
        let any = || Which::Any;
        let slow = |milliseconds| DynamoDbFault::Slow(Duration::from_millis(milliseconds));
        let get_item = |fault| Fault::DynamoDb(named("GetItem"), fault);
        check("dynamodb:GetItem=failing", get_item(DynamoDbFault::Failing), Times::Always);
        check("dynamodb:GetItem=throttled,3", get_item(DynamoDbFault::Throttled), Times::Next(3));
        check("dynamodb:GetItem=slow:200ms,1", get_item(slow(200)), Times::Next(1));
        check(
            "dynamodb=conflict",
            Fault::DynamoDb(any(), DynamoDbFault::TransactionConflict),
            Times::Always,
        );
        check(
            "dynamodb:TransactWriteItems=answer-lost",
            Fault::DynamoDb(named("TransactWriteItems"), DynamoDbFault::AnswerLost),
            Times::Always,
        );
        let sts = |fault| Fault::Sts(named("AssumeRole"), fault);
        check("sts:AssumeRole=failing", sts(StsFault::Failing), Times::Always);
        check("sts:AssumeRole=throttled", sts(StsFault::Throttled), Times::Always);
        let post = |fault| Fault::Connections(named("POST"), fault);
        check("connections:POST=gone", post(ConnectionsFault::Gone), Times::Always);
        check("connections:POST=throttled,9", post(ConnectionsFault::Throttled), Times::Next(9));
        let function = |which, fault| Fault::Function(which, fault);
        check("function:F=killed", function(named("F"), FunctionFault::Killed), Times::Always);
        check("function=answer-lost", function(any(), FunctionFault::AnswerLost), Times::Always);
        check("disconnect=lost", Fault::DisconnectLost, Times::Always);
        check("socket=cut,2", Fault::SocketCut, Times::Next(2));
    }

    #[test]
    fn a_duration_may_be_in_seconds() {
        let armed: Armed = "dynamodb=slow:2s".parse().unwrap();
        assert_eq!(armed.to_string(), "dynamodb=slow:2000ms");
    }

    #[test]
    fn what_is_wrong_is_named_and_what_was_expected() {
        let form = "expected PLACE=FAULT, such as dynamodb:GetItem=failing or socket=cut,1";
        check_refused("", form);
        check_refused("socket", form);
        check_refused(
            "s3=failing",
            "\"s3\" is no place, expected dynamodb, sts, connections, function, disconnect or socket",
        );
        check_refused(
            "sts:GetSessionToken=failing",
            "\"GetSessionToken\" is nothing that sts has here, expected one of AssumeRole, \
             GetCallerIdentity",
        );
        check_refused(
            "connections:PUT=gone",
            "\"PUT\" is nothing that connections has here, expected one of POST, GET, DELETE",
        );
        check_refused("socket:a=cut", "socket takes no name, expected socket=FAULT");
        check_refused("disconnect:a=lost", "disconnect takes no name, expected disconnect=FAULT");
        check_refused(
            "connections=failing",
            "\"failing\" is no fault of connections, expected gone or throttled",
        );
        check_refused(
            "dynamodb=slow",
            "\"slow\" is no fault of dynamodb, expected failing, throttled, conflict, answer-lost or \
             slow:DURATION",
        );
        check_refused(
            "dynamodb:GetItem=conflict",
            "GetItem is no transaction, expected TransactGetItems or TransactWriteItems for a conflict",
        );
        let no_duration =
            |text| format!("{text:?} is no duration, expected one such as 200ms or 2s");
        for text in ["", "200", "ms", "-1ms", "+1s", "1.5s", "5000000000ms"] {
            check_refused(&format!("dynamodb=slow:{text}"), &no_duration(text));
        }
        for text in ["", "0", "-1", "+1", "x", "5000000000"] {
            let expected =
                format!("{text:?} is no number of times, expected a whole number from 1");
            check_refused(&format!("socket=cut,{text}"), &expected);
        }
    }
}
