//! The least that a function for the three routes of an echo does: it posts what it is sent, and stores nothing.

use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::config::Builder;
use aws_sdk_apigatewaymanagement::primitives::Blob;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::Deserialize;
use serde_json::{Value, json};

/// What it reads of API Gateway's event.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    request_context: RequestContext,
    body: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext {
    route_key: String,
    connection_id: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let url = std::env::var("CONNECTIONS_URL")?;
    let config = Builder::from(&lambda_entry::sdk_config().await).endpoint_url(url).build();
    let client = Client::from_conf(config);
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Event>| {
        answer(&client, event.payload).await
    }))
    .await
}

/// Lets everybody in, and gives each message back.
async fn answer(client: &Client, event: Event) -> Result<Value, Error> {
    let Event { request_context: RequestContext { route_key, connection_id }, body } = event;
    if route_key == "$default" {
        let text = Blob::new(body.unwrap_or_default());
        client.post_to_connection().connection_id(connection_id).data(text).send().await?;
    }
    Ok(json!({"statusCode": 200}))
}
