//! The side of the running stack: a socket, and an answer to each request.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

use super::directory::{Directory, DirectoryError};
use super::{ANSWER_BYTES, Answer, PATIENCE, REQUEST_BYTES, Request};

/// Questions that are answered at the same time; others wait.
const AT_A_TIME: usize = 16;

/// What answers a request; an error is in words for a person.
pub type Answers = Arc<dyn Fn(Request) -> Result<Value, String> + Send + Sync>;

/// A socket that answers until this is dropped, which removes it.
#[derive(Debug)]
pub struct Server {
    path: PathBuf,
    accepting: JoinHandle<()>,
}

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The directory is of no use.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// Another process answers there.
    #[error("another process answers at {}", .0.display())]
    Taken(PathBuf),
    /// The system refuses it.
    #[error("cannot listen at {}", .0.display())]
    Listen(PathBuf, #[source] io::Error),
}

impl Server {
    /// Answers at a socket that is named for the ports of a stack's WebSocket APIs. What earlier stacks
    /// have left behind is removed.
    ///
    /// # Errors
    ///
    /// See [`ServerError`].
    pub async fn start(
        directory: &Directory,
        ports: &[u16],
        answers: Answers,
    ) -> Result<Self, ServerError> {
        let path = directory.path(ports);
        let listener = take(directory, &path).await?;
        Ok(Self { path, accepting: tokio::spawn(accept(listener, answers)) })
    }
}

/// Listens at a socket, where nobody else does. What nobody listens at is removed: under a lock, or it could be
/// another stack's by then.
async fn take(directory: &Directory, path: &Path) -> Result<UnixListener, ServerError> {
    directory.make()?;
    let _lock = directory.lock().await?;
    for socket in directory.sockets()? {
        match socket.connect().await {
            Ok(None) => drop(fs::remove_file(&socket.path)),
            Ok(Some(_)) | Err(_) if socket.path == path => {
                return Err(ServerError::Taken(path.to_owned()));
            }
            Ok(Some(_)) | Err(_) => {}
        }
    }
    listen(&directory.draft(), path).map_err(|error| ServerError::Listen(path.to_owned(), error))
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
        let _ = fs::remove_file(&self.path);
    }
}

/// Listens under another name first: at no moment is there a socket that looks left behind.
fn listen(draft: &Path, path: &Path) -> io::Result<UnixListener> {
    // Of an earlier process with the same number.
    let _ = fs::remove_file(draft);
    let listener = UnixListener::bind(draft)?;
    fs::set_permissions(draft, fs::Permissions::from_mode(0o600))?;
    fs::rename(draft, path)?;
    Ok(listener)
}

async fn accept(listener: UnixListener, answers: Answers) {
    let places = Arc::new(Semaphore::new(AT_A_TIME));
    loop {
        // The semaphore is never closed.
        let Ok(place) = places.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let answers = answers.clone();
                tokio::spawn(async move {
                    // A client that is gone, or says nothing, needs no answer.
                    let _ = timeout(PATIENCE, answer(stream, answers, place)).await;
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the control socket cannot take a connection");
                tokio::time::sleep(PATIENCE).await;
            }
        }
    }
}

async fn answer(
    mut stream: UnixStream,
    answers: Answers,
    place: OwnedSemaphorePermit,
) -> io::Result<()> {
    let (reader, mut writer) = stream.split();
    let mut line = Vec::new();
    // One byte more shows that it is too long.
    let limit = REQUEST_BYTES as u64 + 1;
    BufReader::new(reader).take(limit).read_until(b'\n', &mut line).await?;
    // A search for what explains a signature takes the processor for a while. Nobody stops it, also when nobody waits
    // any more: so it is the thread that holds the place.
    let answer = spawn_blocking(move || {
        let answer = read(&line).and_then(|request| answers(request));
        (answer, place)
    });
    let (answer, _place) = answer.await?;
    let answer = match answer {
        Ok(value) => Answer::Ok(value),
        Err(error) => Answer::Error(error),
    };
    let mut json = serde_json::to_vec(&answer)?;
    if json.len() >= ANSWER_BYTES {
        let error = format!("the answer would have {} bytes: that is too long", json.len());
        json = serde_json::to_vec(&Answer::Error(error))?;
    }
    json.push(b'\n');
    writer.write_all(&json).await?;
    writer.shutdown().await
}

fn read(line: &[u8]) -> Result<Request, String> {
    if line.len() > REQUEST_BYTES {
        return Err(format!("the request has more than {REQUEST_BYTES} bytes"));
    }
    // serde's message would repeat what was sent.
    serde_json::from_slice(line).map_err(|error| {
        format!(
            "the request is not understood (column {}): is it of another version?",
            error.column()
        )
    })
}
