//! Handshakes: so many at once, until all connections are open.

use std::cell::RefCell;

use futures_util::future::try_join_all;
use tokio::time::Instant;

use super::client::{self, Socket};
use crate::Error;
use crate::percentile::Samples;

/// What was opened.
pub struct Opened {
    /// The connections, which stay open for as long as these do.
    pub sockets: Vec<Socket>,
    /// How long each handshake took.
    pub latencies: Samples,
}

/// Opens a connection for each URL, so many at once.
///
/// # Errors
///
/// Where one is refused, or there is none.
pub async fn open(urls: Vec<String>, at_once: usize) -> Result<Opened, Error> {
    let urls = RefCell::new(urls.into_iter());
    let clients = (0..at_once).map(async |_| {
        let mut opened = Vec::new();
        loop {
            let next = urls.borrow_mut().next();
            let Some(url) = next else { return Ok::<_, Error>(opened) };
            let start = Instant::now();
            let socket = client::open(&url).await?;
            opened.push((socket, start.elapsed()));
        }
    });
    let opened = try_join_all(clients).await?;
    let (sockets, latencies) = opened.into_iter().flatten().unzip();
    let latencies = Samples::new(latencies).ok_or("there is nothing to open")?;
    Ok(Opened { sockets, latencies })
}

/// Closes connections, and waits for the good-byes.
///
/// # Errors
///
/// Where something arrives that nobody waits for any more, or a connection breaks.
pub async fn close(sockets: Vec<Socket>) -> Result<(), Error> {
    for late in try_join_all(sockets.into_iter().map(client::close)).await? {
        if let Some(text) = late.first() {
            return Err(format!("a message came that nobody waits for: {text}").into());
        }
    }
    Ok(())
}
