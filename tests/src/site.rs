//! A site of a test's own: an origin that serves the files that the test gives it.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Longer than any request of a browser for one of the files.
const LONGEST_HEAD: usize = 16 * 1024;

/// A file, and what it is served with.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path, such as `/`.
    pub path: String,
    /// Its `Content-Type`.
    pub kind: &'static str,
    /// Its `Content-Security-Policy`, if it has one.
    pub policy: Option<String>,
    /// What it holds.
    pub text: String,
}

/// A running site. Dropping it ends it, and every connection to it.
pub struct Site {
    /// Its origin, such as `http://127.0.0.1:40123`.
    pub origin: String,
    _serving: JoinSet<()>,
}

impl Site {
    /// Serves these files, and 404 for any other path.
    pub async fn start(files: Vec<File>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let files =
            files.into_iter().map(|file| (file.path.clone(), file)).collect::<BTreeMap<_, _>>();
        let files = Arc::new(files);
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            // Those that are dropped with it are cut: a browser opens connections that it never uses.
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let files = Arc::clone(&files);
                connections.spawn(async move { answer(stream, &files).await });
            }
        });
        Self { origin, _serving: serving }
    }
}

/// Answers the only request of a connection.
async fn answer(mut stream: TcpStream, files: &BTreeMap<String, File>) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
        (head.len() <= LONGEST_HEAD).then_some(())?;
    }
    let target = String::from_utf8_lossy(&head).split(' ').nth(1)?.to_owned();
    let path = target.split('?').next()?;
    let answer = match files.get(path) {
        Some(file) => {
            let policy =
                file.policy.as_ref().map(|it| format!("Content-Security-Policy: {it}\r\n"));
            format!(
                "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}Connection: close\r\n\r\n{}",
                file.kind,
                file.text.len(),
                policy.unwrap_or_default(),
                file.text
            )
        }
        None => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".into(),
    };
    stream.write_all(answer.as_bytes()).await.ok()?;
    stream.shutdown().await.ok()
}
