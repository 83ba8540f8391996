//! The `countersign` command, as a person or a script uses it.

use std::process::Stdio;

use aws_credential_types::Credentials;
use serde_json::{Value, json};
use tests::command::{self, Ended, FREE_PORTS, Process};
use tests::folder::Folder;
use tests::{aws, http, template, websocket};
use tokio::process::Command;

#[tokio::test]
async fn the_line_of_json_is_all_that_a_script_needs() {
    let process = Process::start(command::countersign().await).await;
    let ready = process.ready.as_object().unwrap();
    let mut names: Vec<_> = ready.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["aws", "credentials", "page", "sign", "websocket"]);

    let identity =
        aws::sts(process.told("/aws"), &developer(&process), "GetCallerIdentity", &[]).await;
    assert_eq!(identity.status, 200);
    let arn = aws::element(&identity.text(), "Arn");
    assert_eq!(arn.as_deref(), Some("arn:aws:iam::111122223333:user/developer"));

    let url = sign(process.told("/sign"), "room").await.unwrap();
    assert!(url.starts_with(&format!("{}?", process.told("/websocket"))));
    let mut socket = websocket::open(&url).await.unwrap();
    assert_eq!(socket.ask("hello").await["message"], "hello");
    let again = websocket::open(&url).await.expect_err("the URL is spent");
    assert_eq!(again.status, 403);

    let ended = process.stop().await;
    assert_eq!(ended.stdout.len(), 1, "stdout holds the line alone");
    let refused = |line: &String| {
        line.starts_with("ws-connect INFO refused ") && line.contains(" reason=nonce_spent")
    };
    assert!(ended.stderr.iter().any(refused), "{:?}", ended.stderr);
    let panicked = |line: &&String| line.contains("panicked");
    assert_eq!(ended.stderr.iter().find(panicked), None);
}

#[tokio::test]
async fn without_outputs_the_doors_are_told() {
    let folder = Folder::new("command-outputs");
    let text = template::with(|tree| {
        let outputs = template::at(tree, "Outputs").as_mapping_mut().unwrap();
        for name in ["SignUrl", "WebSocketUrl"] {
            outputs.remove(name).expect("an output of the template");
        }
    });
    let template = folder.file("template.yaml", &text);
    let command = async |form: &[&str]| {
        let mut command = command::bare().await;
        command.args(FREE_PORTS).args(form).args(["--template", &template]);
        command.args(["--parameters", "cloudformation/parameters.local.json"]);
        command
    };
    let process = Process::start(command(&["--json"]).await).await;
    let url = sign(&format!("{}/sign", process.told("/sign")), "room").await.unwrap();
    assert!(url.starts_with(&format!("{}?", process.told("/websocket"))));
    process.stop().await;

    let process = Process::spawn(command(&[]).await);
    let lines = process.stdout_of(4).await;
    assert!(lines[0].starts_with("HTTP API    http://127.0.0.1:"), "{}", lines[0]);
    let stdout = process.stop().await.stdout;
    assert!(!stdout.iter().any(|line| line.contains("Try next")), "{stdout:?}");
}

#[tokio::test]
async fn a_person_reads_addresses_and_two_lines_to_paste() {
    let mut command = command::bare().await;
    command.args(FREE_PORTS);
    let process = Process::spawn(command);
    let lines = process.stdout_of(8).await;
    let starts = |index: usize, text| assert!(lines[index].starts_with(text), "{}", lines[index]);
    let ends = |index: usize, text| assert!(lines[index].ends_with(text), "{}", lines[index]);
    starts(0, "HTTP API    http://127.0.0.1:");
    ends(0, "   POST /sign   (open to anyone: SignAuthorization is NONE)");
    starts(1, "WebSocket   ws://127.0.0.1:");
    ends(1, "/prod   IAM authorization on $connect");
    starts(2, "AWS         http://127.0.0.1:");
    ends(2, "   STS, DynamoDB");
    starts(3, "Page        http://127.0.0.1:");
    assert_eq!(lines[4..6], ["", "Try next:"]);

    let words = shell(&format!("curl() {{ printf '%s\\n' \"$@\"; }}; {}", lines[6])).await;
    let words: Vec<_> = words.lines().collect();
    let ["-s", sign, "-d", body] = words[..] else { panic!("{words:?}") };
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let reply = http::request("POST", sign, &form, body.as_bytes()).await;
    assert_eq!(reply.status, 201);

    let tools = "curl() { echo curl \"$2\"; }; jq() { cat; }; wscat() { printf '%s\\n' \"$@\"; }";
    let words = shell(&format!("{tools}; {}", lines[7])).await;
    assert_eq!(words, format!("-c\ncurl {sign}\n"));
    process.stop().await;
}

