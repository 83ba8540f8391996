//! Signers in other languages: each is a program that takes the case as JSON, and says how long one signature takes.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::UNIX_EPOCH;

use serde::Deserialize;
use serde_json::json;
use sigv4_sign::SERVICE;

use super::case::{ACCESS_KEY_ID, Case, HOST, LIFETIME, REGION, SECRET};
use super::{ours, parts};
use crate::Error;
use crate::workplace::{Effort, Workplace};

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Other {
    Aws4,
    Smithy,
    Botocore,
}

impl Other {
    pub(super) const ALL: [Self; 3] = [Self::Aws4, Self::Smithy, Self::Botocore];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Aws4 => "npm aws4",
            Self::Smithy => "npm @smithy/signature-v4",
            Self::Botocore => "botocore",
        }
    }

    /// Whether it is to be slower than ours.
    pub(super) fn is_of_npm(self) -> bool {
        self != Self::Botocore
    }

    /// How long it takes to sign the case, in nanoseconds; or why that cannot be measured here.
    ///
    /// # Errors
    ///
    /// Where the program answers something else, or does not sign what ours signs.
    pub(super) fn measure(
        self,
        case: &Case,
        workplace: &Workplace,
    ) -> Result<Result<f64, String>, Error> {
        let mut command = match self.command(workplace) {
            Ok(command) => command,
            Err(reason) => return Ok(Err(reason)),
        };
        let spawned =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = match spawned {
            Ok(child) => child,
            Err(error) => return Ok(Err(format!("{} does not start: {error}", self.name()))),
        };
        let given = given(case, workplace.effort).to_string();
        // Dropped at the end of the statement: the program reads to the end of its input.
        child.stdin.take().ok_or("no pipe")?.write_all(given.as_bytes())?;
        let output = child.wait_with_output()?;
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr);
            // One line, for the table: `SyntaxError: …` of Node.js, `ModuleNotFoundError: …` of Python.
            let told = told.lines().find(|line| line.contains("Error: ")).unwrap_or("no error");
            return Ok(Err(format!("it ended with {}: {told}", output.status)));
        }

        #[derive(Deserialize)]
        struct Answer {
            url: String,
            nanoseconds: f64,
        }
        let answer: Answer = serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("{} answered no JSON of its own: {error}", self.name()))?;
        if parts(&answer.url) != parts(&ours::presigned_url(case)) {
            return Err(format!("{} signed another URL than ours", self.name()).into());
        }
        Ok(Ok(answer.nanoseconds))
    }

    fn command(self, workplace: &Workplace) -> Result<Command, String> {
        let script = match self {
            Self::Aws4 => "aws4.js",
            Self::Smithy => "smithy.js",
            Self::Botocore => {
                let mut command = Command::new(workplace.python.as_ref()?);
                command.args(["-c", include_str!("../../signers/botocore_signer.py")]);
                return Ok(command);
            }
        };
        let mut command = Command::new("node");
        command.arg(workplace.signers.as_ref()?.join(script));
        Ok(command)
    }
}

/// What every program reads. The keys are examples.
fn given(case: &Case, effort: Effort) -> serde_json::Value {
    let seconds = Case::time().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    json!({
        "host": HOST,
        "path": case.endpoint.path(),
        "region": REGION,
        "service": SERVICE,
        "parameters": case.parameters,
        "accessKeyId": ACCESS_KEY_ID,
        "secretAccessKey": SECRET,
        "sessionToken": case.credentials.session_token(),
        "seconds": seconds,
        "lifetime": LIFETIME.as_secs(),
        "measureMilliseconds": match effort {
            Effort::Full => 5_000,
            Effort::Quick => 700,
        },
    })
}
