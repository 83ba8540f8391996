//! The log of a function: lines on stderr, which Lambda sends to CloudWatch.
//!
//! What may be said is the work of two filters, one after the other: the levels that `RUST_LOG` asks
//! for, and a cap that no variable moves. The SDK and aws-sigv4 trace canonical requests, which hold
//! the session token in clear, so every crate that is not ours is held at WARN.

use std::str::FromStr;

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer, registry};

/// The crates that may say more than a warning.
const OUR_CRATES: [&str; 8] = [
    "connections",
    "lambda_entry",
    "sign_fn",
    "sigv4_sign",
    "sigv4_verify",
    "ws_connect",
    "ws_default",
    "ws_disconnect",
];

const LEVELS: &str = "RUST_LOG";
const LAMBDA_LEVEL: &str = "AWS_LAMBDA_LOG_LEVEL";
const LAMBDA_FORMAT: &str = "AWS_LAMBDA_LOG_FORMAT";

/// tracing writes each record for the `log` crate, too, as `lambda_runtime` has it do, for
/// nobody. In a release the feature of that crate leaves all of it out.
const _: () =
    assert!(cfg!(debug_assertions) || matches!(log::STATIC_MAX_LEVEL, log::LevelFilter::Off));

/// Installs the subscriber of this process. To be called first in `main`, and only there.
///
/// - Levels: those of `RUST_LOG` (`info`, or `ws_connect=trace,connections=debug`), else
///   `AWS_LAMBDA_LOG_LEVEL`, else info. Crates that are not ours never get below WARN, whatever
///   these say. Errors are always logged: `off` and Lambda's `FATAL` count as `error`. A value that
///   cannot be read counts as not set, and is named in a warning.
/// - Form: JSON where `AWS_LAMBDA_LOG_FORMAT` is `JSON`, else plain text without colour and without
///   a time, which CloudWatch adds.
///
/// Records of the `log` crate are not taken over. A second call changes nothing.
pub fn start_tracing(variable: impl Fn(&str) -> Option<String>) {
    let (levels, complaint) = levels(&variable);
    let format = Format::of(variable(LAMBDA_FORMAT).as_deref());
    let subscriber = subscriber(levels, format, std::io::stderr);
    let installed = tracing::subscriber::set_global_default(subscriber);
    if let (Ok(()), Some(complaint)) = (installed, complaint) {
        tracing::warn!("{complaint}");
    }
}

#[derive(Clone, Copy)]
enum Format {
    Json,
    Text,
}

impl Format {
    fn of(value: Option<&str>) -> Self {
        match value {
            Some(value) if value.eq_ignore_ascii_case("json") => Self::Json,
            _ => Self::Text,
        }
    }
}

fn subscriber<W>(levels: Targets, format: Format, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    let lines = match format {
        Format::Json => lines.json().flatten_event(true).boxed(),
        Format::Text => lines.with_ansi(false).without_time().boxed(),
    };
    registry().with(lines).with(levels).with(filter_fn(may_be_seen))
}

/// The cap: whether an event or span may be seen at all, whatever the levels say.
fn may_be_seen(metadata: &Metadata<'_>) -> bool {
    let crate_name = metadata.target().split("::").next().unwrap_or_default();
    *metadata.level() <= Level::WARN || OUR_CRATES.contains(&crate_name)
}

/// The levels that the variables ask for, and what to say of one that cannot be read.
fn levels(variable: &impl Fn(&str) -> Option<String>) -> (Targets, Option<String>) {
    let mut complaint = None;
    for name in [LEVELS, LAMBDA_LEVEL] {
        let Some(value) = variable(name).filter(|value| !value.trim().is_empty()) else { continue };
        match parse_levels(&value) {
            Some(levels) => return (levels, complaint),
            None => {
                complaint = Some(format!(
                    "{name} is {value:?}, expected a level, or a comma-separated list of crate=level"
                ));
            }
        }
    }
    (Targets::new().with_default(LevelFilter::INFO), complaint)
}

fn parse_levels(value: &str) -> Option<Targets> {
    let value = if value.trim().eq_ignore_ascii_case("fatal") { "error" } else { value };
    let asked = Targets::from_str(value).ok()?;
    let default = asked.default_level().unwrap_or(LevelFilter::ERROR);
    let at_least_errors =
        asked.iter().map(|(target, level)| (target.to_owned(), level.max(LevelFilter::ERROR)));
    Some(Targets::new().with_targets(at_least_errors).with_default(default.max(LevelFilter::ERROR)))
}

#[cfg(test)]
mod tests;
