//! The person who runs `countersign` may have any AWS configuration: the functions see none of it.

use std::path::PathBuf;

use serde_json::json;
use tests::command::{self, Process};
use tests::folder::Folder;
use tests::{http, websocket};

/// Variables that would send an AWS SDK elsewhere, with other keys. Nothing listens on port 1.
const POISON: [(&str, &str); 14] = [
    ("AWS_PROFILE", "elsewhere"),
    ("AWS_REGION", "us-gov-west-1"),
    ("AWS_DEFAULT_REGION", "us-gov-west-1"),
    ("AWS_ACCESS_KEY_ID", "AKIAPOISON"),
    ("AWS_SECRET_ACCESS_KEY", "poison"),
    ("AWS_SESSION_TOKEN", "poison"),
    ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
    ("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1"),
    ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1"),
    ("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", "http://127.0.0.1:1"),
    ("AWS_LAMBDA_FUNCTION_NAME", "poison"),
    ("HTTP_PROXY", "http://127.0.0.1:1"),
    ("HTTPS_PROXY", "http://127.0.0.1:1"),
    ("ALL_PROXY", "http://127.0.0.1:1"),
];

const CONFIG: &str = "[default]
region = us-gov-west-1
endpoint_url = http://127.0.0.1:1
use_fips_endpoint = true
[profile elsewhere]
region = us-gov-west-1
endpoint_url = http://127.0.0.1:1
role_arn = arn:aws:iam::999999999999:role/poison
source_profile = elsewhere
";

const CREDENTIALS: &str = "[default]
aws_access_key_id = AKIAPOISON
aws_secret_access_key = poison
[elsewhere]
aws_access_key_id = AKIAPOISON
aws_secret_access_key = poison
";

#[tokio::test]
async fn a_poisoned_aws_configuration_changes_nothing() {
    let home = Folder::new("surroundings");
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    let config = home.file(".aws/config", CONFIG);
    let credentials = home.file(".aws/credentials", CREDENTIALS);
    let mut command = command::countersign().await;
    // cargo, which the command runs, stays where it is.
    let own = PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        let value = std::env::var_os(name).map_or_else(|| own.join(folder), PathBuf::from);
        command.env(name, value);
    }
    command.envs(POISON).env("HOME", home.path());
    command.env("AWS_CONFIG_FILE", config).env("AWS_SHARED_CREDENTIALS_FILE", credentials);
    let process = Process::start(command).await;

    let body = json!({"query": {"room": "lobby"}}).to_string();
    let signed = http::post(process.told("/sign"), &body).await;
    assert_eq!(signed.status, 201, "{:?}", process.stderr());
    let signed = signed.json();
    let url = signed["url"].as_str().unwrap();
    assert!(url.contains("%2Feu-west-1%2Fexecute-api%2F"), "signed for another region");
    let mut socket = websocket::open(url).await.unwrap();
    let echo = socket.ask("hello").await;
    assert_eq!(echo["message"], "hello", "{:?}", process.stderr());
    assert_eq!(echo["connection"]["requested"], json!({"room": "lobby"}));
    socket.close().await;
    process.stop().await;
}
