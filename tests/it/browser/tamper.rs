//! The page's panels `tamper` and `trace`: every button does what it says, and says which rule refused it.

use local::trace::Trace;
use serde_json::{Value, json};
use tests::browser::Scene;
use tests::stack::Options;

/// What becomes of each button without a parameter: the rule that refuses it, and the function's reason.
const BUTTONS: [(&str, Expected); 8] = [
    ("signature", Expected::Rule(19)),
    ("add", Expected::Rule(19)),
    ("grant", Expected::Rule(19)),
    ("extend", Expected::Rule(19)),
    ("twice", Expected::Function("nonce_spent")),
    ("old", Expected::Function("url_expired")),
    ("order", Expected::Opens),
    ("rewrite", Expected::Opens),
];

/// The rules that refuse each parameter with another character, and without it.
const PARAMETERS: [(&str, u64, u64); 10] = [
    ("room", 19, 19),
    ("grant.expires", 19, 19),
    ("grant.nonce", 19, 19),
    ("X-Amz-Algorithm", 11, 3),
    ("X-Amz-Credential", 13, 5),
    ("X-Amz-Date", 6, 5),
    ("X-Amz-Expires", 19, 19),
    ("X-Amz-SignedHeaders", 10, 5),
    ("X-Amz-Security-Token", 15, 15),
    ("X-Amz-Signature", 19, 5),
];

/// The rule of `$connect`'s function.
const FUNCTION: u64 = 28;

#[derive(Clone, Copy)]
enum Expected {
    Rule(u64),
    /// Refused by ws-connect, for this reason.
    Function(&'static str),
    Opens,
}

#[tokio::test]
async fn every_button_shows_which_rule_refused_it() {
    let Some(seen) = tampered(Trace::on(), "live").await else { return };
    for (kind, expected) in BUTTONS {
        check(&seen, kind, &Value::Null, expected);
    }
    let names: Vec<_> = PARAMETERS.iter().map(|(name, ..)| *name).collect();
    assert_eq!(seen["parameters"], json!(names), "the page has them as the URL has");
    for (name, character, drop) in PARAMETERS {
        check(&seen, "character", &json!(name), Expected::Rule(character));
        check(&seen, "drop", &json!(name), Expected::Rule(drop));
    }
    check_left_alone(&seen);
}

#[tokio::test]
async fn without_a_trace_the_page_says_that_a_browser_is_not_told() {
    let Some(seen) = tampered(Trace::off(), "off").await else { return };
    let results = seen["results"].as_array().unwrap();
    for result in results {
        assert_eq!(result["rule"], Value::Null, "{result}");
        let untold = result["untold"].as_str().unwrap_or_default();
        let is_refused = result["outcome"] == "refused";
        assert_eq!(untold.starts_with("A browser is not told why."), is_refused, "{result}");
    }
    let opened = results.iter().filter(|result| result["outcome"] == "opened").count();
    assert_eq!((results.len(), opened), (BUTTONS.len() + 2 * PARAMETERS.len(), 2));
    check_left_alone(&seen);
}

/// What the story has seen; `None` where there is no browser.
async fn tampered(trace: Trace, state: &str) -> Option<Value> {
    let scene = Scene::start_with(Options { trace, ..Options::default() }, Vec::new()).await?;
    let seen = scene.play_with("tamper", json!({"trace": state})).await;
    scene.stop().await;
    Some(seen)
}

/// That a button came to its end, and that the page has said so.
fn check(seen: &Value, kind: &str, parameter: &Value, expected: Expected) {
    let mut results = seen["results"].as_array().unwrap().iter();
    let result = results.find(|it| it["kind"] == kind && it["parameter"] == *parameter);
    let result = result.unwrap_or_else(|| panic!("no result of {kind} {parameter}"));
    let (outcome, rule) = match expected {
        Expected::Opens => ("opened", None),
        Expected::Rule(rule) => ("refused", Some(rule)),
        Expected::Function(reason) => {
            assert_eq!(result["reason"], reason, "{result}");
            ("refused", Some(FUNCTION))
        }
    };
    assert_eq!(result["outcome"], outcome, "{result}");
    assert_eq!(result["rule"].as_u64(), rule, "{result}");
    if let Some(rule) = rule {
        let words = result["words"].as_str().unwrap();
        let name = words.strip_prefix(&format!("Rule {rule} ")).unwrap_or_default();
        assert!(!name.is_empty(), "{result}");
        assert!(!result["found"].as_str().unwrap().is_empty(), "{result}");
        let said = format!("Refused by rule {rule} ({name}).");
        assert!(result["status"].as_str().unwrap().ends_with(&said), "{result}");
    }
    assert_ne!(result["before"], json!(""), "{result}");
}

/// That no secret was shown before it was asked for, that waiting took as long as it said, and that nothing is left.
fn check_left_alone(seen: &Value) {
    assert_eq!(seen["hidden"], 0, "secrets stand in the page");
    assert_eq!(seen["shown"], 2, "the signature and the token of the URL that is shown");
    assert!(seen["signed"].as_u64() > Some(20), "{}", seen["signed"]);
    assert_eq!(seen["old"], json!({"seconds": 60, "before": 0}));
    assert_eq!(seen["count"], 0);
    assert_eq!(seen["rows"], json!([]));
}
