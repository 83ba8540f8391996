//! The two sides together, over real sockets.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::client::{AskError, Which, ask};
use super::directory::Directory;
use super::server::{Answers, Server, ServerError};
use super::{ANSWER_BYTES, REQUEST_BYTES, Request};

/// A folder that is gone when this is dropped. Its path is short: a socket's has 107 bytes at most.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let (process, number) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(format!("countersign-test-{process}-{number}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    fn directory(&self) -> Directory {
        Directory::new(Some(&self.0), &self.0)
    }

    fn socket(&self, name: &str) -> PathBuf {
        self.0.join("countersign").join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Answers every request with this.
fn always(answer: Result<Value, &str>) -> Answers {
    let answer = answer.map_err(str::to_owned);
    Arc::new(move |_| answer.clone())
}

async fn start(folder: &Folder, ports: &[u16]) -> Server {
    Server::start(&folder.directory(), ports, always(Ok(json!(ports)))).await.unwrap()
}

/// The ports of the stack that answers, or why none does.
async fn answering(folder: &Folder, which: Which) -> Result<Vec<u16>, String> {
    let answer = ask(&folder.directory(), which, &Request::Permissions {}).await;
    answer.map_err(|error: AskError| error.to_string())
}

#[tokio::test]
async fn the_stack_that_is_meant_answers() {
    let folder = Folder::new();
    let nobody = format!(
        "no stack runs that could be asked at {}: start one with `countersign run`",
        folder.0.join("countersign").display()
    );
    assert_eq!(answering(&folder, Which::Only).await, Err(nobody.clone()));
    let first = start(&folder, &[3001, 3005]).await;
    assert_eq!(answering(&folder, Which::Only).await, Ok(vec![3001, 3005]));
    let second = start(&folder, &[4001]).await;
    let several =
        "several stacks run: choose one by the port of its WebSocket API: 3001, 3005, 4001";
    assert_eq!(answering(&folder, Which::Only).await, Err(several.to_owned()));
    assert_eq!(answering(&folder, Which::OnPort(3005)).await, Ok(vec![3001, 3005]));
    assert_eq!(answering(&folder, Which::OnPort(4001)).await, Ok(vec![4001]));
    let elsewhere = "no stack has a WebSocket API on port 1; running: 3001, 3005, 4001";
    assert_eq!(answering(&folder, Which::OnPort(1)).await, Err(elsewhere.to_owned()));
    drop(first);
    assert_eq!(answering(&folder, Which::Only).await, Ok(vec![4001]));
    drop(second);
    assert_eq!(answering(&folder, Which::Only).await, Err(nobody));
}

#[tokio::test]
async fn the_socket_is_the_users_alone_and_goes_with_its_stack() {
    let folder = Folder::new();
    let server = start(&folder, &[3001]).await;
    let socket = folder.socket("3001.sock");
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    let names = || std::fs::read_dir(socket.parent().unwrap()).unwrap().count();
    assert_eq!(names(), 1, "the draft is no longer there");
    drop(server);
    assert_eq!(names(), 0);
}

#[tokio::test]
async fn what_a_killed_stack_left_behind_is_removed_and_taken_over() {
    let folder = Folder::new();
    folder.directory().make().unwrap();
    for name in ["3001.sock", "4001.sock"] {
        drop(std::os::unix::net::UnixListener::bind(folder.socket(name)).unwrap());
    }
    let nobody = answering(&folder, Which::OnPort(4001)).await.unwrap_err();
    assert!(nobody.starts_with("no stack runs"), "{nobody}");
    let _server = start(&folder, &[3001]).await;
    assert_eq!(answering(&folder, Which::Only).await, Ok(vec![3001]));
    assert!(!folder.socket("4001.sock").exists());
}

#[tokio::test]
async fn a_stack_that_starts_does_not_remove_the_socket_of_another_that_does() {
    let folder = Folder::new();
    folder.directory().make().unwrap();
    // Each finds what a killed stack left behind under the other's name.
    for _ in 0..50 {
        for name in ["3001.sock", "4001.sock"] {
            drop(std::os::unix::net::UnixListener::bind(folder.socket(name)).unwrap());
        }
        let (one, other) = tokio::join!(start(&folder, &[3001]), start(&folder, &[4001]));
        assert_eq!(answering(&folder, Which::OnPort(3001)).await, Ok(vec![3001]));
        assert_eq!(answering(&folder, Which::OnPort(4001)).await, Ok(vec![4001]));
        drop((one, other));
    }
}

#[tokio::test]
async fn a_request_may_hold_the_longest_text_however_json_writes_it() {
    let folder = Folder::new();
    let length: Answers = Arc::new(|request| match request {
        Request::Explain { url, .. } => Ok(json!([url.0.len() / 1024])),
        Request::Permissions {} | Request::Token(_) => Err("not asked".to_owned()),
    });
    let _server = Server::start(&folder.directory(), &[3001], length).await.unwrap();
    let url = super::PastedUrl("\u{1}".repeat(crate::explain::INPUT_BYTES));
    let request = Request::Explain { url, at: None, region: None, host: None };
    let answer: Vec<usize> = ask(&folder.directory(), Which::Only, &request).await.unwrap();
    assert_eq!(answer, [64]);
}

#[tokio::test]
async fn a_socket_that_is_answered_is_not_taken_over() {
    let folder = Folder::new();
    let _server = start(&folder, &[3001]).await;
    let second = Server::start(&folder.directory(), &[3001], always(Ok(json!([])))).await;
    assert!(matches!(second, Err(ServerError::Taken(_))), "{second:?}");
    assert_eq!(answering(&folder, Which::Only).await, Ok(vec![3001]));
}

#[tokio::test]
async fn a_refusal_reaches_whoever_asks_in_its_own_words() {
    let folder = Folder::new();
    let check = async |answer, expected: &str| {
        let _server = Server::start(&folder.directory(), &[3001], always(answer)).await.unwrap();
        let refused = answering(&folder, Which::Only).await.unwrap_err();
        assert_eq!(refused, expected);
    };
    check(Err("not today"), "the running stack says: not today").await;
    let strange = "the running stack's answer is not understood: is it of another version?";
    check(Ok(json!({"not": "ports"})), strange).await;
    let length = ANSWER_BYTES + r#"{"ok":""}"#.len();
    let long =
        format!("the running stack says: the answer would have {length} bytes: that is too long");
    check(Ok(json!("x".repeat(ANSWER_BYTES))), &long).await;
}

#[tokio::test]
async fn garbage_is_answered_in_words_and_does_no_harm() {
    let folder = Folder::new();
    let _server = start(&folder, &[3001]).await;
    let check = async |request: &[u8], expected: &str| {
        let mut stream = UnixStream::connect(folder.socket("3001.sock")).await.unwrap();
        // Of what is too long the end is not read.
        let _ = stream.write_all(request).await;
        let _ = stream.shutdown().await;
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer).await;
        assert!(answer.contains(expected), "{answer}");
    };
    check(b"", "not understood").await;
    check(b"\n", "not understood").await;
    check(b"{}\n", "not understood").await;
    check(b"\xff\xfe\n", "not understood").await;
    check(br#"{"request":"secrets"}"#, "not understood").await;
    check(br#"{"request":"permissions","more":1}"#, "not understood").await;
    check(&b"[".repeat(REQUEST_BYTES), "not understood").await;
    check(&b" ".repeat(REQUEST_BYTES + 1), &format!("more than {REQUEST_BYTES} bytes")).await;
    // With and without the end of the line.
    check(br#"{"request":"permissions"}"#, r#"{"ok":[3001]}"#).await;
    check(b"{\"request\":\"permissions\"}\n", r#"{"ok":[3001]}"#).await;
}
