//! What `explain --local` says of a URL is what becomes of it: each is explained by a running stack, then opened.

use std::time::Duration;

use local::control::{PastedUrl, Request, answers};
use local::explain::report::{Outcome, Report};
use serde_json::json;
use tests::log::Log;
use tests::stack::{Options, REGION, Stack};
use tests::websocket::{self, split_url};
use tests::{aws, template};

use super::broken::{with, without};

/// What becomes of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Open,
    /// Refused by a rule.
    Rule(u8),
    /// Refused by what is no rule of AWS's.
    Refused,
}

use End::{Open, Refused, Rule};

struct Judge<'a> {
    log: &'a Log,
    stack: Stack,
    count: usize,
}

impl Judge<'_> {
    fn explained(&self, url: &str) -> Report {
        let running = &self.stack.running;
        let answers = answers::of(running.services.clone(), running.gateways.clone());
        let url = PastedUrl(url.to_owned());
        let request = Request::Explain { url, at: None, region: None, host: None };
        serde_json::from_value(answers(request).unwrap()).unwrap()
    }

    async fn opened(&self, url: &str) -> End {
        let (own, _) = split_url(self.stack.websocket_url());
        let (host, target) = split_url(url);
        self.log.take();
        // Whatever the URL calls it, it is this stack that is reached.
        if let Ok(socket) = websocket::open_raw(&own, &target, &[("Host", &host)]).await {
            socket.close().await;
            return Open;
        }
        let lines = self.log.take().join("\n");
        let rule = lines.split_once("handshake refused: rule ");
        let number = rule.and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
        assert!(number.is_some() || lines.contains("request refused: the host "), "{lines}");
        number.map_or(Refused, Rule)
    }

    /// That it is said to end so, and does.
    async fn check(&mut self, url: &str, end: End) {
        self.check_known(url, end, end).await;
    }

    /// Likewise of what the function alone knows: it is said to pass.
    async fn check_passes(&mut self, url: &str, end: End) {
        self.check_known(url, Open, end).await;
    }

    async fn check_known(&mut self, url: &str, said: End, end: End) {
        let report = self.explained(url);
        let verdict = &report.verdict;
        let found = match (verdict.outcome, verdict.rule) {
            (Outcome::Pass, None) => Open,
            (Outcome::Refused, Some(number)) => Rule(number),
            (Outcome::Refused, None) => Refused,
            other => panic!("{other:?}: {report}"),
        };
        assert_eq!(found, said, "{report}");
        assert_eq!(self.opened(url).await, end, "{report}");
        self.count += 1;
    }
}

#[tokio::test]
async fn what_is_said_of_a_url_is_what_becomes_of_it() {
    let log = Log::collect();
    let mut judge = Judge { log: &log, stack: Stack::start().await, count: 0 };
    let url = judge.stack.sign(json!({"room": "a/b c", "tag": "x"})).await;
    let changed = |from: &str, to: &str| with(&url, from, to);
    for (broken, rule) in [
        (format!("{url}&a=%zz"), 1),
        (changed("X-Amz-Algorithm", "x-amz-algorithm"), 3),
        (format!("{url}&X-Amz-Date=20260102T030405Z"), 4),
        (without(&url, "X-Amz-Date"), 5),
        (changed("X-Amz-Date=", "X-Amz-Date=2026-01-02"), 6),
        (with(&without(&url, "X-Amz-Date"), "?", "?X-Amz-Date=20200102T030405Z&"), 7),
        (with(&without(&url, "X-Amz-Date"), "?", "?X-Amz-Date=20990102T030405Z&"), 8),
        (changed("Headers=host", "Headers=Host"), 9),
        (changed("Headers=host", "Headers=x-tag"), 10),
        (changed("HMAC-SHA256", "HMAC-SHA512"), 11),
        (changed("%2Faws4_request", ""), 12),
        (changed(REGION, "us-east-1"), 13),
        (changed("Credential=ASIA", "Credential=ASIB"), 14),
        (without(&url, "X-Amz-Security-Token"), 15),
        (changed("Headers=host", "Headers=host%3Bx-tag"), 18),
        (format!("{url}0"), 19),
        (format!("{url}&more=1"), 19),
        (changed("tag=x", "tag=y"), 19),
        (changed("Expires=60", "Expires=61"), 19),
        (changed("/prod?", "/prod/?"), 19),
        (changed("/prod?", "/pr%6Fd?"), 19),
        (changed("127.0.0.1", "localhost"), 19),
        (format!("{url}&p={}", "x".repeat(4_096 - url.len() - "&p=".len())), 19),
        (format!("{url}&p={}", "x".repeat(4_097 - url.len() - "&p=".len())), 20),
        (changed("/prod?", "/Prod?"), 22),
        (changed("/prod?", "/prod/more?"), 22),
        (changed("/prod?", "//prod?"), 22),
        (changed("/prod?", "/?"), 22),
    ] {
        judge.check(&broken, Rule(rule)).await;
    }
    for host in ["zzzz.execute-api.eu-west-1.amazonaws.com", "localhost.", "127.1"] {
        let (_, target) = split_url(&url);
        judge.check(&format!("ws://{host}{target}"), Refused).await;
    }
    // All these are the same to the canonical form.
    judge.check(&changed("%2F", "%2f"), Open).await;
    let (address, query) = url.split_once('?').unwrap();
    judge.check_passes(&url, Rule(28)).await;
    let url = judge.stack.sign(json!({"room": "a b"})).await;
    judge.check(&with(&url, "a%20b", "a+b"), Open).await;
    let query: Vec<_> = query.split('&').rev().collect();
    judge.check_passes(&format!("{address}?{}&&", query.join("&")), Rule(28)).await;

    let developer = aws::credentials(judge.stack.running.iam.developer());
    let url = judge.stack.signed_url(&developer, "prod", "q83vEjRWeJCrze8SNFZ4kA");
    judge.check_passes(&url, Rule(28)).await;
    let function = judge.stack.function_credentials("SignFunctionRole");
    let role = judge.stack.role("SignerRole").arn.clone();
    let signer = aws::assume_role(&judge.stack.aws_url(), &function, &role).await;
    let signed = |stack: &Stack, nonce| stack.signed_url(&signer, "prod", nonce);
    judge.check(&signed(&judge.stack, "short"), Rule(28)).await;
    let other = judge.stack.function_credentials("DisconnectFunctionRole");
    judge.check(&judge.stack.signed_url(&other, "prod", "q83vEjRWeJCrze8SNFZ4kA"), Rule(25)).await;
    let url = signed(&judge.stack, "q83vEjRWeJCrze8SNFZ4kB");
    judge.stack.clock.advance(Duration::from_secs(60));
    judge.check(&url, Rule(28)).await;
    judge.stack.clock.advance(Duration::from_secs(3_600));
    judge.check(&signed(&judge.stack, "q83vEjRWeJCrze8SNFZ4kC"), Rule(16)).await;
    assert!(judge.count >= 30, "{}", judge.count);
    judge.stack.stop().await;
}

