//! The connection is lost, and the client comes back.

use serde_json::{Value, json};
use tests::browser::Scene;

/// What a story sees.
async fn played(name: &str) -> Option<Value> {
    let scene = Scene::start().await?;
    let seen = scene.play(name).await;
    scene.stop().await;
    Some(seen)
}

#[tokio::test]
async fn a_connection_that_is_cut_or_closed_is_followed_by_another_with_a_url_of_its_own() {
    let Some(mut seen) = played("cut").await else { return };
    for (loss, code) in seen["losses"].take().as_array().unwrap().iter().zip([1006, 1000]) {
        assert_eq!(loss["attempt"], 0, "it had stood, and no attempt has failed: {loss}");
        assert_eq!((&loss["cause"], &loss["code"]), (&json!("ConnectionError"), &json!(code)));
        assert!((0.0..=500.0).contains(&loss["delay"].as_f64().unwrap()), "{loss}");
    }
    let again = ["waiting", "signing", "connecting", "open"];
    // It begins in its constructor: nobody can listen to its first state.
    let states = [&again[2..], &again, &again].concat();
    let expected = json!({
        "losses": null,
        "messages": ["first", "queued: cut", "after: cut", "queued: close", "after: close"],
        "states": states,
        "opens": 3,
        "closes": 0,
        "errors": 2,
    });
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_machine_that_was_offline_is_connected_at_once() {
    let Some(seen) = played("offline").await else { return };
    let expected = json!({
        "messages": ["before", "kept", "after", "still"],
        // In five minutes, as a browser may be wrong about the network.
        "attempts": 10,
        "delays": vec![30_000; 11],
    });
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_connection_that_lives_on_one_side_only_is_noticed_and_replaced() {
    let Some(seen) = played("silent").await else { return };
    let noticed = seen["noticed"].as_u64().unwrap();
    // Within the silence after which it asks, and the time that it gives to the answer.
    assert!((15_000..=255_000).contains(&noticed), "{noticed} ms");
    assert_eq!(seen["cause"], "ConnectionError");
    assert_eq!(seen["messages"], json!(["before", "after"]), "no pong reaches a listener");
}
