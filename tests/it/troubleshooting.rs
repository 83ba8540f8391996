//! Every refused handshake explains itself, in the log and in `docs/troubleshooting.md`: one handshake
//! is broken for each rule.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use local::iam::{AccessKey, AssumeRoleRequest, Context};
use local::rule::Rule;
use serde_json::{Value, json};
use sigv4_sign::Signer;
use tests::http::{self, Reply};
use tests::log::Log;
use tests::programs::workspace;
use tests::stack::{Options, REGION, Stack};
use tests::trace::{Told, event};
use tests::websocket::{self, split_url};
use tests::{aws, template};
use url::Url;

#[test]
fn each_rule_has_a_section_and_each_section_a_rule() {
    let page = page();
    let headings: Vec<_> = page.lines().filter(|line| line.starts_with("### Rule ")).collect();
    let expected: Vec<_> =
        Rule::all().map(|rule| format!("### Rule {}: {}", rule.number(), rule.name())).collect();
    assert_eq!(headings, expected);
    for rule in Rule::all() {
        let section = section(&page, rule);
        let advice = rule.advice();
        let advice = advice[..1].to_uppercase() + &advice[1..];
        assert!(section.contains(&format!("- **What to do:** {advice}. ")), "{section}");
        for label in ["Answer", "Means", "Usual causes", "On AWS"] {
            assert!(section.contains(&format!("- **{label}:** ")), "{label} of {rule}");
        }
    }
}

#[tokio::test]
async fn a_refused_handshake_is_one_line_with_the_rule_what_was_found_and_what_to_do() {
    let log = Log::collect();
    let doctor = Doctor::new(&log, Stack::start().await).await;
    let target = doctor.sign().await;
    let with = |name, value: &str| change(&target, name, Some(value));
    let check = async |number, target: String| doctor.check(number, &target, &[]).await;

    check(1, format!("{target}&a=%zz")).await;
    doctor.check(2, &target, &[("Authorization", "Bearer of-no-meaning-here")]).await;
    check(3, "/prod".to_owned()).await;
    check(4, format!("{target}&X-Amz-Date=20260102T030405Z")).await;
    check(5, change(&target, "X-Amz-Date", None)).await;
    check(6, with("X-Amz-Date", "2026-01-02")).await;
    check(7, with("X-Amz-Date", "20260102T030405Z")).await;
    check(8, with("X-Amz-Date", "20990102T030405Z")).await;
    check(9, with("X-Amz-SignedHeaders", "Host")).await;
    check(10, with("X-Amz-SignedHeaders", "x-tag")).await;
    check(11, with("X-Amz-Algorithm", "AWS4-HMAC-SHA512")).await;
    check(12, with("X-Amz-Credential", "AKIAEXAMPLE")).await;
    check(13, target.replacen(REGION, "us-east-1", 1)).await;
    let (_, scope) = value(&target, "X-Amz-Credential").split_once("%2F").unwrap();
    check(14, with("X-Amz-Credential", &format!("AKIAEXAMPLE%2F{scope}"))).await;
    check(15, with("X-Amz-Security-Token", "of-another-session")).await;
    check(18, with("X-Amz-SignedHeaders", "host%3Bx-tag")).await;
    check(19, format!("{target}&room=lobby")).await;
    check(20, format!("{target}&room={}", "x".repeat(4_096))).await;
    doctor.check(21, &target, &[("X-Long", &"x".repeat(10_241))]).await;
    check(22, target.replacen("/prod", "/test", 1)).await;
    check(22, target.replacen("/prod", "/prod/more", 1)).await;
    check(25, doctor.sign_as(&doctor.function_key("DisconnectFunctionRole"))).await;
    doctor.check_request(23, &target, &[]).await;
    doctor.check_request(26, &target, &[("Upgrade", "websocket")]).await;
    websocket::open_raw(&doctor.authority, &target, &[]).await.unwrap().close().await;
    doctor.told.lock().await.until("disconnected").await;
    log.take();
    check(28, target.clone()).await;

    let signed = doctor.stack.ask_to_sign(&json!({"authMethod": "header"})).await.json();
    let (_, target) = split_url(signed["url"].as_str().unwrap());
    let mut headers: Vec<_> = signed["headers"].as_object().unwrap().iter().collect();
    let hash = json!("0".repeat(64));
    headers.retain(|(name, _)| *name != "x-amz-content-sha256");
    let mut headers: Vec<_> =
        headers.into_iter().map(|(name, value)| (&**name, value.as_str().unwrap())).collect();
    headers.push(("X-Amz-Content-SHA256", hash.as_str().unwrap()));
    doctor.check(17, &target, &headers).await;

    let key = doctor.assume_signer_role();
    doctor.stack.clock.advance(Duration::from_secs(3_601));
    check(16, doctor.sign_as(&key)).await;

    let broken = doctor.finish().await;
    let template = template::with(|tree| {
        template::at(tree, "Resources").as_mapping_mut().unwrap().remove("ConnectPermission");
        let settings = "{ThrottlingBurstLimit: 1, ThrottlingRateLimit: 1}";
        template::set(tree, "WebSocketStage", "DefaultRouteSettings", settings);
        template::unset(tree, "WebSocketStage", "RouteSettings");
    });
    let options = Options::default().template(template);
    let doctor = Doctor { broken, ..Doctor::new(&log, Stack::start_with(options).await).await };
    let target = doctor.sign().await;
    doctor.check(27, &target, &[]).await;
    doctor.check(24, &target, &[]).await;

    let broken = doctor.finish().await.into_inner().unwrap();
    let numbers: BTreeSet<_> = Rule::all().map(Rule::number).collect();
    assert_eq!(broken, numbers, "a handshake was broken for every rule");
}

