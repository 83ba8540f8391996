//! HTTP APIs: the event, the answer, what the API answers itself, CORS, throttling.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tests::http::{self, Reply};
use tests::probe::Probe;
use tests::stack::{ACCOUNT_ID, Options, Stack};
use tests::{aws, template, websocket};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use yaml_serde::Value as Yaml;

const JSON: (&str, &str) = ("Content-Type", "application/json");
const PAGE: (&str, &str) = ("Origin", "https://app.example.com");
const ASKS_FOR_POST: (&str, &str) = ("Access-Control-Request-Method", "POST");

/// A stack whose HTTP API has one route, to a function that the test plays.
struct Api {
    probe: Probe,
    stack: Stack,
}

impl Api {
    /// With the template's own route, `POST /sign`.
    async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    async fn start_with(change: impl FnOnce(&mut Yaml)) -> Self {
        let probe = Probe::listen(env!("CARGO_BIN_EXE_probe")).await;
        let options = Options::default().template(template::with(change));
        let stack = Stack::start_with(probe.replace(options, &["SignFunction"])).await;
        Self { probe, stack }
    }

    /// With a route of this key instead, which API Gateway may invoke the function for.
    async fn with_route(key: &str, change: impl FnOnce(&mut Yaml)) -> Self {
        Self::start_with(|tree| {
            set(tree, "SignRoute", "RouteKey", &json!(key));
            let source = "arn:aws:execute-api:*:*:*";
            set(tree, "SignPermission", "SourceArn", &json!(source));
            change(tree);
        })
        .await
    }

    fn url(&self, target: &str) -> String {
        format!("http://{}{target}", self.stack.running.http_apis[0].address)
    }

    /// A request that reaches the function, which answers it so: the event, and the reply.
    async fn ask(
        &self,
        request: (&str, &str),
        headers: &[(&str, &str)],
        body: &[u8],
        answer: &str,
    ) -> (Value, Reply) {
        let url = self.url(request.1);
        let invoked = async {
            let invocation = self.probe.invoked().await;
            let event = invocation.event.clone();
            invocation.answer_text(answer).await;
            event
        };
        tokio::join!(invoked, http::request(request.0, &url, headers, body))
    }

    /// What becomes of an answer of the function.
    async fn reply(&self, answer: &str) -> Reply {
        self.ask(("POST", "/sign"), &[], b"", answer).await.1
    }

