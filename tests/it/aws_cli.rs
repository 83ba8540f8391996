//! The AWS CLI against a stack, with the developer's credentials and with a wrong secret.

use std::path::Path;

use serde_json::{Value, json};
use tests::cli::{Cli, Finished};
use tests::stack::{ACCOUNT_ID, Stack};

#[tokio::test]
async fn sts_says_who_calls() {
    let stack = Stack::start().await;
    let call = ["sts", "get-caller-identity"];
    let told = check(&stack, &stack.aws_url(), &call, "SignatureDoesNotMatch").await;
    if let Some(identity) = told {
        assert_eq!(identity["Account"], ACCOUNT_ID);
        assert_eq!(identity["Arn"], format!("arn:aws:iam::{ACCOUNT_ID}:user/developer"));
        assert!(identity["UserId"].as_str().is_some_and(|id| id.starts_with("AIDA")));
    }
    stack.stop().await;
}

#[tokio::test]
async fn dynamodb_shows_what_is_stored() {
    let stack = Stack::start().await;
    let socket = stack.connect(json!({"room": "lobby"})).await;
    let table = stack.table_name("ConnectionsTable");
    let call = ["dynamodb", "scan", "--table-name", &table];
    let told = check(&stack, &stack.aws_url(), &call, "InvalidSignatureException").await;
    if let Some(answer) = told {
        assert_eq!(answer["Count"], 1);
        assert_eq!(answer["Items"], Value::from(stack.rows("ConnectionsTable")));
        assert_eq!(answer["Items"][0]["requested"], json!({"M": {"room": {"S": "lobby"}}}));
    }
    socket.close().await;
    stack.stop().await;
}

#[tokio::test]
async fn an_open_connection_is_managed() {
    let stack = Stack::start().await;
    let mut socket = stack.connect(json!({})).await;
    let echo = socket.ask("hello").await;
    let id = echo["connection"]["connectionId"].as_str().unwrap();
    let endpoint = stack.websocket_url().replacen("ws://", "http://", 1);
    // One argument: an id may begin with a hyphen.
    let id = format!("--connection-id={id}");
    let call = |command| ["apigatewaymanagementapi", command, id.as_str()];

    let get = call("get-connection");
    let Some(told) = check(&stack, &endpoint, &get, "InvalidSignatureException").await else {
        return;
    };
    assert_eq!(told["Identity"]["SourceIp"], "127.0.0.1");

    // A file means the same to both versions of the CLI: the text alone is base64 to the second.
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("posted-by-the-aws-cli");
    std::fs::write(&file, "from the CLI").unwrap();
    let data = format!("fileb://{}", file.display());
    let post = [&call("post-to-connection")[..], &["--data", &data]].concat();
    check(&stack, &endpoint, &post, "InvalidSignatureException").await;
    assert_eq!(socket.text().await, "from the CLI");

    check(&stack, &endpoint, &call("delete-connection"), "InvalidSignatureException").await;
    let frame = socket.closed().await.expect("a close frame");
    assert_eq!(u16::from(frame.code), 1000);
    stack.running.services.sessions.empty().await;
    let gone = developer(&stack).run(&endpoint, &get).await.unwrap().failed();
    assert!(gone.contains("(GoneException) when calling the GetConnection operation"), "{gone}");
    stack.stop().await;
}

/// Runs a command of the CLI with a wrong secret, and sees it refused with `code`; then with the
/// right one. `None` where there is no CLI.
async fn check(stack: &Stack, endpoint: &str, call: &[&str], code: &str) -> Option<Value> {
    let developer = developer(stack);
    let wrong = Cli { secret_access_key: "wrong".to_owned(), ..developer.clone() };
    let refusal = wrong.run(endpoint, call).await?.failed();
    let begin = format!("({code}) when calling the ");
    let words = "The request signature we calculated does not match the signature you provided. \
                 Check your AWS Secret Access Key and signing method. Consult the service \
                 documentation for details.";
    assert!(refusal.contains(&begin) && refusal.contains(words), "{refusal}");
    developer.run(endpoint, call).await.as_ref().map(Finished::succeeded)
}

fn developer(stack: &Stack) -> Cli {
    let credentials = stack.running.iam.developer().credentials();
    Cli {
        access_key_id: credentials.access_key_id().to_owned(),
        secret_access_key: credentials.secret_access_key().to_owned(),
    }
}