/// The doors that speak HTTP say it in the same way.
#[tokio::test]
async fn a_refused_request_to_the_other_doors_explains_itself_too() {
    let log = Log::collect();
    let stack = Stack::start_with(Options::default().parameter("SignAuthorization", "IAM")).await;
    let check = |what: &str, number: u8| {
        let lines = log.take();
        check_line(&lines, what, rule(number), rule(number).advice_for_calls());
    };
    let post = async |role: &str, url: &str| {
        let credentials = stack.function_credentials(role);
        aws::send(&credentials, "execute-api", "POST", url, &[], b"{}").await
    };
    log.take();
    assert_eq!(http::post(stack.sign_url(), "{}").await.status, 403);
    check("request", 3);
    assert_eq!(post("DisconnectFunctionRole", stack.sign_url()).await.status, 403);
    check("request", 25);

    let connections = stack.websocket_url().replacen("ws://", "http://", 1) + "/@connections/none";
    assert_eq!(http::post(&connections, "{}").await.status, 403);
    check("@connections", 3);
    assert_eq!(post("DisconnectFunctionRole", &connections).await.status, 403);
    check("@connections", 25);
    assert_eq!(http::post(&connections.replacen("/prod", "/test", 1), "{}").await.status, 403);
    check("@connections", 22);

    assert_eq!(http::request("GET", &stack.aws_url(), &[], b"").await.status, 403);
    check("STS call", 3);
    stack.stop().await;
}

/// Breaks handshakes with a stack, and looks for their lines.
struct Doctor<'a> {
    log: &'a Log,
    stack: Stack,
    told: tokio::sync::Mutex<Told>,
    page: String,
    authority: String,
    /// The numbers of the rules that were broken.
    broken: std::sync::Mutex<BTreeSet<u8>>,
}

impl<'a> Doctor<'a> {
    async fn new(log: &'a Log, stack: Stack) -> Self {
        let (authority, _) = split_url(stack.websocket_url());
        let told = Told::by(&stack).await.into();
        Self { log, stack, told, page: page(), authority, broken: Default::default() }
    }

    async fn finish(self) -> std::sync::Mutex<BTreeSet<u8>> {
        self.stack.stop().await;
        self.broken
    }

    /// The target of a signed URL.
    async fn sign(&self) -> String {
        split_url(&self.stack.sign(json!({})).await).1
    }

