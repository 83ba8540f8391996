//! What becomes of a request, by what the server does.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::*;

const GOOD: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
/// Longer than a loopback connection ever takes.
const LONG: Duration = Duration::from_secs(60);

/// A server for as many connections as there are lists, one after the other, each closed after its answers.
async fn server(connections: &'static [&'static [&'static str]]) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(async move {
        for answers in connections {
            let (mut stream, _) = listener.accept().await.unwrap();
            for answer in *answers {
                read_head(&mut stream).await;
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        }
    });
    (format!("127.0.0.1:{}", address.port()), served)
}

async fn read_head(stream: &mut TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
}

/// The body that is answered, or the kind of the error.
async fn ask(connector: &SharedHttpConnector, uri: String) -> Result<String, String> {
    let request = HttpRequest::get(uri).unwrap();
    let response = connector.call(request).await.map_err(|error| kind_of(&error))?;
    assert_eq!(response.status().as_u16(), 200);
    let body = http_body_util::BodyExt::collect(response.into_body()).await;
    let body = body.map_err(|error| error.to_string())?.to_bytes();
    Ok(String::from_utf8(body.to_vec()).unwrap())
}

fn kind_of(error: &ConnectorError) -> String {
    let other = error.as_other().map(|kind| format!("{kind:?}"));
    match other {
        Some(kind) => kind,
        None if error.is_io() => "connection".to_owned(),
        None if error.is_timeout() => "timeout".to_owned(),
        None if error.is_user() => "request".to_owned(),
        None => "other".to_owned(),
    }
}

/// One request to a server that does this with its only connection.
async fn check(
    scheme: &str,
    answers: &'static [&'static [&'static str]],
    expected: Result<&str, &str>,
) {
    let (authority, _served) = server(answers).await;
    let answered = ask(&connector(LONG), format!("{scheme}://{authority}/")).await;
    assert_eq!(answered.as_deref().map_err(String::as_str), expected, "{scheme} {answers:?}");
}

#[tokio::test]
async fn an_answer_comes_back() {
    check("http", &[&[GOOD]], Ok("ok")).await;
}

#[tokio::test]
async fn an_answer_that_ends_early_may_be_asked_for_again() {
    check("http", &[&[""]], Err("TransientError")).await;
    check("http", &[&["HTTP/1.1 200"]], Err("TransientError")).await;
}

#[tokio::test]
async fn what_is_no_http_is_not_asked_again() {
    check("http", &[&["220 mail.example.com\r\n\r\n"]], Err("other")).await;
}

#[tokio::test]
async fn a_connection_that_is_not_made_may_be_tried_again() {
    // The connection is taken and closed; and none is taken.
    check("https", &[&[]], Err("connection")).await;
    check("http", &[], Err("connection")).await;
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let (authority, served) = server(&[&[GOOD, GOOD]]).await;
    let connector = connector(LONG);
    for _ in 0..2 {
        assert_eq!(ask(&connector, format!("http://{authority}/")).await.as_deref(), Ok("ok"));
    }
    served.await.unwrap();
}

/// As it happens to a function that was frozen between two invocations.
#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_is_replaced() {
    let (authority, served) = server(&[&[GOOD], &[GOOD]]).await;
    let connector = connector(LONG);
    for _ in 0..2 {
        assert_eq!(ask(&connector, format!("http://{authority}/")).await.as_deref(), Ok("ok"));
    }
    served.await.unwrap();
}
