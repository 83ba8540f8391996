//! What a page of another origin may not do.

use serde_json::json;
use tests::browser::Scene;
use tests::site::Site;

#[tokio::test]
async fn a_page_of_another_origin_neither_signs_nor_connects() {
    let Some(scene) = Scene::start().await else { return };
    let foreign = Site::start(tests::browser::bare()).await;
    let seen = scene.play_with("foreign", json!({"foreign": foreign.origin})).await;
    let expected = json!({
        "refused": {"error": "TypeError: Failed to fetch"},
        "elsewhere": "1006 ",
        "here": "open",
    });
    assert_eq!(seen, expected);
    scene.stop().await;
}
