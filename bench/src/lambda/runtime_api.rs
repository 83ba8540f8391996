//! The Lambda Runtime API for one process, and how long its invocations take.
//! (Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes")
//!
//! An invocation lasts from the moment before its event is written to the moment at which its answer has been
//! read whole: what Lambda calls its duration.

use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::http::{self, Request};

/// How long an invocation may take, as it is told to the process: the template's `Timeout`.
const TIMEOUT: Duration = Duration::from_secs(10);

const API: &str = "/2018-06-01/runtime/";

/// What is heard from a process.
#[derive(Debug)]
pub(super) enum Report {
    /// It has asked for an invocation, at this time.
    Asked(Instant),
    /// It has answered one.
    Answered(Answered),
    /// It says that it has failed, or it has done what no runtime may; why.
    Wrong(String),
    /// It has ended: the last of what it wrote to stderr.
    Ended(String),
}

/// An answered invocation.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) took: Duration,
    pub(super) answer: Vec<u8>,
}

/// The server. It ends when it is dropped and its process has ended.
pub(super) struct RuntimeApi {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
}

impl RuntimeApi {
    /// Serves on a free port: hands out `events` in turn, and tells `reports`.
    pub(super) fn start(
        events: Receiver<Vec<u8>>,
        reports: Sender<Report>,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let stopped = Arc::new(AtomicBool::new(false));
        let is_stopped = stopped.clone();
        let shared = Arc::new(Shared { events: Mutex::new(events), exchange: Mutex::default() });
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if is_stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (shared, reports) = (shared.clone(), reports.clone());
                std::thread::spawn(move || {
                    let served = stream.and_then(|stream| shared.serve(&stream, &reports));
                    if let Err(error) = served {
                        // Nobody listens where the process was ended on purpose.
                        let _ = reports.send(Report::Wrong(error.to_string()));
                    }
                });
            }
        });
        Ok(Self { address, stopped })
    }

    /// `AWS_LAMBDA_RUNTIME_API`
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // Wakes the thread that accepts. Where it cannot be reached, it has ended.
        let _ = TcpStream::connect(self.address);
    }
}

/// What the connections of one process share.
struct Shared {
    events: Mutex<Receiver<Vec<u8>>>,
    exchange: Mutex<Exchange>,
}

impl Shared {
    fn serve(&self, stream: &TcpStream, reports: &Sender<Report>) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream);
        let mut writer = stream;
        while let Some(request) = Request::read(&mut reader)? {
            let now = Instant::now();
            let call = request.target.strip_prefix(API).unwrap_or_default();
            match (request.method.as_str(), call.split('/').collect::<Vec<_>>().as_slice()) {
                ("GET", ["invocation", "next"]) => {
                    if reports.send(Report::Asked(now)).is_err() {
                        return Ok(());
                    }
                    let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
                    let Ok(payload) = events.recv() else { return Ok(()) };
                    drop(events);
                    let Some(id) = self.exchange().hand_out() else {
                        let wrong = "it has asked again before it has answered";
                        let _ = reports.send(Report::Wrong(wrong.to_owned()));
                        return Ok(());
                    };
                    let answer = delivery(&id, &payload);
                    self.exchange().since = Some(Instant::now());
                    writer.write_all(&answer)?;
                }
                ("POST", ["invocation", id, "response"]) => {
                    let report = match self.exchange().settle(id, now) {
                        Some(took) => Report::Answered(Answered { took, answer: request.body }),
                        None => {
                            Report::Wrong(format!("it has answered {id}, which it was not given"))
                        }
                    };
                    let body = br#"{"status":"OK"}"#;
                    writer.write_all(&http::answer("202 Accepted", &[JSON], body))?;
                    let _ = reports.send(report);
                }
                _ => {
                    let said = String::from_utf8_lossy(&request.body).into_owned();
                    let _ = reports.send(Report::Wrong(format!("{call}: {said}")));
                    writer.write_all(&http::answer("202 Accepted", &[JSON], b"{}"))?;
                }
            }
        }
        Ok(())
    }

    fn exchange(&self) -> std::sync::MutexGuard<'_, Exchange> {
        self.exchange.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const JSON: (&str, &str) = ("Content-Type", "application/json");

