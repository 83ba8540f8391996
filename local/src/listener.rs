//! What every listener of `local` has in common: loopback only, no Nagle delay, heads as they were
//! sent, an end.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::serve::{IncomingStream, Serve};
use sigv4_verify::found::Found;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::wire::recording::{RecordedStream, Recording};

/// The other side of a connection.
#[derive(Clone)]
pub struct Client {
    /// Where it is.
    pub address: SocketAddr,
    /// The heads of its requests.
    pub recording: Arc<Recording>,
}

/// Binds a port of the loopback interface; 0 takes any free one.
///
/// # Errors
///
/// The system's, as when the port is in use.
pub async fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

/// What is kept of a request's head beside what the server reads of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heads {
    /// All of it as it was sent.
    AsSent,
    /// Nothing: the order and the case of names matter to nobody there.
    AsRead,
}

/// Serves `router` until `shutdown` turns true, then lets requests under way end.
pub fn serve(
    listener: TcpListener,
    heads: Heads,
    router: Router,
    mut shutdown: watch::Receiver<bool>,
) -> JoinHandle<()> {
    let router = router.layer(middleware::from_fn(receive));
    tokio::spawn(async move {
        let service = router.into_make_service_with_connect_info::<Client>();
        let serve: Serve<_, _, _> = axum::serve(Recorded { listener, heads }, service);
        let ended = async move {
            // An error means that the other side is gone, which is an end as well.
            let _ = shutdown.wait_for(|end| *end).await;
        };
        if let Err(error) = serve.with_graceful_shutdown(ended).await {
            tracing::error!(%error, "a listener ended");
        }
    })
}

/// A listener whose connections record the heads of their requests, where somebody wants them.
struct Recorded {
    listener: TcpListener,
    heads: Heads,
}

impl axum::serve::Listener for Recorded {
    type Io = RecordedStream<TcpStream>;
    type Addr = Client;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = axum::serve::Listener::accept(&mut self.listener).await;
        // Answers are written in one piece; a delayed acknowledgement would hold each back by 40 ms.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its Nagle delay");
        }
        let recording = Arc::<Recording>::default();
        if self.heads == Heads::AsRead {
            recording.stop();
        }
        (RecordedStream::new(stream, recording.clone()), Client { address, recording })
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        let address = self.listener.local_addr()?;
        Ok(Client { address, recording: Arc::default() })
    }
}

impl Connected<IncomingStream<'_, Recorded>> for Client {
    fn connect_info(stream: IncomingStream<'_, Recorded>) -> Self {
        stream.remote_addr().clone()
    }
}

/// Shows the address: what was recorded may hold a signature.
impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(formatter)
    }
}

/// Gives each request its head as it was sent, whatever becomes of the request: the next one is another's.
/// Behind a 101 there is none: what follows is no HTTP. In one layer with the check of the host: each costs every request
/// several allocations.
async fn receive(
    ConnectInfo(client): ConnectInfo<Client>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    if let Some(head) = client.recording.take() {
        parts.extensions.insert(head);
    }
    if let Some(refusal) = refuse_foreign_host(&parts) {
        return refusal;
    }
    let response = next.run(Request::from_parts(parts, body)).await;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        client.recording.stop();
    }
    response
}

/// Refuses a request whose Host is not loopback: a web page can reach loopback by DNS rebinding,
/// and then names its own host. So there must be a Host, as there always must (RFC 9112, section 3.2).
fn refuse_foreign_host(parts: &Parts) -> Option<Response> {
    let Some(host) = host(parts) else {
        return Some((StatusCode::BAD_REQUEST, "the request has no Host\n").into_response());
    };
    if is_loopback(host) {
        return None;
    }
    let host = Found::new(host);
    tracing::info!(
        "request refused: the host {host:?} is not loopback, and this listener answers to no other"
    );
    Some((StatusCode::FORBIDDEN, "this listener answers to loopback hosts only\n").into_response())
}

/// The host that a request is for; `None` without a Host header.
pub(crate) fn host(parts: &Parts) -> Option<&str> {
    let header = parts.headers.get(header::HOST)?;
    Some(match parts.uri.authority() {
        // A target that names the host itself overrules the header (RFC 9112, section 3.2.2).
        Some(authority) => authority.as_str(),
        None => header.to_str().unwrap_or_default(),
    })
}

/// Whether a Host header's value (`host` or `host:port`) names the loopback interface.
pub(crate) fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::wire::recording::RecordedHead;

    /// The status of the answer of `router` to a request with this target and these header lines.
    async fn status(heads: Heads, router: Router, target: &str, headers: &str) -> String {
        let listener = bind(0).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = watch::Sender::new(false);
        let served = serve(listener, heads, router, shutdown.subscribe());
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {target} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        shutdown.send_replace(true);
        served.await.unwrap();
        answer.split(' ').nth(1).unwrap().to_owned()
    }

    async fn check(target: &str, headers: &str, expected: &str) {
        let router = Router::new().fallback(async || StatusCode::OK);
        let status = status(Heads::AsSent, router, target, headers).await;
        assert_eq!(status, expected, "{target} {headers:?}");
    }

    #[tokio::test]
    async fn behind_a_101_nothing_is_recorded() {
        for (answer, is_recorded) in [("200", true), ("101", false)] {
            let (recordings, mut seen) = tokio::sync::mpsc::unbounded_channel();
            let router = Router::new().fallback(async move |ConnectInfo(client): _| {
                let Client { recording, .. } = client;
                recordings.send(recording).unwrap();
                StatusCode::from_bytes(answer.as_bytes()).unwrap()
            });
            let answered = status(Heads::AsSent, router, "/", "Host: localhost\r\n").await;
            assert_eq!(answered, answer);
            let recording = seen.recv().await.unwrap();
            recording.record(b"GET / HTTP/1.1\r\n\r\n");
            assert_eq!(recording.take().is_some(), is_recorded, "{answer}");
        }
    }

    #[tokio::test]
    async fn a_head_is_recorded_where_it_is_wanted() {
        for (heads, is_recorded) in [(Heads::AsSent, true), (Heads::AsRead, false)] {
            let router = Router::new().fallback(async move |request: Request| {
                let recorded = request.extensions().get::<RecordedHead>();
                match recorded.is_some() == is_recorded {
                    true => StatusCode::OK,
                    false => StatusCode::CONFLICT,
                }
            });
            let answered = status(heads, router, "/", "Host: localhost\r\n").await;
            assert_eq!(answered, "200", "{heads:?}");
        }
    }

    #[tokio::test]
    async fn a_request_names_a_host_and_that_is_loopback() {
        let own = "Host: 127.0.0.1\r\n";
        check("/", own, "200").await;
        check("/", "", "400").await;
        check("/", "Host:\r\n", "403").await;
        check("/", "Host: evil.example\r\n", "403").await;
        check("http://localhost/", own, "200").await;
        check("http://localhost/", "", "400").await;
        check("http://evil.example/", own, "403").await;
    }

    #[test]
    fn only_loopback_hosts_are_answered() {
        let check = |host, expected| assert_eq!(is_loopback(host), expected, "{host}");
        check("127.0.0.1:3000", true);
        check("127.8.9.1", true);
        check("localhost:3001", true);
        check("LOCALHOST", true);
        check("[::1]:3001", true);
        check("evil.example:3000", false);
        check("localhost.evil.example", false);
        check("127.0.0.1.evil.example:3000", false);
        check("10.0.0.1", false);
        check("", false);
    }
}
