//! What the page is told of its stack.

use serde_json::{Value, json};
use tests::http;
use tests::stack::{Options, Stack};
use tests::template;
use tests::tokens;

use super::{host, told};

/// What the page is told, but for the addresses; its ports are `PORT` and `PAGE`.
async fn told_of(options: Options) -> (Stack, Value) {
    let stack = Stack::start_with(options).await;
    let mut told = told(&host(&stack)).await;
    let members = told.as_object_mut().unwrap();
    assert_eq!(members.remove("sign").unwrap(), stack.sign_url());
    assert_eq!(members.remove("websocket").unwrap(), stack.websocket_url());
    let port = stack.running.guide.control_port.to_string();
    let (_, page) = stack.page().rsplit_once(':').unwrap();
    for member in members.values_mut() {
        if let Value::String(text) = member {
            *text = text.replace(&port, "PORT").replace(page, "PAGE");
        }
    }
    (stack, told)
}

async fn check(options: Options, expected: Value) {
    let (stack, told) = told_of(options).await;
    assert_eq!(told, expected);
    stack.stop().await;
}

#[tokio::test]
async fn it_is_told_what_it_needs_in_order_to_sign() {
    let open = json!({
        "authorization": "NONE",
        "token": null,
        "parameter": "room",
        "origin": false,
        "trace": true,
        "region": "eu-west-1",
        "issuer": null,
        "tokenIn": null,
        "allow": "--web-port PAGE --parameter AllowedOrigins=http://127.0.0.1:PAGE",
        "explain": "countersign explain --local --port PORT -",
    });
    check(Options::default(), open.clone()).await;

    let mut let_in = open.clone();
    let_in["origin"] = json!(true);
    let_in["allow"] = Value::Null;
    let_in["parameter"] = json!("colour");
    let options = Options::default().parameter("AllowedOrigins", "http://*");
    check(options.parameter("Requestable", "it's,colour"), let_in.clone()).await;

    let mut by_iam = let_in.clone();
    by_iam["authorization"] = json!("IAM");
    by_iam["parameter"] = Value::Null;
    let options = Options::default().parameter("AllowedOrigins", "*").parameter("Requestable", "");
    check(options.parameter("SignAuthorization", "IAM"), by_iam).await;
}

fn by_token() -> Options {
    Options::default()
        .parameter("SignAuthorization", "JWT")
        .parameter("JwtIssuer", "https://issuer.invalid/")
        .parameter("JwtAudience", "page")
        .parameter("JwtScopes", "sign")
}

#[tokio::test]
async fn it_is_told_whose_token_signs_and_how_to_get_one() {
    let (stack, told) = told_of(by_token()).await;
    assert_eq!(told["authorization"], "JWT");
    assert_eq!(told["issuer"], "https://issuer.invalid/");
    assert_eq!(told["tokenIn"], json!({"in": "header", "name": "authorization"}));
    let token = "countersign token --port PORT --claim sub=alice --scope sign";
    assert_eq!(told["token"], token);
    stack.stop().await;

    let in_query = template::with(|tree| {
        let source = json!(["$request.querystring.access token"]).to_string();
        template::set(tree, "SignAuthorizer", "IdentitySource", &source);
    });
    let (stack, told) = told_of(by_token().template(in_query)).await;
    assert_eq!(told["tokenIn"], json!({"in": "query", "name": "access token"}));
    stack.stop().await;

    let of_another = Options {
        key_set: Some(tokens::Key::of_the_issuer().key_set()),
        ..by_token().parameter("JwtIssuer", "https://login.example.com/")
    };
    let (stack, told) = told_of(of_another).await;
    assert_eq!(
        (&told["token"], &told["issuer"]),
        (&Value::Null, &json!("https://login.example.com/"))
    );
    stack.stop().await;
}

#[tokio::test]
async fn under_a_custom_domain_it_is_told_its_addresses_and_what_signs_there() {
    let options = by_token()
        .parameter("HttpDomainName", "api.example.com")
        .parameter("HttpBasePath", "v1/urls")
        .parameter("HostedZoneId", "Z0123456789ABCDEFGHIJ");
    let (stack, told) = told_of(options).await;
    assert!(stack.sign_url().ends_with("/v1/urls/sign"), "{}", stack.sign_url());
    assert_eq!(told["authorization"], "JWT");
    stack.stop().await;
}

#[tokio::test]
async fn whether_it_is_let_in_is_what_cors_says_to_its_own_origin() {
    let listener = local::listener::bind(0).await.unwrap();
    let own = format!("http://{}", listener.local_addr().unwrap());
    let page = own.rsplit_once(':').unwrap().1.to_owned();
    let by_name = format!("http://localhost:{page}");
    let check = async |web, origins: &str, is_let_in: bool| {
        let options = Options { web, ..Options::default() };
        let stack = Stack::start_with(options.parameter("AllowedOrigins", origins)).await;
        let told = told(&host(&stack)).await;
        let origin = format!("http://{}", host(&stack));
        let signed = http::request("POST", stack.sign_url(), &[("Origin", &origin)], b"").await;
        let allowed = signed.header("access-control-allow-origin");
        assert_eq!(allowed, is_let_in.then_some(&*origin), "{origins}");
        assert_eq!(told["origin"], is_let_in, "{origins}");
        let (_, port) = origin.rsplit_once(':').unwrap();
        let allow = format!("--web-port {port} --parameter AllowedOrigins={origin}");
        assert_eq!(told["allow"], if is_let_in { Value::Null } else { json!(allow) });
        stack.stop().await;
    };
    check(Some(listener), &own, true).await;
    check(None, &own, false).await;
    check(None, &by_name, false).await;
}

#[tokio::test]
async fn a_template_without_cors_or_its_parameter_lets_nobody_in() {
    let renamed = template::text().replace("AllowedOrigins", "Origins");
    let options = Options::default().template(renamed);
    let (stack, told) = told_of(options.parameter("Origins", "http://localhost:1")).await;
    assert_eq!((&told["origin"], &told["allow"]), (&json!(false), &Value::Null));
    stack.stop().await;
}
