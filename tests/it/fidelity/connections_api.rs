//! `@connections` of `docs/fidelity.md`: byte for byte, and as the official SDKs see it.

use aws_credential_types::Credentials;
use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::config::retry::RetryConfig;
use aws_sdk_apigatewaymanagement::config::{Region, SharedCredentialsProvider};
use aws_sdk_apigatewaymanagement::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_apigatewaymanagement::primitives::Blob;
use local::clock::Clock;
use local::websocket::session::Posted;
use serde_json::{Value, json};
use tests::aws;
use tests::http::{self, Reply};
use tests::probe::Probe;
use tests::python;
use tests::stack::{ACCOUNT_ID, Options, REGION, Stack};
use tests::template;
use tests::websocket::{self, Handshake, Socket, split_url};
use time::OffsetDateTime;

/// The longest text that is posted.
const MESSAGE_BYTES: usize = 128 * 1024;

/// Well formed, and nobody's.
const NOBODY: &str = "AAAAAAAAAAAAAAA=";

/// The only connection that is stored.
fn connection_id(stack: &Stack) -> String {
    let rows = stack.rows("ConnectionsTable");
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows[0]["connectionId"]["S"].as_str().unwrap().to_owned()
}

fn developer(stack: &Stack) -> Credentials {
    aws::credentials(stack.running.iam.developer())
}

/// Where a stage's `@connections` answer, for an SDK.
fn endpoint(stack: &Stack, stage: &str) -> String {
    format!("http://{}/{stage}", stack.running.websocket_apis[0].address)
}

/// A request of the developer's to a path behind the stage.
async fn ask(stack: &Stack, method: &str, path: &str, body: &[u8]) -> Reply {
    let url = format!("{}/{path}", endpoint(stack, "prod"));
    aws::send(&developer(stack), "execute-api", method, &url, &[], body).await
}

/// The status and the body, and the headers that the captures of the real service have.
#[track_caller]
fn check(reply: &Reply, status: u16, headers: &[(&str, Option<&str>)], body: &str) {
    assert_eq!((reply.status, reply.text().as_str()), (status, body));
    for (name, expected) in headers {
        assert_eq!(reply.header(name), *expected, "{name}");
    }
    let id = |name: &str| reply.header(name).unwrap_or_else(|| panic!("no {name}"));
    assert_eq!(id("x-amzn-requestid").len(), 36);
    assert_eq!((id("x-amz-apigw-id").len(), &id("x-amz-apigw-id")[15..]), (16, "="));
}

#[tokio::test]
async fn every_answer_is_byte_for_byte_that_of_the_captures() {
    let milliseconds =
        |count: i128| OffsetDateTime::from_unix_timestamp_nanos(count * 1_000_000).expect("a time");
    let clock = Clock::driven(milliseconds(1_605_442_994_726));
    let stack = Stack::start_with(Options { clock, ..Options::default() }).await;
    let url = stack.sign(json!({})).await;
    let mut socket = websocket::open_with(&url, &[("User-Agent", "Mozilla/5.0")]).await.unwrap();
    let path = format!("@connections/{}", connection_id(&stack));
    let traced = |reply: &Reply| {
        let trace_id = reply.header("x-amzn-trace-id").expect("a trace id");
        assert!(trace_id.starts_with("Root=1-5fb11db2-"), "{trace_id}");
    };
    let json = ("content-type", Some("application/json"));
    let empty = ("content-length", Some("0"));

    stack.clock.advance(std::time::Duration::from_millis(246));
    let posted = ask(&stack, "POST", &path, b"hello").await;
    check(&posted, 200, &[json, empty, ("x-amzn-errortype", None)], "");
    traced(&posted);
    assert_eq!(socket.text().await, "hello");

    let described = ask(&stack, "GET", &path, b"").await;
    let details = r#"{
  "identity" : {
    "sourceIp" : "127.0.0.1",
    "userAgent" : "Mozilla/5.0"
  },
  "connectedAt" : "2020-11-15T12:23:14.726Z",
  "lastActiveAt" : "2020-11-15T12:23:14.972Z"
}"#;
    check(&described, 200, &[json], details);
    traced(&described);

    let deleted = ask(&stack, "DELETE", &path, b"").await;
    check(&deleted, 204, &[("content-type", None), ("x-amzn-errortype", None)], "");
    traced(&deleted);
    let frame = socket.closed().await.expect("a close frame");
    let end = (u16::from(frame.code), frame.reason.as_str());
    assert_eq!(end, (1000, "Connection Closed Normally"));
    stack.all_disconnected().await;

    for method in ["POST", "GET", "DELETE"] {
        let gone = ask(&stack, method, &path, b"").await;
        check(&gone, 410, &[json, empty, ("x-amzn-errortype", Some("GoneException"))], "");
        traced(&gone);
    }
    let malformed = ask(&stack, "POST", &format!("{path}test"), b"").await;
    let id = path.replace("@connections/", "");
    let body = format!(r#"{{"message":"Invalid connectionId: {id}test"}}"#);
    check(&malformed, 400, &[json, ("x-amzn-errortype", Some("BadRequestException"))], &body);
    assert_eq!(malformed.header("x-amzn-trace-id"), None);
    stack.stop().await;
}

