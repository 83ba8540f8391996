//! The program behind `$disconnect`.

use std::process::ExitCode;

use aws_sdk_dynamodb::Client;
use connections::DynamoDbConnections;
use lambda_entry::configuration::Variables;
use ws_disconnect::{Config, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda_entry::start_tracing(variable);
    lambda_entry::exit_code(run().await)
}

async fn run() -> Result<(), lambda_entry::Error> {
    let config = Config::read(&Variables::new(variable))?;
    let client = Client::new(&lambda_entry::sdk_config().await);
    let connections = DynamoDbConnections::new(client, config.connections_table);
    lambda_entry::serve(|event| handle(&connections, event)).await
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
