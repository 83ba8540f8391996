//! A handshake tells of itself step by step: from its request to the end of its connection.

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use tests::stack::{ACCOUNT_ID, Options, Stack};
use tests::trace::{Told, event, names};
use tests::websocket::{self, split_url};
use tests::{http, template};

const ACCEPTED: [&str; 7] =
    ["arrived", "judged", "decided", "invoked", "answered", "stored", "ended"];

#[tokio::test]
async fn a_good_handshake_tells_all_of_itself_in_order() {
    let stack = Stack::start().await;
    let url = stack.sign(json!({"room": "lobby"})).await;
    let mut told = Told::by(&stack).await;
    let mut socket = websocket::open_with(&url, &[("X-Tag", "a")]).await.unwrap();
    let handshake = told.until("ended").await;
    assert_eq!(names(&handshake), ACCEPTED);
    let id = &handshake[0]["handshake"];
    assert!(handshake.iter().all(|event| event["handshake"] == *id), "{handshake:?}");

    let arrived = &handshake[0];
    assert_eq!(arrived["at"], stack.clock.now().unix_timestamp_nanos() as i64 / 1_000_000);
    assert_eq!(arrived["method"], "GET");
    let shown = arrived["url"].as_str().unwrap();
    let (before, _) = url.split_once("X-Amz-Security-Token=").unwrap();
    assert!(shown.starts_with(&format!("{before}X-Amz-Security-Token=(hidden)")), "{shown}");
    assert!(shown.ends_with("&X-Amz-Signature=(hidden)"), "{shown}");
    assert!(arrived["headers"].as_array().unwrap().contains(&json!(["X-Tag", "a"])));

    let judged = event(&handshake, "judged");
    let rules = judged["rules"].as_array().unwrap();
    let numbers: Vec<_> = rules.iter().map(|rule| rule["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=19).collect::<Vec<_>>());
    assert!(rules.iter().all(|rule| rule["status"] == "kept" && rule["found"].is_null()));
    let (authority, _) = split_url(&url);
    let canonical = judged["canonicalRequest"].as_array().unwrap();
    assert_eq!(canonical[..2], ["GET", "/prod"]);
    assert_eq!(canonical[3..6], [&*format!("host:{authority}"), "", "host"]);
    assert_eq!(judged["stringToSign"][0], "AWS4-HMAC-SHA256");

    let decided = event(&handshake, "decided");
    let signer =
        format!("arn:aws:sts::{ACCOUNT_ID}:assumed-role/{}/", stack.role("SignerRole").name);
    assert!(decided["principal"].as_str().unwrap().starts_with(&signer), "{decided}");
    assert_eq!(decided["action"], "execute-api:Invoke");
    assert!(decided["resource"].as_str().unwrap().ends_with("/prod/$connect"), "{decided}");
    assert!(decided["denied"].is_null());

    let invoked = event(&handshake, "invoked");
    assert!(invoked["function"].as_str().unwrap().contains("ConnectFunction"), "{invoked}");
    let (payload, connection_id) = (&invoked["payload"], &invoked["connectionId"]);
    assert_eq!(payload["requestContext"]["connectionId"], *connection_id);
    assert_eq!(payload["requestContext"]["requestId"], *id);
    assert_eq!(payload["requestContext"]["identity"]["userArn"], decided["principal"]);
    assert_eq!(payload["queryStringParameters"]["room"], "lobby");
    assert_eq!(payload["queryStringParameters"]["X-Amz-Signature"], "(hidden)");
    assert_eq!(payload["multiValueQueryStringParameters"]["X-Amz-Signature"], json!(["(hidden)"]));

    let answered = event(&handshake, "answered");
    assert_eq!(answered["answer"]["statusCode"], 200);
    assert!(answered["error"].is_null());

    let stored = event(&handshake, "stored");
    assert_eq!(stored["table"], stack.table_name("ConnectionsTable"));
    assert_eq!(stack.rows("ConnectionsTable"), [stored["item"].clone()]);
    assert_eq!(stored["item"]["connectionId"]["S"], *connection_id);

    let ended = event(&handshake, "ended");
    assert_eq!((&ended["status"], &ended["refusal"]), (&json!(101), &Value::Null));

    assert_eq!(socket.ask("hello").await["message"], "hello");
    socket.close().await;
    let end = told.until("disconnected").await;
    assert_eq!(names(&end), ["disconnected"]);
    assert_eq!(
        end.last(),
        Some(&json!({
            "event": "disconnected",
            "handshake": id,
            "statusCode": 1005,
            "reason": "Client-side close frame status not set",
            "left": 0,
        }))
    );
    stack.stop().await;
}

#[tokio::test]
async fn what_disconnect_leaves_is_counted() {
    let template = template::with(|tree| {
        template::at(tree, "Resources").as_mapping_mut().unwrap().remove("DisconnectRoute");
        let depends = template::at(tree, "Resources.WebSocketStage.DependsOn");
        depends.as_sequence_mut().unwrap().retain(|one| one.as_str() != Some("DisconnectRoute"));
    });
    let stack = Stack::start_with(Options::default().template(template)).await;
    let mut told = Told::by(&stack).await;
    stack.connect(json!({"room": "lobby"})).await.cut();
    let handshake = told.until("disconnected").await;
    let disconnected = event(&handshake, "disconnected");
    assert_eq!((&disconnected["statusCode"], &disconnected["left"]), (&json!(1006), &json!(1)));
    stack.stop().await;
}

#[tokio::test]
async fn a_signature_in_headers_is_judged_too() {
    let stack = Stack::start().await;
    let body = json!({"authMethod": "header", "query": {"room": "lobby"}});
    let signed = stack.ask_to_sign(&body).await.json();
    let headers = signed["headers"].as_object().unwrap().iter();
    let headers: Vec<_> =
        headers.map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
    let mut told = Told::by(&stack).await;
    let socket = websocket::open_with(signed["url"].as_str().unwrap(), &headers).await.unwrap();
    let handshake = told.until("ended").await;
    assert_eq!(names(&handshake), ACCEPTED);
    let judged = event(&handshake, "judged");
    let lines = judged["canonicalRequest"].as_array().unwrap();
    assert!(lines.contains(&json!("x-amz-security-token:(hidden)")), "{lines:?}");
    let headers = handshake[0]["headers"].as_array().unwrap();
    let header = |name: &str| {
        let of_name = |header: &&Value| header[0].as_str().unwrap().eq_ignore_ascii_case(name);
        headers.iter().find(of_name).map(|header| &header[1])
    };
    assert_eq!(header("Authorization"), Some(&json!("(hidden)")));
    assert_eq!(header("X-Amz-Security-Token"), Some(&json!("(hidden)")));
    socket.close().await;
    stack.stop().await;
}

#[tokio::test]
async fn without_authorization_nothing_is_judged_or_decided() {
    let template = template::with(|tree| {
        template::set(tree, "ConnectRoute", "AuthorizationType", "NONE");
    });
    let stack = Stack::start_with(Options::default().template(template)).await;
    let mut told = Told::by(&stack).await;
    let reply = websocket::open(stack.websocket_url()).await.expect_err("no signer called");
    assert_eq!(reply.status, 403);
    let handshake = told.until("ended").await;
    assert_eq!(names(&handshake), ["arrived", "invoked", "answered", "ended"]);
    assert_eq!(handshake.last().unwrap()["refusal"]["rule"], 28);
    stack.stop().await;
}

#[tokio::test]
async fn a_handshake_at_a_custom_domain_tells_the_address_that_was_opened() {
    let options = Options::default()
        .parameter("WebSocketDomainName", "ws.example.com")
        .parameter("WebSocketBasePath", "live")
        .parameter("HostedZoneId", "Z0123456789ABCDEFGHIJ");
    let stack = Stack::start_with(options).await;
    let mut told = Told::by(&stack).await;
    let socket = stack.connect(json!({})).await;
    let handshake = told.until("ended").await;
    assert_eq!(names(&handshake), ACCEPTED);
    let address = stack.running.websocket_domains[0].address;
    let url = handshake[0]["url"].as_str().unwrap();
    assert!(url.starts_with(&format!("ws://{address}/live?")), "{url}");
    assert_eq!(event(&handshake, "judged")["canonicalRequest"][1], "/live");
    socket.close().await;
    stack.stop().await;
}

#[tokio::test]
async fn a_denial_is_told_in_the_words_of_the_policies() {
    let stack = Stack::start().await;
    let credentials = stack.function_credentials("DisconnectFunctionRole");
    let mut told = Told::by(&stack).await;
    let url = stack.signed_url(&credentials, "prod", "abcdefghijklmnopqrstuv");
    assert_eq!(websocket::open(&url).await.expect_err("a denial").status, 403);
    let handshake = told.until("ended").await;
    assert_eq!(names(&handshake), ["arrived", "judged", "decided", "ended"]);
    let denied = event(&handshake, "decided")["denied"].as_str().unwrap().to_owned();
    assert!(denied.contains("is not authorized to perform: execute-api:Invoke"), "{denied}");
    assert_eq!(handshake.last().unwrap()["refusal"]["found"], denied);
    stack.stop().await;
}

#[tokio::test]
async fn what_comes_before_the_signature_ends_a_handshake_at_once() {
    let stack = Stack::start().await;
    let (authority, target) = split_url(&stack.sign(json!({})).await);
    let mut told = Told::by(&stack).await;
    let elsewhere = target.replacen("/prod", "/test", 1);
    assert!(websocket::open_raw(&authority, &elsewhere, &[]).await.is_err());
    http::request("GET", &format!("http://{authority}{target}"), &[], b"").await;
    for rule in [22, 23] {
        let handshake = told.until("ended").await;
        assert_eq!(names(&handshake), ["arrived", "ended"]);
        assert_eq!(handshake[1]["refusal"]["rule"], rule);
    }
    stack.stop().await;
}

#[tokio::test]
async fn a_handshake_that_came_while_nobody_watched_is_not_told_and_connections_are_none() {
    let stack = Stack::start().await;
    let early = stack.connect(json!({})).await;
    let mut told = Told::by(&stack).await;
    early.close().await;
    stack.all_disconnected().await;
    let connections = stack.websocket_url().replacen("ws://", "http://", 1) + "/@connections/none";
    assert_eq!(http::post(&connections, "{}").await.status, 403);
    let elsewhere = connections.replacen("/prod", "/test", 1);
    assert_eq!(http::post(&elsewhere, "{}").await.status, 403);

    let late = stack.connect(json!({"room": "late"})).await;
    let handshake = told.until("ended").await;
    assert_eq!(names(&handshake), ACCEPTED);
    late.close().await;
    told.until("disconnected").await;
    stack.stop().await;
}

#[tokio::test]
async fn a_functions_line_is_told_with_the_handshake_whose_connection_it_names_even_when_it_comes_late()
 {
    let stack = Stack::start().await;
    let url = stack.sign(json!({})).await;
    let mut told = Told::by(&stack).await;
    websocket::open(&url).await.unwrap().close().await;
    let first = told.until("disconnected").await;
    assert_eq!(websocket::open(&url).await.expect_err("a second use").status, 403);
    // By the function itself, as soon as its line is read: before `ended` or after it.
    let mut second = told.until("ended").await;
    let is_refusal =
        |event: &Value| event["line"].as_str().is_some_and(|line| line.contains("nonce_spent"));
    while !second.iter().any(is_refusal) {
        second.push(told.next().await);
    }
    let mut lines = second.iter().filter(|event| is_refusal(event));
    let logged = lines.next().unwrap();
    assert_eq!((&logged["event"], lines.next()), (&json!("logged"), None));
    let record: Value = serde_json::from_str(logged["line"].as_str().unwrap()).unwrap();
    assert_eq!(logged["function"], event(&second, "invoked")["function"]);
    assert_eq!(logged["handshake"], event(&second, "arrived")["handshake"]);
    assert_eq!(record["reason"], "nonce_spent");
    assert_eq!(record["connection_id"], event(&second, "invoked")["connectionId"]);

    let output = stack.running.services.trace.overhear(Arc::new(|_, _| {}));
    let connection_id = event(&first, "invoked")["connectionId"].as_str().unwrap();
    output("Late", "of no connection");
    output("Late", &format!("of {connection_id} at last"));
    let mut late = told.next().await;
    while late["function"] != "Late" {
        late = told.next().await;
    }
    assert_eq!(
        late,
        json!({
            "event": "logged",
            "handshake": first[0]["handshake"],
            "function": "Late",
            "line": format!("of {connection_id} at last"),
        })
    );
    stack.stop().await;
}

#[tokio::test]
async fn a_url_that_was_tampered_with_shows_the_canonical_request_that_was_not_signed() {
    let stack = Stack::start().await;
    let url = stack.sign(json!({"room": "lobby"})).await + "&role=admin";
    let mut told = Told::by(&stack).await;
    assert_eq!(websocket::open(&url).await.expect_err("a refusal").status, 403);
    let handshake = told.until("ended").await;
    assert_eq!(names(&handshake), ["arrived", "judged", "ended"]);
    let judged = event(&handshake, "judged");
    let query = judged["canonicalRequest"][2].as_str().unwrap();
    assert!(query.contains("&role=admin&room=lobby"), "{query}");
    let statuses: Vec<_> =
        judged["rules"].as_array().unwrap().iter().map(|rule| &rule["status"]).collect();
    assert!(statuses[..18].iter().all(|status| **status == "kept"));
    assert_eq!(statuses[18], "broken");
    let decoded = percent_decode_str(query).decode_utf8_lossy().into_owned();
    assert!(decoded.contains("X-Amz-Security-Token=(hidden)"), "{decoded}");
    stack.stop().await;
}
