//! The AWS CLI against a stack, with the developer's credentials and with a wrong secret.

use serde_json::{Value, json};
use tests::cli::Cli;
use tests::command::{self, Process};
use tests::folder::Folder;
use tests::stack::{ACCOUNT_ID, Stack};
use tests::tool::Finished;
use tests::{aws, http, websocket};

#[tokio::test]
async fn sts_says_who_calls() {
    let stack = Stack::start().await;
    let call = ["sts", "get-caller-identity"];
    let told = check(&developer(&stack), &stack.aws_url(), &call, "SignatureDoesNotMatch").await;
    if let Some(identity) = told {
        check_identity(&identity);
    }
    stack.stop().await;
}

#[tokio::test]
async fn dynamodb_shows_what_is_stored() {
    let stack = Stack::start().await;
    let socket = stack.connect(json!({"room": "lobby"})).await;
    let table = stack.table_name("ConnectionsTable");
    let call = ["dynamodb", "scan", "--table-name", &table];
    let developer = developer(&stack);
    let told = check(&developer, &stack.aws_url(), &call, "InvalidSignatureException").await;
    if let Some(answer) = told {
        assert_eq!(answer["Count"], 1);
        assert_eq!(answer["Items"], Value::from(stack.rows("ConnectionsTable")));
        assert_eq!(answer["Items"][0]["requested"], json!({"M": {"room": {"S": "lobby"}}}));
    }
    socket.close().await;
    stack.stop().await;
}

/// As the README says it: with what a real `countersign --json` has printed, at its `--aws-port`.
#[tokio::test]
async fn the_line_of_json_is_all_that_the_cli_needs() {
    let process = Process::start(command::countersign().await).await;
    let developer = Cli {
        access_key_id: process.told("/credentials/accessKeyId").to_owned(),
        secret_access_key: process.told("/credentials/secretAccessKey").to_owned(),
        session_token: None,
    };
    let endpoint = process.told("/aws");
    let body = json!({"query": {"room": "lobby"}}).to_string();
    let signed = http::post(process.told("/sign"), &body).await.json();
    let socket = websocket::open(signed["url"].as_str().unwrap()).await.unwrap();

    let call = ["sts", "get-caller-identity"];
    let Some(identity) = check(&developer, endpoint, &call, "SignatureDoesNotMatch").await else {
        return;
    };
    check_identity(&identity);
    let call = ["dynamodb", "list-tables"];
    let refused = "InvalidSignatureException";
    let tables = check(&developer, endpoint, &call, refused).await.unwrap()["TableNames"].take();
    let mut names = tables.as_array().unwrap().iter().filter_map(Value::as_str);
    let table = names.find(|name| name.starts_with("countersign-ConnectionsTable-")).unwrap();
    let call = ["dynamodb", "scan", "--table-name", table];
    let scan = check(&developer, endpoint, &call, refused).await.unwrap();
    assert_eq!(scan["Count"], 1);
    assert_eq!(scan["Items"][0]["requested"], json!({"M": {"room": {"S": "lobby"}}}));
    socket.close().await;
    process.stop().await;
}

#[tokio::test]
async fn an_open_connection_is_managed() {
    let stack = Stack::start().await;
    let developer = developer(&stack);
    let mut socket = stack.connect(json!({})).await;
    let echo = socket.ask("hello").await;
    let id = echo["connection"]["connectionId"].as_str().unwrap();
    let endpoint = stack.websocket_url().replacen("ws://", "http://", 1);
    // One argument: an id may begin with a hyphen.
    let id = format!("--connection-id={id}");
    let call = |command| ["apigatewaymanagementapi", command, id.as_str()];

    let get = call("get-connection");
    let Some(told) = check(&developer, &endpoint, &get, "InvalidSignatureException").await else {
        return;
    };
    assert_eq!(told["Identity"]["SourceIp"], "127.0.0.1");

    // A file means the same to both versions of the CLI: the text alone is base64 to the second.
    let folder = Folder::new("aws-cli");
    let data = format!("fileb://{}", folder.file("posted", "from the CLI"));
    let post = [&call("post-to-connection")[..], &["--data", &data]].concat();
    check(&developer, &endpoint, &post, "InvalidSignatureException").await;
    assert_eq!(socket.text().await, "from the CLI");

    check(&developer, &endpoint, &call("delete-connection"), "InvalidSignatureException").await;
    let frame = socket.closed().await.expect("a close frame");
    assert_eq!(u16::from(frame.code), 1000);
    stack.running.services.sessions.empty().await;
    let gone = developer.run(&endpoint, &get).await.unwrap().failed();
    assert!(gone.contains("(GoneException) when calling the GetConnection operation"), "{gone}");
    stack.stop().await;
}

#[tokio::test]
async fn a_role_is_assumed_by_whom_it_trusts() {
    let stack = Stack::start().await;
    let role = stack.role("SignerRole");
    let arn = &role.arn;
    let call = ["sts", "assume-role", "--role-arn", arn, "--role-session-name", "cli"];
    let Some(refused) = developer(&stack).run(&stack.aws_url(), &call).await else {
        return;
    };
    let refused = refused.failed();
    let expected = format!(
        "An error occurred (AccessDenied) when calling the AssumeRole operation: User: \
         arn:aws:iam::{ACCOUNT_ID}:user/developer is not authorized to perform: sts:AssumeRole on \
         resource: {arn}"
    );
    assert!(refused.contains(&expected), "{refused}");

    let trusted = Cli::from(&stack.function_credentials("SignFunctionRole"));
    let told = trusted.run(&stack.aws_url(), &call).await.unwrap().succeeded();
    assert_eq!(told["AssumedRoleUser"]["AssumedRoleId"], format!("{}:cli", role.id));
    let text = |name: &str| told["Credentials"][name].as_str().unwrap().to_owned();
    let assumed = Cli {
        access_key_id: text("AccessKeyId"),
        secret_access_key: text("SecretAccessKey"),
        session_token: Some(text("SessionToken")),
    };
    let call = ["sts", "get-caller-identity"];
    let identity = assumed.run(&stack.aws_url(), &call).await.unwrap().succeeded();
    assert_eq!(identity["UserId"], format!("{}:cli", role.id));
    assert_eq!(identity["Arn"], told["AssumedRoleUser"]["Arn"]);
    stack.stop().await;
}

/// Runs a command of the CLI with a wrong secret, and sees it refused with `code`; then with the
/// right one. `None` where there is no CLI.
async fn check(developer: &Cli, endpoint: &str, call: &[&str], code: &str) -> Option<Value> {
    let wrong = Cli { secret_access_key: "wrong".to_owned(), ..developer.clone() };
    let refusal = wrong.run(endpoint, call).await?.failed();
    let begin = format!("({code}) when calling the ");
    let words = "The request signature we calculated does not match the signature you provided. \
                 Check your AWS Secret Access Key and signing method. Consult the service \
                 documentation for details.";
    assert!(refusal.contains(&begin) && refusal.contains(words), "{refusal}");
    developer.run(endpoint, call).await.as_ref().map(Finished::succeeded)
}

#[track_caller]
fn check_identity(identity: &Value) {
    assert_eq!(identity["Account"], ACCOUNT_ID);
    assert_eq!(identity["Arn"], format!("arn:aws:iam::{ACCOUNT_ID}:user/developer"));
    assert!(identity["UserId"].as_str().is_some_and(|id| id.starts_with("AIDA")));
}

fn developer(stack: &Stack) -> Cli {
    Cli::from(&aws::credentials(stack.running.iam.developer()))
}
