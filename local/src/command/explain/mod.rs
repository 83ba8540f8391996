//! `countersign explain`: why a presigned URL would be refused, or that it would not.

pub(super) mod arguments;

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sigv4_verify::SecretKey;
use zeroize::Zeroizing;

use super::logs;
use crate::clock::Clock;
use crate::explain::report::Report;
use crate::explain::{Known, Question, exit_code, explain};
use crate::report;
use arguments::ExplainArguments;

/// Bytes that are read from stdin: a URL several times as long as API Gateway's limit fits in.
const INPUT_BYTES: u64 = 64 * 1024;

/// Bytes of a file with a secret key; such a key has 40 characters.
const KEY_FILE_BYTES: u64 = 1024;

/// Why there is no explanation.
#[derive(Debug, thiserror::Error)]
enum ExplainError {
    #[error("cannot read the URL from stdin")]
    Stdin(#[source] io::Error),
    #[error("stdin has more than {INPUT_BYTES} bytes, expected a URL")]
    Long,
    #[error("cannot read {}", .0.display())]
    KeyFile(PathBuf, #[source] io::Error),
    #[error("{} is not a secret access key on one line", .0.display())]
    Key(PathBuf),
    #[error("cannot write to stdout")]
    Stdout(#[source] io::Error),
}

/// Explains; the exit code is that of `--help`.
pub(super) fn run(arguments: &ExplainArguments) -> u8 {
    match try_run(arguments) {
        Ok(code) => code,
        Err(error) => {
            logs::line(&format!("countersign: {}", report::chain(&error)));
            2
        }
    }
}

fn try_run(arguments: &ExplainArguments) -> Result<u8, ExplainError> {
    let text = text(&arguments.words)?;
    let secret = arguments.secret_key_file.as_deref().map(secret_key).transpose()?;
    let question = Question {
        now: arguments.at.unwrap_or_else(|| Clock::real().now()),
        region: arguments.region.as_deref(),
        host: arguments.host.as_deref(),
        known: secret.as_ref().map_or(Known::Nothing, Known::Secret),
    };
    let report = explain(&text, &question);
    print(&report, arguments.json).map_err(ExplainError::Stdout)?;
    Ok(exit_code(&report))
}

/// The text to be explained: the words of the command line, or stdin.
fn text(words: &[String]) -> Result<Zeroizing<String>, ExplainError> {
    if words != ["-"] {
        return Ok(Zeroizing::new(words.join(" ")));
    }
    let mut bytes = Zeroizing::new(Vec::new());
    io::stdin().take(INPUT_BYTES + 1).read_to_end(&mut bytes).map_err(ExplainError::Stdin)?;
    if bytes.len() as u64 > INPUT_BYTES {
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
