//! What the command says on stderr: its own log, and the functions' output.

use std::io::Write;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// The crates that may say more than warnings. Others could trace a request with its token.
const OURS: [&str; 2] = ["local", "sigv4_verify"];

/// Starts the log, at the level of `RUST_LOG` or `info`.
pub(super) fn start() {
    let wanted = std::env::var("RUST_LOG").unwrap_or_default();
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false))
        .with(filter(&wanted))
        .init();
}

/// One line on stderr. That nobody reads it is no reason to fail.
pub(super) fn line(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// What `RUST_LOG` asks for, with every crate that is not ours held at WARN.
fn filter(wanted: &str) -> Targets {
    let wanted: Targets = wanted
        .parse()
        .ok()
        .filter(|_| !wanted.is_empty())
        .unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let default = wanted.default_level().unwrap_or(LevelFilter::OFF);
    let ours = |target: &str| {
        OURS.iter().any(|name| target == *name || target.starts_with(&format!("{name}::")))
    };
    Targets::new()
        .with_default(default.min(LevelFilter::WARN))
        .with_targets(OURS.map(|name| (name, default)))
        .with_targets(wanted.iter().map(|(target, level)| {
            (target.to_owned(), if ours(target) { level } else { level.min(LevelFilter::WARN) })
        }))
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
    }
}
