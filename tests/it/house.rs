//! The rules of the house that a compiler does not know: which room may use what.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;
use tests::programs::workspace;
use tests::template;

/// The Lambda programs.
const LAMBDAS: [&str; 4] = ["sign-fn", "ws-connect", "ws-default", "ws-disconnect"];

#[test]
fn each_lambda_links_only_the_aws_crates_that_it_may() {
    // Beside these each links what every AWS client is made of.
    let check = |package, expected: &[&str]| {
        let linked = linked(package);
        let clients = linked
            .iter()
            .map(String::as_str)
            .filter(|name| {
                name.starts_with("aws-sdk-") || ["aws_lambda_events", "lambda_http"].contains(name)
            })
            .collect::<BTreeSet<_>>();
        assert_eq!(clients, expected.iter().copied().collect(), "{package}");
    };
    // aws-config brings this one, whether it is used or not.
    let sts = "aws-sdk-sts";
    check("sign-fn", &["aws_lambda_events", "lambda_http", sts]);
    check("ws-connect", &["aws-sdk-dynamodb", sts]);
    check("ws-default", &["aws-sdk-apigatewaymanagement", "aws-sdk-dynamodb", sts]);
    check("ws-disconnect", &["aws-sdk-dynamodb", sts]);
}

#[test]
fn no_room_uses_what_it_may_not() {
    let check = |package, forbidden: &[&str]| {
        let linked = linked(package);
        let found: Vec<_> = forbidden.iter().filter(|name| linked.contains(**name)).collect();
        assert!(found.is_empty(), "{package} links {found:?}");
    };
    for package in LAMBDAS {
        let others = LAMBDAS.into_iter().filter(|other| *other != package);
        // rsa has an advisory without a patch: see deny.toml.
        let forbidden = others.chain(["local", "tests", "clap", "axum", "rsa"]);
        check(package, &forbidden.collect::<Vec<_>>());
    }
    check("sigv4-verify", &["aws-sigv4", "sigv4-sign", "tokio", "hyper", "getrandom", "tracing"]);
    check("sigv4-sign", &["sigv4-verify", "hyper", "getrandom", "aws-config"]);
    check("connections", &["lambda_runtime", "lambda_http", "aws_lambda_events", "lambda-entry"]);
    check("lambda-entry", &["aws-sdk-dynamodb", "aws-sdk-apigatewaymanagement", "connections"]);
    check("local", &["aws-config", "aws-sigv4", "sigv4-sign", "connections", "lambda-entry"]);
    check("local", &LAMBDAS);
}

#[test]
fn pure_rooms_do_no_io_and_nothing_that_runs_on_aws_reads_the_time() {
    // (aws-sigv4 itself needs tokio, for a type of its that is never used here.)
    let check = |package, expected: &[&str]| assert_eq!(direct(package), expected, "{package}");
    check(
        "sigv4-sign",
        &["aws-credential-types", "aws-sigv4", "http", "percent-encoding", "thiserror", "url"],
    );
    check("sigv4-verify", &["hmac", "sha2", "subtle", "thiserror", "time", "zeroize"]);
    for (package, folder) in
        members().filter(|(name, _)| !["local", "tests", "xtask"].contains(name))
    {
        for (file, source) in sources(folder) {
            for call in ["SystemTime::now", "now_utc"] {
                let is_test = file.starts_with("tests") || source.contains("#[test]");
                assert!(is_test || !source.contains(call), "{package}/{}: {call}", file.display());
            }
        }
    }
}

#[test]
fn every_dependency_of_a_lambda_is_used_and_says_why() {
    let linked: BTreeSet<_> = LAMBDAS.into_iter().flat_map(linked).collect();
    let mut count = 0;
    for (package, folder) in members() {
        if !LAMBDAS.contains(&package) && !linked.contains(package) {
            continue;
        }
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let lines = section(&manifest, "[dependencies]");
        let mut named: Vec<_> =
            lines.iter().filter_map(|line| line.split(['.', ' ']).next()).collect();
        named.sort_unstable();
        assert_eq!(named, direct(package), "{package}: a line each");
        let programs: String = sources(folder)
            .iter()
            .filter(|(file, _)| {
                file.starts_with("src") && !file.to_string_lossy().contains("tests")
            })
            .filter_map(|(_, source)| source.split("#[cfg(test)]\nmod tests {").next())
            .collect();
        for line in lines {
            let (dependency, reason) = line.split_once(" # ").unwrap_or((line, ""));
            assert!(!reason.is_empty(), "{package}: {dependency}: expected a reason after #");
            let name = dependency.split(['.', ' ']).next().unwrap_or_default();
            assert!(uses(&programs, name), "{package} does not use {name}");
            count += 1;
        }
    }
    assert!(count > 40, "only {count} were looked at");
}

