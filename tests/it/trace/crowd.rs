//! Many handshakes at once, each told apart from the others.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::stack::Stack;
use tests::trace::{Told, event, names};
use tests::websocket;

const URLS: usize = 20;
const USES: usize = 5;

#[tokio::test]
async fn a_hundred_handshakes_at_once_keep_their_lines_apart() {
    let stack = Stack::start().await;
    let mut urls = Vec::new();
    for number in 0..URLS {
        urls.push(stack.sign(json!({"room": format!("room{number}")})).await);
    }
    let mut told = Told::by(&stack).await;
    let uses = urls.iter().flat_map(|url| std::iter::repeat_n(url, USES));
    let opened = join_all(uses.map(|url| websocket::open(url))).await;
    let sockets: Vec<_> = opened.into_iter().filter_map(Result::ok).collect();
    assert_eq!(sockets.len(), URLS);

    let mut handshakes = BTreeMap::<String, Vec<Value>>::new();
    // Each is ended once, and each refusal is logged once by the function.
    let (mut ended, mut logged) = (0, 0);
    while ended < URLS * USES || logged < URLS * (USES - 1) {
        let one = told.next().await;
        ended += usize::from(one["event"] == "ended");
        logged += usize::from(one["event"] == "logged");
        handshakes.entry(one["handshake"].as_str().unwrap().to_owned()).or_default().push(one);
    }
    assert_eq!((handshakes.len(), ended, logged), (URLS * USES, URLS * USES, URLS * (USES - 1)));
    for events in handshakes.values() {
        let invoked = event(events, "invoked");
        let connection_id = invoked["connectionId"].as_str().unwrap();
        let accepted = event(events, "ended")["status"] == 101;
        let lines: Vec<_> = events.iter().filter(|event| event["event"] == "logged").collect();
        assert!(lines.iter().all(|one| one["line"].as_str().unwrap().contains(connection_id)));
        let mut expected = vec!["arrived", "judged", "decided", "invoked", "answered"];
        expected.extend(accepted.then_some("stored"));
        expected.push("ended");
        assert_eq!((names(events), lines.len()), (expected, usize::from(!accepted)));
        let room = &invoked["payload"]["queryStringParameters"]["room"];
        let url = events[0]["url"].as_str().unwrap();
        assert!(url.contains(&format!("room={}&", room.as_str().unwrap())), "{url}");
        if accepted {
            let item = &event(events, "stored")["item"];
            assert_eq!(item["requested"]["M"]["room"]["S"], *room);
            assert_eq!(item["connectionId"]["S"], connection_id);
        }
    }
    stack.stop().await;
}
