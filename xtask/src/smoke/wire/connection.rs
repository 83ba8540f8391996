//! A connection: TCP, with TLS by the machine's roots where the URL asks for it.

use std::io;
use std::sync::{Arc, OnceLock};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::WireError;
use super::address::{Address, Scheme};

/// Bytes in both directions.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

/// Opens a connection.
pub(super) async fn open(address: &Address) -> Result<Box<dyn Duplex>, WireError> {
    let host = || address.authority.clone();
    let stream = TcpStream::connect((address.host(), address.port())).await;
    let stream = stream.map_err(|source| WireError::Connect { host: host(), source })?;
    // One write is one packet: what is measured is the other side.
    stream.set_nodelay(true).map_err(|source| WireError::Connect { host: host(), source })?;
    match address.scheme {
        Scheme::Plain => Ok(Box::new(stream)),
        Scheme::Tls => {
            let tls = |source| WireError::Tls { host: host(), source };
            let name = ServerName::try_from(address.host().to_owned())
                .map_err(|error| tls(io::Error::new(io::ErrorKind::InvalidInput, error)))?;
            let stream = TlsConnector::from(configuration()?).connect(name, stream).await;
            Ok(Box::new(stream.map_err(tls)?))
        }
    }
}

/// HTTP/1.1 is all that is offered, as by a browser that opens a WebSocket.
fn configuration() -> Result<Arc<ClientConfig>, WireError> {
    static CONFIGURATION: OnceLock<Result<Arc<ClientConfig>, String>> = OnceLock::new();
    CONFIGURATION.get_or_init(configure).clone().map_err(WireError::Roots)
}

fn configure() -> Result<Arc<ClientConfig>, String> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        let why = found.errors.first().map_or("there are none".to_owned(), ToString::to_string);
        return Err(why);
    }
    let mut configuration = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    configuration.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(configuration))
}
