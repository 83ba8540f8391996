//! The README's page for a browser works as it stands there.

use serde_json::json;
use tests::browser::Scene;
use tests::programs::workspace;
use tests::site::File;
use tests::stack::Options;

#[tokio::test]
async fn the_readmes_page_talks_and_comes_back() {
    let readme = std::fs::read_to_string(workspace().join("README.md")).unwrap();
    let (_, section) = readme.split_once("\n## In a browser\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let blocks: Vec<_> = section.split("\n```html\n").skip(1).collect();
    let [block] = blocks[..] else { panic!("one page, found {}", blocks.len()) };
    let (text, _) = block.split_once("\n```\n").unwrap();
    let page = File {
        path: "/example".to_owned(),
        kind: "text/html; charset=utf-8",
        policy: None,
        text: text.to_owned(),
    };
    let Some(scene) = Scene::start_with(Options::default(), vec![page]).await else { return };
    // Where it asks, the stack of `cargo run` would answer.
    let [(_, http_api), (websocket_api, network), ..] = scene.network.routes[..] else {
        panic!("two APIs: {:?}", scene.network.routes)
    };
    let resolver = format!("MAP 127.0.0.1:3000 {http_api},MAP {websocket_api} {network}");
    let seen = scene.play_with("example", json!({"resolver": resolver})).await;
    let expected = json!([
        "signing",
        "connecting",
        "open",
        "hello, echoed to room lobby",
        "waiting: the connection was closed with code 1006",
        "signing",
        "connecting",
        "open",
        "again, echoed to room lobby",
    ]);
    assert_eq!(seen, expected);
    scene.stop().await;
}
