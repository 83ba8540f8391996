//! The page's panel `trace`: a handshake from the inside, and no secret in it.

use serde_json::{Value, json};
use tests::browser::Scene;

#[tokio::test]
async fn the_trace_shows_every_step_of_a_connection_and_its_end() {
    let Some(scene) = Scene::start().await else { return };
    let seen = scene.play("trace").await;
    scene.stop().await;
    let id = seen["rows"][0]["connectionId"]["S"].as_str().unwrap();
    assert_eq!(seen["own"], "true");
    check_step(&seen, "request", &["GET ws://", "room=lobby", "Origin", "Sec-WebSocket-Key"]);
    let canonical = ["Canonical request", "GET", "/prod", "room=lobby", "String to sign"];
    check_step(&seen, "signature", &canonical);
    check_step(
        &seen,
        "policy",
        &["Allowed.", ":assumed-role/", "execute-api:Invoke", "/prod/$connect"],
    );
    check_step(&seen, "function", &["ConnectFunction", id, "\"eventType\": \"CONNECT\"", "200"]);
    check_step(&seen, "row", &["ConnectionsTable", id, "lobby"]);
    check_step(&seen, "end", &["101"]);
    check_step(&seen, "disconnect", &["1000", "Nothing of it is stored any more."]);
    assert_eq!(seen["steps"].as_array().unwrap().len(), 7);
    let rules = seen["rules"].as_array().unwrap();
    assert!(rules.len() >= 19 && rules.iter().all(|status| status == "kept"), "{rules:?}");

    // The row is shown as it was stored.
    let shown = seen["shown"].as_str().unwrap();
    for name in seen["rows"][0].as_object().unwrap().keys() {
        assert!(shown.contains(name.as_str()), "{name}: {shown}");
    }
    assert!(shown.contains(id));
    assert_eq!(seen["left"], json!({"open": 0, "rows": []}));

    // Nothing is shown that signs: all that a signature could be is hidden.
    let html = seen["html"].as_str().unwrap();
    let mut signatures = html.split("X-Amz-Signature").skip(1);
    assert!(signatures.all(|rest| !begins_with_hex(rest)), "a signature stands in the page");
}

#[tokio::test]
async fn a_page_that_finds_as_many_watching_as_can_works_without_a_trace() {
    let Some(scene) = Scene::start().await else { return };
    let seen = scene.play("crowd").await;
    scene.stop().await;
    assert_eq!(seen, json!(["live", "live", "live", "live", "live", "full", "full"]));
}

/// That a step is told, without a fault, with these words.
fn check_step(seen: &Value, name: &str, words: &[&str]) {
    let mut steps = seen["steps"].as_array().unwrap().iter();
    let step = steps.find(|step| step["name"] == name).unwrap_or_else(|| panic!("no step {name}"));
    assert_eq!(step["mark"], "fine", "{step}");
    let text = step["text"].as_str().unwrap();
    for word in words {
        assert!(text.contains(word), "{name}: no {word} in {text}");
    }
}

/// Whether 32 hexadecimal digits in a row stand among the next characters.
fn begins_with_hex(text: &str) -> bool {
    let next: String = text.chars().take(200).collect();
    let runs = next.split(|character: char| !character.is_ascii_hexdigit());
    runs.map(str::len).any(|length| length >= 32)
}
