//! The client signs, connects and talks.

use serde_json::json;
use tests::browser::Scene;

#[tokio::test]
async fn the_client_signs_connects_and_is_answered() {
    let Some(scene) = Scene::start().await else { return };
    let seen = scene.play("echo").await;
    assert_eq!(seen["requested"], json!({"room": "lobby"}));
    scene.stop().await;
}
