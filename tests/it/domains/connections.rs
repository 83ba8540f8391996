//! `@connections` at a custom domain: the base path stands in place of the stage.

use serde_json::{Value, json};
use tests::cli::Cli;
use tests::folder::Folder;
use tests::stack::Stack;
use tests::{aws, websocket};

use crate::clients::check_boto3_manages_a_connection;

use super::{developer, execute_api, signer, websocket_domain, with_domains};

/// The id of the connection that sent this echo.
fn connection_id(echo: &Value) -> &str {
    echo["connection"]["connectionId"].as_str().unwrap()
}

/// Where the SDKs are told that `@connections` are, with and without a base path.
fn endpoint(stack: &Stack, base_path: &str) -> String {
    format!("http://{}{base_path}", websocket_domain(stack))
}

#[tokio::test]
async fn boto3_manages_a_connection_below_a_base_path_and_without_one() {
    for (base_path, path) in [("", ""), ("chat", "/chat")] {
        let stack = Stack::start_with(with_domains("", base_path)).await;
        check_boto3_manages_a_connection(&stack, &endpoint(&stack, path)).await;
        stack.stop().await;
    }
}

#[tokio::test]
async fn the_aws_cli_posts_below_a_base_path() {
    let stack = Stack::start_with(with_domains("", "chat")).await;
    let mut socket = stack.connect(json!({})).await;
    let echo = socket.ask("hello").await;
    let id = format!("--connection-id={}", connection_id(&echo));
    let folder = Folder::new("domains");
    let data = format!("fileb://{}", folder.file("posted", "from the CLI"));
    let call = ["apigatewaymanagementapi", "post-to-connection", &id, "--data", &data];
    let developer = Cli::from(&developer(&stack));
    let Some(posted) = developer.run(&endpoint(&stack, "/chat"), &call).await else { return };
    posted.succeeded();
    assert_eq!(socket.text().await, "from the CLI");
    // The stage is no base path.
    let refused = developer.run(&endpoint(&stack, "/prod"), &call).await.unwrap().failed();
    assert!(refused.contains("No method found matching route prod/@connections/"), "{refused}");
    socket.close().await;
    stack.stop().await;
}

#[tokio::test]
async fn a_connection_is_reached_at_every_door_of_its_stage() {
    let stack = Stack::start_with(with_domains("", "chat")).await;
    let own = stack.signed_url(&signer(&stack).await, "prod", "q83vEjRWeJCrze8SNFZ4kA");
    let at_domain = stack.connect(json!({})).await;
    let at_api = websocket::open(&own).await.unwrap();
    let doors = [format!("http://{}/prod", execute_api(&stack)), endpoint(&stack, "/chat")];
    let developer = developer(&stack);
    for mut socket in [at_domain, at_api] {
        let echo = socket.ask("hello").await;
        assert_eq!(echo["message"], "hello");
        for door in &doors {
            let url = format!("{door}/@connections/{}", connection_id(&echo));
            let posted = aws::send(&developer, "execute-api", "POST", &url, &[], door.as_bytes());
            assert_eq!((posted.await.status, socket.text().await), (200, door.clone()));
        }
        socket.close().await;
    }
    stack.stop().await;
}

#[tokio::test]
async fn policies_name_the_api_and_the_stage_not_the_domain() {
    let stack = Stack::start_with(with_domains("", "chat")).await;
    let mut socket = stack.connect(json!({})).await;
    let echo = socket.ask("hello").await;
    let url = format!("{}/@connections/{}", endpoint(&stack, "/chat"), connection_id(&echo));
    let function = stack.function_credentials("DefaultFunctionRole");
    let ask = async |method| aws::send(&function, "execute-api", method, &url, &[], b"").await;
    assert_eq!(ask("POST").await.status, 200);
    let refused = ask("GET").await;
    let message = refused.json()["Message"].take();
    let api = &stack.template.websocket_apis[0].id;
    let resource = format!("{api}/prod/GET/@connections/{{connectionId}}");
    assert!(message.as_str().unwrap().ends_with(&resource), "{message}");
    socket.close().await;
    stack.stop().await;
}
