//! The store of connections over DynamoDB's wire protocol, with the SDK as the functions set it up.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{Credentials, Region, SharedCredentialsProvider};
use connections::{DynamoDbAdmissions, DynamoDbConnections};
use tests::stack::{REGION, Stack};

#[tokio::test]
async fn the_store_in_dynamodb_keeps_every_promise() {
    let stack = Stack::start().await;
    let client = client_of_the_developer(&stack).await;
    let connections = stack.table_name("ConnectionsTable").parse().unwrap();
    let nonces = stack.table_name("NoncesTable").parse().unwrap();
    let random = || {
        let mut bytes = [0; 4];
        getrandom::fill(&mut bytes).unwrap();
        u32::from_ne_bytes(bytes)
    };
    let admissions = DynamoDbAdmissions::new(client.clone(), connections, nonces, random);
    let connections = stack.table_name("ConnectionsTable").parse().unwrap();
    let connections = DynamoDbConnections::new(client, connections);
    connections::contract::check(Arc::new(admissions), Arc::new(connections), "contract").await;
    stack.stop().await;
}

/// A client as the functions make theirs, but with the developer's credentials.
async fn client_of_the_developer(stack: &Stack) -> Client {
    let developer = stack.running.iam.developer().credentials();
    let credentials = Credentials::new(
        developer.access_key_id(),
        developer.secret_access_key(),
        None,
        None,
        "developer",
    );
    let config = lambda_entry::sdk_config()
        .await
        .into_builder()
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(format!("http://{}", stack.running.aws))
        .build();
    Client::new(&config)
}
