//! An S3 on this machine, which is not ours: moto's.

use crate::cli::Cli;
use crate::python;
use crate::tool::{Finished, Running};

/// Serves S3 on a free port, says where, and ends with its input. The log of its requests would fill a pipe
/// that nobody reads.
const SERVER: &str = r#"
import logging, sys
from moto.server import ThreadedMotoServer

logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print("http://{}:{}".format(*server.get_host_and_port()), flush=True)
sys.stdin.read()
server.stop()
"#;

/// A running server. Dropping it kills it.
pub struct S3 {
    server: Running,
    url: String,
}

impl S3 {
    /// Starts one without a bucket. `None`, and a word on stderr, where there is no moto.
    ///
    /// # Panics
    ///
    /// Where there is none under `CI=true`.
    pub async fn start() -> Option<Self> {
        let mut server = python::start("moto.server", SERVER, &[]).await?;
        let url = server.line().await;
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
        Some(Self { server, url })
    }

    /// Runs the AWS CLI against it: what it asks of S3 goes here. `None` where there is no AWS CLI.
    ///
    /// # Panics
    ///
    /// As [`S3::start`].
    pub async fn cli(&self, arguments: &[&str]) -> Option<Finished> {
        // It takes any.
        let cli = Cli {
            access_key_id: "test".to_owned(),
            secret_access_key: "test".to_owned(),
            session_token: None,
        };
        cli.run_with(&[("AWS_ENDPOINT_URL_S3", &self.url)], arguments).await
    }

    /// Ends it.
    pub async fn stop(self) {
        self.server.end().await.printed();
    }
}
