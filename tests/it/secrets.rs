//! Nothing that the programs say at their most talkative holds a secret.
//!
//! Every other end-to-end test runs again in a process of its own, where `local` and the functions
//! log at `trace` and the harness writes down every secret that it meets: see `tests::secrets`.

use std::collections::{BTreeSet, HashMap};
use std::process::Stdio;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};
use tests::command::{self, Process};
use tests::folder::Folder;
use tests::secrets::{self, SHORTEST};
use tests::{http, template, websocket};
use tokio::process::Command;

#[tokio::test]
async fn the_whole_suite_logs_no_secret() {
    let folder = Folder::new("secrets");
    let record = folder.path().join("record");
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--skip", "secrets::", "--skip", "house::", "--skip", "template::", "--nocapture"])
        .env("RUST_LOG", "trace")
        .env(secrets::FILE, &record)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let log = [output.stdout, output.stderr].concat();
    let log = String::from_utf8_lossy(&log);
    let kept = folder.file("log", &log);
    assert!(output.status.success(), "a test failed: see {kept}");

    let record = std::fs::read_to_string(&record).unwrap();
    let record: Vec<Value> =
        record.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let secrets: BTreeSet<(&str, &str)> = record
        .iter()
        .map(|entry| (entry["kind"].as_str().unwrap(), entry["secret"].as_str().unwrap()))
        .collect();
    for kind in ["secret access key", "session token", "signature", "signed URL", "token"] {
        assert!(secrets.iter().any(|(other, _)| *other == kind), "no {kind} was recorded");
    }
    check_holds_none(&log, &secrets, &kept);

    let says = |texts: &[&str]| {
        let found = log.lines().any(|line| texts.iter().all(|text| line.contains(text)));
        assert!(found, "no line of {kept} has {texts:?}");
    };
    let functions = [
        ("SignFunction", "sign_fn", "sign_fn"),
        ("ConnectFunction", "ws_connect", "lambda_entry"),
        ("DefaultFunction", "ws_default", "lambda_entry"),
        ("DisconnectFunction", "ws_disconnect", "lambda_entry"),
    ];
    for (function, crate_name, tracing_crate) in functions {
        let target = |name| format!(r#""target":"{name}"#);
        says(&[function, r#""level":"DEBUG""#, &target(crate_name)]);
        says(&[function, r#""level":"TRACE""#, &target(tracing_crate)]);
        // What it writes to stdout, as it came.
        says(&[function, r#": {"_aws":{"#]);
    }
    says(&["TRACE local::"]);
    // Those of a `countersign` process, under the names of their packages.
    for package in ["sign-fn", "ws-connect", "ws-default", "ws-disconnect"] {
        let starts = format!("{package} TRACE ");
        assert!(log.lines().any(|line| line.starts_with(&starts)), "{kept} has no {starts:?}");
    }
    for metric in ["sign-fn METRIC Signed=1", "ws-connect METRIC Connected=1"] {
        assert!(log.lines().any(|line| line == metric), "{kept} has no {metric:?}");
    }
}

#[tokio::test]
async fn the_command_logs_no_secret() {
    let folder = Folder::new("secrets-command");
    let template = secrets::with_tracing_functions(&template::text());
    let template = folder.file("template.yaml", &template);
    let mut command = command::countersign().await;
    command.env("RUST_LOG", "trace").args(["--template", &template]);
    command.args(["--parameters", "cloudformation/parameters.local.json"]);
    let process = Process::start(command).await;

    let body = json!({"query": {"room": "lobby"}}).to_string();
    let signed = http::post(process.told("/sign"), &body).await.json();
    let url = signed["url"].as_str().unwrap();
    let mut socket = websocket::open(url).await.unwrap();
    socket.ask("hello").await;
    socket.close().await;
    let (authority, target) = websocket::split_url(url);
    let lost_question_mark = target.replacen('?', "", 1);
    // Key id and secret key exchanged: a usual mistake.
    let secret_access_key = process.told("/credentials/secretAccessKey").to_owned();
    let (before, credential) = target.split_once("X-Amz-Credential=").unwrap();
    let (_, scope) = credential.split_once("%2F").unwrap();
    let exchanged = |secret: &str| format!("{before}X-Amz-Credential={secret}%2F{scope}");
    let encoded = utf8_percent_encode(&secret_access_key, NON_ALPHANUMERIC).to_string();
    let exchanged = [exchanged(&secret_access_key), exchanged(&encoded)];
    let changed = [target.clone(), lost_question_mark, target.clone() + "0"];
    for refused in changed.into_iter().chain(exchanged) {
        let refused = websocket::open_raw(&authority, &refused, &[]).await;
        assert_eq!(refused.err().map(|reply| reply.status), Some(403));
    }

    let parameters = url::Url::parse(url).unwrap();
    let parameter = |name: &str| {
        let value = parameters.query_pairs().find(|(other, _)| other == name);
        value.unwrap_or_else(|| panic!("the URL has no {name}")).1.into_owned()
    };
    let (signature, token) = (parameter("X-Amz-Signature"), parameter("X-Amz-Security-Token"));
    let secrets = BTreeSet::from([
        ("secret access key", secret_access_key.as_str()),
        ("signature", &signature),
        ("session token", &token),
        ("signed URL", url),
        ("signed URL's target", &target),
    ]);
    let log = process.stop().await.stderr.join("\n");
    let kept = folder.file("log", &log);
    check_holds_none(&log, &secrets, &kept);
    for start in [
        "sign-fn TRACE ",
        "ws-connect TRACE ",
        "ws-default TRACE ",
        "ws-disconnect TRACE ",
        "sign-fn METRIC Signed=1",
        "ws-connect METRIC Connected=1",
        "ws-default METRIC Echoed=1",
    ] {
        let found = log.lines().any(|line| line.starts_with(start));
        assert!(found, "no line of {kept} starts with {start:?}");
    }
    assert!(log.lines().any(|line| line.contains(" TRACE local::")));
}

#[test]
fn the_scan_finds_what_it_looks_for() {
    let token = "++//MARKER/of+a+token==";
    let secrets = BTreeSet::from([("session token", token)]);
    let check = |line: &str, expected: Option<&str>| {
        let log = format!("before\n{line}\nafter");
        let found = find(&log, &secrets).map(|(number, what)| {
            assert_eq!(number, 2, "{line}");
            what
        });
        assert_eq!(found.as_deref(), expected, "{line}");
    };
    check("nothing", None);
    check("the token ++//MARKER/of+a+token= is not whole", None);
    check(&format!("a {token}."), Some("session token"));
    check("a %2B%2B%2F%2FMARKER%2Fof%2Ba%2Btoken%3D%3D.", Some("session token"));
    check("/prod?X-Amz-Signature=0f", Some("the value of X-Amz-Signature"));
    check("x-amz-signature%3D0f", Some("the value of X-Amz-Signature"));
    check("X-Amz-Signature=…", None);
    check("the parameter X-Amz-Signature is missing", None);
    check("X-Amz-Security-Token=A", Some("the value of X-Amz-Security-Token"));
    check("X-Amz-Security-Token%3d%252B", Some("the value of X-Amz-Security-Token"));
    check("/prodX-Amz-Security-Token…", None);
    check(&format!("Signature={}", "0f".repeat(32)), Some("the signature of a header"));
    check(&format!("Signature={}", "0f".repeat(31)), None);
}

/// That a log holds none of these secrets, and nothing that looks like one. A failure says where
/// what stands, and does not show it.
fn check_holds_none(log: &str, secrets: &BTreeSet<(&str, &str)>, kept: &str) {
    if let Some((number, what)) = find(log, secrets) {
        panic!("line {number} of {kept} holds: {what}");
    }
}

/// The first line, counted from 1, that holds a secret, and what it holds.
fn find(log: &str, secrets: &BTreeSet<(&str, &str)>) -> Option<(usize, String)> {
    let forms = Forms::of(secrets);
    log.lines().enumerate().find_map(|(index, line)| {
        let what = forms.find(line).map(ToOwned::to_owned).or_else(|| pattern(line))?;
        Some((index + 1, what))
    })
}

/// Secrets in every form in which they could be written, by their last bytes.
struct Forms(HashMap<Vec<u8>, Vec<(String, String)>>);

impl Forms {
    fn of(secrets: &BTreeSet<(&str, &str)>) -> Self {
        let mut forms = BTreeSet::new();
        for (kind, secret) in secrets {
            let decoded = percent_decode_str(secret).decode_utf8_lossy().into_owned();
            let encoded = utf8_percent_encode(&decoded, NON_ALPHANUMERIC).to_string();
            for form in [(*secret).to_owned(), decoded, encoded] {
                if form.len() >= SHORTEST {
                    forms.insert((form, (*kind).to_owned()));
                }
            }
        }
        let mut by_end: HashMap<_, Vec<_>> = HashMap::new();
        for (form, kind) in forms {
            let end = form.as_bytes()[form.len() - SHORTEST..].to_vec();
            by_end.entry(end).or_default().push((form, kind));
        }
        Self(by_end)
    }

    /// The kind of a secret that a line holds.
    fn find(&self, line: &str) -> Option<&str> {
        let line = line.as_bytes();
        line.windows(SHORTEST).enumerate().find_map(|(start, window)| {
            let before = &line[..start + SHORTEST];
            let forms = self.0.get(window)?;
            let found = forms.iter().find(|(form, _)| before.ends_with(form.as_bytes()));
            found.map(|(_, kind)| kind.as_str())
        })
    }
}

/// What looks like a secret, whether it is on record or not.
fn pattern(line: &str) -> Option<String> {
    let line = line.to_ascii_lowercase();
    let is_value = |byte: u8| byte.is_ascii_alphanumeric() || b"%+/".contains(&byte);
    let has_value = |name: &str, length: usize, is_value: &dyn Fn(u8) -> bool| {
        line.match_indices(name).any(|(start, _)| {
            let rest = &line.as_bytes()[start + name.len()..];
            let value = rest.strip_prefix(b"=").or_else(|| rest.strip_prefix(b"%3d"));
            value
                .and_then(|value| value.get(..length))
                .is_some_and(|value| value.iter().all(|byte| is_value(*byte)))
        })
    };
    if has_value("x-amz-signature", 1, &|byte| byte.is_ascii_hexdigit()) {
        Some("the value of X-Amz-Signature".to_owned())
    } else if has_value("x-amz-security-token", 1, &is_value) {
        Some("the value of X-Amz-Security-Token".to_owned())
    } else if has_value("signature", 64, &|byte| byte.is_ascii_hexdigit()) {
        Some("the signature of a header".to_owned())
    } else {
        None
    }
}
