//! Functions whose every invocation the test itself answers, or leaves without an answer.
//!
//! ```ignore
//! let probe = Probe::listen(env!("CARGO_BIN_EXE_probe")).await;
//! let stack = Stack::start_with(probe.replace(Options::default(), &["ConnectFunction"])).await;
//! // … a client connects …
//! let invocation = probe.invoked().await;
//! assert_eq!(invocation.event["requestContext"]["eventType"], "CONNECT");
//! invocation.answer(&json!({"statusCode": 200})).await;
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use yaml_serde::Value as Yaml;

use crate::stack::Options;
use crate::template;

/// How long a test waits for an invocation: far longer than it takes, so that only a fault runs into it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Stands in for functions of the template. Their real processes, over the real Runtime API, hand
/// each invocation to the test, which decides when and how it ends.
pub struct Probe {
    program: PathBuf,
    listener: TcpListener,
}

impl Probe {
    /// Waits for invocations. `program` is `env!("CARGO_BIN_EXE_probe")`, which only a test can name.
    pub async fn listen(program: impl AsRef<Path>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { program: program.as_ref().to_owned(), listener }
    }

    /// Puts it in place of these functions of the template.
    #[must_use]
    pub fn replace(&self, mut options: Options, functions: &[&str]) -> Options {
        let address = self.listener.local_addr().unwrap().to_string();
        let mut tree: Yaml = yaml_serde::from_str(&options.template).unwrap();
        for function in functions {
            let properties = template::at(&mut tree, &format!("Resources.{function}.Properties"));
            *template::at(properties, "Code") = "../target/lambda/probe.zip".into();
            let variables = template::at(properties, "Environment.Variables");
            variables.as_mapping_mut().unwrap().insert("PROBE".into(), address.as_str().into());
        }
        options.template = yaml_serde::to_string(&tree).unwrap();
        options.programs.insert("probe".to_owned(), self.program.clone());
        options
    }

    /// The next invocation of one of its functions, whichever comes first.
    pub async fn invoked(&self) -> Invocation {
        let next = async {
            let (stream, _) = self.listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            let mut line = String::new();
            stream.read_line(&mut line).await.unwrap();
            let Report { environment, headers, event } = serde_json::from_str(&line).unwrap();
            let event = serde_json::from_str(&event).unwrap();
            Invocation { environment, headers, event, stream: stream.into_inner() }
        };
        tokio::time::timeout(PATIENCE, next).await.expect("an invocation in time")
    }
}

/// What the program says of an invocation.
#[derive(Deserialize)]
struct Report {
    environment: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    event: String,
}

/// An invocation under way. It hangs for as long as the test holds it; to drop it is to [`crash`](Self::crash).
pub struct Invocation {
    /// The environment of the function's process.
    pub environment: BTreeMap<String, String>,
    /// The headers of the Runtime API, their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The event.
    pub event: Value,
    stream: TcpStream,
}

impl Invocation {
    /// Answers it.
    pub async fn answer(self, answer: &Value) {
        self.answer_text(&answer.to_string()).await;
    }

    /// Answers it with any text, JSON or not.
    pub async fn answer_text(self, answer: &str) {
        self.end(&format!("response\n{answer}")).await;
    }

    /// Has the handler fail with this error. The process lives on.
    pub async fn fail(self, error_type: &str, message: &str) {
        let error = serde_json::json!({"errorType": error_type, "errorMessage": message});
        self.end(&format!("error\n{error}")).await;
    }

    /// Ends the function's process without an answer.
    pub fn crash(self) {}

    async fn end(mut self, words: &str) {
        self.stream.write_all(words.as_bytes()).await.unwrap();
        // The program reads to the end. One that was ended meanwhile is not there to be told.
        let _ = self.stream.shutdown().await;
    }
}

/// Shows the function: an event may hold a signature, an environment credentials.
impl fmt::Debug for Invocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let function = self.environment.get("AWS_LAMBDA_FUNCTION_NAME");
        formatter.debug_struct("Invocation").field("function", &function).finish_non_exhaustive()
    }
}