fn delivery(id: &str, payload: &[u8]) -> Vec<u8> {
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + TIMEOUT;
    http::answer(
        "200 OK",
        &[
            JSON,
            ("Lambda-Runtime-Aws-Request-Id", id),
            ("Lambda-Runtime-Deadline-Ms", &deadline.as_millis().to_string()),
            (
                "Lambda-Runtime-Invoked-Function-Arn",
                "arn:aws:lambda:eu-west-1:123456789012:function:measured",
            ),
            ("Lambda-Runtime-Trace-Id", "Root=1-69573725-0123456789abcdef01234567;Sampled=0"),
        ],
        payload,
    )
}

/// One invocation at a time.
#[derive(Default)]
struct Exchange {
    invocations: u64,
    under_way: Option<String>,
    since: Option<Instant>,
}

impl Exchange {
    /// The id of a new invocation; `None` while one is under way.
    fn hand_out(&mut self) -> Option<String> {
        if self.under_way.is_some() {
            return None;
        }
        self.invocations += 1;
        let id = format!("8476a536-e9f4-11e8-9739-{:012x}", self.invocations);
        self.under_way = Some(id.clone());
        Some(id)
    }

    /// How long invocation `id` took, if that is the one under way.
    fn settle(&mut self, id: &str, at: Instant) -> Option<Duration> {
        if self.under_way.as_deref() != Some(id) {
            return None;
        }
        self.under_way = None;
        Some(at.duration_since(self.since.take()?))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn one_invocation_is_under_way_at_a_time() {
        let mut exchange = Exchange::default();
        let start = Instant::now();
        let id = exchange.hand_out().unwrap();
        exchange.since = Some(start);
        assert_eq!(exchange.hand_out(), None);
        assert_eq!(exchange.settle("another", start), None);
        let took = Duration::from_millis(3);
        assert_eq!(exchange.settle(&id, start + took), Some(took));
        assert_eq!(exchange.settle(&id, start + took), None, "it is answered once");
        assert_ne!(exchange.hand_out(), Some(id));
    }

    #[test]
    fn a_process_is_given_its_event_and_its_answer_is_reported() {
        let (events, given) = mpsc::channel();
        let (reports, heard) = mpsc::channel();
        let api = RuntimeApi::start(given, reports).unwrap();
        let mut process = TcpStream::connect(api.address()).unwrap();
        process.write_all(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\n").unwrap();
        assert!(matches!(heard.recv(), Ok(Report::Asked(_))));
        events.send(b"an event".to_vec()).unwrap();
        let mut delivered = Vec::new();
        while !delivered.ends_with(b"an event") {
            let mut piece = [0; 1024];
            let read = process.read(&mut piece).unwrap();
            assert!(read > 0, "the connection stays open");
            delivered.extend_from_slice(&piece[..read]);
        }
        let delivered = String::from_utf8(delivered).unwrap();
        let id =
            delivered.lines().find_map(|line| line.strip_prefix("Lambda-Runtime-Aws-Request-Id: "));
        let path = format!("/2018-06-01/runtime/invocation/{}/response", id.unwrap());
        write!(process, "POST {path} HTTP/1.1\r\nContent-Length: 4\r\n\r\nnull").unwrap();
        let Ok(Report::Answered(answered)) = heard.recv() else { panic!("it is answered") };
        assert_eq!(answered.answer, b"null");
        write!(process, "POST {path} HTTP/1.1\r\nContent-Length: 4\r\n\r\nnull").unwrap();
        assert!(matches!(heard.recv(), Ok(Report::Wrong(_))), "it is answered once");
    }
}
