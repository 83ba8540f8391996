//! `countersign run` with its page: the line of JSON, the banner, the port, and templates without one.

use serde_json::{Value, json};
use tests::command::{self, FREE_PORTS, Process};
use tests::folder::Folder;
use tests::{http, template};

/// A template with an API of each of these protocols, and nothing behind it.
fn with_apis(protocols: &[&str]) -> String {
    let apis = protocols.iter().map(|protocol| {
        let selection = match *protocol {
            "WEBSOCKET" => ", RouteSelectionExpression: $request.body.action",
            _ => "",
        };
        format!(
            "  {protocol}:\n    Type: AWS::ApiGatewayV2::Api\n    Properties: {{Name: {protocol}, ProtocolType: \
             {protocol}{selection}}}\n  {protocol}Stage:\n    Type: AWS::ApiGatewayV2::Stage\n    Properties: \
             {{ApiId: !Ref {protocol}, StageName: prod, AutoDeploy: true}}\n"
        )
    });
    format!("Resources:\n{}", apis.collect::<String>())
}

#[tokio::test]
async fn the_banner_and_the_line_of_json_have_its_address() {
    let process = Process::start(command::countersign().await).await;
    let page = process.told("/page");
    let reply = http::request("GET", page, &[], b"").await;
    assert!(reply.text().starts_with("<!doctype html>"), "{}", reply.text());
    process.stop().await;

    let check = async |arguments: &[&str], expected: &str| {
        let mut command = command::bare().await;
        command.args(FREE_PORTS).args(arguments);
        let process = Process::spawn(command);
        let lines = process.stdout_of(4).await;
        let row = lines[3].strip_prefix("Page        ").unwrap_or_else(|| panic!("{lines:?}"));
        let (page, note) = row.split_once("   ").unwrap();
        let (_, port) = page.rsplit_once(':').unwrap();
        assert_eq!(page, format!("http://127.0.0.1:{port}"));
        assert_eq!(note.trim_start(), expected.replace("PORT", port));
        process.stop().await;
    };
    let allowed = ["--parameter", "AllowedOrigins=http://*"];
    check(&allowed, "sign, connect, tamper, and see why").await;
    check(&[&allowed[..], &["--no-trace"]].concat(), "sign, connect, tamper").await;
    let options = "--web-port PORT --parameter AllowedOrigins=http://127.0.0.1:PORT";
    check(&[], &format!("CORS does not let it sign: add {options}")).await;
    let folder = Folder::new("web-command");
    let renamed = template::text().replace("AllowedOrigins", "Origins");
    let file = folder.file("template.yaml", &renamed);
    let other = ["--template", &*file, "--parameter", "SignAuthorization=NONE"];
    check(&other, "CORS does not let it sign").await;
}

#[tokio::test]
async fn its_port_is_asked_for_only_where_there_is_something_to_show() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let folder = Folder::new("web-apis");
    for protocols in [&["HTTP"][..], &["WEBSOCKET"], &["HTTP", "WEBSOCKET"]] {
        let file = folder.file("template.yaml", &with_apis(protocols));
        let start = async |port: &str| {
            let others = FREE_PORTS.chunks(2).filter(|pair| pair[0] != "--web-port").flatten();
            let mut command = command::bare().await;
            command.arg("--json").args(others).args(["--web-port", port, "--template", &file]);
            command
        };
        if protocols.len() == 1 {
            let process = Process::start(start(&port).await).await;
            assert_eq!(process.ready["page"], Value::Null, "{protocols:?}");
            process.stop().await;
        } else {
            let ended = command::run(start(&port).await).await;
            let expected = format!(
                "countersign: port {port} of 127.0.0.1 is in use: choose another one with --web-port \
                 (0 takes any free one)"
            );
            assert_eq!((ended.status.code(), ended.stderr.last()), (Some(1), Some(&expected)));
            // Nothing signs there, and no CORS lets a page in.
            let process = Process::start(start("0").await).await;
            let host = process.told("/page").strip_prefix("http://").unwrap();
            let told = super::told(host).await;
            assert_eq!(told["sign"], process.ready["sign"]);
            assert_eq!((&told["authorization"], &told["origin"]), (&Value::Null, &json!(false)));
            process.stop().await;
        }
    }
}

#[tokio::test]
async fn where_nobody_asks_for_its_port_and_that_is_in_use_there_is_no_page() {
    // The one fixed port of all tests, as it is the default that is tried. Whoever has it: this test, or another program.
    let _taken = std::net::TcpListener::bind("127.0.0.1:8080");
    let others = FREE_PORTS.chunks(2).filter(|pair| pair[0] != "--web-port").flatten();
    let start = async |arguments: &[&str]| {
        let mut command = command::bare().await;
        command.args(others.clone()).args(arguments);
        command
    };
    let process = Process::start(start(&["--json"]).await).await;
    assert_eq!(process.ready["page"], Value::Null);
    let expected = "WARN local::command::run: there is no page: port 8080 of 127.0.0.1 is in use: choose \
                    another one with --web-port (0 takes any free one)";
    let said = process.stderr().iter().filter(|line| line.ends_with(expected)).count();
    assert_eq!(said, 1, "{:?}", process.stderr());
    process.stop().await;

    let process = Process::spawn(start(&[]).await);
    let lines = process.stdout_of(4).await;
    let (page, note) = lines[3].split_at(12);
    let note = note.strip_prefix("none").unwrap_or_else(|| panic!("{lines:?}"));
    assert_eq!(page.trim_end(), "Page");
    assert_eq!(note.trim_start(), "port 8080 is in use: choose another one with --web-port");
    process.stop().await;
    let asked = command::run(start(&["--web-port", "8080"]).await).await;
    assert_eq!(asked.status.code(), Some(1), "{:?}", asked.stderr);
}
