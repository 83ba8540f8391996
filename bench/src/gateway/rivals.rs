//! What is measured: ours, and what one would use instead.

use tokio::process::Command;

use super::ledger::Echo;
use crate::workplace::Workplace;

/// One of the servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rival {
    /// `countersign run`, with its functions as they are shipped.
    Countersign,
    /// The same with `--no-trace`.
    CountersignUntraced,
    /// One real function for the three routes; no signature, no policy, no store.
    LeastGateway,
    /// serverless-offline: handlers in its own process, no authorization, no store.
    ServerlessOffline,
    /// axum's echo, without a function.
    AxumEcho,
}

/// Processes of the least gateway's function: more of them than are ever at work at once on one processor only cost.
const LEAST_PROCESSES: &str = "4";

/// As many as an account may have at all: what is measured is the work, not the throttle.
const LIMITS: [&str; 4] = [
    "SignRateLimit=10000",
    "SignBurstLimit=5000",
    "ConnectRateLimit=10000",
    "ConnectBurstLimit=5000",
];

impl Rival {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Countersign,
        Self::CountersignUntraced,
        Self::LeastGateway,
        Self::ServerlessOffline,
        Self::AxumEcho,
    ];

    /// As in the tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Countersign => "countersign",
            Self::CountersignUntraced => "countersign --no-trace",
            Self::LeastGateway => "the least gateway",
            Self::ServerlessOffline => "serverless-offline",
            Self::AxumEcho => "axum's bare echo",
        }
    }

    /// For files.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Countersign => "countersign",
            Self::CountersignUntraced => "countersign-untraced",
            Self::LeastGateway => "least-gateway",
            Self::ServerlessOffline => "serverless-offline",
            Self::AxumEcho => "axum-echo",
        }
    }

    /// How it gives messages back.
    pub fn echo(self) -> Echo {
        match self {
            Self::Countersign | Self::CountersignUntraced => Echo::Wrapped,
            Self::LeastGateway | Self::ServerlessOffline | Self::AxumEcho => Echo::Bare,
        }
    }

    /// Whether a fault of it is one of this project's.
    pub fn is_ours(self) -> bool {
        self != Self::ServerlessOffline
    }

    /// How it is started, or why it cannot be.
    ///
    /// # Errors
    ///
    /// The reason, for a reader of the tables.
    pub fn command(self, workplace: &Workplace) -> Result<Command, String> {
        Ok(match self {
            Self::Countersign => countersign(workplace, &[]),
            Self::CountersignUntraced => countersign(workplace, &["--no-trace"]),
            Self::LeastGateway => {
                let mut command = Command::new(workplace.programs.join("least-gateway"));
                command.arg(workplace.functions.join("least-fn/bootstrap")).arg(LEAST_PROCESSES);
                command
            }
            Self::ServerlessOffline => {
                let folder = workplace.serverless_offline.clone()?.join("serverless-offline");
                let mut command = Command::new("node");
                command.arg("start.mjs").current_dir(folder);
                command
            }
            Self::AxumEcho => Command::new(workplace.programs.join("axum-echo")),
        })
    }
}

fn countersign(workplace: &Workplace, more: &[&str]) -> Command {
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    let mut command = Command::new(workplace.programs.join("countersign"));
    command.args(["run", "--packaged", "--json", "--no-quotas"]).args(more);
    command.arg("--template").arg(&workplace.template);
    for port in ["--http-port", "--websocket-port", "--aws-port", "--web-port"] {
        command.args([port, "0"]);
    }
    command.args(["--parameter", "SignAuthorization=NONE"]);
    command.args(["--parameter", &format!("Architecture={architecture}")]);
    for limit in LIMITS {
        command.args(["--parameter", limit]);
    }
    command
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_rival_is_there_once_under_names_of_its_own() {
        let names: BTreeSet<_> = Rival::ALL.iter().map(|rival| rival.name()).collect();
        let files: BTreeSet<_> = Rival::ALL.iter().map(|rival| rival.file_name()).collect();
        assert_eq!((names.len(), files.len()), (Rival::ALL.len(), Rival::ALL.len()));
    }
}
