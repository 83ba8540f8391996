//! Public clients against a stack, each on its ordinary path: wscat, Python's websockets, boto3. (The AWS
//! CLI has `aws_cli`, the Rust SDKs are in the functions.)

use std::time::Duration;

use aws_credential_types::Credentials;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use tests::stack::{Options, REGION, Stack};
use tests::tool::{self, Running};
use tests::{aws, python, websocket};

const PAGE: &str = "https://app.example.com";

/// wscat with these arguments. `None`, and a word on stderr, where there is none.
fn wscat(arguments: &[&str]) -> Option<Running> {
    tool::start("wscat", tool::command("wscat").args(arguments))
}

/// The next message that wscat shows, without its prompt.
async fn said(wscat: &mut Running) -> String {
    let line = wscat.line().await;
    line.trim_start_matches("> ").to_owned()
}

/// What wscat says of a URL, with these arguments more, that does not open.
async fn check_wscat_refused(url: &str, arguments: &[&str], said: &str) {
    let wscat = wscat(&[&["-c", url], arguments].concat()).unwrap();
    assert_eq!(wscat.end_by_itself().await.failed(), format!("error: {said}"));
}

#[tokio::test]
async fn wscat_sends_the_lines_that_are_typed() {
    let stack = Stack::start().await;
    let url = stack.sign(json!({"room": "lobby"})).await;
    let Some(mut wscat) = wscat(&["-c", &url]) else { return };
    // It reads no line before it is connected, and it says so to a terminal only.
    greet(&stack, "welcome").await;
    assert_eq!(said(&mut wscat).await, "welcome");
    for text in ["hello", "gr\u{fc}\u{df} \u{1f6aa}"] {
        wscat.type_line(text).await;
        let echo: Value = serde_json::from_str(&said(&mut wscat).await).unwrap();
        assert_eq!(echo["message"], text);
        assert_eq!(echo["connection"]["requested"], json!({"room": "lobby"}));
    }
    assert_eq!(wscat.end().await.succeeded(), Value::Null);
    stack.all_disconnected().await;
    assert_eq!(stack.rows("ConnectionsTable"), Vec::<Value>::new());

    check_wscat_refused(&url, &[], "Unexpected server response: 403").await;
    assert_eq!(stack.log_count("ConnectFunction", "nonce_spent"), 1);
    let changed = stack.sign(json!({"room": "lobby"})).await.replace("lobby", "lobbz");
    check_wscat_refused(&changed, &[], "Unexpected server response: 403").await;
    check_wscat_refused(stack.websocket_url(), &[], "Unexpected server response: 403").await;
    stack.stop().await;
}

#[tokio::test]
async fn wscat_names_an_origin_and_a_subprotocol() {
    let options = Options::default()
        .parameter("AllowedOrigins", PAGE)
        .parameter("Subprotocols", "chat.v1,chat.v2");
    let stack = Stack::start_with(options).await;
    let url = stack.sign(json!({})).await;
    // wscat takes no answer that does not choose one of the subprotocols that it offers.
    let arguments =
        ["-c", &url, "-o", PAGE, "-s", "other", "-s", "chat.v2", "-x", "hello", "-w", "-1"];
    let Some(mut wscat) = wscat(&arguments) else { return };
    let echo: Value = serde_json::from_str(&said(&mut wscat).await).unwrap();
    assert_eq!(echo["message"], "hello");
    wscat.end().await.succeeded();

    let url = stack.sign(json!({})).await;
    let elsewhere = ["-o", "https://evil.example.com"];
    check_wscat_refused(&url, &elsewhere, "Unexpected server response: 403").await;
    check_wscat_refused(&url, &["-o", PAGE, "-s", "other"], "Unexpected server response: 400")
        .await;
    stack.stop().await;
}

/// Posts to the only connection, as soon as it is open.
async fn greet(stack: &Stack, text: &str) {
    let credentials = aws::credentials(stack.running.iam.developer());
    let id = loop {
        if let [row] = &stack.rows("ConnectionsTable")[..] {
            break row["connectionId"]["S"].as_str().unwrap().to_owned();
        }
        tokio::task::yield_now().await;
    };
    let url = connection_url(stack, &id);
    let post = async || {
        aws::send(&credentials, "execute-api", "POST", &url, &[], text.as_bytes()).await.status
    };
    // The row is there before the connection is.
    while post().await != 200 {}
}

/// Where `@connections` answers for a connection.
fn connection_url(stack: &Stack, id: &str) -> String {
    let id = utf8_percent_encode(id, NON_ALPHANUMERIC);
    format!("{}/@connections/{id}", management_url(stack))
}

/// The endpoint of `@connections`, as SDKs want it.
fn management_url(stack: &Stack) -> String {
    stack.websocket_url().replacen("ws://", "http://", 1)
}

#[tokio::test]
async fn pythons_websockets_talks() {
    let stack = Stack::start().await;
    let urls =
        [stack.sign(json!({})).await, stack.sign(json!({})).await, stack.sign(json!({})).await];
    let script = include_str!("../clients/talk.py");
    let Some(seen) = python::script(script, &urls.each_ref().map(String::as_str), &[]).await else {
        return;
    };
    let mut seen = seen.succeeded();
    assert_eq!(seen["echo"].take()["message"], "hello");
    assert!(seen["offered"].take().as_str().unwrap().contains("permessage-deflate"));
    assert!(seen["pong"].take().is_boolean(), "waited for and came");
    let expected = json!({
        "offered": null, "negotiated": null, "echo": null, "pong": null,
        "fragments come back": true, "own close": 1000, "frame of 33 KiB": 1009, "binary": 1003,
    });
    assert_eq!(seen, expected);
    stack.all_disconnected().await;
    assert_eq!(stack.rows("ConnectionsTable"), Vec::<Value>::new());
    stack.stop().await;
}

