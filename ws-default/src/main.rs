//! The program behind `$default`.

use std::process::ExitCode;

use aws_sdk_dynamodb::Client;
use connections::DynamoDbConnections;
use lambda_entry::configuration::Variables;
use lambda_entry::metrics::Metrics;
use ws_default::{Config, ConnectionsApi, handle};

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
    let sdk_config = lambda_entry::sdk_config().await;
    let api = ConnectionsApi::new(&sdk_config, &config.connections_url);
    let connections = DynamoDbConnections::new(Client::new(&sdk_config), config.connections_table);
    lambda_entry::serve(|event| handle(&connections, &api, &metrics, event)).await
}
