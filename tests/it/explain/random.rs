//! What botocore signs passes: random URLs, made while the test runs.

use local::explain::report::{Outcome, Status};
use local::explain::{Known, Question, explain};
use serde_json::Value;
use sigv4_verify::SecretKey;
use tests::python;

use super::url::{first_finding, time};

const COUNT: &str = "1000";

#[tokio::test]
async fn a_thousand_random_urls_of_botocore_pass() {
    let mut seed = [0; 4];
    getrandom::fill(&mut seed).unwrap();
    let seed = u32::from_le_bytes(seed).to_string();
    let printed = python::program("sigv4/random_urls.py", &[COUNT, &seed]).await;
    let Some(lines) = printed.map(|finished| finished.printed()) else { return };
    assert_eq!(lines.lines().count().to_string(), COUNT);
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let of = |name: &str| line[name].as_str();
        let url = of("url").unwrap();
        let secret = SecretKey::new(of("secret").unwrap());
        let question = Question {
            now: time(of("time").unwrap()),
            region: of("region"),
            host: None,
            known: Known::Secret(&secret),
        };
        let report = explain(url, &question);
        assert_eq!(
            (report.verdict.outcome, first_finding(&report)),
            (Outcome::Pass, None),
            "seed {seed}: {url}\n{report}"
        );
        let signature = report.checks.iter().find(|check| check.rule == Some(19)).unwrap();
        assert_eq!(signature.status, Status::Ok, "seed {seed}: {url}");
        check_hides(&report.to_string(), &line);
        check_hides(&serde_json::to_string(&report).unwrap(), &line);
    }
}

#[track_caller]
fn check_hides(shown: &str, line: &Value) {
    let token = line["token"].as_str();
    let signature = line["url"].as_str().and_then(|url| url.split("X-Amz-Signature=").nth(1));
    for secret in [token, signature, line["secret"].as_str()].into_iter().flatten() {
        let (start, end) = (&secret[..20], &secret[secret.len() - 20..]);
        assert!(!shown.contains(start) && !shown.contains(end), "{shown}");
    }
}
