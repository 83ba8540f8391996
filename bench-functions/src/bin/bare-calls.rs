//! A function that makes the AWS calls of one of ours and does nothing else: what those calls cost.
//!
//! | `BARE_CALLS` | as | calls |
//! |---|---|---|
//! | `connect` | ws-connect | `TransactWriteItems` of a nonce and a connection |
//! | `message` | ws-default | `GetItem` of a connection, `PostToConnection` |
//! | `disconnect` | ws-disconnect | `DeleteItem` of a connection |
//!
//! The other variables are those of that function, and so are the clients.

use std::collections::HashMap;

use aws_config::SdkConfig;
use aws_sdk_apigatewaymanagement::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::de::IgnoredAny;
use serde_json::json;

const CONNECTION_ID: &str = "WqXyzcbHDoECJrw=";

/// What ws-default answers to the event that the benchmark sends it.
const FRAME: &str = r#"{"message":"hello","connection":{"connectionId":"WqXyzcbHDoECJrw=","connectedAt":1767323045670,"granted":{"userId":"u-1"},"requested":{"room":"lobby"}},"requestId":"WqX15HzzjoEFdEf="}"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let sdk_config = lambda_entry::sdk_config().await;
    match variable("BARE_CALLS")?.as_str() {
        "connect" => connect(&sdk_config).await,
        "message" => message(&sdk_config).await,
        "disconnect" => disconnect(&sdk_config).await,
        other => {
            Err(format!("BARE_CALLS is {other:?}, expected `connect`, `message` or `disconnect`")
                .into())
        }
    }
}

async fn connect(sdk_config: &SdkConfig) -> Result<(), Error> {
    let dynamodb = aws_sdk_dynamodb::Client::new(sdk_config);
    let nonce = Put::builder()
        .table_name(variable("NONCES_TABLE")?)
        .set_item(Some(nonce()))
        .condition_expression("attribute_not_exists(#nonce)")
        .expression_attribute_names("#nonce", "nonce")
        .build()?;
    let connection = Put::builder()
        .table_name(variable("CONNECTIONS_TABLE")?)
        .set_item(Some(connection()))
        .build()?;
    let writes: Vec<_> =
        [nonce, connection].map(|put| TransactWriteItem::builder().put(put).build()).into();
    lambda_runtime::run(service_fn(async |_: LambdaEvent<IgnoredAny>| {
        dynamodb
            .transact_write_items()
            .set_transact_items(Some(writes.clone()))
            .client_request_token(CONNECTION_ID)
            .send()
            .await?;
        Ok::<_, Error>(json!({"statusCode": 200}))
    }))
    .await
}

async fn message(sdk_config: &SdkConfig) -> Result<(), Error> {
    let dynamodb = aws_sdk_dynamodb::Client::new(sdk_config);
    let table = variable("CONNECTIONS_TABLE")?;
    let url = variable("CONNECTIONS_URL")?;
    let api = aws_sdk_apigatewaymanagement::config::Builder::from(sdk_config).endpoint_url(url);
    let api = aws_sdk_apigatewaymanagement::Client::from_conf(api.build());
    lambda_runtime::run(service_fn(async |_: LambdaEvent<IgnoredAny>| {
        dynamodb
            .get_item()
            .table_name(&table)
            .key("connectionId", text(CONNECTION_ID))
            .consistent_read(true)
            .send()
            .await?;
        api.post_to_connection().connection_id(CONNECTION_ID).data(Blob::new(FRAME)).send().await?;
        Ok::<_, Error>(json!({"statusCode": 200}))
    }))
    .await
}

async fn disconnect(sdk_config: &SdkConfig) -> Result<(), Error> {
    let dynamodb = aws_sdk_dynamodb::Client::new(sdk_config);
    let table = variable("CONNECTIONS_TABLE")?;
    lambda_runtime::run(service_fn(async |_: LambdaEvent<IgnoredAny>| {
        dynamodb
            .delete_item()
            .table_name(&table)
            .key("connectionId", text(CONNECTION_ID))
            .send()
            .await?;
        Ok::<_, Error>(json!({"statusCode": 200}))
    }))
    .await
}

fn nonce() -> HashMap<String, AttributeValue> {
    item([("nonce", text("q83vEjRWeJCrze8SNFZ4kA")), ("expiresAt", number("1767323405"))])
}

fn connection() -> HashMap<String, AttributeValue> {
    item([
        ("connectionId", text(CONNECTION_ID)),
        ("granted", AttributeValue::M(item([("userId", text("u-1"))]))),
        ("requested", AttributeValue::M(item([("room", text("lobby"))]))),
        ("headers", AttributeValue::M(HashMap::new())),
        ("connectedAt", number("1767323045670")),
        ("sourceIp", text("192.0.2.44")),
        (
            "userAgent",
            text("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"),
        ),
        (
            "caller",
            text("arn:aws:sts::123456789012:assumed-role/countersign-SignerRole-1ABC/sign-fn"),
        ),
        ("apiId", text("abc123")),
        ("stage", text("prod")),
        ("expiresAt", number("1767330845")),
    ])
}

fn item<const N: usize>(
    attributes: [(&str, AttributeValue); N],
) -> HashMap<String, AttributeValue> {
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn number(value: &str) -> AttributeValue {
    AttributeValue::N(value.to_owned())
}

fn variable(name: &str) -> Result<String, Error> {
    std::env::var(name).map_err(|error| format!("{name}: {error}").into())
}
