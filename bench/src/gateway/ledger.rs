//! The account of what was sent on one connection: every message comes back once, as it was sent.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use tokio::time::Instant;

/// How a server gives a message back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Echo {
    /// The text itself.
    Bare,
    /// As `message` of an object in JSON.
    Wrapped,
}

/// The messages of one connection that are under way.
#[derive(Debug)]
pub struct Ledger {
    connection: usize,
    bytes: usize,
    echo: Echo,
    next: u64,
    under_way: BTreeMap<u64, Instant>,
}

/// What must not happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Messages that never came back.
    Lost(usize),
    /// A message that came back twice.
    Twice,
    /// A message that nobody sent, or not so.
    Wrong,
}

impl Ledger {
    /// Of the connection with this number, whose messages are so many bytes long, or as long as their numbers.
    pub fn new(connection: usize, bytes: usize, echo: Echo) -> Self {
        Self { connection, bytes, echo, next: 0, under_way: BTreeMap::new() }
    }

    /// The next message, that is sent for this point in time.
    pub fn send(&mut self, at: Instant) -> String {
        let number = self.next;
        self.next += 1;
        self.under_way.insert(number, at);
        self.text(number)
    }

    /// Takes a message that came; gives the point in time that it was sent for.
    ///
    /// # Errors
    ///
    /// [`Fault`], where it should not have come.
    pub fn receive(&mut self, received: &str) -> Result<Instant, Fault> {
        #[derive(Deserialize)]
        struct Wrapped<'a> {
            message: &'a str,
        }
        let text = match self.echo {
            Echo::Bare => received,
            Echo::Wrapped => {
                serde_json::from_str::<Wrapped<'_>>(received).map_err(|_| Fault::Wrong)?.message
            }
        };
        let number = text.split('.').nth(1).and_then(|number| number.parse().ok());
        let number = number.filter(|number| self.text(*number) == text).ok_or(Fault::Wrong)?;
        match self.under_way.remove(&number) {
            Some(at) => Ok(at),
            None if number < self.next => Err(Fault::Twice),
            None => Err(Fault::Wrong),
        }
    }

    /// How many messages have not come back.
    pub fn under_way(&self) -> usize {
        self.under_way.len()
    }

    /// That all have come back.
    ///
    /// # Errors
    ///
    /// [`Fault::Lost`]
    pub fn settle(&self) -> Result<(), Fault> {
        match self.under_way() {
            0 => Ok(()),
            lost => Err(Fault::Lost(lost)),
        }
    }

    /// Different for every message of every connection.
    fn text(&self, number: u64) -> String {
        let start = format!("{}.{number}.", self.connection);
        format!("{start:x<width$}", width = self.bytes)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(count) => write!(formatter, "{count} messages were lost"),
            Self::Twice => write!(formatter, "a message came back twice"),
            Self::Wrong => write!(formatter, "a message came that nobody had sent so"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn ledger() -> Ledger {
        Ledger::new(3, 16, Echo::Bare)
    }

    #[test]
    fn messages_are_as_long_as_asked_for_and_all_different() {
        let (mut one, mut other) = (ledger(), Ledger::new(4, 16, Echo::Bare));
        let now = Instant::now();
        let texts = [one.send(now), one.send(now), other.send(now)];
        assert_eq!(texts, ["3.0.xxxxxxxxxxxx", "3.1.xxxxxxxxxxxx", "4.0.xxxxxxxxxxxx"]);
    }

    #[test]
    fn what_comes_back_tells_when_it_was_sent_in_whatever_order() {
        let mut ledger = ledger();
        let early = Instant::now();
        let late = early + Duration::from_secs(1);
        let (first, second) = (ledger.send(early), ledger.send(late));
        assert_eq!(ledger.under_way(), 2);
        assert_eq!(ledger.receive(&second), Ok(late));
        assert_eq!(ledger.receive(&first), Ok(early));
        assert_eq!(ledger.settle(), Ok(()));
    }

    #[test]
    fn what_does_not_come_back_is_lost() {
        let mut ledger = ledger();
        let first = ledger.send(Instant::now());
        ledger.send(Instant::now());
        ledger.receive(&first).unwrap();
        assert_eq!(ledger.settle(), Err(Fault::Lost(1)));
    }

    #[test]
    fn what_comes_twice_is_a_fault() {
        let mut ledger = ledger();
        let text = ledger.send(Instant::now());
        ledger.receive(&text).unwrap();
        assert_eq!(ledger.receive(&text), Err(Fault::Twice));
    }

    #[test]
    fn what_was_not_sent_so_is_a_fault() {
        let check = |text: &str| {
            let mut ledger = ledger();
            ledger.send(Instant::now());
            assert_eq!(ledger.receive(text), Err(Fault::Wrong), "{text}");
            assert_eq!(ledger.under_way(), 1);
        };
        check("3.1.xxxxxxxxxxxx");
        check("4.0.xxxxxxxxxxxx");
        check("3.0.xxxxxxxxxxx");
        check("3.0.xxxxxxxxxxxy");
        check("3.00.xxxxxxxxxxx");
        check("");
        check(r#"{"message": "Internal server error"}"#);
    }

    #[test]
    fn a_wrapped_message_is_taken_out_first() {
        let mut ledger = Ledger::new(0, 0, Echo::Wrapped);
        let text = ledger.send(Instant::now());
        assert_eq!(ledger.receive(&text), Err(Fault::Wrong));
        let frame = format!(r#"{{"message":"{text}","connection":{{}},"requestId":"a"}}"#);
        assert!(ledger.receive(&frame).is_ok());
        assert_eq!(ledger.settle(), Ok(()));
    }
}
