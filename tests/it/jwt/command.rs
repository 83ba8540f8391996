//! `countersign token`: a token of a running stack's development issuer, for a person at a shell.

use serde_json::{Value, json};
use tests::command::{self, Ended, FREE_PORTS, Process};
use tests::folder::Folder;
use tests::{http, programs, template, websocket};
use tokio::process::Command;

use super::DEVELOPMENT;

/// The command, with its control socket in a directory of the test's own.
async fn command_in(folder: &Folder) -> Command {
    let mut command = command::bare().await;
    command.env("XDG_RUNTIME_DIR", folder.path());
    command
}

async fn ask(folder: &Folder, arguments: &[&str]) -> Ended {
    let mut command = command_in(folder).await;
    command.arg("token").args(arguments);
    command::run(command).await
}

fn claims(token: &str) -> Value {
    use base64::Engine;
    let claims = token.split('.').nth(1).unwrap();
    let json = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap();
    serde_json::from_slice(&json).unwrap()
}

#[tokio::test]
async fn the_lines_to_try_next_lead_to_a_connection() {
    let folder = Folder::new("token");
    let mut command = command_in(&folder).await;
    command.args(FREE_PORTS);
    for parameter in [
        "SignAuthorization=JWT",
        "JwtIssuer=https://issuer.invalid/",
        "JwtAudience=countersign,another",
        "JwtScopes=sign,connect",
    ] {
        command.args(["--parameter", parameter]);
    }
    let process = Process::spawn(command);
    let lines = process.stdout_of(9).await;
    assert!(
        lines[0].ends_with("POST /sign   (JWT: tokens of https://issuer.invalid/)"),
        "{lines:?}"
    );
    let sign = format!("{}/sign", address(&lines[0]));
    let curl = lines.iter().find(|line| line.starts_with("  curl ")).unwrap();
    let port = port(&lines[1]);
    let make = format!("countersign token --port {port} --claim sub=alice --scope sign");
    let body = r#"-d '{"query":{"room":"lobby"}}'"#;
    // On a line of its own, so that it is seen to fail.
    assert_eq!(lines[6], format!("  TOKEN=\"$({make})\""));
    let header = r#"-H "authorization: Bearer $TOKEN""#;
    assert_eq!(*curl, format!("  curl -s {sign} {body} {header}"));

    let arguments = ["--claim", "sub=alice", "--scope", "sign"];
    let Ended { status, stdout, stderr } = ask(&folder, &arguments).await;
    assert!(status.success() && stderr.is_empty(), "{stderr:?}");
    let [token] = &stdout[..] else { panic!("{} lines", stdout.len()) };
    let authorization = format!("Bearer {token}");
    let headers = [("Content-Type", "application/json"), ("Authorization", &*authorization)];
    let reply = http::request("POST", &sign, &headers, br#"{"query":{"room":"lobby"}}"#).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let mut socket = websocket::open(reply.json()["url"].as_str().unwrap()).await.unwrap();
    assert_eq!(socket.ask("hello").await["message"], "hello");

    let own = claims(token);
    assert_eq!((&own["iss"], &own["aud"]), (&json!(DEVELOPMENT), &json!("countersign")));
    assert_eq!((&own["sub"], &own["scope"]), (&json!("alice"), &json!("sign")));
    assert_eq!(own["exp"].as_i64().unwrap() - own["iat"].as_i64().unwrap(), 3600);
    assert_eq!(own["nbf"], own["iat"]);
    assert_eq!(own["jti"].as_str().map(str::len), Some(36));

    let arguments = [
        "--claim-json",
        "groups=[\"a\"]",
        "--claim",
        "level=3",
        "--claim-json",
        "admin=true",
        "--expires-in",
        "5",
        "--audience",
        "another",
        "--scope",
        "a",
        "--scope",
        "b",
    ];
    let told = ask(&folder, &arguments).await.stdout;
    let own = claims(&told[0]);
    assert_eq!((&own["groups"], &own["admin"]), (&json!(["a"]), &json!(true)));
    assert_eq!((&own["level"], &own["scope"]), (&json!("3"), &json!("a b")));
    assert_eq!((&own["aud"], own.get("sub")), (&json!("another"), None));
    assert_eq!(own["exp"].as_i64().unwrap() - own["iat"].as_i64().unwrap(), 5);
    assert_ne!(own["jti"], claims(token)["jti"]);
    process.stop().await;

    let ended = ask(&folder, &[]).await;
    assert_eq!((ended.status.code(), ended.stdout.len()), (Some(1), 0));
    assert!(ended.stderr[0].starts_with("countersign: no stack runs that could be asked at "));
}

/// The address in a line of the banner.
fn address(line: &str) -> &str {
    line.split_whitespace().find(|word| word.contains("://")).unwrap()
}

/// The port of that address.
fn port(line: &str) -> u16 {
    url::Url::parse(address(line)).unwrap().port().unwrap()
}

/// What a shell hands to curl by lines of the banner. The command stands where the line says it.
async fn words(folder: &Folder, lines: &str) -> Vec<String> {
    let countersign = programs::countersign().await;
    let functions = format!(
        "countersign() {{ '{}' \"$@\"; }}; cargo() {{ shift 3; countersign \"$@\"; }}; \
         curl() {{ printf '%s\\0' \"$@\"; }}",
        countersign.display()
    );
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{functions}; {lines}")]).env("XDG_RUNTIME_DIR", folder.path());
    let output = shell.output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let words = String::from_utf8(output.stdout).unwrap();
    words.split_terminator('\0').map(str::to_owned).collect()
}

/// A stack that asks for one scope, and its banner's lines up to that for curl. `by` is the package that cargo says it runs.
async fn started(folder: &Folder, by: &str, source: &str, scope: &str) -> (Process, String) {
    let template = template::with(|tree| {
        let mut set = |resource, property, text: &str| {
            template::set(tree, resource, property, &json!([text]).to_string());
        };
        set("SignAuthorizer", "IdentitySource", source);
        set("SignRoute", "AuthorizationScopes", scope);
    });
    let mut command = command_in(folder).await;
    command.args(FREE_PORTS).args(["--template", &folder.file("template.yaml", &template)]);
    for parameter in [
        "SignAuthorization=JWT",
        "JwtAudience=countersign",
        "JwtIssuer=https://issuer.invalid/it's",
    ] {
        command.args(["--parameter", parameter]);
    }
    command.env("CARGO_PKG_NAME", by);
    let process = Process::spawn(command);
    let lines = process.stdout_of(9).await[6..8].join("\n");
    (process, lines)
}

#[tokio::test]
async fn the_lines_of_each_stack_ask_that_stack_whatever_its_names_are() {
    let folder = Folder::new("token");
    let header = "$request.header.X-It's`$a`";
    let (first, of_first) = started(&folder, "tests", header, "it's$a").await;
    let (second, of_second) = started(&folder, "local", "$request.querystring.a b&$c", "`b`").await;
    assert!(of_first.contains("TOKEN=\"$(countersign token --port "), "{of_first}");
    assert!(of_second.contains("$(cargo run -q -- token --port "), "{of_second}");
    // Each while both run, each with a token of its own key.
    let words_of_first = words(&folder, &of_first).await;
    let ["-s", url, "-X", "POST", "-H", header] =
        words_of_first.iter().map(String::as_str).collect::<Vec<_>>()[..]
    else {
        panic!("{words_of_first:?}")
    };
    let (name, value) = header.split_once(": ").unwrap();
    assert_eq!(name, "x-it's`$a`");
    let reply = http::request("POST", url, &[(name, value)], b"").await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let words_of_second = words(&folder, &of_second).await;
    let ["-s", url, "-X", "POST"] =
        words_of_second.iter().map(String::as_str).collect::<Vec<_>>()[..]
    else {
        panic!("{words_of_second:?}")
    };
    assert!(url.contains("/sign?a+b%26%24c="), "{url}");
    let reply = http::request("POST", url, &[], b"").await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    first.stop().await;
    second.stop().await;
}

#[tokio::test]
async fn without_a_development_issuer_there_is_no_token() {
    let folder = Folder::new("token");
    let mut command = command_in(&folder).await;
    command.arg("--json").args(FREE_PORTS);
    let process = Process::start(command).await;
    let Ended { status, stdout, stderr } = ask(&folder, &["--claim", "sub=alice"]).await;
    assert_eq!((status.code(), stdout.len()), (Some(1), 0));
    let expected = "countersign: the running stack says: the template has no JWT authorizer with a \
                    development issuer (a URL whose host ends in .invalid)";
    assert_eq!(stderr, [expected]);
    process.stop().await;
}

#[tokio::test]
async fn a_wrong_command_line_is_refused() {
    let folder = Folder::new("token");
    let check = async |arguments: &[&str], code: i32| {
        let Ended { status, stdout, stderr } = ask(&folder, arguments).await;
        assert_eq!((status.code(), stdout.len()), (Some(code), 0), "{arguments:?}: {stderr:?}");
        stderr.join("\n")
    };
    for argument in
        ["sub", "=alice", "iss=x", "aud=x", "exp=1", "iat=1", "nbf=1", "jti=x", "scope=x"]
    {
        check(&["--claim", argument], 2).await;
    }
    check(&["--claim-json", "sub=alice"], 2).await;
    check(&["--expires-in", "0"], 2).await;
    check(&["--port", "x"], 2).await;
    let said = check(&["--claim", "sub=alice", "--claim-json", "sub=1"], 1).await;
    assert_eq!(said, "countersign: the claim sub is given twice");
}
