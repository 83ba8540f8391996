//! What `explain` says of a URL of a custom domain, of which the host tells neither the region nor the stage.

use local::explain::report::{Outcome, Status};
use local::explain::{Known, Question, explain};
use sigv4_verify::SecretKey;

use super::url::{HOST, NOW, SECRET, signed_as, time, unsigned};

/// A good URL at a custom domain, with this path.
fn at_domain(path: &str) -> String {
    let address = format!("wss://{HOST}/$default?");
    let unsigned = unsigned();
    assert!(unsigned.starts_with(&address));
    signed_as(
        &unsigned.replacen(&address, &format!("wss://ws.example.com{path}?"), 1),
        str::to_owned,
    )
}

fn check(path: &str, region: Option<&str>, outcome: Outcome, rule: Option<u8>, origin: &str) {
    let secret = SecretKey::new(SECRET);
    let question = Question { now: time(NOW), region, host: None, known: Known::Secret(&secret) };
    let report = explain(&at_domain(path), &question);
    assert_eq!((report.verdict.outcome, report.verdict.rule), (outcome, rule), "{report}");
    let detail = |rule| {
        let check = report.checks.iter().find(|check| check.rule == Some(rule)).unwrap();
        (check.status, check.detail.as_str())
    };
    let unknown = "only AWS knows which base paths this domain has";
    assert_eq!(detail(22), (Status::NotChecked, unknown), "{report}");
    assert!(detail(13).1.contains(origin), "{report}");
}

#[test]
fn the_region_is_given_or_that_of_the_url_and_the_path_is_not_judged() {
    let own = "taken from the URL itself";
    check("/chat", None, Outcome::Pass, None, own);
    check("/", None, Outcome::Pass, None, own);
    check("/v1/chat", None, Outcome::Pass, None, own);
    check("/chat", Some("eu-west-1"), Outcome::Pass, None, "as --region says");
    check("/chat", Some("us-east-1"), Outcome::Refused, Some(13), "us-east-1");
}
