//! What a page of another origin may not do, in the browser in which the page of `countersign run` is open.

use serde_json::json;
use tests::browser::{self, Scene};
use tests::site::Site;

/// A name that leads to this machine, as anybody's may.
const ELSEWHERE: &str = "elsewhere.example";

#[tokio::test]
async fn a_page_of_another_origin_neither_signs_nor_connects() {
    let Some(scene) = Scene::start().await else { return };
    let foreign = Site::start(browser::bare()).await;
    let seen = scene.play_with("foreign", json!({"foreign": foreign.origin})).await;
    let expected = json!({
        "refused": {"error": "TypeError: Failed to fetch"},
        "elsewhere": "1006 ",
        "here": "open",
    });
    assert_eq!(seen, expected);
    scene.stop().await;
}

/// Other ports of this machine are the same site, and another name another; a name that is made to lead to
/// the very port of the page is an origin that the browser lets ask (DNS rebinding).
#[tokio::test]
async fn no_other_page_learns_of_the_stack_or_of_a_handshake() {
    let Some(scene) = Scene::start().await else { return };
    let site = Site::start(browser::bare()).await;
    let site_port = site.origin.rsplit_once(':').unwrap().1;
    let (_, page_port) = scene.stack.page().rsplit_once(':').unwrap();
    let from = json!({
        "same site": site.origin,
        "localhost": format!("http://localhost:{site_port}"),
        "another site": format!("http://{ELSEWHERE}:{site_port}"),
        "rebound": format!("http://{ELSEWHERE}:{page_port}"),
    });
    let resolver = format!("MAP {ELSEWHERE} 127.0.0.1,MAP localhost 127.0.0.1");
    let arguments = json!({"from": from, "resolver": resolver});
    let seen = scene.play_with("attack", arguments).await;
    let cannot_read = "TypeError: Failed to fetch";
    for (name, of_origin) in seen.as_object().unwrap() {
        // Of its own origin a page may read the refusal.
        let fetched = if name == "rebound" {
            "basic 403 this listener answers to loopback hosts only"
        } else {
            cannot_read
        };
        let expected = json!({
            "fetch with CORS": fetched,
            "fetch without CORS": fetched,
            "fetch with GET": fetched,
            "fetch with GET and without CORS": fetched,
            "fetch with a header": fetched,
            "script": "failed",
            "image": "failed",
            "WebSocket": "closed",
            "EventSource": "failed",
            "form": 403,
        });
        for path in ["/stack", "/trace"] {
            assert_eq!(of_origin[path], expected, "{name} {path}");
        }
        let expected = json!({
            "frame": "SecurityError",
            "what the frame shows": "chrome-error://chromewebdata/",
            "window": "SecurityError",
        });
        assert_eq!(of_origin["page"], expected, "{name}");
    }
    assert_eq!(seen.as_object().map(serde_json::Map::len), Some(4));
    scene.stop().await;
}
