//! The side of the other command: finding a running stack, and asking it.

use std::io;
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::directory::{Directory, DirectoryError};
use super::{ANSWER_BYTES, Answer, PATIENCE, Request};

/// Which running stack is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The only one that runs.
    Only,
    /// The one with a WebSocket API on this port.
    OnPort(u16),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// No stack of this user runs.
    #[error("no stack runs that could be asked at {}: start one with `countersign run`", .0.display())]
    NobodyRuns(PathBuf),
    /// Stacks run, but none on this port.
    #[error("no stack has a WebSocket API on port {port}; running: {}", list(.running))]
    NotThere {
        /// The port that was asked for.
        port: u16,
        /// The ports of those that run.
        running: Vec<u16>,
    },
    /// Which of them?
    #[error("several stacks run: choose one by the port of its WebSocket API: {}", list(.0))]
    Several(Vec<u16>),
    /// The directory of the sockets is of no use.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The system refuses it.
    #[error("cannot ask the running stack")]
    Io(#[source] io::Error),
    /// It does not answer.
    #[error("the running stack did not answer within {} seconds", PATIENCE.as_secs())]
    TimedOut,
    /// Its answer is none.
    #[error("the running stack's answer is not understood: is it of another version?")]
    NotUnderstood(#[source] serde_json::Error),
    /// It says why not.
    #[error("the running stack says: {0}")]
    Refused(String),
}

/// Asks a running stack.
///
/// # Errors
///
/// See [`AskError`].
pub async fn ask<T: DeserializeOwned>(
    directory: &Directory,
    which: Which,
    request: &Request,
) -> Result<T, AskError> {
    let mut stream = find(directory, which).await?;
    let mut line = serde_json::to_vec(request).map_err(AskError::NotUnderstood)?;
    line.push(b'\n');
    let exchange = async {
        stream.write_all(&line).await?;
        let mut answer = Vec::new();
        stream.take(ANSWER_BYTES as u64 + 1).read_to_end(&mut answer).await?;
        Ok(answer)
    };
    let answer = timeout(PATIENCE, exchange).await.map_err(|_| AskError::TimedOut)?;
    let answer = answer.map_err(AskError::Io)?;
    match serde_json::from_slice(&answer).map_err(AskError::NotUnderstood)? {
        Answer::Ok(value) => serde_json::from_value(value).map_err(AskError::NotUnderstood),
        Answer::Error(words) => Err(AskError::Refused(words)),
    }
}

/// A connection to the stack that is meant.
async fn find(directory: &Directory, which: Which) -> Result<UnixStream, AskError> {
    let mut running = Vec::new();
    for socket in directory.sockets()? {
        if let Some(stream) = socket.connect().await.map_err(AskError::Io)? {
            running.push((socket.ports, stream));
        }
    }
    let nobody = || AskError::NobodyRuns(directory.as_path().to_owned());
    let ports: Vec<_> = running.iter().flat_map(|(ports, _)| ports.iter().copied()).collect();
    match (which, running.len()) {
        (_, 0) => Err(nobody()),
        (Which::Only, 1) => running.pop().map(|(_, stream)| stream).ok_or_else(nobody),
        (Which::Only, _) => Err(AskError::Several(ports)),
        (Which::OnPort(port), _) => running
            .into_iter()
            .find_map(|(ports, stream)| ports.contains(&port).then_some(stream))
            .ok_or(AskError::NotThere { port, running: ports }),
    }
}

fn list(ports: &[u16]) -> String {
    ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")
}
