//! What a function is told of a request that came through a custom domain.

use serde_json::{Value, json};
use tests::probe::Probe;
use tests::stack::Stack;
use tests::websocket::{Handshake, split_url};
use tests::{http, template};
use url::Url;

use super::{http_domain, websocket_domain, with_domains};

/// The `$connect` event, and that of a message.
#[tokio::test]
async fn the_events_of_a_connection_have_the_stage_and_no_base_path() {
    let probe = Probe::listen(env!("CARGO_BIN_EXE_probe")).await;
    let functions = ["ConnectFunction", "DefaultFunction"];
    let stack = Stack::start_with(probe.replace(with_domains("", "chat"), &functions)).await;
    let answered = async || {
        let mut invocation = probe.invoked().await;
        let event = invocation.event.take();
        invocation.answer(&json!({"statusCode": 200})).await;
        event
    };
    let (authority, target) = split_url(&stack.sign(json!({"room": "lobby"})).await);
    let headers = [("X-Tag", "a")];
    let handshake = Handshake::begin(&authority, &target, &headers).await;
    let connect = answered().await;
    let mut socket = handshake.answer().await.expect("connected");
    socket.send("hello").await;
    let message = answered().await;
    let api = &stack.template.websocket_apis[0].id;
    for event in [&connect, &message] {
        let context = &event["requestContext"];
        let found = ["stage", "domainName", "apiId"].map(|name| context[name].clone());
        assert_eq!(found, [json!("prod"), json!("127.0.0.1"), json!(api)]);
    }
    assert_eq!(connect["headers"]["Host"], websocket_domain(&stack));
    assert_eq!(connect["headers"]["X-Tag"], "a");
    assert_eq!(connect["queryStringParameters"]["room"], "lobby");
    assert!(!connect["requestContext"].to_string().contains("chat"), "the base path is not told");
    socket.cut();
    stack.stop().await;
}

/// The path of an event, of a request to this path of the domain, where the stage has this name.
async fn path(stage: &str, base_path: &str, path: &str) -> Value {
    let probe = Probe::listen(env!("CARGO_BIN_EXE_probe")).await;
    let template = template::with(|tree| {
        template::set(tree, "HttpStage", "StageName", stage);
        template::set(tree, "SignRoute", "RouteKey", "$default");
        let permission = "arn:aws:execute-api:eu-west-1:111122223333:*";
        template::set(tree, "SignPermission", "SourceArn", permission);
    });
    let options = probe.replace(with_domains(base_path, "").template(template), &["SignFunction"]);
    let stack = Stack::start_with(options).await;
    let asked = format!("http://{}{path}", http_domain(&stack));
    let answering = async {
        let mut invocation = probe.invoked().await;
        let event = invocation.event.take();
        invocation.answer(&json!({"statusCode": 200})).await;
        event
    };
    let (event, reply) = tokio::join!(answering, http::post(&asked, "{}"));
    assert_eq!(reply.status, 200);
    let context = &event["requestContext"];
    assert_eq!((&context["stage"], &context["http"]["path"]), (&json!(stage), &event["rawPath"]));
    assert_eq!(
        (&context["domainName"], &context["domainPrefix"]),
        (&json!("127.0.0.1"), &json!("127"))
    );
    let host = Url::parse(&asked).unwrap();
    assert_eq!(event["headers"]["host"], http::authority(&host));
    stack.stop().await;
    event["rawPath"].clone()
}

#[tokio::test]
async fn the_path_has_the_stage_in_place_of_the_base_path() {
    assert_eq!(path("$default", "v1", "/v1/sign").await, "/sign");
    assert_eq!(path("$default", "v1", "/v1").await, "/");
    assert_eq!(path("$default", "", "/sign").await, "/sign");
    assert_eq!(path("live", "v1/urls", "/v1/urls/a%20b").await, "/live/a b");
}

#[tokio::test]
async fn what_is_left_of_a_segment_is_a_path() {
    assert_eq!(path("$default", "v1/urls", "/v1/urlsign").await, "/ign");
    assert_eq!(path("live", "v1/urls", "/v1/urlsign").await, "/live/ign");
}
