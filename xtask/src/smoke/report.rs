//! How a run is told: a table on stdout as it goes on, and a dated report in Markdown.

use std::fmt::Write;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::fidelity::{Row, Settled, written};
use super::record::{Check, Verdict};
use super::stack::Stack;
use super::wire::http::Reply;

/// How wide the names of checks are.
const NAME_WIDTH: usize = 58;

/// The report cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the report to {}", .0.display())]
pub(super) struct ReportError(PathBuf, #[source] io::Error);

/// What an answer says, without what may repeat a secret: status, type of error, first line of the message.
pub(super) fn reply(reply: &Reply) -> String {
    let mut text = reply.status.to_string();
    if let Some(error_type) = reply.error_type() {
        text.push_str(&format!(" {error_type}"));
    }
    match reply.message() {
        // What AWS calculated stands behind the first line, and holds the session token.
        Some(message) => {
            let line = message.lines().next().unwrap_or_default().trim();
            text.push_str(&format!(" \"{line}\""));
        }
        None if reply.body.is_empty() => text.push_str(", no body"),
        None => text.push_str(&format!(", a body of {} bytes", reply.body.len())),
    }
    text
}

/// Where nobody reads the table any more, the run goes on: there may be a report.
fn print(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

/// Says that something is waited for.
pub(super) fn print_progress(text: &str) {
    let _ = writeln!(io::stderr(), "cargo xtask smoke: {text}");
}

/// What is tried.
pub(super) fn print_head(stack: &Stack) {
    print(&head(stack).join("\n"));
    print("");
}

/// A line of the table.
pub(super) fn print_check(check: &Check) {
    let Check { name, verdict, seen, took, .. } = check;
    let (verdict, took) = (verdict.text(), seconds(*took));
    print(&format!("{verdict}  {took:>7}  {name:NAME_WIDTH$}  {seen}"));
    if check.verdict == Verdict::Fail {
        print(&format!("{:NAME_WIDTH$}  expected: {}", "", check.expected));
    }
}

/// What came of it.
pub(super) fn print_summary(stack: &Stack) {
    let count = |verdict| stack.record.count(verdict);
    let [pass, fail, skip] = [Verdict::Pass, Verdict::Fail, Verdict::Skip].map(count);
    print(&format!("\n{pass} passed, {fail} failed, {skip} skipped"));
    let [confirmed, refuted, not_seen] = counts(stack);
    print(&format!(
        "docs/fidelity.md: {confirmed} rows confirmed, {refuted} refuted, {not_seen} not seen"
    ));
    for row in Row::ALL {
        let observed = stack.record.observed(*row);
        if observed.settled == Settled::Refuted {
            print(&format!("refuted: {}: {}", row.behaviour(), observed.seen));
        }
    }
}

/// A report that is not written yet.
pub(super) struct Report {
    file: File,
    path: PathBuf,
}

impl Report {
    /// Opens the file, so that nobody waits for a run whose report cannot be kept.
    pub(super) fn begin(path: &Path) -> Result<Self, ReportError> {
        let file = File::create(path).map_err(|error| ReportError(path.to_owned(), error))?;
        Ok(Self { file, path: path.to_owned() })
    }

    /// Writes it.
    pub(super) fn write(mut self, stack: &Stack, end: End) -> Result<(), ReportError> {
        let written = self.file.write_all(markdown(stack, end).as_bytes());
        written.map_err(|error| ReportError(self.path, error))
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Everything was tried.
    Whole,
    /// Somebody has broken it off.
    BrokenOff,
}

fn markdown(stack: &Stack, end: End) -> String {
    let mut text = String::from("# A stack tried from outside\n\n");
    for line in head(stack) {
        let _ = writeln!(text, "- {line}");
    }
    let lasted = OffsetDateTime::now_utc() - stack.began;
    let _ = writeln!(text, "- lasted: {}", seconds(lasted.unsigned_abs()));
    match end {
        End::Whole => {}
        End::BrokenOff => text.push_str("- broken off: what follows is what was seen until then\n"),
    }
    text.push_str(
        "\n## Checks\n\n| check | expected | result | seen | time |\n|---|---|---|---|---|\n",
    );
    for check in stack.record.checks().iter() {
        let Check { name, expected, verdict, seen, took } = check;
        let (verdict, took) = (verdict.text(), seconds(*took));
        let (name, seen) = (cell(name), cell(seen));
        let _ = writeln!(text, "| {name} | {} | {verdict} | {seen} | {took} |", cell(expected));
    }
    let [confirmed, refuted, not_seen] = counts(stack);
    let _ = write!(
        text,
        "\n## Rows of docs/fidelity.md\n\n\
         What that page calls likely or unknown and this run could settle: {confirmed} confirmed (the stack does \
         what `local` does), {refuted} refuted, {not_seen} not seen.\n\n\
         | section | row | so far | result | seen |\n|---|---|---|---|---|\n"
    );
    for row in written() {
        let Some(settled) = Row::ALL.iter().find(|other| other.behaviour() == row.behaviour) else {
            continue;
        };
        let observed = stack.record.observed(*settled);
        let (result, seen) = (observed.settled.text(), cell(&observed.seen));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {result} | {seen} |",
            row.section, row.behaviour, row.mark
        );
    }
    text
}

/// What was tried, when and with what.
fn head(stack: &Stack) -> Vec<String> {
    let began = stack.began.replace_nanosecond(0).unwrap_or(stack.began);
    let with = |what: Option<&str>| what.unwrap_or("none").to_owned();
    let keys = match &stack.keys {
        Ok(_) => "of the environment".to_owned(),
        Err(why) => format!("none: {why}"),
    };
    let clock = match stack.ahead {
        Some(ahead) => format!("{} s ahead of this machine's", ahead.whole_seconds()),
        None => "not known".to_owned(),
    };
    vec![
        format!("/sign: {}", stack.sign_url.address.authority),
        format!("WebSocket: {}", stack.websocket_url.address.authority),
        format!("its address: {}", stack.door.text()),
        format!("SignAuthorization: {}", stack.authorization.text()),
        format!("AWS credentials: {keys}"),
        format!("the stack's clock: {clock}"),
        format!("parameter: {}", with(stack.parameter.as_deref())),
        format!("origin: {}", with(stack.origin.as_deref())),
        format!("begun: {}", began.format(&Rfc3339).unwrap_or_default()),
        format!("version: {}", env!("CARGO_PKG_VERSION")),
    ]
}

fn counts(stack: &Stack) -> [usize; 3] {
    [Settled::Confirmed, Settled::Refuted, Settled::NotSeen].map(|settled| {
        Row::ALL.iter().filter(|row| stack.record.observed(**row).settled == settled).count()
    })
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

/// A text that ends no cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
