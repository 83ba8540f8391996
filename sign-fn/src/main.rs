//! The program that Lambda runs: see the library for what it does.

use std::process::ExitCode;

use lambda_entry::configuration::Variables;
use lambda_entry::metrics::Metrics;
use sign_fn::{AssumedRole, Config, SignFunction, serve};

#[tokio::main(flavor = "local")]
async fn main() -> ExitCode {
    lambda_entry::run(run()).await
}

async fn run() -> Result<(), lambda_entry::Error> {
    let variable = |name: &str| std::env::var(name).ok();
    lambda_entry::start_tracing(variable);
    let variables = Variables::new(variable);
    let config = Config::from_variables(&variables)?;
    let metrics = Metrics::new(&variables, std::io::stdout())?;
    let sdk = lambda_entry::sdk_config().await;
    let signer_role = AssumedRole::new(&sdk, config.signer_role_arn());
    serve(&SignFunction::new(config, signer_role, getrandom::fill, metrics)).await
}
