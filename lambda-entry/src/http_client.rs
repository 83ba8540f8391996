//! The HTTP client of all AWS clients: HTTP/1.1 over TLS, with connections that are kept.
//!
//! The SDK's own client brings HTTP/2, proxies and a pool of several partitions, a quarter of a function's
//! program, for services that speak HTTP/1.1 to one caller at a time.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector as SdkConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector,
    http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::ErrorKind;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use crate::roots::roots;

/// A client whose TCP connections may take this long. TLS is rustls with ring, which starts faster than the
/// SDK's default; plain `http` works as well.
///
/// The roots are those of the machine, read here: at a function's start, not in its first invocation.
pub(crate) fn http_client(connect_timeout: Duration) -> SharedHttpClient {
    let connector = connector(connect_timeout);
    http_client_fn(move |_, _| connector.clone())
}

fn connector(connect_timeout: Duration) -> SharedHttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(connect_timeout));
    let tls = HttpsConnectorBuilder::new().with_tls_config(tls(roots()));
    let connector = tls.https_or_http().enable_http1().wrap_connector(tcp);
    let client =
        Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector);
    SharedHttpConnector::new(Connector(client))
}

fn tls(roots: RootCertStore) -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has suites for TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

#[derive(Debug)]
struct Connector(Client<HttpsConnector<HttpConnector>, SdkBody>);

impl SdkConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => {
                return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into())));
            }
        };
        let sent = self.0.request(request);
        HttpConnectorFuture::new(async move {
            let response = sent.await.map_err(failed)?;
            HttpResponse::try_from(response.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// The error, in the kind by which the SDK knows whether it may try again.
fn failed(error: legacy::Error) -> ConnectorError {
    let kind = kind(&error);
    let error = Box::new(error);
    match kind {
        Kind::Timeout => ConnectorError::timeout(error),
        Kind::Connection => ConnectorError::io(error),
        Kind::Request => ConnectorError::user(error),
        Kind::Answer => ConnectorError::other(error, Some(ErrorKind::TransientError)),
        Kind::Other => ConnectorError::other(error, None),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// It took too long.
    Timeout,
    /// There is no connection, or it broke.
    Connection,
    /// The request is none that can be sent.
    Request,
    /// The connection ended before the answer did.
    Answer,
    /// A fault that another attempt would meet again.
    Other,
}

fn kind(error: &legacy::Error) -> Kind {
    let io = source::<io::Error>(error);
    let http = source::<hyper::Error>(error);
    if io.is_some_and(|io| io.kind() == io::ErrorKind::TimedOut)
        || http.is_some_and(hyper::Error::is_timeout)
    {
        Kind::Timeout
    } else if http.is_some_and(hyper::Error::is_user) {
        Kind::Request
    } else if http.is_some_and(hyper::Error::is_incomplete_message) {
        Kind::Answer
    } else if error.is_connect()
        || io.is_some()
        || http.is_some_and(|http| http.is_closed() || http.is_canceled())
    {
        Kind::Connection
    } else {
        Kind::Other
    }
}

/// The first of the error's sources that is an `E`.
fn source<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    std::iter::successors(error.source(), |&error| error.source())
        .find_map(|error| error.downcast_ref())
}

#[cfg(test)]
mod tests;