#[tokio::test]
async fn what_is_said_of_a_url_at_a_custom_domain_is_what_becomes_of_it() {
    let log = Log::collect();
    let options = Options::default()
        .parameter("WebSocketDomainName", "ws.example.com")
        .parameter("WebSocketBasePath", "chat")
        .parameter("HostedZoneId", "Z0123456789ABCDEFGHIJ");
    let mut judge = Judge { log: &log, stack: Stack::start_with(options).await, count: 0 };
    let url = judge.stack.sign(json!({"room": "a"})).await;
    let changed = |from: &str, to: &str| with(&url, from, to);
    for (broken, rule) in [
        (changed("/chat?", "/prod?"), 22),
        (changed("/chat?", "/chat/more?"), 22),
        (changed("/chat?", "/chatter?"), 22),
        (changed("/chat?", "/?"), 22),
        (changed("/chat?", "/chat/?"), 19),
        (changed("room=a", "room=b"), 19),
    ] {
        judge.check(&broken, Rule(rule)).await;
    }
    let report = judge.explained(&changed("/chat?", "/prod?"));
    assert!(report.to_string().contains("signed with one difference: the path /chat"), "{report}");
    judge.check(&url, Open).await;
    judge.stack.stop().await;
}

#[tokio::test]
async fn a_template_that_asks_for_no_signature_or_answers_nowhere_is_explained_as_it_is() {
    let log = Log::collect();
    let with = |place: &str, name: &str, value: yaml_serde::Value| {
        let template = template::with(|tree| {
            let properties = template::at(tree, place).as_mapping_mut().unwrap();
            properties.insert(name.into(), value);
        });
        Options::default().template(template)
    };
    let open = with("Resources.ConnectRoute.Properties", "AuthorizationType", "NONE".into());
    let mut judge = Judge { log: &log, stack: Stack::start_with(open).await, count: 0 };
    let url = judge.stack.sign(json!({})).await;
    // ws-connect finds that nobody signed.
    judge.check_passes(&(url.clone() + "0"), Rule(28)).await;
    let report = judge.explained(&url);
    assert!(report.verdict.sentence.contains("signed or not"), "{report}");
    judge.check(&without(&url, "grant.nonce"), Rule(28)).await;
    judge.stack.stop().await;

    let disabled =
        with("Resources.WebSocketApi.Properties", "DisableExecuteApiEndpoint", true.into());
    let mut judge = Judge { log: &log, stack: Stack::start_with(disabled).await, count: 0 };
    let url = judge.stack.sign(json!({})).await;
    judge.check(&url, Rule(22)).await;
    let report = judge.explained(&url);
    let stage = report.checks.iter().find(|check| check.rule == Some(22)).unwrap();
    assert_eq!(stage.detail, "the API's default endpoint is switched off", "{report}");
    judge.stack.stop().await;
}
