//! The `countersign` command: see [`local::command`].

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    local::command::main().await
}