#[test]
fn the_end_of_another_path_is_no_use_of_a_dependency() {
    let check = |source, package, expected| assert_eq!(uses(source, package), expected, "{source}");
    check("use time::OffsetDateTime;", "time", true);
    check("time::now()", "time", true);
    check("fn end(at: &::time::Date) {}", "time", true);
    check("use std::time::Duration; time::now()", "time", true);
    check("use aws_sigv4::http_request::sign;", "aws-sigv4", true);
    check("use std::time::Duration;", "time", false);
    check("\nuse std::{\n    sync::Arc,\n    time::Duration,\n};\n", "time", false);
    check("\nuse std::{\n    time::Duration,\n};\nuse time::Date;\n", "time", true);
    check("use lambda_http::Body; 2http::x", "http", false);
    check("let timeout = my_time::now();", "time", false);
    check("use time;", "time", false);
}

#[test]
fn no_aws_lc_is_in_the_tree() {
    let packages = array(&metadata()["packages"]);
    let names: Vec<_> = packages.iter().map(|package| text(&package["name"])).collect();
    assert!(names.contains(&"ring"), "TLS is ring's");
    let found: Vec<_> = names.iter().filter(|name| name.starts_with("aws-lc")).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn the_environment_is_read_in_main_files_only() {
    for (package, folder) in members() {
        let may_read = |file: &Path| match package {
            "local" => ["command", "functions"].iter().any(|folder| {
                // The command reads RUST_LOG; the build asks which cargo runs, and hands the rest on.
                file.strip_prefix("src").is_ok_and(|file| file.starts_with(folder))
            }),
            // They start other programs, which they look for.
            "bench" | "tests" | "xtask" => true,
            _ => file == Path::new("src/main.rs") || file.starts_with("src/bin"),
        };
        for (file, source) in sources(folder) {
            if !may_read(&file) {
                for call in ["env::var", "env::vars", "env::args", "use std::env"] {
                    assert!(!source.contains(call), "{package}/{} has {call}", file.display());
                }
            }
        }
    }
}

#[test]
fn every_file_says_what_it_is_in_its_first_line() {
    let mut count = 0;
    for (package, folder) in members() {
        for (file, source) in sources(folder) {
            let first = source.lines().next().unwrap_or_default();
            assert!(first.starts_with("//! "), "{package}/{}: {first}", file.display());
            count += 1;
        }
    }
    assert!(count > 100, "only {count} files were looked at");
}

#[test]
fn main_files_are_short() {
    for (package, folder) in members().filter(|(package, _)| LAMBDAS.contains(package)) {
        let lines = std::fs::read_to_string(folder.join("src/main.rs")).unwrap().lines().count();
        assert!(lines <= 30, "{package}/src/main.rs has {lines} lines");
    }
}

#[test]
fn every_member_inherits_the_lints_and_unsafe_code_is_forbidden() {
    let read = |file: PathBuf| std::fs::read_to_string(file).unwrap();
    let root = read(workspace().join("Cargo.toml"));
    let lints = section(&root, "[workspace.lints.rust]");
    assert!(lints.contains(&"unsafe_code = \"forbid\""), "{lints:?}");
    for (package, folder) in members() {
        let manifest = read(folder.join("Cargo.toml"));
        assert_eq!(section(&manifest, "[lints]"), ["workspace = true"], "{package}");
    }
}

#[test]
fn an_admission_takes_at_most_half_of_the_time_of_its_function() {
    let mut template = template::tree();
    let timeout = template::at(&mut template, "Resources.ConnectFunction.Properties.Timeout");
    let timeout = Duration::from_secs(timeout.as_u64().unwrap());
    assert!(connections::ADMISSION_TIME_LIMIT * 2 <= timeout, "{timeout:?}");
}

/// `cargo metadata` of the workspace. For this platform only: a fresh machine has no other crates.
fn metadata() -> &'static Value {
    static METADATA: OnceLock<Value> = OnceLock::new();
    METADATA.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["metadata", "--format-version", "1", "--offline", "--locked"])
            .args(["--filter-platform", "host-tuple"])
            .current_dir(workspace())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    })
}