#[tokio::test]
async fn pythons_websockets_is_told_why_a_connection_ends() {
    let stack = Stack::start().await;
    let script = include_str!("../clients/wait_for_the_end.py");
    let url = stack.sign(json!({})).await;
    let Some(mut idle) = python::start("websockets", script, &[&url]).await else { return };
    idle.line().await;
    stack.pass(Duration::from_secs(10 * 60)).await;
    assert_eq!(idle.line().await, "1001 Going away");
    idle.end().await.succeeded();

    let url = stack.sign(json!({})).await;
    let mut deleted = python::start("websockets", script, &[&url]).await.unwrap();
    let url = connection_url(&stack, &deleted.line().await);
    let developer = aws::credentials(stack.running.iam.developer());
    let reply = aws::send(&developer, "execute-api", "DELETE", &url, &[], b"").await;
    assert_eq!(reply.status, 204, "{}", reply.text());
    assert_eq!(deleted.line().await, "1000 Connection Closed Normally");
    deleted.end().await.succeeded();
    stack.stop().await;
}

#[tokio::test]
async fn boto3_manages_a_connection() {
    let stack = Stack::start().await;
    check_boto3_manages_a_connection(&stack, &management_url(&stack)).await;
    stack.stop().await;
}

/// That boto3 posts to a new connection, is told of it and ends it, at this endpoint of `@connections`.
pub(crate) async fn check_boto3_manages_a_connection(stack: &Stack, endpoint: &str) {
    let connected_at = stack.clock.epoch_milliseconds();
    let mut socket = stack.connect(json!({})).await;
    let id = socket.ask("hello").await["connection"]["connectionId"].take();
    let function = stack.function_credentials("DefaultFunctionRole");
    let developer = aws::credentials(stack.running.iam.developer());
    let mut variables = variables(&function);
    variables.push(("DEVELOPER_ACCESS_KEY_ID", developer.access_key_id()));
    variables.push(("DEVELOPER_SECRET_ACCESS_KEY", developer.secret_access_key()));
    let script = include_str!("../clients/manage.py");
    let arguments = [endpoint, id.as_str().unwrap()];
    let Some(seen) = python::script(script, &arguments, &variables).await else { return };
    let expected = json!({
        "too large": ["PayloadTooLargeException", "PayloadTooLargeException", 413],
        // Not the model's ForbiddenException: IAM's own code is not among those that boto3 knows here.
        "not allowed": ["ClientError", "AccessDeniedException", 403],
        "connected at": connected_at,
        "source": "127.0.0.1",
        "gone": ["GoneException", "GoneException", 410],
    });
    assert_eq!(seen.succeeded(), expected, "{endpoint}");
    assert_eq!(socket.text().await, "from boto3");
    assert_eq!(socket.closed().await.map(|frame| u16::from(frame.code)), Some(1000));
}

/// botocore is the signer that everybody's Python uses: its URLs open a connection, where the role is
/// the stack's and the parameters are those that sign-fn would set.
#[tokio::test]
async fn a_url_that_botocore_signs_opens_a_connection() {
    let stack = Stack::start().await;
    let signer = stack.function_credentials("SignFunctionRole");
    let expires = stack.clock.now().unix_timestamp() + 60;
    let granted =
        format!("room=l%C3%B6bby%20%2B&grant.expires={expires}&grant.nonce=q83vEjRWeJCrze8SNFZ4kA");
    let role = &stack.role("SignerRole").arn;
    let endpoint = stack.aws_url();
    let arguments = [&*endpoint, role, stack.websocket_url(), &granted, "room=lobby"];
    let script = include_str!("../clients/sign.py");
    let Some(urls) = python::script(script, &arguments, &variables(&signer)).await else { return };
    let urls = urls.succeeded();

    let mut socket = websocket::open(urls[0].as_str().unwrap()).await.unwrap();
    let echo = socket.ask("hello").await;
    assert_eq!(echo["connection"]["requested"], json!({"room": "l\u{f6}bby +"}));
    let developer = aws::credentials(stack.running.iam.developer());
    let table = stack.table_name("ConnectionsTable");
    let script = include_str!("../clients/scan.py");
    let items = python::script(script, &[&endpoint, &table], &variables(&developer)).await;
    let items = items.unwrap().succeeded();
    assert_eq!(items.as_array().unwrap().len(), 1);
    assert_eq!(items[0]["connectionId"], echo["connection"]["connectionId"]);
    assert_eq!(items[0]["connectedAt"], echo["connection"]["connectedAt"]);

    // Without the two that sign-fn always sets, the signature is as good and ws-connect refuses.
    let refused = websocket::open(urls[1].as_str().unwrap()).await.unwrap_err();
    assert_eq!(refused.status, 403);
    tests::waiting::eventually("the log says why", || {
        stack.log_count("ConnectFunction", "expires_missing") == 1
    })
    .await;
    socket.close().await;
    stack.stop().await;
}

/// The environment of a script that calls AWS.
fn variables(credentials: &Credentials) -> Vec<(&'static str, &str)> {
    let mut variables = vec![
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", credentials.access_key_id()),
        ("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key()),
    ];
    variables.extend(credentials.session_token().map(|token| ("AWS_SESSION_TOKEN", token)));
    variables
}
