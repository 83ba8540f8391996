//! `countersign --packaged` runs the programs in their zip files, which are Linux's.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::json;
use tests::command::{self, Ended, Process};
use tests::folder::Folder;
use tests::waiting::eventually;
use tests::{http, packages, template, websocket};
use tokio::process::Command;

/// The command with a template that is run from packages, on a machine without cargo.
pub(crate) async fn packaged(template: &str) -> Command {
    let mut command = command::countersign().await;
    command.args(["--packaged", "--template", template]);
    command.args(["--parameter", "SignAuthorization=NONE", "--parameter", "Requestable=room"]);
    command.args(["--parameter", &format!("Architecture={}", packages::architecture())]);
    command.env("PATH", "/nonexistent").env("CARGO", "/nonexistent/cargo");
    command
}

/// That a URL is signed, opens a connection that echoes, and opens no second one, of which the log tells
/// under this name.
pub(crate) async fn check_works(process: &Process, ws_connect: &str) {
    let body = json!({"query": {"room": "lobby"}}).to_string();
    let signed = http::post(process.told("/sign"), &body).await;
    assert_eq!(signed.status, 201, "{:?}", process.stderr());
    let signed = signed.json();
    let url = signed["url"].as_str().unwrap();
    let mut socket = websocket::open(url).await.unwrap();
    let echo = socket.ask("hello").await;
    assert_eq!(echo["message"], "hello");
    assert_eq!(echo["connection"]["requested"], json!({"room": "lobby"}));
    let again = websocket::open(url).await;
    assert_eq!(again.err().map(|reply| reply.status), Some(403), "the URL is spent");
    socket.close().await;
    let refused = |line: &String| {
        line.starts_with(&format!("{ws_connect} INFO ")) && line.contains("nonce_spent")
    };
    eventually("the log says why", || process.stderr().iter().any(refused)).await;
}

#[tokio::test]
async fn the_packages_beside_the_template_run_without_cargo() {
    let folder = Folder::new("packaged");
    let Some(template) = packages::write(&folder).await else { return };
    let temporary = folder.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    for signal in ["INT", "TERM", "HUP"] {
        let mut command = packaged(&template).await;
        command.env("TMPDIR", &temporary);
        let process = Process::start(command).await;
        let [unpacked] = &unpacked(&temporary)[..] else { panic!("one directory") };
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(unpacked), 0o700);
        if signal == "INT" {
            check_works(&process, "ws-connect").await;
        }
        process.signal(signal).await;
        let ended = process.ended().await;
        assert_eq!(ended.status.code(), Some(0), "SIG{signal}: {:?}", ended.stderr);
        assert!(self::unpacked(&temporary).is_empty(), "SIG{signal}");
    }

    let other = if packages::architecture() == "arm64" { "x86_64" } else { "arm64" };
    let mut command = packaged(&template).await;
    command.env("TMPDIR", &temporary);
    command.args(["--parameter", &format!("Architecture={other}")]);
    let says = format!("ws-connect.zip is built for {}, but its ", packages::architecture());
    check_refused(command, &says).await;
    assert!(unpacked(&temporary).is_empty());
}

#[tokio::test]
async fn a_package_that_is_missing_is_named() {
    let folder = Folder::new("packaged-missing");
    let template = folder.file("template.yaml", &template::text());
    let says = "/../target/lambda/ws-connect.zip: there is no such file (`cargo xtask package` ";
    check_refused(packaged(&template).await, says).await;
}

#[tokio::test]
async fn what_comes_from_a_bucket_is_run_from_the_files_of_its_keys() {
    let folder = Folder::new("packaged-bucket");
    let in_bucket = |key: &str| {
        template::with(|tree| {
            let code = format!("{{S3Bucket: releases, S3Key: {key}}}");
            template::set(tree, "ConnectFunction", "Code", &code);
        })
    };
    let template = folder.file("template.yaml", &in_bucket("demo/connect"));
    let mut built = command::countersign().await;
    built.args(["--template", &template, "--parameter", "SignAuthorization=NONE"]);
    let says = "countersign: ConnectFunction comes from a bucket, so nothing here builds it: run \
                what was uploaded, with --packaged --artifacts DIR";
    check_refused(built, says).await;

    let says = "countersign: ConnectFunction comes from the bucket releases: name the directory \
                with the objects of the bucket by --artifacts";
    check_refused(packaged(&template).await, says).await;

    let with_artifacts = async |template: &str| {
        let mut command = packaged(template).await;
        command.args(["--artifacts", folder.path().to_str().unwrap()]);
        command
    };
    let says = format!("{}/demo/connect: there is no such file", folder.path().display());
    check_refused(with_artifacts(&template).await, &says).await;

    let mut no_folder = packaged(&template).await;
    no_folder.args(["--artifacts", &template]);
    check_refused(no_folder, &format!("--artifacts: {template} is no folder")).await;

    let without_bucket = folder.file("without-bucket.yaml", &template::text());
    let says = "--artifacts is of no use: no Code of the template names a bucket";
    check_refused(with_artifacts(&without_bucket).await, says).await;

    let template = folder.file("template.yaml", &in_bucket("../connect"));
    let says = "ConnectFunction: S3Key \"../connect\" is not the path of a file inside a directory";
    check_refused(with_artifacts(&template).await, says).await;
}

/// That the stack does not start, and that the last line says why.
async fn check_refused(command: Command, says: &str) {
    let Ended { status, stdout, stderr } = command::run(command).await;
    assert_eq!(status.code(), Some(1), "{stderr:?}");
    assert!(stdout.is_empty(), "{stdout:?}");
    let said = stderr.last().map(String::as_str).unwrap_or_default();
    assert!(said.contains(says), "{said}");
}

/// The directories of unpacked programs.
fn unpacked(temporary: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(temporary).unwrap().map(|entry| entry.unwrap().path());
    let of_functions = |path: &PathBuf| {
        path.file_name().unwrap().to_str().unwrap().starts_with("countersign-functions-")
    };
    entries.filter(of_functions).collect()
}
