//! `countersign explain`: why a presigned URL would be refused, or that it would not.

pub(super) mod arguments;

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sigv4_verify::SecretKey;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::{control_directory, logs};
use crate::clock::Clock;
use crate::control::client::{AskError, Which, ask};
use crate::control::{PastedUrl, Request};
use crate::explain::report::Report;
use crate::explain::{INPUT_BYTES, Known, Question, exit_code, explain};
use crate::report;
use arguments::ExplainArguments;

/// The exit code where nothing is explained.
const NOT_EXPLAINED: u8 = 3;

/// Bytes of a file with a secret key; such a key has 40 characters.
const KEY_FILE_BYTES: u64 = 1024;

/// Why there is no explanation.
#[derive(Debug, thiserror::Error)]
enum ExplainError {
    #[error("cannot read the URL from stdin")]
    Stdin(#[source] io::Error),
    #[error("the text has more than {INPUT_BYTES} bytes, expected a URL")]
    Long,
    #[error("cannot read {}", .0.display())]
    KeyFile(PathBuf, #[source] io::Error),
    #[error("{} is not a secret access key on one line", .0.display())]
    Key(PathBuf),
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error("cannot write to stdout")]
    Stdout(#[source] io::Error),
}

/// The exit code of a wrong command line, which is clap's.
const WRONG_COMMAND_LINE: u8 = 2;

/// Explains; the exit code is that of `--help`.
pub(super) async fn run(arguments: &ExplainArguments) -> u8 {
    if is_more_than_one(&arguments.words) {
        logs::line("countersign: there is more than one URL, expected one");
        return WRONG_COMMAND_LINE;
    }
    match try_run(arguments).await {
        Ok(code) => code,
        Err(error) => {
            logs::line(&format!("countersign: {}", report::chain(&error)));
            NOT_EXPLAINED
        }
    }
}

async fn try_run(arguments: &ExplainArguments) -> Result<u8, ExplainError> {
    let text = text(&arguments.words)?;
    let report = if arguments.local {
        ask_running(arguments, &text).await?
    } else {
        explain_here(arguments, &text)?
    };
    print(&report, arguments.json).map_err(ExplainError::Stdout)?;
    Ok(exit_code(&report))
}

async fn ask_running(arguments: &ExplainArguments, text: &str) -> Result<Report, AskError> {
    let request = Request::Explain {
        url: PastedUrl(text.to_owned()),
        at: arguments.at.map(OffsetDateTime::unix_timestamp),
        region: arguments.region.clone(),
        host: arguments.host.clone(),
    };
    let which = arguments.port.map_or(Which::Only, Which::OnPort);
    ask(&control_directory(), which, &request).await
}

fn explain_here(arguments: &ExplainArguments, text: &str) -> Result<Report, ExplainError> {
    let secret = arguments.secret_key_file.as_deref().map(secret_key).transpose()?;
    let question = Question {
        now: arguments.at.unwrap_or_else(|| Clock::real().now()),
        region: arguments.region.as_deref(),
        host: arguments.host.as_deref(),
        known: secret.as_ref().map_or(Known::Nothing, Known::Secret),
    };
    Ok(explain(text, &question))
}

/// Whether the words are not those of one URL that a shell has split at its spaces.
fn is_more_than_one(words: &[String]) -> bool {
    words.iter().skip(1).any(|word| word == "-" || word.contains("://"))
        || (words.len() > 1 && words[0] == "-")
}

/// The text to be explained: the words of the command line, or stdin.
fn text(words: &[String]) -> Result<Zeroizing<String>, ExplainError> {
    let mut bytes = Zeroizing::new(words.join(" ").into_bytes());
    if words == ["-"] {
        bytes.clear();
        let mut stdin = io::stdin().take(INPUT_BYTES as u64 + 1);
        stdin.read_to_end(&mut bytes).map_err(ExplainError::Stdin)?;
    }
    if bytes.len() > INPUT_BYTES {
        return Err(ExplainError::Long);
    }
    // What is not UTF-8 is no URL either, and is said so of what is shown in its place.
    Ok(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()))
}

/// The secret key of a file. Only the end of its line is taken off: a space may be why nothing matches.
fn secret_key(file: &Path) -> Result<SecretKey, ExplainError> {
    let mut text = Zeroizing::new(String::new());
    std::fs::File::open(file)
        .and_then(|opened| opened.take(KEY_FILE_BYTES + 1).read_to_string(&mut text))
        .map_err(|error| ExplainError::KeyFile(file.to_owned(), error))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.trim().is_empty() || line.contains('\n') || text.len() as u64 > KEY_FILE_BYTES {
        return Err(ExplainError::Key(file.to_owned()));
    }
    Ok(SecretKey::new(line))
}

fn print(report: &Report, json: bool) -> io::Result<()> {
    let text = if json { serde_json::to_string(report)? + "\n" } else { report.to_string() };
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush())
}
