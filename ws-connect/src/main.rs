//! The program behind `$connect`.

use std::process::ExitCode;

use aws_sdk_dynamodb::Client;
use connections::DynamoDbAdmissions;
use lambda_entry::configuration::Variables;
use lambda_entry::metrics::Metrics;
use ws_connect::{Config, handle};

#[tokio::main(flavor = "local")]
async fn main() -> ExitCode {
    lambda_entry::run(run()).await
}

async fn run() -> Result<(), lambda_entry::Error> {
    let variable = |name: &str| std::env::var(name).ok();
    lambda_entry::start_tracing(variable);
    let variables = Variables::new(variable);
    let config = Config::read(&variables)?;
    let metrics = Metrics::new(&variables, std::io::stdout())?;
    let client = Client::new(&lambda_entry::sdk_config().await);
    // Without randomness the pauses are long ones.
    let random = || getrandom::u32().unwrap_or(u32::MAX);
    let (connections, nonces) = (config.connections_table.clone(), config.nonces_table.clone());
    let admissions = DynamoDbAdmissions::new(client, connections, nonces, random);
    lambda_entry::serve(|event| handle(&config, &admissions, &metrics, event)).await
}
