//! `countersign` with custom domains: its options, its banner, and the commands that ask it.

use serde_json::Value;
use tests::command::{self, Ended, FREE_PORTS, Process};
use tests::{http, websocket};
use tokio::process::Command;

const PARAMETERS: [&str; 10] = [
    "--parameter",
    "HttpDomainName=api.example.com",
    "--parameter",
    "HttpBasePath=v1/urls",
    "--parameter",
    "WebSocketDomainName=ws.example.com",
    "--parameter",
    "WebSocketBasePath=chat",
    "--parameter",
    "HostedZoneId=Z0123456789ABCDEFGHIJ",
];

async fn countersign(arguments: &[&str]) -> Command {
    let mut command = command::bare().await;
    command.args(PARAMETERS).args(arguments);
    command
}

#[tokio::test]
async fn the_banner_has_the_addresses_of_the_domains() {
    let process = Process::spawn(countersign(&FREE_PORTS).await);
    let lines = process.stdout_of(9).await;
    let columns: Vec<Vec<&str>> = lines[..5]
        .iter()
        .map(|line| line.splitn(3, "  ").map(str::trim).filter(|part| !part.is_empty()).collect())
        .collect();
    let path = |line: &str| {
        line.split_once("127.0.0.1:")
            .unwrap()
            .1
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .to_owned()
    };
    let after: Vec<_> = lines[..5].iter().map(|line| path(line)).collect();
    let squeezed: Vec<_> =
        after.iter().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let open = "POST /sign (open to anyone: SignAuthorization is NONE)";
    assert_eq!(
        squeezed,
        [
            open.to_owned(),
            format!("/v1/urls {open}, as https://api.example.com/v1/urls"),
            "/prod IAM authorization on $connect".to_owned(),
            "/chat IAM authorization on $connect, as wss://ws.example.com/chat".to_owned(),
            "STS, DynamoDB".to_owned(),
        ],
        "{columns:?}"
    );
    assert!(lines[8].contains("/v1/urls/sign"), "{}", lines[8]);
    process.stop().await;

    let off = ["--parameter", "ExecuteApiEndpoint=DISABLED"];
    let process = Process::spawn(countersign(&[&FREE_PORTS[..], &off].concat()).await);
    let lines = process.stdout_of(8).await;
    for line in [&lines[0], &lines[2]] {
        assert!(line.ends_with("   switched off by DisableExecuteApiEndpoint"), "{line}");
    }
    process.stop().await;
}

#[tokio::test]
async fn a_port_of_a_domain_that_is_in_use_is_named_and_without_a_domain_not_asked_for() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for option in ["--http-domain-port", "--websocket-domain-port"] {
        let others = FREE_PORTS.chunks(2).filter(|pair| pair[0] != option).flatten();
        let others: Vec<_> = others.copied().chain([option, &*port]).collect();
        let Ended { status, stderr, .. } = command::run(countersign(&others).await).await;
        let expected = format!(
            "countersign: port {port} of 127.0.0.1 is in use: choose another one with {option} \
             (0 takes any free one)"
        );
        assert_eq!((status.code(), stderr.last()), (Some(1), Some(&expected)));

        let mut command = command::bare().await;
        command.arg("--json").args(others);
        Process::start(command).await.stop().await;
    }
}

#[tokio::test]
async fn the_line_of_json_and_the_other_commands_know_the_domains() {
    let mut command = countersign(&FREE_PORTS).await;
    command.arg("--json");
    let process = Process::start(command).await;
    let sign = process.told("/sign");
    assert!(sign.ends_with("/v1/urls/sign"), "{sign}");
    let told = process.told("/websocket");
    let port = told.strip_prefix("ws://127.0.0.1:").unwrap().strip_suffix("/chat").unwrap();

    let signed = http::post(sign, r#"{"query":{"room":"lobby"}}"#).await.json();
    let url = signed["url"].as_str().unwrap();
    let explained = async |url: &str| -> Value {
        let mut command = command::bare().await;
        command.args(["explain", "--local", "--json", "--port", port, url]);
        let Ended { stdout, stderr, .. } = command::run(command).await;
        serde_json::from_str(stdout.first().unwrap_or_else(|| panic!("{stderr:?}"))).unwrap()
    };
    assert_eq!(explained(url).await["verdict"]["outcome"], "pass");
    let refused = explained(&url.replacen("/chat?", "/prod?", 1)).await;
    assert_eq!(refused["verdict"]["rule"], 22);

    let mut socket = websocket::open(url).await.unwrap();
    assert_eq!(socket.ask("hello").await["message"], "hello");
    let mut command = command::bare().await;
    command.args(["permissions", "--port", port]);
    let Ended { status, stdout, .. } = command::run(command).await;
    assert!(status.success(), "{stdout:?}");
    let used = |line: &String| line.contains("used 1x") && line.contains("ManageConnections");
    assert!(stdout.iter().any(used), "{stdout:?}");
    socket.close().await;
    process.stop().await;
}
