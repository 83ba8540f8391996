//! What the command says on stderr: its own log, and the functions' output.

use std::io::Write;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

/// The crates that may say more than warnings. Others could trace a request with its token.
const OURS: [&str; 2] = ["local", "sigv4_verify"];

/// Starts the log, at the levels of `RUST_LOG`, or `info`.
pub(super) fn start() {
    install(&std::env::var("RUST_LOG").unwrap_or_default());
}

/// Starts the log of this process: lines on stderr, at the levels that `wanted` asks for (as `RUST_LOG`
/// does: `debug`, or `local::aws_api=trace,warn`; empty: `info`), with every crate that is not ours
/// held at WARN, whatever it asks for. A second call changes nothing.
pub fn install(wanted: &str) {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    let subscriber = registry().with(lines).with(filter(wanted));
    let installed = tracing::subscriber::set_global_default(subscriber);
    if installed.is_ok() && read_levels(wanted).is_none() {
        tracing::warn!(
            "RUST_LOG is {wanted:?}, expected a level, or a comma-separated list of crate=level"
        );
    }
}

/// One line on stderr. That nobody reads it is no reason to fail.
pub(super) fn line(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// What `wanted` asks for, below the cap.
fn filter(wanted: &str) -> Targets {
    let levels =
        read_levels(wanted).unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let default = levels.default_level().unwrap_or(LevelFilter::OFF);
    let ours = |target: &str| {
        OURS.iter().any(|name| target == *name || target.starts_with(&format!("{name}::")))
    };
    Targets::new()
        .with_default(default.min(LevelFilter::WARN))
        .with_targets(OURS.map(|name| (name, default)))
        .with_targets(levels.iter().map(|(target, level)| {
            (target.to_owned(), if ours(target) { level } else { level.min(LevelFilter::WARN) })
        }))
}

/// The levels that a text asks for; `None` when it cannot be read.
fn read_levels(wanted: &str) -> Option<Targets> {
    match wanted.trim() {
        "" => Some(Targets::new().with_default(LevelFilter::INFO)),
        wanted => wanted.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn only_our_crates_may_say_more_than_warnings() {
        let check = |wanted, target: &str, level, expected| {
            assert_eq!(
                filter(wanted).would_enable(target, &level),
                expected,
                "RUST_LOG={wanted} {target} {level}"
            );
        };
        check("", "local::websocket", Level::INFO, true);
        check("", "local::websocket", Level::DEBUG, false);
        check("", "hyper", Level::WARN, true);
        check("", "hyper", Level::INFO, false);
        check("trace", "local::websocket", Level::TRACE, true);
        check("trace", "sigv4_verify", Level::TRACE, true);
        check("trace", "tungstenite", Level::INFO, false);
        check("tungstenite=trace", "tungstenite", Level::TRACE, false);
        check("local=debug", "local::aws_api", Level::DEBUG, true);
        check("local::aws_api=trace,warn", "local::aws_api", Level::TRACE, true);
        check("local_evil=trace", "local_evil", Level::TRACE, false);
        check("off", "local", Level::ERROR, false);
        check("local=loud", "local", Level::INFO, true);
        check("local=loud", "local", Level::DEBUG, false);
    }
}
