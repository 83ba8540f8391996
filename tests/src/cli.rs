//! The AWS CLI, as a person would use it against a stack.

use aws_credential_types::Credentials;

use crate::stack::REGION;
use crate::tool::{self, Finished};

/// The AWS CLI with an access key, and with nothing else of this machine's configuration.
#[derive(Clone)]
pub struct Cli {
    /// `AWS_ACCESS_KEY_ID`
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`
    pub secret_access_key: String,
    /// `AWS_SESSION_TOKEN`, of temporary credentials.
    pub session_token: Option<String>,
}

impl From<&Credentials> for Cli {
    fn from(credentials: &Credentials) -> Self {
        Self {
            access_key_id: credentials.access_key_id().to_owned(),
            secret_access_key: credentials.secret_access_key().to_owned(),
            session_token: credentials.session_token().map(ToOwned::to_owned),
        }
    }
}

impl Cli {
    /// Runs `aws --endpoint-url ENDPOINT` with these arguments. `None`, and a word on stderr, where
    /// there is no AWS CLI.
    ///
    /// # Panics
    ///
    /// Where there is none under `CI=true`.
    pub async fn run(&self, endpoint: &str, arguments: &[&str]) -> Option<Finished> {
        self.run_with(&[], &[&["--endpoint-url", endpoint], arguments].concat()).await
    }

    /// Runs `aws` with these variables and arguments, which say where it is to ask; else as [`Cli::run`].
    ///
    /// # Panics
    ///
    /// As [`Cli::run`].
    pub async fn run_with(
        &self,
        variables: &[(&str, &str)],
        arguments: &[&str],
    ) -> Option<Finished> {
        let mut command = tool::command("aws");
        command
            .args(arguments)
            .envs(variables.iter().copied())
            .env("AWS_REGION", REGION)
            // The first version of the CLI reads this one only.
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", &self.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", &self.secret_access_key)
            .envs(self.session_token.iter().map(|token| ("AWS_SESSION_TOKEN", token)));
        tool::run("the AWS CLI", &mut command).await
    }
}