#[tokio::test]
async fn the_lines_to_paste_sign_where_signing_is_by_iam() {
    let mut command = command::bare().await;
    command.args(FREE_PORTS).args(["--parameter", "SignAuthorization=IAM"]);
    let process = Process::spawn(command);
    let lines = process.stdout_of(9).await;
    assert!(lines[0].ends_with("   POST /sign   (IAM authorization)"), "{}", lines[0]);
    let curl = "curl() { printf '%s\\n' \"$@\"; }";
    let words = shell(&format!("{curl}; {}; {}", lines[6], lines[7])).await;
    let words: Vec<_> = words.lines().collect();
    let ["-s", sign, "-d", body, "--aws-sigv4", "aws:amz:eu-west-1:execute-api", "--user", user] =
        words[..]
    else {
        panic!("{} words", words.len())
    };
    let (id, secret) = user.split_once(':').unwrap();
    let credentials = Credentials::new(id, secret, None, None, "test");
    let headers = [("content-type", "application/json")];
    let reply =
        aws::send(&credentials, "execute-api", "POST", sign, &headers, body.as_bytes()).await;
    assert_eq!(reply.status, 201);
    assert_eq!(http::post(sign, body).await.status, 403);
    process.stop().await;
}

#[tokio::test]
async fn a_function_that_cannot_start_is_named_at_once() {
    let mut command = command::countersign().await;
    command.args(["--parameter", r#"Grants={"nonce":"x"}"#]);
    let Ended { status, stdout, stderr } = command::run(command).await;
    assert_eq!(status.code(), Some(1), "{stderr:?}");
    assert!(stdout.is_empty(), "{stdout:?}");
    let said = |text: &str| stderr.iter().any(|line| line.contains(text));
    assert!(said("GRANTS is") && said("countersign: function countersign-SignFunction-"));
}

#[tokio::test]
async fn help_describes_every_option() {
    for arguments in [["--help"].as_slice(), &["run", "--help"], &["-h"]] {
        let mut command = command::bare().await;
        command.args(arguments);
        let Ended { status, stdout, stderr } = command::run(command).await;
        assert!(status.success() && stderr.is_empty(), "{arguments:?}: {stderr:?}");
        let help = stdout.join("\n");
        for text in [
            "--template <FILE>",
            "[default: cloudformation/template.yaml]",
            "--parameters <FILE>",
            "[default: cloudformation/parameters.local.json",
            "--parameter <NAME=VALUE>",
            "--http-port <PORT>",
            "[default: 3000]",
            "--websocket-port <PORT>",
            "[default: 3001]",
            "--aws-port <PORT>",
            "[default: 3002]",
            "--web-port <PORT>",
            "[default: 8080]",
            "--no-trace",
            "--no-quotas",
            "--region <REGION>",
            "--release",
            "--data <DIR>",
            "--fault <FAULT>",
            "--json",
            "Examples:",
            "Exit status:",
        ] {
            assert!(help.contains(text), "{arguments:?} lacks {text}");
        }
    }
}

#[tokio::test]
async fn the_help_of_permissions_says_how_to_read_them() {
    let mut command = command::bare().await;
    command.args(["permissions", "--help"]);
    let help = command::run(command).await.stdout.join("\n");
    for text in ["--port <PORT>", "--json", "never used", "not played", "Exit status:"] {
        assert!(help.contains(text), "it lacks {text}");
    }
}

#[tokio::test]
async fn a_wrong_command_line_is_a_usage_error() {
    let check = async |arguments: &[&str], expected: &str| {
        let mut command = command::bare().await;
        command.args(arguments);
        let Ended { status, stdout, stderr } = command::run(command).await;
        assert_eq!(status.code(), Some(2), "{arguments:?}: {stderr:?}");
        assert!(stdout.is_empty(), "{arguments:?}: {stdout:?}");
        assert!(stderr.join("\n").contains(expected), "{arguments:?}: {stderr:?}");
    };
    check(&["--colour"], "unexpected argument '--colour'").await;
    check(&["walk"], "unrecognized subcommand 'walk'").await;
    check(&["--http-port", "high"], "invalid value 'high' for '--http-port <PORT>'").await;
    check(&["--parameter", "SignAuthorization"], "expected NAME=VALUE").await;
    check(&["--region", "Ireland"], "expected a region such as eu-west-1").await;
    let expected = "invalid value 'socket=broken' for '--fault <FAULT>': \"broken\" is no fault of \
                    socket, expected cut";
    check(&["--fault", "socket=broken"], expected).await;
}

#[tokio::test]
async fn faults_that_were_asked_for_strike_and_are_told() {
    let mut command = command::countersign().await;
    command.args(["--fault", "function:DefaultFunction=killed,1"]);
    command.args(["--fault", "connections:POST=throttled,1"]);
    let process = Process::start(command).await;
    let url = sign(process.told("/sign"), "room").await.unwrap();
    let mut socket = websocket::open(&url).await.unwrap();
    for expected in ["Internal server error", "Internal server error", "hello"] {
        assert_eq!(socket.ask("hello").await["message"], expected);
    }
    let ended = process.stop().await;
    let strikes: Vec<_> = ended
        .stderr
        .iter()
        .filter_map(|line| Some(line.split_once("WARN local::faults: ")?.1))
        .collect();
    assert_eq!(
        strikes,
        [
            "the fault function:DefaultFunction=killed strikes DefaultFunction",
            "the fault connections:POST=throttled strikes POST",
        ]
    );
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for option in ["--http-port", "--websocket-port", "--aws-port", "--web-port"] {
        let others = FREE_PORTS.chunks(2).filter(|pair| pair[0] != option).flatten();
        let mut command = command::bare().await;
        command.args(others).args([option, &port]);
        let expected = format!(
            "countersign: port {port} of 127.0.0.1 is in use: choose another one with {option} \
             (0 takes any free one)"
        );
        check_cannot(command, &expected).await;
    }
}

#[tokio::test]
async fn what_cannot_be_played_is_said_in_one_line() {
    let check = async |arguments: &[&str], expected: &str| {
        let mut command = command::countersign().await;
        command.args(arguments);
        check_cannot(command, expected).await;
    };
    let parameter = async |pair, expected| check(&["--parameter", pair], expected).await;
    parameter(
        "Colour=red",
        "cloudformation/template.yaml: Parameters: [Colour] do not exist in the template",
    )
    .await;
    parameter("SignAuthorization=open", "SignAuthorization failed to satisfy constraint: JWT, IAM")
        .await;
    check(
        &["--fault", "function:Nobody=killed"],
        "the fault function:Nobody=killed can never strike: the template has no function Nobody, \
         expected one of ",
    )
    .await;
    parameter("UrlTtlSeconds=301", "UrlTtlSeconds failed to satisfy constraint: a whole").await;
    parameter("StageName=a b", "Parameter StageName failed to satisfy constraint: 1 to 128").await;
    check(&["--parameters", "none.json"], "cannot read none.json: No such file").await;
    check(&["--parameters", "Cargo.toml"], "Cargo.toml: the parameters are not JSON: ").await;
    check(&["--template", "none.yaml"], "cannot read none.yaml: No such file").await;
    let folder = Folder::new("command-templates");
    let other = folder.file("other.yaml", &template::text());
    check(&["--template", &other], "Parameters: [SignAuthorization] must have values").await;
    let broken = folder.file("broken.yaml", "Resources: [");
    check(&["--template", &broken], "broken.yaml: ").await;
    let unknown = folder.file("unknown.yaml", "Resources: {Queue: {Type: AWS::SQS::Queue}}");
    check(&["--template", &unknown], "AWS::SQS::Queue").await;
    let no_package = template::with(|tree| {
        let code = template::at(tree, "Resources.SignFunction.Properties.Code");
        *code = "../target/lambda/no-such-package.zip".into();
    });
    let no_package = folder.file("no-package.yaml", &no_package);
    check(
        &["--template", &no_package, "--parameter", "SignAuthorization=NONE"],
        "countersign: cargo could not build the functions (exit status: 101): its messages above",
    )
    .await;
}

#[tokio::test]
async fn elsewhere_it_says_what_to_do() {
    let mut command = command::bare().await;
    let folder = Folder::new("command-elsewhere");
    command.current_dir(folder.path());
    check_cannot(
        command,
        "countersign: there is no cloudformation/template.yaml in this directory: run countersign \
         where it is, or name a template with --template",
    )
    .await;
}

#[tokio::test]
async fn a_parameter_of_the_command_line_wins() {
    let mut command = command::countersign().await;
    command.args(["--parameter", "StageName=test", "--parameter", "Requestable=colour"]);
    let process = Process::start(command).await;
    assert!(process.told("/websocket").ends_with("/test"));
    assert!(sign(process.told("/sign"), "colour").await.is_ok());
    assert_eq!(sign(process.told("/sign"), "room").await, Err(400));
    process.stop().await;
}

#[tokio::test]
async fn tables_are_kept_in_a_directory_and_connections_are_not() {
    let folder = Folder::new("command-data");
    let start = async || {
        let mut command = command::countersign().await;
        command.arg("--data").arg(folder.path().join("tables"));
        Process::start(command).await
    };
    let count = async |process: &Process, logical_id: &str| {
        let name = table(process, logical_id).await;
        let scan = dynamodb(process, "Scan", &json!({"TableName": name})).await;
        scan["Count"].as_u64().unwrap()
    };

    let first = start().await;
    let url = sign(first.told("/sign"), "room").await.unwrap();
    let socket = websocket::open(&url).await.unwrap();
    assert_eq!(count(&first, "ConnectionsTable").await, 1);
    assert_eq!(count(&first, "NoncesTable").await, 1);
    first.stop().await;
    drop(socket);

    let second = start().await;
    assert_eq!(count(&second, "ConnectionsTable").await, 0, "the connection was closed");
    assert_eq!(count(&second, "NoncesTable").await, 1, "the nonce is still spent");
    second.stop().await;
}

#[tokio::test]
async fn it_lives_on_when_nobody_reads_its_log() {
    let mut process = Process::start(command::countersign().await).await;
    process.close_stderr().await;
    let url = sign(process.told("/sign"), "room").await.unwrap();
    let changed = websocket::open(&(url.clone() + "0")).await;
    assert_eq!(changed.err().map(|reply| reply.status), Some(403), "and so there is a line to log");
    websocket::open(&url).await.unwrap().close().await;
    process.stop().await;
}

#[tokio::test]
async fn it_ends_when_nobody_can_read_where_it_listens() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let child = command::countersign().await.stdout(writer).stderr(Stdio::piped()).spawn();
    let output = child.unwrap().wait_with_output().await.unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("countersign: cannot write to stdout: Broken pipe"), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
}

/// That a command ends with status 1, and this on the last line of stderr.
async fn check_cannot(command: Command, expected: &str) {
    let Ended { status, stdout, stderr } = command::run(command).await;
    assert_eq!(status.code(), Some(1), "{stderr:?}");
    assert!(stdout.is_empty(), "{stdout:?}");
    let last = stderr.last().unwrap();
    assert!(last.starts_with("countersign: ") && last.contains(expected), "{stderr:?}");
    let own = stderr.iter().filter(|line| line.starts_with("countersign: "));
    assert_eq!(own.count(), 1, "{stderr:?}");
}

/// A signed URL with the parameter `name`, or the status of the refusal.
async fn sign(sign: &str, name: &str) -> Result<String, u16> {
    let reply = http::post(sign, &json!({"query": {name: "x"}}).to_string()).await;
    match reply.status {
        201 => Ok(reply.json()["url"].as_str().unwrap().to_owned()),
        status => Err(status),
    }
}

fn developer(process: &Process) -> Credentials {
    let id = process.told("/credentials/accessKeyId");
    let secret = process.told("/credentials/secretAccessKey");
    Credentials::new(id, secret, None, None, "test")
}

async fn dynamodb(process: &Process, operation: &str, request: &Value) -> Value {
    let answer = aws::dynamodb(process.told("/aws"), &developer(process), operation, request).await;
    assert_eq!(answer.status, 200, "{operation}: {}", answer.text());
    answer.json()
}

/// The name of the table with this logical id.
async fn table(process: &Process, logical_id: &str) -> String {
    let tables = dynamodb(process, "ListTables", &json!({})).await;
    let names = tables["TableNames"].as_array().unwrap().iter().filter_map(Value::as_str);
    names.into_iter().find(|name| name.contains(logical_id)).unwrap().to_owned()
}

/// What a shell writes to stdout.
async fn shell(script: &str) -> String {
    let output = Command::new("sh").args(["-eu", "-c", script]).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
