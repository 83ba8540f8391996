//! The README says what the programs do: its transcripts are what they print, its tables are whole.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use sigv4_verify::amz_date::AmzDate;
use tests::command::{self, Ended, FREE_PORTS, Process};
use tests::folder::Folder;
use tests::programs::workspace;
use tests::waiting::eventually;
use tests::{http, template, websocket};

#[tokio::test]
async fn what_it_shows_of_a_run_is_what_happens() {
    let readme = text("README.md");
    let mut command = command::bare().await;
    // Those of port 8080 are let in without being told; whichever port is free is not known before.
    command.args(FREE_PORTS).args(["--parameter", "AllowedOrigins=http://*"]);
    let process = Process::spawn(command);
    let block = block(&readme, "HTTP API ");
    let banner = process.stdout_of(block.lines().count()).await.join("\n");
    let ports: Vec<_> = banner.lines().take(4).map(port).collect();
    // Free ports have five digits, and the columns follow: each of them is one wider.
    let mut shown = banner;
    for (port, default) in ports.iter().zip(["3000", "3001", "3002", "8080"]) {
        shown = shown.replace(port, default);
    }
    assert_eq!(block, shown);

    let sign = format!("http://127.0.0.1:{}/sign", ports[0]);
    let signed = http::post(&sign, r#"{"query":{"room":"lobby"}}"#).await;
    let transcript = self::block(&readme, "$ curl -s http://127.0.0.1:3000/sign");
    assert_eq!(names(transcript), [["query", "room"].as_slice(), &names(&signed.text())].concat());
    let signed = signed.json();
    let url = signed["url"].as_str().unwrap();
    let shown = transcript.split('"').find(|text| text.starts_with("ws://")).unwrap();
    assert_eq!(parameters(shown), parameters(url));

    let refused = http::post(&sign, r#"{"query":{"grant.plan":"gold"}}"#).await;
    assert_eq!(refused.status, 400);
    assert!(readme.contains(&format!("\n{}\n", refused.text())), "{}", refused.text());

    let mut socket = websocket::open(url).await.unwrap();
    socket.send("hello").await;
    let echo = socket.text().await;
    let shown = readme.lines().find_map(|line| line.strip_prefix("< ")).unwrap();
    assert_eq!(names(shown), names(&echo));
    assert_eq!(without_ids(shown), without_ids(&echo));
    let again = websocket::open(url).await;
    assert_eq!(again.err().map(|reply| reply.status), Some(403));
    let line = without_connection_id(self::block(&readme, "ws-connect INFO refused").trim());
    let says = || process.stderr().iter().any(|other| without_connection_id(other) == line);
    eventually("the log says why, as the README has it", says).await;

    let url = http::post(&sign, r#"{"query":{"room":"lobby"}}"#).await.json();
    let url = url["url"].as_str().unwrap().to_owned();
    let changed = websocket::open(&url.replace("lobby", "lobbz")).await;
    assert_eq!(changed.err().map(|reply| reply.status), Some(403));
    let line = readme.lines().find(|line| line.contains("handshake refused: rule 19")).unwrap();
    let says = || process.stderr().iter().any(|other| without_time(other) == without_time(line));
    eventually("the log says what is wrong with a changed URL", says).await;

    explanation(&readme, &url).await;

    let mut command = command::bare().await;
    command.args(["permissions", "--port", &ports[1]]);
    let Ended { status, stdout, stderr } = command::run(command).await;
    assert!(status.success(), "{stderr:?}");
    let shown = self::block(&readme, "DefaultFunctionRole");
    let told = stdout.iter().skip_while(|line| *line != "DefaultFunctionRole");
    let told: Vec<_> = told.take(shown.lines().count() + 1).collect();
    for line in shown.lines() {
        assert!(told.iter().any(|told| *told == line), "{line}: {told:?}");
    }
    process.stop().await;
}

/// What it shows of `explain` is what is said of a URL 115 seconds after it was signed.
async fn explanation(readme: &str, url: &str) {
    let (_, signed_at) = url.split_once("&X-Amz-Date=").unwrap();
    let signed_at = AmzDate::parse(&signed_at[..16]).unwrap();
    let at = (signed_at.time() + Duration::from_secs(115)).unix_timestamp().to_string();
    let mut command = command::bare().await;
    command.args(["explain", "--at", &at, url]);
    let Ended { stdout, .. } = command::run(command).await;
    let told: Vec<_> = stdout.iter().map(|line| without_dates(line)).collect();
    let mut shown = block(readme, "$ cargo run -q -- explain").lines();
    shown.next();
    for line in shown.filter(|line| *line != "...") {
        assert!(told.contains(&without_dates(line)), "{line}: {stdout:#?}");
    }
}

#[tokio::test]
async fn the_faults_that_it_switches_on_are_there() {
    let readme = text("README.md");
    let line = block(&readme, "cargo run -- --fault").trim();
    let mut command = command::countersign().await;
    command.args(line.strip_prefix("cargo run -- ").unwrap().split(' '));
    Process::start(command).await.stop().await;
}

#[tokio::test]
async fn what_it_shows_of_the_line_of_json_is_in_it() {
    let readme = text("README.md");
    let process = Process::start(command::countersign().await).await;
    let transcript = block(&readme, "$ cargo run -- --json");
    let start = transcript.find("\n{").unwrap();
    let end = start + transcript[start..].find("\n}").unwrap();
    let shown: Value = serde_json::from_str(&transcript[start..end + 2]).unwrap();
    let pointers = ["/sign", "/websocket", "/aws", "/page"];
    for pointer in pointers {
        let told = process.told(pointer).replace(&port(process.told(pointer)), "");
        let shown = shown.pointer(pointer).and_then(Value::as_str).unwrap();
        assert_eq!(shown.replace(&port(shown), ""), told);
    }
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&shown), names(&process.ready));
    assert_eq!(names(&shown["credentials"]), names(&process.ready["credentials"]));
    process.stop().await;
}

#[tokio::test]
async fn the_errors_that_it_shows_are_said_so() {
    let readme = text("README.md");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let folder = Folder::new("readme");
    let no_parameters = folder.file("parameters.json", "[]");
    let with_key = template::with(|tree| {
        let properties = template::at(tree, "Resources.ConnectFunction.Properties");
        let properties = properties.as_mapping_mut().unwrap();
        properties.insert("KmsKeyArn".into(), "arn:aws:kms:eu-west-1:111122223333:key/1".into());
    });
    let with_key = folder.file("t.yaml", &with_key);
    let said = async |arguments: &[&str]| {
        let mut command = command::bare().await;
        command.args(arguments);
        let Ended { status, stderr, .. } = command::run(command).await;
        assert_eq!(status.code(), Some(1), "{stderr:?}");
        let said = stderr.last().unwrap().replace(&port, "3000");
        said.replace(folder.path().to_str().unwrap(), "").replace(" /t.yaml", " t.yaml")
    };
    let shown = block(&readme, "countersign: port ");
    let free = FREE_PORTS.chunks(2).filter(|pair| pair[0] != "--http-port").flatten().copied();
    let with_taken: Vec<_> = free.chain(["--http-port", &port]).collect();
    let expected = [
        said(&with_taken).await,
        said(&["--parameters", &no_parameters]).await,
        said(&["--parameter", "UrlTtlSeconds=301"]).await,
    ];
    assert_eq!(shown.lines().collect::<Vec<_>>(), expected);

    let shown = block(&readme, "countersign: t.yaml: ").trim();
    let shown = shown.strip_suffix(", ...").expect("the list of properties is cut");
    let arguments = ["--template", &*with_key, "--parameter", "SignAuthorization=NONE"];
    let said = said(&arguments).await;
    assert!(said.starts_with(&format!("{shown}, ")), "{said}");
}

#[tokio::test]
async fn its_options_are_those_of_the_command() {
    check_options(&["--help"], "| option | default |").await;
    check_options(&["explain", "--help"], "| option of `explain` | default |").await;
    check_options(&["token", "--help"], "| option of `token` | default |").await;
}

/// The options of a command's help are the rows of a table, with their defaults.
async fn check_options(arguments: &[&str], table_head: &str) {
    let mut command = command::bare().await;
    command.args(arguments);
    let help = command::run(command).await.stdout.join("\n");
    let (_, help) = help.split_once("\nOptions:\n").unwrap();
    let (help, _) = help.split_once("\n\n").unwrap();
    let mut options = BTreeMap::<String, String>::new();
    let mut option = None;
    for line in help.lines().map(str::trim) {
        if let Some(described) = line.strip_prefix("--") {
            let (name, _) = described.split_once("  ").unwrap();
            let name = format!("--{}", name.replace(['<', '>'], ""));
            options.insert(name.clone(), String::new());
            option = Some(name);
        } else if line.starts_with('-') {
            // Help and version, which every command has.
            option = None;
        }
        let default = line.split_once("[default: ").and_then(|(_, rest)| rest.split_once(']'));
        if let (Some(option), Some((default, _))) = (&option, default) {
            options.insert(option.clone(), default.to_owned());
        }
    }
    let rows = table(&text("README.md"), table_head);
    let rows: BTreeMap<_, _> = rows
        .into_iter()
        .map(|cells| (cells[0].replace('`', ""), cells[1].replace('`', "")))
        .collect();
    assert!(options.len() >= 6, "{options:?}");
    assert_eq!(rows, options);
}

#[test]
fn its_refusals_are_those_of_sign_fn() {
    let source = text("sign-fn/src/problem.rs");
    let (_, source) = source.split_once("fn status_and_code").unwrap();
    let (source, _) = source.split_once("\n}").unwrap();
    let statuses = [
        ("BAD", "400"),
        ("StatusCode::FORBIDDEN", "403"),
        ("StatusCode::PAYLOAD_TOO_LARGE", "413"),
        ("StatusCode::INTERNAL_SERVER_ERROR", "500"),
        ("StatusCode::SERVICE_UNAVAILABLE", "503"),
    ];
    // `… => (BAD, "invalid_json"),`
    let refusals = source.split("=> (").skip(1).map(|arm| {
        let (status, rest) = arm.split_once(", \"").unwrap();
        let (_, status) = statuses.iter().find(|(name, _)| *name == status).unwrap();
        ((*status).to_owned(), rest.split_once('"').unwrap().0.to_owned())
    });
    let refusals: BTreeSet<_> = refusals.collect();
    assert!(refusals.len() > 20, "{refusals:?}");
    let rows = table(&text("README.md"), "| status | code |");
    assert_eq!(rows.len(), refusals.len(), "a code stands once");
    let rows: BTreeSet<_> =
        rows.into_iter().map(|cells| (cells[0].clone(), cells[1].replace('`', ""))).collect();
    assert_eq!(rows, refusals);
}

#[test]
fn its_reasons_are_those_of_ws_connect() {
    let source = text("ws-connect/src/refusal.rs");
    let (_, source) = source.split_once("pub const fn reason(").unwrap();
    let (source, _) = source.split_once("\n    }\n").unwrap();
    let reasons: BTreeSet<_> =
        source.split('"').skip(1).step_by(2).map(ToOwned::to_owned).collect();
    let rows = table(&text("README.md"), "| status | reason in the log |");
    let rows: BTreeSet<_> = rows
        .iter()
        .flat_map(|cells| cells[1].split(", "))
        .map(|reason| reason.replace('`', ""))
        .collect();
    assert_eq!(rows, reasons);
}

#[test]
fn its_parameters_are_those_of_the_template() {
    let mut tree = template::tree();
    let parameters = template::at(&mut tree, "Parameters").as_mapping().unwrap();
    let expected = parameters.iter().map(|(name, parameter)| {
        let default = match parameter.get("Default") {
            None => "none".to_owned(),
            Some(default) => match default.as_str() {
                Some("") => "empty".to_owned(),
                Some(text) => text.to_owned(),
                None => default.as_u64().expect("a text or a number").to_string(),
            },
        };
        (name.as_str().unwrap().to_owned(), default)
    });
    let rows = table(&text("README.md"), "| parameter | default |");
    let rows = rows.into_iter().map(|cells| {
        let default = cells[1].replace('`', "");
        // `none, must be given`, `empty: no browser`
        let default = default.split(", ").next().unwrap_or_default();
        let default = default.split(": ").next().unwrap_or_default().to_owned();
        (cells[0].replace('`', ""), default)
    });
    assert_eq!(rows.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

/// A file of the workspace.
fn text(path: &str) -> String {
    std::fs::read_to_string(workspace().join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The block of code that begins with these words.
fn block<'a>(document: &'a str, start: &str) -> &'a str {
    let mut blocks = document.split("\n```").skip(1).step_by(2);
    let found = blocks.find_map(|block| {
        let (_, block) = block.split_once('\n')?;
        block.starts_with(start).then_some(block)
    });
    found.unwrap_or_else(|| panic!("no block begins with {start:?}"))
}

/// The rows of the table whose head begins with these words, cell by cell.
fn table(document: &str, head: &str) -> Vec<Vec<String>> {
    let lines = document.lines().skip_while(|line| !line.starts_with(head)).skip(2);
    let rows = lines.take_while(|line| line.starts_with('|'));
    let cells = |row: &str| {
        row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()
    };
    let rows: Vec<_> = rows.map(cells).collect();
    assert!(!rows.is_empty(), "no table has the head {head:?}");
    rows
}

/// The names of members, in the order in which they stand in JSON without escapes.
fn names(json: &str) -> Vec<&str> {
    let parts: Vec<_> = json.split('"').collect();
    let names = parts.windows(2).skip(1).step_by(2).filter(|pair| pair[1].starts_with(':'));
    names.map(|pair| pair[0]).collect()
}

/// The names of a URL's parameters, in their order.
fn parameters(url: &str) -> Vec<&str> {
    let pairs = url.split(['?', '&']).skip(1);
    pairs.map(|pair| pair.split_once('=').unwrap().0).collect()
}

/// An echo but for what is another each time.
fn without_ids(echo: &str) -> Value {
    let mut echo: Value = serde_json::from_str(echo).unwrap();
    for pointer in ["/requestId", "/connection/connectionId", "/connection/connectedAt"] {
        *echo.pointer_mut(pointer).unwrap() = json!("");
    }
    echo
}

/// A readable line of a function's log but for the connection's id.
fn without_connection_id(line: &str) -> String {
    let words = line.split(' ').map(|word| match word.split_once('=') {
        Some(("connection_id", _)) => "connection_id",
        _ => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A line of the command's log but for the time that it begins with.
fn without_time(line: &str) -> &str {
    line.split_once("Z  ").map_or(line, |(_, rest)| rest)
}

/// A line but for the dates in it, which have the form of X-Amz-Date.
fn without_dates(line: &str) -> String {
    let words = line.split_inclusive(' ').map(|word| {
        let date = word.trim_end_matches([' ', ',']);
        if AmzDate::parse(date).is_ok() { word.replace(date, "DATE") } else { word.to_owned() }
    });
    words.collect()
}

/// The port of the first address on 127.0.0.1.
fn port(text: &str) -> String {
    let (_, rest) = text.split_once("127.0.0.1:").unwrap();
    rest.chars().take_while(char::is_ascii_digit).collect()
}
