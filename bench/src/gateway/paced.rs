//! Echoes at a steady rate, whatever the server does: how long they take from the time that they were to be sent.
//!
//! A client that waits for each answer before it sends the next message sends less while the server is slow, and so
//! hides what a user would have waited (coordinated omission).

use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use rustix::thread::set_current_timer_slack;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;

use super::client::Socket;
use super::echoes::PATIENCE;
use super::ledger::{Echo, Ledger};
use crate::Error;
use crate::percentile::Samples;

/// When what is sent.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    start: Instant,
    interval: Duration,
}

impl Schedule {
    /// From `start` on, so many a second.
    pub fn new(start: Instant, per_second: f64) -> Self {
        Self { start, interval: Duration::from_secs_f64(1.0 / per_second) }
    }

    /// When the message with this number is to be sent; the first one, 0, at the start.
    pub fn at(&self, number: u32) -> Instant {
        self.start + self.interval * number
    }

    /// How many are to have been sent by then.
    pub fn due(&self, now: Instant) -> u32 {
        match now.checked_duration_since(self.start) {
            None => 0,
            Some(passed) => {
                let whole = passed.as_nanos() / self.interval.as_nanos().max(1);
                u32::try_from(whole).unwrap_or(u32::MAX).saturating_add(1)
            }
        }
    }
}

/// What came of it.
pub struct Paced {
    /// From the time that a message was to be sent until it was back.
    pub latencies: Samples,
    /// The connections.
    pub sockets: Vec<Socket>,
}

/// One connection: what it reads goes on in a task of its own.
struct Connection {
    sink: SplitSink<Socket, Message>,
    ledger: Arc<Mutex<Ledger>>,
    reading: JoinHandle<Result<Read, Error>>,
}

/// What was read, and what more can be read from.
struct Read {
    stream: SplitStream<Socket>,
    latencies: Vec<Duration>,
}

/// Sends `count` messages of so many bytes at a steady rate, each on the next connection in turn.
///
/// # Errors
///
/// Where one is lost, comes twice, or comes back changed.
pub async fn run(
    sockets: Vec<Socket>,
    bytes: usize,
    echo: Echo,
    per_second: f64,
    count: u32,
) -> Result<Paced, Error> {
    let all = sockets.len();
    let share = |connection: usize| {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        count / all + usize::from(connection < count % all)
    };
    let mut connections: Vec<_> = sockets
        .into_iter()
        .enumerate()
        .map(|(number, socket)| {
            let (sink, stream) = socket.split();
            let ledger = Arc::new(Mutex::new(Ledger::new(number, bytes, echo)));
            let reading = tokio::spawn(read(stream, ledger.clone(), share(number)));
            Connection { sink, ledger, reading }
        })
        .collect();
    let schedule = Schedule::new(Instant::now(), per_second);
    let mut ticks = ticks(schedule, count);
    let mut sent = 0;
    while ticks.recv().await.is_some() {
        let due = schedule.due(Instant::now()).min(count);
        for number in sent..due {
            let next = usize::try_from(number)? % all;
            let Connection { sink, ledger, .. } = &mut connections[next];
            let text = lock(ledger).send(schedule.at(number));
            sink.send(Message::text(text)).await?;
        }
        sent = due.max(sent);
    }
    let mut latencies = Vec::new();
    let mut sockets = Vec::new();
    for Connection { sink, ledger, reading } in connections {
        let read = timeout(PATIENCE, reading).await;
        let Ok(read) = read else {
            lock(&ledger).settle()?;
            return Err("a connection does not end its reading".into());
        };
        let read = read??;
        lock(&ledger).settle()?;
        latencies.extend(read.latencies);
        sockets.push(read.stream.reunite(sink)?);
    }
    let latencies = Samples::new(latencies).ok_or("nothing was sent")?;
    Ok(Paced { latencies, sockets })
}

/// Reads until so many messages have come back.
async fn read(
    mut stream: SplitStream<Socket>,
    ledger: Arc<Mutex<Ledger>>,
    count: usize,
) -> Result<Read, Error> {
    let mut latencies = Vec::with_capacity(count);
    while latencies.len() < count {
        match stream.next().await.ok_or("a connection ended before its answer")?? {
            Message::Text(text) => {
                let sent = lock(&ledger).receive(&text)?;
                latencies.push(sent.elapsed());
            }
            Message::Ping(_) | Message::Pong(_) => {}
            _ => return Err("a frame arrived that is no text".into()),
        }
    }
    Ok(Read { stream, latencies })
}

fn lock(ledger: &Mutex<Ledger>) -> std::sync::MutexGuard<'_, Ledger> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells of each time of the schedule, for so many. It has a thread of its own: tokio's timer is as fine as a
/// millisecond, which is more than an echo takes.
fn ticks(schedule: Schedule, count: u32) -> mpsc::UnboundedReceiver<()> {
    let (sender, receiver) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        // Where the kernel does not know it, it wakes this thread some 50 us late.
        let _ = set_current_timer_slack(NonZeroU64::new(1));
        for number in 0..count {
            std::thread::sleep(schedule.at(number).saturating_duration_since(Instant::now()));
            // Nobody listens any more once something has gone wrong.
            if sender.send(()).is_err() {
                return;
            }
        }
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_is_what_the_schedule_has_by_then() {
        let start = Instant::now();
        let schedule = Schedule::new(start, 1_000.0);
        let check = |microseconds, expected| {
            let now = start + Duration::from_micros(microseconds);
            assert_eq!(schedule.due(now), expected, "{microseconds}");
        };
        check(0, 1);
        check(999, 1);
        check(1_000, 2);
        check(10_500, 11);
        assert_eq!(schedule.due(start.checked_sub(Duration::from_micros(1)).unwrap()), 0);
    }

    #[test]
    fn a_message_is_due_when_it_is_to_be_sent_and_not_before() {
        for per_second in [0.5, 3.0, 1_234.5, 60_000.0] {
            let schedule = Schedule::new(Instant::now(), per_second);
            for number in [0, 1, 7, 1_000_003] {
                let at = schedule.at(number);
                assert_eq!(schedule.due(at), number + 1, "{per_second} {number}");
                if let Some(before) = at.checked_sub(Duration::from_nanos(1)) {
                    assert_eq!(schedule.due(before), number, "{per_second} {number}");
                }
            }
        }
    }
}
