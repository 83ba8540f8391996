//! The AWS CLI, as a person would use it against a stack.

use std::io::ErrorKind;
use std::process::{Output, Stdio};

use serde_json::Value;
use tokio::process::Command;

use crate::stack::REGION;

/// The AWS CLI with an access key, and with nothing else of this machine's configuration.
#[derive(Clone)]
pub struct Cli {
    /// `AWS_ACCESS_KEY_ID`
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`
    pub secret_access_key: String,
}

/// How a command of the CLI ended.
pub struct Finished(Output);

impl Cli {
    /// Runs `aws --endpoint-url ENDPOINT` with these arguments. `None`, and a word on stderr, where
    /// there is no AWS CLI.
    ///
    /// # Panics
    ///
    /// Where there is none under `CI=true`: a test that is skipped there shows nothing, ever.
    pub async fn run(&self, endpoint: &str, arguments: &[&str]) -> Option<Finished> {
        let output = Command::new("aws")
            .args(["--endpoint-url", endpoint])
            .args(arguments)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("HOME", "/nonexistent")
            .env("AWS_REGION", REGION)
            // The first version of the CLI reads this one only.
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", &self.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", &self.secret_access_key)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await;
        match output {
            Ok(output) => Some(Finished(output)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let is_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
                assert!(!is_ci, "the AWS CLI is not installed");
                eprintln!("skipped: the AWS CLI is not installed");
                None
            }
            Err(error) => panic!("the AWS CLI cannot be run: {error}"),
        }
    }
}

impl Finished {
    /// The JSON that it printed; null where it printed nothing.
    #[track_caller]
    pub fn succeeded(&self) -> Value {
        let text = String::from_utf8_lossy(&self.0.stdout);
        assert!(self.0.status.success(), "{}: {}", self.0.status, self.stderr());
        if text.trim().is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text} is not JSON: {error}"))
    }

    /// What it said of its failure.
    #[track_caller]
    pub fn failed(&self) -> String {
        assert!(!self.0.status.success(), "it did what should be refused");
        self.stderr()
    }

    fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).trim().to_owned()
    }
}
