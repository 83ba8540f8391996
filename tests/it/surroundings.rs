//! The person who runs `countersign` may have any AWS configuration: the functions see none of it.

use std::path::{Path, PathBuf};

use serde_json::json;
use tests::command::{self, Process};
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
    let home = Home::poisoned("surroundings");
    let mut command = command::countersign().await;
    // cargo, which the command runs, stays where it is.
    let own = PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        let value = std::env::var_os(name).map_or_else(|| own.join(folder), PathBuf::from);
        command.env(name, value);
    }
    command.envs(POISON).env("HOME", home.path());
    command.env("AWS_CONFIG_FILE", home.path().join(".aws/config"));
    command.env("AWS_SHARED_CREDENTIALS_FILE", home.path().join(".aws/credentials"));
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

/// A home folder with a poisoned `.aws`, until it is dropped.
struct Home(PathBuf);

impl Home {
    fn poisoned(name: &str) -> Self {
        let home =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let folder = home.join(".aws");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("config"), CONFIG).unwrap();
        std::fs::write(folder.join("credentials"), CREDENTIALS).unwrap();
        Self(home)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // What is left behind is overwritten by the next run.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
