//! `cargo xtask smoke` finds a good stack good, and says of a broken one by which check it is broken.
//!
//! - `combinations`: stacks of every kind of authorization and address; each row that smoke can settle is confirmed
//! - `good`: what else a good stack may be, and what smoke may be given
//! - `broken`: a fault is planted, and the check whose promise is broken fails
//! - `hindered`: throttles, faults that pass, and clocks that differ are no fault of a stack
//! - `command_line`: the command line, exit codes, how a stack is found

mod broken;
mod combinations;
mod command_line;
mod good;
mod hindered;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_credential_types::Credentials;
use tests::command::{self, Process};
use tests::folder::Folder;
use tests::stack::{Options, REGION, Stack};
use tests::tokens::AUDIENCE;
use tests::{aws, programs, tool};
use tokio::process::Command;
use tokio::task::JoinHandle;

/// How `smoke` has ended.
struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    report: String,
}

/// `cargo xtask smoke`, to be given further arguments. Of this machine's environment it has `PATH`.
async fn smoke() -> Command {
    let mut command = tool::command(programs::xtask().await);
    command.arg("smoke").kill_on_drop(true);
    command
}

/// The same, for a stack, with these credentials in its environment.
async fn smoke_of(stack: &Stack, credentials: Option<&Credentials>) -> Command {
    let mut command = smoke().await;
    let (sign, websocket) = (stack.sign_url(), stack.websocket_url());
    command.args(["--sign-url", sign, "--websocket-url", websocket, "--region", REGION]);
    if let Some(credentials) = credentials {
        command
            .env("AWS_ACCESS_KEY_ID", credentials.access_key_id())
            .env("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key())
            .envs(credentials.session_token().map(|token| ("AWS_SESSION_TOKEN", token)));
    }
    command
}

/// The credentials of who may do everything.
fn developer(stack: &Stack) -> Credentials {
    aws::credentials(stack.running.iam.developer())
}

/// Runs it to its end, and checks that it has told no secret.
async fn run(stack: &Stack, mut command: Command) -> Run {
    let folder = Folder::new("smoke");
    let report = folder.path().join("report.md");
    command.arg("--report").arg(&report);
    let ended = command::run(command).await;
    let run = Run {
        code: ended.status.code(),
        stdout: ended.stdout.join("\n"),
        stderr: ended.stderr.join("\n"),
        report: std::fs::read_to_string(report).unwrap_or_default(),
    };
    run.check_holds_no_secret(stack);
    run
}

impl Run {
    /// How each check ended, by its name.
    fn checks(&self) -> BTreeMap<String, String> {
        self.table("## Checks").map(|cells| (cells[0].clone(), cells[2].clone())).collect()
    }

    /// What became of each row, by its first cell.
    fn rows(&self) -> BTreeMap<String, String> {
        self.table("## Rows").map(|cells| (cells[1].clone(), cells[3].clone())).collect()
    }

    /// The first cells of the rows of which this became.
    fn rows_that_are(&self, result: &str) -> Vec<String> {
        let rows = self.rows().into_iter().filter(|(_, found)| found == result);
        rows.map(|(row, _)| row).collect()
    }

    /// The names of the checks that ended so.
    fn checks_that(&self, result: &str) -> Vec<String> {
        let checks = self.checks().into_iter().filter(|(_, found)| found == result);
        checks.map(|(name, _)| name).collect()
    }

    /// The cells of a table of the report, without its head.
    fn table(&self, section: &str) -> impl Iterator<Item = Vec<String>> {
        let (_, text) = self.report.split_once(section).unwrap_or_else(|| {
            panic!("there is no {section:?} in the report: {} {}", self.stdout, self.stderr)
        });
        let text = text.split("\n## ").next().unwrap_or_default();
        let lines = text.lines().filter(|line| line.starts_with("| ")).skip(1);
        lines.map(|line| {
            let line = line.trim_matches('|').replace("\\|", "\u{0}");
            line.split(" | ").map(|cell| cell.trim().replace('\u{0}', "|")).collect()
        })
    }

    /// Nothing failed, and nothing was seen that `local` does not do.
    #[track_caller]
    fn check_good(&self) {
        assert_eq!(self.checks_that("FAIL"), Vec::<String>::new(), "{}", self.stdout);
        assert_eq!(self.rows_that_are("refuted"), Vec::<String>::new(), "{}", self.stdout);
        assert_eq!(self.code, Some(0), "{} {}", self.stdout, self.stderr);
    }

    /// Nothing that it says holds this token, or a part of it that says or proves something.
    #[track_caller]
    fn check_hides(&self, token: &str) {
        let said = [&self.stdout, &self.stderr, &self.report].map(String::as_str).join("\n");
        for part in token.split('.').skip(1) {
            assert!(!said.contains(part), "a part of a token");
        }
    }

    /// Nothing that it says holds a signature, a token, a secret key or a URL.
    #[track_caller]
    fn check_holds_no_secret(&self, stack: &Stack) {
        let said = [&self.stdout, &self.stderr, &self.report].map(String::as_str).join("\n");
        for key in stack.running.iam.access_keys() {
            let credentials = aws::credentials(&key);
            assert!(!said.contains(credentials.secret_access_key()), "a secret key");
            assert!(!said.contains(credentials.access_key_id()), "a key's id");
            if let Some(token) = credentials.session_token() {
                assert!(!said.contains(token), "a session token");
            }
        }
        let is_hex = |byte: u8| byte.is_ascii_hexdigit();
        let signature = said.as_bytes().windows(64).any(|part| part.iter().copied().all(is_hex));
        assert!(!signature, "a signature");
        assert!(!said.contains("X-Amz-Signature="), "a signed URL");
        assert!(!said.contains("Bearer ey"), "a token");
    }
}

/// With a custom domain for each API, and these base paths.
fn with_domains(options: Options, http_base_path: &str, websocket_base_path: &str) -> Options {
    options
        .parameter("HttpDomainName", "api.example.com")
        .parameter("HttpBasePath", http_base_path)
        .parameter("WebSocketDomainName", "ws.example.com")
        .parameter("WebSocketBasePath", websocket_base_path)
        .parameter("HostedZoneId", "Z0123456789ABCDEFGHIJ")
}

/// With a JWT authorizer for tokens of a development issuer.
fn with_tokens(options: Options) -> Options {
    options
        .parameter("SignAuthorization", "JWT")
        .parameter("JwtIssuer", "https://issuer.invalid/")
        .parameter("JwtAudience", AUDIENCE)
}

/// API Gateway's own addresses of both APIs, said to be switched off.
fn closed(stack: &Stack) -> [String; 4] {
    let running = &stack.running;
    let [http, websocket] =
        [&running.http_apis, &running.websocket_apis].map(|doors| doors[0].address);
    [
        "--closed-sign-url".to_owned(),
        format!("http://{http}/sign"),
        "--closed-websocket-url".to_owned(),
        format!("ws://{websocket}/prod"),
    ]
}

/// A stack whose URLs live for so many seconds of the machine's time.
fn of_seconds(seconds: u32) -> Options {
    let options = Options { clock: local::clock::Clock::real(), ..Options::default() };
    options.parameter("UrlTtlSeconds", &seconds.to_string())
}

/// Has the stack's clock go with the machine's.
fn ticking(stack: &Stack) -> JoinHandle<()> {
    let clock = stack.clock.clone();
    tokio::spawn(async move {
        let tick = Duration::from_millis(100);
        let mut interval = tokio::time::interval(tick);
        loop {
            interval.tick().await;
            clock.advance(tick);
        }
    })
}

/// Starts it, to be spoken with while it runs.
fn start(command: Command) -> Process {
    Process::spawn(command)
}