    /// The event of a request.
    async fn event(&self, request: (&str, &str), headers: &[(&str, &str)], body: &[u8]) -> Value {
        self.ask(request, headers, body, r#"{"statusCode": 200}"#).await.0
    }
}

/// Gives a resource of the template one property more, or another.
fn set(tree: &mut Yaml, resource: &str, property: &str, value: &Value) {
    let properties = template::at(tree, &format!("Resources.{resource}.Properties"));
    let value: Yaml = yaml_serde::from_str(&value.to_string()).unwrap();
    properties.as_mapping_mut().unwrap().insert(property.into(), value);
}

/// An answer of the API itself.
#[track_caller]
fn check_message(reply: &Reply, status: u16, message: &str) {
    let body = format!(r#"{{"message":"{message}"}}"#);
    assert_eq!((reply.status, reply.text()), (status, body));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    check_request_id(reply);
}

/// 16 characters, the last of them `=`.
#[track_caller]
fn check_request_id(reply: &Reply) {
    let id = reply.header("apigw-requestid").expect("apigw-requestid");
    assert!(id.len() == 16 && id.ends_with('='), "{id}");
    assert_eq!(reply.header("x-amzn-requestid"), None);
}

#[tokio::test]
async fn the_event_of_a_request_has_these_keys_and_no_others() {
    let api = Api::start().await;
    let headers = [
        ("User-Agent", "curl/8.9.1"),
        JSON,
        ("Cookie", "theme=dark; id=1"),
        ("X-Tag", "a"),
        ("x-tag", "b"),
        ("cookie", "last=2"),
    ];
    let event = api.event(("POST", "/sign?a=1&b=x%20y&a=2&c"), &headers, br#"{"a": 1}"#).await;
    let host = api.stack.running.http_apis[0].address;
    let now = api.stack.clock.now();
    let context = &event["requestContext"];
    let expected = json!({
        "version": "2.0",
        "routeKey": "POST /sign",
        "rawPath": "/sign",
        "rawQueryString": "a=1&b=x%20y&a=2&c",
        "cookies": ["theme=dark", "id=1", "last=2"],
        "headers": {
            "content-length": "8",
            "content-type": "application/json",
            "host": host.to_string(),
            "user-agent": "curl/8.9.1",
            "x-amzn-trace-id": event["headers"]["x-amzn-trace-id"],
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": host.port().to_string(),
            "x-forwarded-proto": "http",
            "x-tag": "a,b",
        },
        "queryStringParameters": {"a": "1,2", "b": "x y", "c": ""},
        "requestContext": {
            "accountId": ACCOUNT_ID,
            "apiId": api.stack.template.http_apis[0].id,
            "domainName": host.ip().to_string(),
            "domainPrefix": "127",
            "http": {
                "method": "POST",
                "path": "/sign",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "curl/8.9.1",
            },
            "requestId": context["requestId"],
            "routeKey": "POST /sign",
            "stage": "$default",
            "time": local::events::common_log_time(now),
            "timeEpoch": local::clock::epoch_milliseconds(now),
        },
        "body": r#"{"a": 1}"#,
        "isBase64Encoded": false,
    });
    assert_eq!(event, expected);
    let trace = event["headers"]["x-amzn-trace-id"].as_str().unwrap();
    assert!(trace.starts_with("Root=1-"), "{trace}");
    api.stack.stop().await;
}

#[tokio::test]
async fn what_a_request_lacks_its_event_lacks() {
    let api = Api::start().await;
    let event = api.event(("POST", "/sign"), &[], b"").await;
    let mut keys: Vec<_> = event.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    let expected = [
        "headers",
        "isBase64Encoded",
        "rawPath",
        "rawQueryString",
        "requestContext",
        "routeKey",
        "version",
    ];
    assert_eq!(keys, expected);
    assert_eq!((&event["rawQueryString"], &event["isBase64Encoded"]), (&json!(""), &json!(false)));
    assert_eq!(event["requestContext"]["http"]["userAgent"], "");
    api.stack.stop().await;
}

#[tokio::test]
async fn a_body_that_is_not_named_as_text_arrives_in_base64() {
    let api = Api::start().await;
    let check = async |content_type: Option<&str>, expected: (&str, bool)| {
        let header = content_type.map(|value| ("Content-Type", value));
        let event = api.event(("POST", "/sign"), header.as_slice(), b"a=1").await;
        let found = (&event["body"], &event["isBase64Encoded"]);
        assert_eq!(found, (&json!(expected.0), &json!(expected.1)), "{content_type:?}");
    };
    let encoded = BASE64_STANDARD.encode("a=1");
    check(Some("text/plain"), ("a=1", false)).await;
    check(Some("application/json; charset=utf-8"), ("a=1", false)).await;
    check(Some("application/x-www-form-urlencoded"), (&encoded, true)).await;
    check(None, (&encoded, true)).await;
    api.stack.stop().await;
}

#[tokio::test]
async fn a_named_stage_stands_before_the_path_which_is_decoded() {
    let api = Api::with_route("GET /rooms/{room}", |tree| {
        set(tree, "HttpStage", "StageName", &json!("beta"));
        set(tree, "HttpStage", "StageVariables", &json!({"colour": "blue"}));
    })
    .await;
    let event = api.event(("GET", "/beta/rooms/lo%20bby?a=%20"), &[], b"").await;
    assert_eq!(event["rawPath"], "/beta/rooms/lo bby");
    assert_eq!(event["requestContext"]["http"]["path"], "/beta/rooms/lo bby");
    assert_eq!(event["rawQueryString"], "a=%20");
    assert_eq!(event["pathParameters"], json!({"room": "lo bby"}));
    assert_eq!(event["stageVariables"], json!({"colour": "blue"}));
    assert_eq!(event["requestContext"]["stage"], "beta");
    let other = http::request("GET", &api.url("/rooms/a"), &[], b"").await;
    check_message(&other, 404, "Not Found");
    api.stack.stop().await;
}

#[tokio::test]
async fn the_default_route_takes_what_no_other_does() {
    let api = Api::with_route("$default", |_| {}).await;
    for method in ["GET", "OPTIONS", "DELETE"] {
        let event = api.event((method, "/any/where"), &[], b"").await;
        assert_eq!(event["routeKey"], "$default");
        assert_eq!(event["requestContext"]["routeKey"], "$default");
        assert_eq!(event["requestContext"]["http"]["method"], method);
        assert_eq!(event.get("pathParameters"), None);
    }
    api.stack.stop().await;
}

#[tokio::test]
async fn the_event_says_who_signed() {
    let api = Api::start_with(|tree| {
        set(tree, "SignRoute", "AuthorizationType", &json!("AWS_IAM"));
    })
    .await;
    let developer = api.stack.running.iam.developer();
    let credentials = aws::credentials(developer);
    let url = api.url("/sign");
    let signed = aws::send(&credentials, "execute-api", "POST", &url, &[], b"");
    let (invocation, _) = tokio::join!(
        async {
            let invocation = api.probe.invoked().await;
            let event = invocation.event.clone();
            invocation.answer(&json!({"statusCode": 200})).await;
            event
        },
        signed
    );
    let caller = developer.caller();
    let expected = json!({"iam": {
        "accessKey": credentials.access_key_id(),
        "accountId": ACCOUNT_ID,
        "callerId": caller.user_id(),
        "cognitoIdentity": null,
        "userArn": caller.arn(),
        "userId": caller.user_id(),
    }});
    assert_eq!(invocation["requestContext"]["authorizer"], expected);
    let unsigned = http::request("POST", &url, &[], b"").await;
    check_message(&unsigned, 403, "Forbidden");
    api.stack.stop().await;
}

#[tokio::test]
async fn an_answer_becomes_the_response() {
    let api = Api::start().await;
    let whole = api.reply(r#"{ "a": 1.0 }"#).await;
    assert_eq!((whole.status, whole.text()), (200, r#"{ "a": 1.0 }"#.to_owned()));
    assert_eq!(whole.header("content-type"), Some("application/json"));

    let answer = json!({
        "statusCode": 418,
        "headers": {"Content-Type": "image/png", "X-A": "1", "Transfer-Encoding": "chunked"},
        "cookies": ["a=1; Secure", "b=2"],
        "body": BASE64_STANDARD.encode([0, 255]),
        "isBase64Encoded": true,
    });
    let reply = api.reply(&answer.to_string()).await;
    assert_eq!((reply.status, reply.body.as_slice()), (418, [0, 255].as_slice()));
    assert_eq!(reply.header("content-type"), Some("image/png"));
    assert_eq!(reply.header("x-a"), Some("1"));
    let cookies = reply.headers.iter().filter(|(name, _)| name == "set-cookie");
    let cookies: Vec<_> = cookies.map(|(_, value)| value.as_str()).collect();
    assert_eq!(cookies, ["a=1; Secure", "b=2"]);

    let untyped = api.reply(r#"{"statusCode": 200, "body": "a"}"#).await;
    assert_eq!(untyped.header("content-type"), Some("text/plain; charset=utf-8"));
    api.stack.stop().await;
}

#[tokio::test]
async fn a_function_that_fails_or_answers_nonsense_is_an_internal_server_error() {
    let api = Api::start().await;
    let malformed = [
        r#"{"statusCode": "x"}"#,
        r#"{"statusCode": 200, "body": {}}"#,
        r#"{"statusCode": 101}"#,
        r#"{"statusCode": 103}"#,
    ];
    for malformed in malformed {
        check_message(&api.reply(malformed).await, 500, "Internal Server Error");
    }
    let url = api.url("/sign");
    let failing = async { api.probe.invoked().await.fail("Oops", "it broke").await };
    let ((), reply) = tokio::join!(failing, http::post(&url, ""));
    check_message(&reply, 500, "Internal Server Error");
    let crashing = async { api.probe.invoked().await.crash() };
    let ((), reply) = tokio::join!(crashing, http::post(&url, ""));
    check_message(&reply, 500, "Internal Server Error");
    api.stack.stop().await;
}

#[tokio::test]
async fn an_integration_that_takes_too_long_is_unavailable() {
    let api = Api::start_with(|tree| {
        set(tree, "SignIntegration", "TimeoutInMillis", &json!(50));
    })
    .await;
    let url = api.url("/sign");
    let late = async {
        let invocation = api.probe.invoked().await;
        api.stack.clock.advance(Duration::from_millis(50));
        invocation
    };
    let (_hangs, reply) = tokio::join!(late, http::post(&url, ""));
    check_message(&reply, 503, "Service Unavailable");
    api.stack.stop().await;
}

#[tokio::test]
async fn a_function_past_its_own_timeout_is_an_internal_server_error() {
    let api = Api::start().await;
    let url = api.url("/sign");
    let late = async {
        let invocation = api.probe.invoked().await;
        api.stack.clock.advance(api.stack.function_timeout());
        invocation
    };
    let (_hangs, reply) = tokio::join!(late, http::post(&url, ""));
    check_message(&reply, 500, "Internal Server Error");
    api.stack.stop().await;
}

#[tokio::test]
async fn a_function_that_is_throttled_is_an_internal_server_error() {
    let api = Api::start_with(|tree| {
        set(tree, "SignFunction", "ReservedConcurrentExecutions", &json!(0));
    })
    .await;
    check_message(&http::post(&api.url("/sign"), "").await, 500, "Internal Server Error");
    api.stack.stop().await;
}

/// A body may have 10 MB and an event no more than 6: in base64 that is a body of 4.5.
#[tokio::test]
async fn an_event_past_six_megabytes_invokes_nothing() {
    let api = Api::start().await;
    let body = vec![b'a'; 6 * 1024 * 1024 - 4_096];
    let text = [("Content-Type", "text/plain")];
    let event = api.event(("POST", "/sign"), &text, &body).await;
    assert_eq!(event["body"].as_str().map(str::len), Some(body.len()));
    let refused = http::request("POST", &api.url("/sign"), &[], &body).await;
    check_message(&refused, 500, "Internal Server Error");
    assert_eq!(api.stack.invocations("SignFunction"), 1);
    api.stack.stop().await;
}

#[tokio::test]
async fn every_response_has_the_id_of_its_request() {
    let api = Api::start_with(with_cors).await;
    let (event, reply) = api.ask(("POST", "/sign"), &[], b"", "{}").await;
    let id = reply.header("apigw-requestid");
    assert_eq!(event["requestContext"]["requestId"].as_str(), id);
    check_request_id(&reply);
    for (method, target, headers, status) in [
        ("GET", "/sign", [].as_slice(), 404),
        ("POST", "/other", &[], 404),
        ("OPTIONS", "/sign", &[PAGE, ASKS_FOR_POST], 204),
    ] {
        let reply = http::request(method, &api.url(target), headers, b"").await;
        assert_eq!(reply.status, status);
        check_request_id(&reply);
    }
    api.stack.stop().await;
}

#[tokio::test]
async fn a_body_past_ten_megabytes_and_a_head_past_10240_bytes_are_refused() {
    let api = Api::start().await;
    let url = api.url("/sign");
    let body = vec![b'a'; 10 * 1024 * 1024 + 1];
    let reply = http::request("POST", &url, &[], &body).await;
    check_message(&reply, 413, "Request Entity Too Large");

    // The rest of the head is far shorter than 500 bytes.
    let padding = "a".repeat(10_240 - 500);
    let event = api.event(("POST", "/sign"), &[("X-A", &padding)], b"").await;
    assert_eq!(event["headers"]["x-a"], padding);
    let reply = http::request("POST", &url, &[("X-A", &"a".repeat(10_240))], b"").await;
    check_message(&reply, 431, "Request Header Fields Too Large");
    api.stack.stop().await;
}

/// Any origin under https, named methods and headers.
fn with_cors(tree: &mut Yaml) {
    let cors = json!({
        "AllowOrigins": ["https://*", "http://localhost:8080"],
        "AllowMethods": ["POST", "GET"],
        "AllowHeaders": ["content-type", "x-a"],
        "ExposeHeaders": ["x-b"],
        "MaxAge": 600,
        "AllowCredentials": true,
    });
    set(tree, "HttpApi", "CorsConfiguration", &cors);
}

/// The CORS headers of a reply, sorted.
fn cors(reply: &Reply) -> Vec<(&str, &str)> {
    let headers = reply.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let mut headers: Vec<_> =
        headers.filter(|(name, _)| name.starts_with("access-control-")).collect();
    headers.sort_unstable();
    headers
}

/// What every answer says to the page.
const TO_THE_PAGE: [(&str, &str); 3] = [
    ("access-control-allow-credentials", "true"),
    ("access-control-allow-origin", PAGE.1),
    ("access-control-expose-headers", "x-b"),
];

#[tokio::test]
async fn a_preflight_is_answered_without_a_route() {
    let api = Api::start_with(with_cors).await;
    let preflight = async |headers: &[(&str, &str)]| {
        http::request("OPTIONS", &api.url("/sign"), headers, b"").await
    };
    let reply = preflight(&[PAGE, ASKS_FOR_POST]).await;
    assert_eq!((reply.status, reply.body.len()), (204, 0));
    let expected = [
        TO_THE_PAGE[0],
        ("access-control-allow-headers", "content-type,x-a"),
        ("access-control-allow-methods", "POST,GET"),
        TO_THE_PAGE[1],
        ("access-control-max-age", "600"),
    ];
    assert_eq!(cors(&reply), expected);
    for origin in ["http://app.example.com", "http://localhost", "null"] {
        let reply = preflight(&[("Origin", origin), ASKS_FOR_POST]).await;
        assert_eq!((reply.status, cors(&reply)), (204, vec![]), "{origin}");
    }
    // Without the method that it asks for, or an origin, it is a request like any other.
    check_message(&preflight(&[PAGE]).await, 404, "Not Found");
    check_message(&preflight(&[ASKS_FOR_POST]).await, 404, "Not Found");
    api.stack.stop().await;
}

#[tokio::test]
async fn a_route_that_takes_options_asks_a_preflight_for_its_signature() {
    let api = Api::with_route("$default", |tree| {
        set(tree, "SignRoute", "AuthorizationType", &json!("AWS_IAM"));
        with_cors(tree);
    })
    .await;
    let url = api.url("/sign");
    let reply = http::request("OPTIONS", &url, &[PAGE, ASKS_FOR_POST], b"").await;
    check_message(&reply, 403, "Forbidden");
    let developer = aws::credentials(api.stack.running.iam.developer());
    let preflight = [PAGE, ASKS_FOR_POST];
    let reply = aws::send(&developer, "execute-api", "OPTIONS", &url, &preflight, b"").await;
    assert_eq!((reply.status, reply.body.len()), (204, 0));
    assert_eq!(api.stack.invocations("SignFunction"), 0);
    api.stack.stop().await;
}

#[tokio::test]
async fn a_route_for_options_without_authorization_lets_preflights_pass() {
    let api = Api::with_route("$default", |tree| {
        let mut route = template::at(tree, "Resources.SignRoute").clone();
        *template::at(&mut route, "Properties.RouteKey") = "OPTIONS /{proxy+}".into();
        *template::at(&mut route, "Properties.AuthorizationType") = "NONE".into();
        let resources = template::at(tree, "Resources").as_mapping_mut().unwrap();
        resources.insert("PreflightRoute".into(), route);
        set(tree, "SignRoute", "AuthorizationType", &json!("AWS_IAM"));
        with_cors(tree);
    })
    .await;
    let url = api.url("/any/where");
    let reply = http::request("OPTIONS", &url, &[PAGE, ASKS_FOR_POST], b"").await;
    assert_eq!((reply.status, reply.body.len()), (204, 0));
    check_message(&http::request("POST", &url, &[PAGE], b"").await, 403, "Forbidden");
    api.stack.stop().await;
}

#[tokio::test]
async fn a_functions_own_cors_headers_give_way_to_the_apis() {
    let api = Api::start_with(with_cors).await;
    let answer = r#"{"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "https://evil.example",
        "access-control-allow-private-network": "true", "X-A": "1"}}"#;
    let ask = async |origin: &[_]| api.ask(("POST", "/sign"), origin, b"", answer).await.1;
    let reply = ask(&[PAGE]).await;
    assert_eq!((cors(&reply), reply.header("x-a")), (TO_THE_PAGE.to_vec(), Some("1")));
    assert_eq!(cors(&ask(&[("Origin", "http://evil.example")]).await), []);
    assert_eq!(cors(&ask(&[]).await), []);
    api.stack.stop().await;
}

#[tokio::test]
async fn what_the_api_answers_itself_has_cors_headers_too() {
    let check = |reply: &Reply, status| {
        assert_eq!((reply.status, cors(reply)), (status, TO_THE_PAGE.to_vec()));
    };
    let api = Api::start_with(|tree| {
        set(tree, "SignIntegration", "TimeoutInMillis", &json!(50));
        with_cors(tree);
    })
    .await;
    let url = api.url("/sign");
    check(&http::request("GET", &url, &[PAGE], b"").await, 404);
    let failing = async { api.probe.invoked().await.fail("Oops", "it broke").await };
    let ((), failed) = tokio::join!(failing, http::request("POST", &url, &[PAGE], b""));
    check(&failed, 500);
    let late = async {
        let invocation = api.probe.invoked().await;
        api.stack.clock.advance(Duration::from_millis(50));
        invocation
    };
    let (_hangs, late) = tokio::join!(late, http::request("POST", &url, &[PAGE], b""));
    check(&late, 503);
    let body = vec![b'a'; 10 * 1024 * 1024 + 1];
    check(&http::request("POST", &url, &[PAGE], &body).await, 413);
    let padding = "a".repeat(10_240);
    check(&http::request("POST", &url, &[PAGE, ("X-A", &padding)], b"").await, 431);
    api.stack.stop().await;

    let api = Api::start_with(|tree| {
        set(tree, "SignRoute", "AuthorizationType", &json!("AWS_IAM"));
        let settings = json!({"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 1});
        set(tree, "HttpStage", "DefaultRouteSettings", &settings);
        with_cors(tree);
    })
    .await;
    for status in [403, 429] {
        check(&http::request("POST", &api.url("/sign"), &[PAGE], b"").await, status);
    }
    api.stack.stop().await;
}

#[tokio::test]
async fn without_cors_a_functions_own_headers_pass() {
    let api = Api::start().await;
    let answer = r#"{"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"}}"#;
    let (_, reply) = api.ask(("POST", "/sign"), &[PAGE], b"", answer).await;
    assert_eq!(cors(&reply), [("access-control-allow-origin", "*")]);
    api.stack.stop().await;
}

/// The account's 5,000 requests at once, spent at `@connections`: no door takes another.
#[tokio::test]
async fn all_apis_and_their_connections_share_what_the_account_may_ask() {
    const BURST: usize = 5_000;
    let stack = Stack::start().await;
    let url = stack.sign(json!({})).await;
    let mut socket = websocket::open(&url).await.unwrap();
    // One to sign and one to connect are spent.
    let statuses = callbacks(&stack, BURST).await;
    let unsigned = statuses.iter().filter(|status| *status == "403").count();
    let throttled = statuses.iter().filter(|status| *status == "429").count();
    assert_eq!((unsigned, throttled), (BURST - 2, 2));

    check_message(&stack.ask_to_sign(&json!({})).await, 429, "Too Many Requests");
    let refused = websocket::open(&url).await.expect_err("one too many");
    assert_eq!((refused.status, refused.json()), (429, json!({"message": "Too Many Requests"})));
    assert_eq!(socket.ask("one too many").await["message"], "Too Many Requests");
    let developer = aws::credentials(stack.running.iam.developer());
    let callback =
        stack.websocket_url().replacen("ws://", "http://", 1) + "/@connections/AAAAAAAAAAAAAAA=";
    let ask = async || aws::send(&developer, "execute-api", "GET", &callback, &[], b"").await;
    let refused = ask().await;
    assert_eq!((refused.status, refused.json()), (429, json!({"message": "Limit Exceeded"})));
    assert_eq!(refused.header("x-amzn-errortype"), Some("LimitExceededException"));

    stack.clock.advance(Duration::from_millis(1));
    assert_eq!(ask().await.status, 410, "10 more in a millisecond");
    assert_eq!(socket.ask("hello").await["message"], "hello");
    assert_eq!(stack.ask_to_sign(&json!({})).await.status, 201);
    socket.close().await;
    stack.stop().await;
}

/// The statuses of so many unsigned requests to `@connections`, all over one TCP connection.
async fn callbacks(stack: &Stack, count: usize) -> Vec<String> {
    let address = stack.running.websocket_apis[0].address;
    let request = format!("GET /prod/@connections/Nobody= HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let (mut answers, mut sender) = TcpStream::connect(address).await.unwrap().into_split();
    let requests = request.repeat(count);
    let sent =
        tokio::spawn(async move { sender.write_all(requests.as_bytes()).await.map(|()| sender) });
    let mut text = String::new();
    // Each ends its head with a blank line, and none has one in its body.
    while text.matches("\r\n\r\n").count() < count {
        let mut part = vec![0; 1 << 16];
        let length = answers.read(&mut part).await.unwrap();
        assert!(length > 0, "an answer to every request");
        text.push_str(std::str::from_utf8(&part[..length]).unwrap());
    }
    sent.await.unwrap().unwrap();
    text.split("HTTP/1.1 ").skip(1).map(|answer| answer[..3].to_owned()).collect()
}
