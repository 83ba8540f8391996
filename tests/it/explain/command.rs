//! The command itself: where it reads from, what it prints, how it ends.

use std::process::Stdio;

use serde_json::Value;
use tests::command::{self, Ended, Process};
use tests::folder::Folder;
use tests::{http, programs};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::url::{NOW, SECRET, TOKEN, good};

/// Runs `countersign explain` with these arguments and this stdin.
async fn explain(arguments: &[&str], stdin: Option<&str>) -> Ended {
    let mut command = Command::new(programs::countersign().await);
    command.arg("explain").args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.stdin(if stdin.is_some() { Stdio::piped() } else { Stdio::null() });
    let mut child = command.spawn().unwrap();
    if let Some(text) = stdin {
        // It may end without reading it.
        let _ = child.stdin.take().unwrap().write_all(text.as_bytes()).await;
    }
    let output = child.wait_with_output().await.unwrap();
    let lines = |bytes: &[u8]| -> Vec<String> {
        String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect()
    };
    let ended = Ended {
        status: output.status,
        stdout: lines(&output.stdout),
        stderr: lines(&output.stderr),
    };
    let said = [ended.stdout.join("\n"), ended.stderr.join("\n")].concat();
    let signature = &good()[good().len() - 64..];
    for secret in [SECRET, &TOKEN[..20], &TOKEN[TOKEN.len() - 20..], &signature[..16]] {
        assert!(!said.contains(secret), "{said}");
    }
    ended
}

/// That it ends with this exit code, and says this somewhere.
async fn check(arguments: &[&str], stdin: Option<&str>, code: i32, says: &str) {
    let Ended { status, stdout, stderr } = explain(arguments, stdin).await;
    assert_eq!(status.code(), Some(code), "{stdout:?} {stderr:?}");
    let said = [stdout, stderr].concat().join("\n");
    assert!(said.contains(says), "{said}");
}

#[tokio::test]
async fn the_exit_code_says_whether_the_url_would_pass() {
    let good = good();
    let now = ["--at", NOW];
    check(&[&good, "--at", NOW], None, 0, "This URL would pass, ").await;
    check(&["-", "--at", "2026-01-02T03:05:05Z"], Some(&good), 0, "This URL would pass, ").await;
    check(&["--at=1767323105", "-"], Some(&format!("{good}\n")), 0, "This URL would pass, ").await;
    check(&[&good], None, 1, "What to do: sign anew").await;
    check(&["-", "--at", NOW, "--region", "eu-west-2"], Some(&good), 1, "rule 13").await;
    check(&["wss://example.com/"], None, 2, "is not a presigned URL").await;
    check(&["-"], Some("\n"), 2, "This text is not a presigned URL: nothing was read.").await;
    let json = serde_json::json!({"url": good, "subprotocols": []}).to_string();
    check(&["-", "--at", NOW], Some(&json), 0, "the text is JSON with a member url").await;
    check(&["-"], Some(&"x".repeat(65_537)), 3, "the text has more than 65536 bytes").await;
    // A shell makes several words of it where it is not quoted.
    let words: Vec<_> = good.split("%20").chain(now).collect();
    check(&words, None, 1, "it has a space").await;
}

#[tokio::test]
async fn of_what_is_no_url_nothing_is_said_to_be_well() {
    for text in ["notaurl", "", "{\"url\": 1}"] {
        let Ended { status, stdout, .. } = explain(&["-"], Some(text)).await;
        assert_eq!(status.code(), Some(2));
        assert!(stdout.iter().all(|line| !line.starts_with("ok")), "{stdout:?}");
        assert_eq!(stdout[0], "(not shown: it is no URL)");
    }
}

#[tokio::test]
async fn mistakes_on_the_command_line_do_not_repeat_the_url() {
    let good = good();
    check(&[], None, 2, "required arguments were not provided").await;
    check(&[&good, &good], None, 2, "there is more than one URL, expected one").await;
    check(&["-", &good], None, 2, "there is more than one URL, expected one").await;
    check(&["--help"], None, 0, "Usage: countersign explain [OPTIONS] <URL>\n").await;
    check(&[&good, "--colour"], None, 2, "unexpected argument found").await;
    check(&["--at", &good, "-"], None, 2, "invalid value").await;
    check(&[&format!("--{good}")], None, 2, "unexpected argument found").await;
    check(&["--secret-key-file", "/nonexistent", &good], None, 3, "cannot read /nonexistent").await;
    let mut command = Command::new(programs::countersign().await);
    command.arg(&good);
    let Ended { status, stderr, .. } = command::run(command).await;
    assert_eq!(status.code(), Some(2));
    assert_eq!(stderr, ["countersign: unrecognized subcommand: see countersign explain --help"]);
}