    /// Likewise, signed with a key of the account.
    fn sign_as(&self, key: &AccessKey) -> String {
        let credentials = aws::credentials(key);
        let time = SystemTime::from(self.stack.clock.now());
        let signer = Signer { credentials: &credentials, region: REGION, time };
        let endpoint = Url::parse(self.stack.websocket_url()).unwrap();
        let url =
            signer.presigned_url(&endpoint, &[("room", "lobby")], Duration::from_secs(60)).unwrap();
        split_url(url.secret_text()).1
    }

    fn function_key(&self, role: &str) -> std::sync::Arc<AccessKey> {
        let Stack { running, clock, .. } = &self.stack;
        let arn = &self.stack.role(role).arn;
        running.iam.session_for_function(arn, "doctor", clock.now()).unwrap()
    }

    fn assume_signer_role(&self) -> std::sync::Arc<AccessKey> {
        let request = AssumeRoleRequest {
            role_arn: self.stack.role("SignerRole").arn.clone(),
            role_session_name: "doctor".to_owned(),
            ..AssumeRoleRequest::default()
        };
        let Stack { running, clock, .. } = &self.stack;
        let function = self.function_key("SignFunctionRole");
        let assumed =
            running.iam.assume_role(function.caller(), &request, &Context::new(), clock.now());
        assumed.unwrap().access_key
    }

    /// A handshake with this target and these headers is refused by this rule.
    async fn check(&self, number: u8, target: &str, headers: &[(&str, &str)]) {
        let opened = websocket::open_raw(&self.authority, target, headers).await;
        self.check_refused(number, target, headers, opened.expect_err("a refusal")).await;
    }

    /// Likewise, of what is not a whole handshake.
    async fn check_request(&self, number: u8, target: &str, headers: &[(&str, &str)]) {
        let url = format!("http://{}{target}", self.authority);
        let reply = http::request("GET", &url, headers, b"").await;
        self.check_refused(number, target, headers, reply).await;
    }

    async fn check_refused(
        &self,
        number: u8,
        target: &str,
        headers: &[(&str, &str)],
        reply: Reply,
    ) {
        let rule = rule(number);
        let lines = self.log.take();
        let found = check_line(&lines, "handshake", rule, rule.advice());
        let told = self.told.lock().await.until("ended").await;
        check_told(&told, rule, &found, reply.status);
        let log = lines.join("\n");
        let secrets = ["X-Amz-Signature", "X-Amz-Security-Token"].map(|name| value(target, name));
        let secrets = secrets.into_iter().chain(headers.iter().map(|(_, value)| *value));
        for secret in secrets.filter(|secret| secret.len() > 16) {
            assert!(!log.contains(secret), "{rule}: a secret is logged");
        }
        let section = section(&self.page, rule);
        let answer = section.split("- **").find(|part| part.starts_with("Answer")).unwrap();
        assert!(answer.contains(&reply.status.to_string()), "{}: {answer}", reply.status);
        if let Some(error_type) = reply.header("x-amzn-errortype") {
            assert!(answer.contains(error_type), "{error_type}: {answer}");
        }
        check_keys(answer, &reply);
        check_row(&self.page, rule, &reply);
        self.broken.lock().unwrap().insert(number);
    }
}

/// The keys of the body are those that the page shows; without a body it shows none.
#[track_caller]
fn check_keys(answer: &str, reply: &Reply) {
    let shown = answer.split_once("`{").and_then(|(_, rest)| rest.split_once("}`"));
    let shown =
        shown.map(|(shown, _)| shown.split("\",\"").flat_map(|member| member.split("\":").next()));
    let shown: BTreeSet<_> =
        shown.into_iter().flatten().map(|key| key.trim_matches('"').to_owned()).collect();
    let body = reply.text();
    let body: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
    let keys: BTreeSet<_> =
        body.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect();
    assert_eq!(keys, shown, "{answer}");
}

