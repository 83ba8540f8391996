//! What every listener of `local` has in common: loopback only, no Nagle delay, an end.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::serve::{ListenerExt, Serve};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Binds a port of the loopback interface; 0 takes any free one.
///
/// # Errors
///
/// The system's, as when the port is in use.
pub async fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

/// Serves `router` until `shutdown` turns true, then lets requests under way end.
pub fn serve(
    listener: TcpListener,
    router: Router,
    mut shutdown: watch::Receiver<bool>,
) -> JoinHandle<()> {
    let router = router.layer(middleware::from_fn(refuse_foreign_host));
    // Answers are written in one piece; a delayed acknowledgement would hold each back by 40 ms.
    let listener = listener.tap_io(|stream: &mut TcpStream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its Nagle delay");
        }
    });
    tokio::spawn(async move {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let serve: Serve<_, _, _> = axum::serve(listener, service);
        let ended = async move {
            // An error means that the other side is gone, which is an end as well.
            let _ = shutdown.wait_for(|end| *end).await;
        };
        if let Err(error) = serve.with_graceful_shutdown(ended).await {
            tracing::error!(%error, "a listener ended");
        }
    })
}

/// Refuses a request whose Host is not loopback: a web page can reach loopback by DNS rebinding,
/// and then names its own host.
async fn refuse_foreign_host(request: Request, next: Next) -> Response {
    let header = request.headers().get(header::HOST);
    let host = match request.uri().authority() {
        // A target that names the host itself overrules the header (RFC 9112, section 3.2.2).
        Some(authority) => Some(authority.as_str()),
        None => header.map(|host| host.to_str().unwrap_or_default()),
    };
    if host.is_none_or(is_loopback) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "this listener answers to loopback hosts only\n").into_response()
    }
}

/// Whether a Host header's value (`host` or `host:port`) names the loopback interface.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

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