#[tokio::test]
async fn a_file_has_the_secret_key_on_one_line() {
    let folder = Folder::new("explain");
    let good = good();
    let check = async |name: &str, text: &str, code, says| {
        let file = folder.file(name, text);
        check(&["-", "--at", NOW, "--secret-key-file", &file], Some(&good), code, says).await;
    };
    check("plain", SECRET, 0, "string to sign\n  AWS4-HMAC-SHA256\n").await;
    check("line", &format!("{SECRET}\n"), 0, "This URL would pass, ").await;
    check("windows", &format!("{SECRET}\r\n"), 0, "This URL would pass, ").await;
    check("space", &format!("{SECRET} \n"), 1, "the secret key without the spaces around it").await;
    check("other", "other", 1, "no single change explains it").await;
    check("empty", "\n", 3, "is not a secret access key on one line").await;
    check("lines", &format!("{SECRET}\n{SECRET}\n"), 3, "on one line").await;
    check("long", &"x".repeat(2_000), 3, "on one line").await;
}

#[tokio::test]
async fn json_has_the_shape_that_is_documented() {
    let good = good();
    let folder = Folder::new("explain");
    let file = folder.file("key", SECRET);
    let arguments = ["-", "--json", "--at", NOW, "--secret-key-file", &file];
    let Ended { stdout, .. } = explain(&arguments, Some(&good.replacen("=free", "=Free", 1))).await;
    assert_eq!(stdout.len(), 1);
    let report: Value = serde_json::from_str(&stdout[0]).unwrap();
    let names = |value: &Value| {
        let mut names: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        names.sort_unstable();
        names
    };
    assert_eq!(names(&report), ["at", "checks", "signing", "url", "verdict"]);
    assert_eq!(report["at"], NOW);
    assert_eq!(names(&report["verdict"]), ["advice", "outcome", "rule", "sentence"]);
    assert_eq!(report["verdict"]["outcome"], "refused");
    assert_eq!(report["verdict"]["rule"], 19);
    assert_eq!(
        names(&report["signing"]),
        ["canonicalRequest", "change", "matches", "stringToSign"]
    );
    assert_eq!(report["signing"]["change"], "the value of grant.plan in lower case");
    let checks = report["checks"].as_array().unwrap();
    for check in checks {
        assert_eq!(names(check), ["detail", "name", "rule", "status"]);
    }
    let with_status =
        |status: &str| checks.iter().filter(|check| check["status"] == status).count();
    assert_eq!((with_status("finding"), with_status("warning")), (1, 0));
    let rules: Vec<_> = checks.iter().filter_map(|check| check["rule"].as_u64()).collect();
    let expected: Vec<_> = [20, 22].into_iter().chain(1..=19).chain([25, 28, 28, 28]).collect();
    assert_eq!(rules, expected);
}

#[tokio::test]
async fn a_running_stack_explains_by_its_own_keys_stages_and_policies() {
    let process = Process::start(command::countersign().await).await;
    let signed = http::post(process.told("/sign"), r#"{"query":{"room":"lobby"}}"#).await.json();
    let url = signed["url"].as_str().unwrap();
    let port = process.told("/websocket").rsplit(':').next().unwrap();
    let port: String = port.chars().take_while(char::is_ascii_digit).collect();
    let ask = async |text: &str| {
        let arguments = ["-", "--json", "--local", "--port", &port];
        let Ended { status, stdout, stderr } = explain(&arguments, Some(text)).await;
        let token = url.split("Security-Token=").nth(1).unwrap();
        let signature = url.split("Signature=").nth(1).unwrap();
        let said = [stdout.concat(), stderr.concat()].concat();
        assert!(!said.contains(&token[..20]) && !said.contains(&signature[..20]), "{said}");
        let report: Value = serde_json::from_str(&said).unwrap();
        (status.code(), report)
    };

    let (code, report) = ask(url).await;
    assert_eq!(code, Some(0), "{report}");
    let checks = report["checks"].as_array().unwrap();
    assert!(checks.iter().all(|check| check["status"] != "notChecked"), "{report}");
    assert_eq!(report["signing"]["matches"], true);

    let (code, report) = ask(&url.replacen("room=lobby", "room=Lobby", 1)).await;
    assert_eq!((code, &report["verdict"]["rule"]), (Some(1), &Value::from(19)), "{report}");
    assert_eq!(report["signing"]["change"], "the value of room in lower case");
    for (from, to, rule, change) in [
        ("/prod?", "/Prod?", 22, "the path /prod"),
        ("127.0.0.1:", "localhost:", 19, &*format!("the host 127.0.0.1:{port}")),
        ("X-Amz-Signature=", "x=1&X-Amz-Signature=", 19, "without the parameter x"),
    ] {
        let (_, report) = ask(&url.replacen(from, to, 1)).await;
        assert_eq!(report["verdict"]["rule"], rule, "{report}");
        assert_eq!(report["signing"]["change"], change, "{report}");
    }
    let (_, report) = ask(&url.replacen('?', "x?", 1)).await;
    assert_eq!(report["verdict"]["rule"], 22, "{report}");
    let (_, report) = ask(&url.replacen("Credential=ASIA", "Credential=ASIB", 1)).await;
    assert_eq!(report["verdict"]["rule"], 14, "{report}");
    process.stop().await;
}
