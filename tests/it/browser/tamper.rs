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
        let is_unopened = result["outcome"] == "unopened";
        assert_eq!(untold.starts_with("A browser is not told why."), is_unopened, "{result}");
    }
    let opened = results.iter().filter(|result| result["outcome"] == "opened").count();
    assert!(results.iter().all(|result| result["surprise"] == false), "{results:?}");
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
        let name = words.strip_prefix(&format!("Rule {rule} asks that ")).unwrap_or_default();
        assert!(!name.is_empty(), "{result}");
        let (found, reason) = (result["found"].as_str().unwrap(), result["reason"].as_str());
        assert!(!found.is_empty(), "{result}");
        // A function's line may come behind the answer, when the page has said it already.
        let status = result["status"].as_str().unwrap();
        let is_said = |why| status.ends_with(&format!("Refused by rule {rule}: {why}."));
        assert!(is_said(found) || reason.is_some_and(is_said), "{result}");
    }
    assert_eq!(result["surprise"], false, "{result}");
    check_change(kind, parameter.as_str(), result);
}

/// That the page shows what was changed, and no secret.
fn check_change(kind: &str, parameter: Option<&str>, result: &Value) {
    let text = |name: &str| result[name].as_str();
    let (before, after) = (text("before"), text("after"));
    let shown = || (before.unwrap().to_owned(), after.unwrap().to_owned());
    match kind {
        "character" | "drop" | "signature" => {
            let name = parameter.unwrap_or("X-Amz-Signature");
            let (before, after) = shown();
            assert!(before.starts_with(&format!("{name}=")), "{result}");
            let is_secret = matches!(name, "X-Amz-Signature" | "X-Amz-Security-Token");
            assert_eq!(before == format!("{name}=(hidden)"), is_secret, "{result}");
            if kind == "drop" {
                assert_eq!(after, "nothing", "{result}");
            } else if is_secret {
                assert!(after.starts_with(&format!("{name}=(hidden) character ")), "{result}");
            } else {
                assert_eq!(differences(&before, &after), 1, "{result}");
            }
        }
        "add" => assert_eq!(shown(), ("nothing".to_owned(), "role=admin".to_owned())),
        "grant" => assert_eq!(shown(), ("nothing".to_owned(), "grant.plan=gold".to_owned())),
        "extend" => {
            let end = |text: Option<&str>| -> u64 {
                text.unwrap().strip_prefix("grant.expires=").unwrap().parse().unwrap()
            };
            assert_eq!(end(after), end(before) + 3600, "{result}");
        }
        "order" => {
            let names = |text: Option<&str>| text.unwrap().split(", ").map(str::to_owned).collect();
            let (before, mut after): (Vec<_>, Vec<_>) = (names(before), names(after));
            after.reverse();
            assert_eq!(before, after, "{result}");
            assert_eq!(before.len(), PARAMETERS.len(), "{result}");
        }
        "rewrite" => {
            assert!(before.unwrap().contains("%2F"), "{result}");
            assert_eq!(after, Some(&*before.unwrap().replace("%2F", "%2f")), "{result}");
        }
        _ => assert_eq!((before, after), (None, None), "{result}"),
    }
}

/// In how many places two texts of one length differ.
fn differences(one: &str, other: &str) -> usize {
    assert_eq!(one.len(), other.len(), "{one} {other}");
    one.bytes().zip(other.bytes()).filter(|(one, other)| one != other).count()
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