#[tokio::test]
async fn both_spellings_of_the_path_reach_a_connection() {
    let stack = Stack::start().await;
    let mut socket = stack.connect(json!({})).await;
    let id = connection_id(&stack);
    let encoded = id.replace('=', "%3D");
    for keyword in ["@connections", "%40connections"] {
        for id in [&id, &encoded] {
            let posted = ask(&stack, "POST", &format!("{keyword}/{id}"), id.as_bytes()).await;
            assert_eq!(posted.status, 200, "{keyword}/{id}: {}", posted.text());
            assert_eq!(socket.text().await, *id);
        }
    }
    stack.stop().await;
}

#[tokio::test]
async fn a_text_may_have_128_kb_and_no_byte_more() {
    let stack = Stack::start().await;
    let mut socket = stack.connect(json!({})).await;
    let path = format!("@connections/{}", connection_id(&stack));
    let text = "a".repeat(MESSAGE_BYTES + 1);
    let refused = ask(&stack, "POST", &path, text.as_bytes()).await;
    let error_type = ("x-amzn-errortype", Some("PayloadTooLargeException"));
    check(&refused, 413, &[error_type], r#"{"message":"Message too long"}"#);
    assert_eq!(ask(&stack, "POST", &path, &text.as_bytes()[1..]).await.status, 200);
    assert_eq!(socket.text().await.len(), MESSAGE_BYTES, "the first was not sent");
    stack.stop().await;
}

#[tokio::test]
async fn a_connection_is_gone_until_connect_has_answered() {
    let probe = Probe::listen(env!("CARGO_BIN_EXE_probe")).await;
    let stack = Stack::start_with(probe.replace(Options::default(), &["ConnectFunction"])).await;
    let (authority, target) = split_url(&stack.sign(json!({})).await);
    let handshake = Handshake::begin(&authority, &target, &[]).await;
    let connecting = probe.invoked().await;
    let id = connecting.event["requestContext"]["connectionId"].as_str().unwrap();
    let path = format!("@connections/{id}");
    for method in ["POST", "GET", "DELETE"] {
        assert_eq!(ask(&stack, method, &path, b"early").await.status, 410, "{method}");
    }
    connecting.answer(&json!({"statusCode": 200})).await;
    let mut socket = handshake.answer().await.unwrap();
    assert_eq!(ask(&stack, "POST", &path, b"in time").await.status, 200);
    assert_eq!(socket.text().await, "in time");
    stack.stop().await;
}

#[tokio::test]
async fn the_connection_of_another_api_is_gone() {
    let template = template::with(|tree| {
        for (original, copy) in [
            ("WebSocketApi", "OtherApi"),
            ("DefaultIntegration", "OtherIntegration"),
            ("DefaultRoute", "OtherRoute"),
            ("WebSocketStage", "OtherStage"),
        ] {
            let resource = template::at(tree, &format!("Resources.{original}")).clone();
            let resources = template::at(tree, "Resources").as_mapping_mut().unwrap();
            resources.insert(copy.into(), resource);
        }
        for resource in ["OtherIntegration", "OtherRoute", "OtherStage"] {
            template::set(tree, resource, "ApiId", "!Ref OtherApi");
        }
        template::set(tree, "OtherRoute", "Target", "!Sub integrations/${OtherIntegration}");
        *template::at(tree, "Resources.OtherStage.DependsOn") = "OtherRoute".into();
        template::unset(tree, "OtherStage", "RouteSettings");
    });
    let stack = Stack::start_with(Options::default().template(template)).await;
    let mut socket = stack.connect(json!({})).await;
    let id = connection_id(&stack);
    let apis = &stack.running.websocket_apis;
    let own = apis.iter().find(|api| api.logical_id == "WebSocketApi").unwrap();
    let other = apis.iter().find(|api| api.logical_id == "OtherApi").unwrap();
    for (api, status) in [(other, 410), (own, 200)] {
        let url = format!("http://{}/prod/@connections/{id}", api.address);
        let reply = aws::send(&developer(&stack), "execute-api", "POST", &url, &[], b"hello").await;
        assert_eq!(reply.status, status, "{}", api.logical_id);
    }
    assert_eq!(socket.text().await, "hello", "once");
    stack.stop().await;
}

#[tokio::test]
async fn a_text_that_is_no_utf8_arrives_with_replacement_characters() {
    let stack = Stack::start().await;
    let mut socket = stack.connect(json!({})).await;
    let path = format!("@connections/{}", connection_id(&stack));
    assert_eq!(ask(&stack, "POST", &path, b"a\xFFb").await.status, 200);
    assert_eq!(socket.text().await, "a\u{FFFD}b");
    stack.stop().await;
}

#[tokio::test]
async fn another_method_is_forbidden() {
    let stack = Stack::start().await;
    let mut socket = stack.connect(json!({})).await;
    let path = format!("@connections/{}", connection_id(&stack));
    for method in ["PUT", "PATCH"] {
        let reply = ask(&stack, method, &path, b"x").await;
        let error_type = ("x-amzn-errortype", Some("ForbiddenException"));
        check(&reply, 403, &[error_type], r#"{"message":"Forbidden"}"#);
    }
    assert_eq!(socket.ask("still here").await["message"], "still here");
    stack.stop().await;
}

/// Each request breaks two rules, and is told of the one that is asked first.
#[tokio::test]
async fn size_signature_policies_form_and_connection_are_asked_in_this_order() {
    let stack = Stack::start().await;
    let of = |id: &str| format!("{}/@connections/{id}", endpoint(&stack, "prod"));
    let long = vec![b'x'; MESSAGE_BYTES + 1];
    let check = |reply: &Reply, status, error_type| {
        let found = (reply.status, reply.header("x-amzn-errortype"));
        assert_eq!(found, (status, Some(error_type)));
    };
    let unsigned = http::request("POST", &of(NOBODY), &[], &long).await;
    check(&unsigned, 413, "PayloadTooLargeException");
    let send = async |keys: Keys, method, url: String, body| {
        aws::send(&keys.of(&stack), "execute-api", method, &url, &[], body).await
    };
    // The function may post and no more.
    let wrong = Keys::of(Keys::Function, &stack);
    let wrong = Credentials::new(
        wrong.access_key_id(),
        "wrong",
        wrong.session_token().map(ToOwned::to_owned),
        None,
        "test",
    );
    let forged = aws::send(&wrong, "execute-api", "GET", &of("no!id"), &[], b"").await;
    check(&forged, 403, "InvalidSignatureException");
    let denied = send(Keys::Function, "GET", of("no!id"), b"").await;
    check(&denied, 403, "AccessDeniedException");
    let malformed = send(Keys::Developer, "PUT", of("no!id"), b"").await;
    check(&malformed, 400, "BadRequestException");
    let gone = send(Keys::Developer, "PUT", of(NOBODY), b"").await;
    check(&gone, 410, "GoneException");
    stack.stop().await;
}

#[tokio::test]
async fn nothing_happens_without_a_signature() {
    let stack = Stack::start().await;
    let mut socket = stack.connect(json!({})).await;
    let url = format!("{}/@connections/{}", endpoint(&stack, "prod"), connection_id(&stack));
    for method in ["POST", "GET", "DELETE"] {
        let refused = http::request(method, &url, &[], b"").await;
        let error_type = ("x-amzn-errortype", Some("MissingAuthenticationTokenException"));
        check(&refused, 403, &[error_type], r#"{"message":"Missing Authentication Token"}"#);
    }
    assert_eq!(socket.ask("still here").await["message"], "still here");
    stack.stop().await;
}

#[tokio::test]
async fn a_session_ends_by_the_clock() {
    let stack = Stack::start().await;
    let function = stack.function_credentials("SignFunctionRole");
    let role = &stack.role("SignerRole").arn;
    let session = aws::assume_role(&stack.aws_url(), &function, role).await;
    let url = format!("{}/@connections/{NOBODY}", endpoint(&stack, "prod"));
    let post = async || aws::send(&session, "execute-api", "POST", &url, &[], b"x").await;
    let denied = post().await;
    assert_eq!(denied.header("x-amzn-errortype"), Some("AccessDeniedException"));
    stack.clock.advance(std::time::Duration::from_secs(3_600));
    let error_type = ("x-amzn-errortype", Some("ExpiredTokenException"));
    let body = r#"{"message":"The security token included in the request is expired"}"#;
    check(&post().await, 403, &[error_type], body);
    stack.stop().await;
}

/// What an SDK is told to do, and what it should be told then.
struct Call {
    /// Below the listener: a stage, or more.
    path: &'static str,
    keys: Keys,
    operation: &'static str,
    id: String,
    data: String,
    /// It is done again while it succeeds.
    attempts: usize,
    expected: (u16, &'static str, String),
}

/// Who signs.
#[derive(Clone, Copy)]
enum Keys {
    Developer,
    /// With a secret that is not the developer's.
    Wrong,
    /// May post to the stage, and nothing else.
    Function,
}

impl Keys {
    fn of(self, stack: &Stack) -> Credentials {
        let developer = developer(stack);
        match self {
            Self::Developer => developer,
            Self::Wrong => Credentials::new(developer.access_key_id(), "wrong", None, None, "test"),
            Self::Function => stack.function_credentials("DefaultFunctionRole"),
        }
    }
}

/// Two connections, one of which is not read, and all that can be asked of them.
struct Scene {
    stack: Stack,
    socket: Socket,
    deaf: Socket,
    calls: Vec<Call>,
}

impl Scene {
    async fn new() -> Self {
        let template = template::with(|tree| template::add_stage(tree, "other"));
        let stack = Stack::start_with(Options::default().template(template)).await;
        let deaf = stack.connect(json!({})).await;
        let deaf_id = connection_id(&stack);
        let text = "x".repeat(MESSAGE_BYTES);
        let registry = &stack.running.services.registry;
        while registry.post(&deaf_id, text.clone()).await == Some(Posted::Taken) {}
        let socket = stack.connect(json!({})).await;
        let rows = stack.rows("ConnectionsTable");
        let mut ids = rows.iter().map(|row| row["connectionId"]["S"].as_str().unwrap());
        let open = ids.find(|id| *id != deaf_id).unwrap().to_owned();
        let calls = calls(&stack, &open, &deaf_id);
        Self { stack, socket, deaf, calls }
    }

    /// What each call came to, and what it did.
    async fn check(mut self, outcomes: Vec<Value>) {
        assert_eq!(outcomes.len(), self.calls.len());
        for (call, outcome) in self.calls.iter().zip(outcomes) {
            let (status, code, message) = &call.expected;
            let what = format!("{} {} {}", call.operation, call.path, call.id);
            let expected = json!({"status": status, "code": code, "message": message});
            assert_eq!(outcome, expected, "{what}");
        }
        assert_eq!(self.socket.text().await, "hello");
        let frame = self.socket.closed().await.expect("a close frame");
        assert_eq!(u16::from(frame.code), 1000);
        self.deaf.cut();
        self.stack.stop().await;
    }
}

fn calls(stack: &Stack, open: &str, deaf: &str) -> Vec<Call> {
    let call = |operation, id: &str, expected: (u16, &'static str, &str)| Call {
        path: "prod",
        keys: Keys::Developer,
        operation,
        id: id.to_owned(),
        data: "hello".to_owned(),
        attempts: 1,
        expected: (expected.0, expected.1, expected.2.to_owned()),
    };
    let gone = (410, "GoneException", "");
    let done = |status| (status, "", "");
    let api_id = &stack.template.websocket_apis[0].id;
    let caller = {
        let session = stack.role("DefaultFunctionRole");
        format!("arn:aws:sts::{ACCOUNT_ID}:assumed-role/{}/test", session.name)
    };
    let denied = |action: &str, path: &str| {
        let account = format!("********{}", &ACCOUNT_ID[8..]);
        let message = format!(
            "User: {caller} is not authorized to perform: execute-api:{action} on resource: \
             arn:aws:execute-api:{REGION}:{account}:{api_id}/{path}"
        );
        (403, "AccessDeniedException", message)
    };
    let wrong_secret = "The request signature we calculated does not match the signature you \
                        provided. Check your AWS Secret Access Key and signing method. Consult \
                        the service documentation for details.";
    vec![
        call("post", open, done(200)),
        call("get", open, done(200)),
        call("post", NOBODY, gone),
        call("get", NOBODY, gone),
        call("delete", NOBODY, gone),
        call(
            "post",
            "WDGT8fY4joECJrQ=test",
            (400, "BadRequestException", "Invalid connectionId: WDGT8fY4joECJrQ=test"),
        ),
        Call { path: "other", ..call("post", open, gone) },
        Call { path: "nowhere", ..call("post", open, (403, "ForbiddenException", "Forbidden")) },
        Call {
            data: "x".repeat(MESSAGE_BYTES + 1),
            ..call("post", open, (413, "PayloadTooLargeException", "Message too long"))
        },
        Call {
            data: "x".repeat(MESSAGE_BYTES),
            attempts: 100,
            ..call("post", deaf, (429, "LimitExceededException", "Limit Exceeded"))
        },
        Call {
            keys: Keys::Wrong,
            ..call("post", open, (403, "InvalidSignatureException", wrong_secret))
        },
        Call {
            keys: Keys::Function,
            expected: denied("ManageConnections", "prod/GET/@connections/{connectionId}"),
            ..call("get", open, gone)
        },
        // The keyword once in the endpoint, and once by the SDK.
        Call {
            path: "prod/@connections",
            keys: Keys::Function,
            expected: denied("Invoke", "prod/POST/@connections/@connections/AAAAAAAAAAAAAAA%3D"),
            ..call("post", NOBODY, gone)
        },
        call("delete", open, done(204)),
        call("post", open, gone),
    ]
}

#[tokio::test]
async fn boto3_does_all_and_names_every_error() {
    let scene = Scene::new().await;
    let calls = scene.calls.iter().map(|call| {
        let keys = call.keys.of(&scene.stack);
        json!({
            "endpoint": endpoint(&scene.stack, call.path),
            "keys": [keys.access_key_id(), keys.secret_access_key(), keys.session_token()],
            "operation": call.operation,
            "id": call.id,
            "data_length": call.data.len(),
            "attempts": call.attempts,
        })
    });
    let calls = Value::from_iter(calls).to_string();
    let script = include_str!("connections_api.py");
    let Some(finished) = python::script(script, &[&calls], &[("AWS_REGION", REGION)]).await else {
        return;
    };
    let outcomes = finished.succeeded();
    scene.check(outcomes.as_array().unwrap().clone()).await;
}

#[tokio::test]
async fn the_sdk_for_rust_does_all_and_names_every_error() {
    let scene = Scene::new().await;
    let mut outcomes = Vec::new();
    for call in &scene.calls {
        let client = client(&endpoint(&scene.stack, call.path), call.keys.of(&scene.stack)).await;
        let mut outcome = Value::Null;
        for _ in 0..call.attempts {
            outcome = carry_out(&client, call).await;
            if outcome["code"] != "" {
                break;
            }
        }
        outcomes.push(outcome);
    }
    scene.check(outcomes).await;
}

async fn client(endpoint: &str, credentials: Credentials) -> Client {
    let config = lambda_entry::sdk_config()
        .await
        .into_builder()
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint)
        .retry_config(RetryConfig::disabled())
        .build();
    Client::new(&config)
}

async fn carry_out(client: &Client, call: &Call) -> Value {
    match call.operation {
        "post" => {
            let data = Blob::new(call.data.as_bytes());
            let sent = client.post_to_connection().connection_id(&call.id).data(data).send().await;
            outcome(200, sent)
        }
        "get" => outcome(200, client.get_connection().connection_id(&call.id).send().await),
        _ => outcome(204, client.delete_connection().connection_id(&call.id).send().await),
    }
}

fn outcome<T, E: ProvideErrorMetadata>(status: u16, result: Result<T, SdkError<E>>) -> Value {
    let error = match result {
        Ok(_) => return json!({"status": status, "code": "", "message": ""}),
        Err(error) => error,
    };
    let status = error.raw_response().map(|response| response.status().as_u16());
    let code = error.code().unwrap_or_default();
    json!({"status": status, "code": code, "message": error.message().unwrap_or_default()})
}