/// The members of the workspace, with their folders.
fn members() -> impl Iterator<Item = (&'static str, &'static Path)> {
    let members: Vec<_> = array(&metadata()["workspace_members"]).iter().map(text).collect();
    assert!(members.len() >= 10, "{members:?}");
    let packages = array(&metadata()["packages"]).iter();
    packages.filter(move |package| members.contains(&text(&package["id"]))).map(|package| {
        let manifest = Path::new(text(&package["manifest_path"]));
        (text(&package["name"]), manifest.parent().unwrap())
    })
}

/// The names of all packages that end up in a member's library or program: its dependencies and
/// theirs, but for those of builds and tests.
fn linked(member: &str) -> BTreeSet<String> {
    let names: BTreeMap<_, _> = array(&metadata()["packages"])
        .iter()
        .map(|package| (text(&package["id"]), text(&package["name"])))
        .collect();
    let nodes: BTreeMap<_, _> = array(&metadata()["resolve"]["nodes"])
        .iter()
        .map(|node| (text(&node["id"]), array(&node["deps"])))
        .collect();
    let is_linked = |dependency: &&Value| {
        array(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null())
    };
    let (root, _) = names.iter().find(|(_, name)| **name == member).unwrap();
    let mut to_visit = vec![*root];
    let mut found = BTreeSet::new();
    while let Some(id) = to_visit.pop() {
        for dependency in nodes[id].iter().filter(is_linked) {
            let id = text(&dependency["pkg"]);
            if found.insert(id) {
                to_visit.push(id);
            }
        }
    }
    found.into_iter().map(|id| names[id].to_owned()).collect()
}

/// The packages that a member names as dependencies, sorted, but for those of builds and tests.
fn direct(member: &str) -> Vec<&'static str> {
    let mut packages = array(&metadata()["packages"]).iter();
    let package = packages.find(|package| text(&package["name"]) == member).unwrap();
    let is_normal = |dependency: &&Value| dependency["kind"].is_null();
    let mut names: Vec<_> = array(&package["dependencies"])
        .iter()
        .filter(is_normal)
        .map(|dependency| text(&dependency["name"]))
        .collect();
    names.sort_unstable();
    names
}

/// Whether a source has a path that begins with a package's crate.
fn uses(source: &str, package: &str) -> bool {
    let path = format!("{}::", package.replace('-', "_"));
    let mut parts = source.split("\nuse ");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (import, rest) = part.split_once(';').unwrap_or((part, ""));
        // What is in an import's braces continues the path before them.
        text.extend(["\n", import.split('{').next().unwrap_or_default(), ";", rest]);
    }
    text.match_indices(&path).any(|(start, _)| {
        let before = &text[..start];
        // `::time::` is the crate where nothing is before it.
        let before = before.strip_suffix("::").unwrap_or(before);
        !before.ends_with(|last: char| last == '_' || last == '>' || last.is_alphanumeric())
    })
}

/// Every Rust file of a package, by its path inside.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut to_visit = vec![folder.join("src"), folder.join("tests"), folder.join("it")];
    while let Some(path) = to_visit.pop() {
        if path.is_dir() {
            to_visit.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            found.push((path.strip_prefix(folder).unwrap().to_owned(), source));
        }
    }
    found
}

/// The lines of a section of a manifest.
fn section<'a>(manifest: &'a str, head: &str) -> Vec<&'a str> {
    let lines = manifest.lines().skip_while(|line| *line != head).skip(1);
    lines.take_while(|line| !line.starts_with('[')).filter(|line| !line.is_empty()).collect()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