/// The table at the top of the page leads from the answer to the rule.
#[track_caller]
fn check_row(page: &str, rule: Rule, reply: &Reply) {
    let link = format!("[{0}](#rule-{0})", rule.number());
    let mut rows = page.lines().filter(|line| line.starts_with("| "));
    let row = rows.find(|row| row.contains(&link)).unwrap_or_else(|| panic!("no row has {link}"));
    let [_, status, error_type, begins, ..] = row.split('|').map(str::trim).collect::<Vec<_>>()[..]
    else {
        panic!("{row}");
    };
    assert!(status.contains(&reply.status.to_string()), "{row}");
    assert!(error_type.contains(reply.header("x-amzn-errortype").unwrap_or("none")), "{row}");
    let body: serde_json::Value = serde_json::from_str(&reply.text()).unwrap_or_default();
    let message = body.get("message").or(body.get("Message")).and_then(|it| it.as_str());
    let begins = begins.split(';').next().unwrap();
    match message {
        None => assert_eq!(begins, "no body", "{row}"),
        Some(message) => {
            assert!(begins == "anything else" || message.starts_with(begins), "{message}: {row}");
        }
    }
}

/// Whoever watches is told what the line says, and of a signature's rule that it alone is the first broken.
#[track_caller]
fn check_told(told: &[Value], rule: Rule, found: &str, status: u16) {
    let refusal = json!({
        "rule": rule.number(),
        "name": rule.name(),
        "found": found,
        "advice": rule.advice(),
        "section": rule.section(),
    });
    let ended = event(told, "ended");
    assert_eq!((&ended["status"], &ended["refusal"]), (&json!(status), &refusal));
    let judged = told.iter().find(|event| event["event"] == "judged");
    let rules = judged.and_then(|judged| judged["rules"].as_array());
    let broken = rules.and_then(|rules| rules.iter().find(|one| one["status"] == "broken"));
    let told = broken.map(|broken| [&broken["number"], &broken["name"], &broken["found"]]);
    let is_signature = matches!(rule, Rule::Signature(_));
    let expected = ["rule", "name", "found"].map(|member| &refusal[member]);
    assert_eq!(told, is_signature.then_some(expected));
}

/// One line is about a refusal, and it says all. What it has found.
#[track_caller]
fn check_line(lines: &[String], what: &str, rule: Rule, advice: &str) -> String {
    let refused: Vec<_> = lines.iter().filter(|line| line.contains(" refused: ")).collect();
    let [line] = refused[..] else { panic!("not one line for {rule}: {lines:?}") };
    let starts = format!("{what} refused: {rule}: ");
    let ends = format!("; {advice}; see docs/troubleshooting.md#rule-{} ", rule.number());
    let (_, rest) = line.split_once(&starts).unwrap_or_else(|| panic!("{starts:?} in {line}"));
    let (found, _) = rest.split_once(&ends).unwrap_or_else(|| panic!("{ends:?} in {line}"));
    assert!(!found.is_empty(), "{line}");
    found.to_owned()
}

fn rule(number: u8) -> Rule {
    Rule::all().find(|rule| rule.number() == number).unwrap()
}

fn page() -> String {
    std::fs::read_to_string(workspace().join("docs/troubleshooting.md")).unwrap()
}

/// The section of a rule, its lines joined.
fn section(page: &str, rule: Rule) -> String {
    let anchor = format!("\n<a id=\"rule-{}\"></a>\n### Rule ", rule.number());
    let parts: Vec<_> = page.split(&anchor).collect();
    let [_, rest] = parts[..] else { panic!("not one section with {anchor:?}") };
    let section = rest.split("\n<a id=").next().unwrap_or_default();
    section.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The value of a parameter as it stands in the query; empty where there is none.
fn value<'a>(target: &'a str, name: &str) -> &'a str {
    let mut pairs = target.split(['?', '&']).filter_map(|pair| pair.split_once('='));
    pairs.find(|(other, _)| *other == name).map_or("", |(_, value)| value)
}

/// The target with another value of a parameter, or without it.
fn change(target: &str, name: &str, value: Option<&str>) -> String {
    let (path, query) = target.split_once('?').unwrap();
    let pairs: Vec<_> = query
        .split('&')
        .filter_map(|pair| match pair.split_once('=') {
            Some((other, _)) if other == name => value.map(|value| format!("{name}={value}")),
            _ => Some(pair.to_owned()),
        })
        .collect();
    format!("{path}?{}", pairs.join("&"))
}
