//! A function's side of the Runtime API, a connection a call.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::clock::Clock;

/// The Runtime API of one process.
#[derive(Clone)]
pub(super) struct RuntimeApi(String);

/// What it answers.
pub(super) struct Reply {
    pub(super) status: u16,
    head: String,
    pub(super) body: String,
}

impl Reply {
    /// The value of a header, whose name is given in lower case.
    #[track_caller]
    pub(super) fn header(&self, name: &str) -> &str {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(other, _)| *other == name).unwrap_or_else(|| panic!("no header {name}")).1
    }
}

impl RuntimeApi {
    pub(super) fn at(address: String) -> Self {
        Self(address)
    }

    /// Asks for an invocation, and waits for it.
    pub(super) async fn next(&self) -> Reply {
        self.call("GET", "invocation/next", b"").await
    }

    /// Asks for an invocation that is there, and returns its id.
    pub(super) async fn take(&self) -> String {
        let reply = self.next().await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.header("lambda-runtime-aws-request-id").to_owned()
    }

    pub(super) async fn respond(&self, request_id: &str, answer: &[u8]) -> Reply {
        self.call("POST", &format!("invocation/{request_id}/response"), answer).await
    }

    pub(super) async fn fail(&self, request_id: &str, error: &str) -> Reply {
        self.call("POST", &format!("invocation/{request_id}/error"), error.as_bytes()).await
    }

    pub(super) async fn fail_init(&self, error: &str) -> Reply {
        self.call("POST", "init/error", error.as_bytes()).await
    }

    async fn call(&self, method: &str, path: &str, body: &[u8]) -> Reply {
        let mut stream = TcpStream::connect(&self.0).await.unwrap();
        let head = format!(
            "{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Content-Length: {}\r\n\r\n",
            self.0,
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer with a head");
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Reply { status, head: head.to_owned(), body: body.to_owned() }
    }
}

/// What a call brings, and between which times of the machine's, in milliseconds, it did.
pub(super) async fn timed<T>(call: impl Future<Output = T>) -> (T, (i64, i64)) {
    let before = Clock::real().epoch_milliseconds();
    let output = call.await;
    (output, (before, Clock::real().epoch_milliseconds()))
}

/// The deadline of an invocation that was handed over between two times of the machine's: the
/// process compares it with that clock, whatever `local`'s shows.
#[track_caller]
pub(super) fn check_deadline(invocation: &Reply, (before, after): (i64, i64), left: Duration) {
    let deadline: i64 = invocation.header("lambda-runtime-deadline-ms").parse().unwrap();
    let left = i64::try_from(left.as_millis()).unwrap();
    assert!((before + left..=after + left).contains(&deadline), "{deadline}");
}
