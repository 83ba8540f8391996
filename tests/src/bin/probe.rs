//! A Lambda function for tests: it hands every invocation to the test that listens at `PROBE`, and
//! does what the test says. See the library's module `probe`.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::json;

fn main() -> io::Result<()> {
    let environment: BTreeMap<String, String> = std::env::vars().collect();
    let variable = |name| environment.get(name).ok_or(io::ErrorKind::NotFound);
    let (runtime_api, test) = (variable("AWS_LAMBDA_RUNTIME_API")?, variable("PROBE")?);
    loop {
        let next = "GET /2018-06-01/runtime/invocation/next";
        let (headers, event) = call(runtime_api, next, &[])?;
        let mut test = TcpStream::connect(test)?;
        let event = String::from_utf8_lossy(&event);
        let invocation = json!({"environment": environment, "headers": headers, "event": event});
        writeln!(test, "{invocation}")?;

        // `response` or `error`, and the body behind it. Nothing: end at once.
        let mut test = BufReader::new(test);
        let (mut word, mut body) = (String::new(), Vec::new());
        test.read_line(&mut word)?;
        test.read_to_end(&mut body)?;
        if word.is_empty() {
            std::process::exit(1);
        }
        let id = headers.get("lambda-runtime-aws-request-id").ok_or(io::ErrorKind::InvalidData)?;
        let answer = format!("POST /2018-06-01/runtime/invocation/{id}/{}", word.trim_end());
        call(runtime_api, &answer, &body)?;
    }
}

/// Calls the Runtime API: the answer's headers, their names in lower case, and its body.
fn call(
    authority: &str,
    request: &str,
    body: &[u8],
) -> io::Result<(BTreeMap<String, String>, Vec<u8>)> {
    let mut stream = TcpStream::connect(authority)?;
    let length = body.len();
    let head = format!(
        "{request} HTTP/1.1\r\nHost: {authority}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(&[head.as_bytes(), body].concat())?;
    let mut answer = BufReader::new(stream);
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        answer.read_line(&mut line)?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => {
                headers.insert(name.to_ascii_lowercase(), value.to_owned());
            }
            None if line.trim_end().is_empty() => break,
            None => {}
        }
    }
    let mut body = Vec::new();
    answer.read_to_end(&mut body)?;
    Ok((headers, body))
}
