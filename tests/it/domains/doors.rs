//! Which paths and which signatures a domain takes, beside the API's own endpoint and without it.

use serde_json::json;
use tests::http::{self, Reply};
use tests::log::Log;
use tests::stack::{Options, Stack};
use tests::websocket::{self, split_url};
use tests::{aws, template};

use super::{NOBODY, developer, execute_api, http_domain, signer, websocket_domain, with_domains};

#[track_caller]
fn check_forbidden(answer: &Reply) {
    assert_eq!((answer.status, answer.json()), (403, json!({"message": "Forbidden"})));
}

/// A path of a WebSocket API's domain that leads nowhere.
#[track_caller]
fn check_no_method(answer: &Reply, route: &str, method: &str) {
    let message = format!("No method found matching route {route} for http method {method}.");
    assert_eq!((answer.status, answer.json()), (404, json!({"message": message})));
    assert_eq!(answer.header("x-amzn-errortype"), Some("NotFoundException"));
}

/// How a handshake with another target than the URL's ends.
async fn refused(authority: &str, target: &str) -> Reply {
    websocket::open_raw(authority, target, &[]).await.expect_err("refused")
}

#[tokio::test]
async fn a_switched_off_endpoint_answers_nobody_and_the_domains_do() {
    let options = with_domains("v1", "chat").parameter("ExecuteApiEndpoint", "DISABLED");
    let stack = Stack::start_with(options).await;
    let url = stack.sign(json!({})).await;
    let sign = format!("http://{}/sign", stack.running.http_apis[0].address);
    let off = http::post(&sign, "{}").await;
    assert_eq!((off.status, off.json()), (404, json!({"message": "Not Found"})));
    let own = stack.signed_url(&signer(&stack).await, "prod", "q83vEjRWeJCrze8SNFZ4kA");
    check_forbidden(&websocket::open(&own).await.expect_err("switched off"));

    let mut socket = websocket::open(&url).await.unwrap();
    let echo = socket.ask("hello").await;
    let id = echo["connection"]["connectionId"].as_str().unwrap();
    let post = async |url: &str| {
        aws::send(&developer(&stack), "execute-api", "POST", url, &[], b"posted").await
    };
    check_forbidden(&post(&format!("http://{}/prod/@connections/{id}", execute_api(&stack))).await);
    let posted = post(&format!("http://{}/chat/@connections/{id}", websocket_domain(&stack))).await;
    assert_eq!((posted.status, socket.text().await.as_str()), (200, "posted"));
    socket.close().await;
    stack.stop().await;
}

#[tokio::test]
async fn a_url_is_good_at_the_address_that_it_was_signed_for() {
    let stack = Stack::start_with(with_domains("", "chat")).await;
    let (domain, own) = (websocket_domain(&stack), execute_api(&stack));
    let of_domain = stack.sign(json!({})).await;
    let of_api = stack.signed_url(&signer(&stack).await, "prod", "q83vEjRWeJCrze8SNFZ4kA");
    let (_, target) = split_url(&of_domain);
    let (_, api_target) = split_url(&of_api);
    let check = async |authority: &str, target: &str| {
        let answer = refused(authority, target).await;
        let error_type = answer.header("x-amzn-errortype");
        assert_eq!((answer.status, error_type), (403, Some("InvalidSignatureException")));
    };
    check(&own, &target.replacen("/chat", "/prod", 1)).await;
    check(&domain, &api_target.replacen("/prod", "/chat", 1)).await;
    check(&domain, &target.replacen("/chat", "/chat/", 1)).await;
    check_forbidden(&refused(&own, &target).await);
    check_no_method(&refused(&domain, &api_target).await, "prod", "GET");
    assert_eq!(stack.invocations("ConnectFunction"), 0);
    websocket::open(&of_domain).await.unwrap().close().await;
    websocket::open(&of_api).await.unwrap().close().await;
    stack.stop().await;
}

#[tokio::test]
async fn a_path_that_no_mapping_has_leads_nowhere() {
    let log = Log::collect();
    let stack = Stack::start_with(with_domains("v1/urls", "chat")).await;
    let (http, websocket) = (http_domain(&stack), websocket_domain(&stack));
    for (path, route) in [
        ("/", ""),
        ("/prod", "prod"),
        ("/Chat", "Chat"),
        ("/chatter", "chatter"),
        ("/chat/more", "chat/more"),
        ("//chat", "/chat"),
        ("/a%20b", "a b"),
    ] {
        check_no_method(&refused(&websocket, path).await, route, "GET");
        let said = log.take();
        assert!(said.iter().any(|line| line.contains("handshake refused: rule 22")), "{said:?}");
    }
    for path in ["@connections", "prod/@connections", "chat/chat/@connections"] {
        let url = format!("http://{websocket}/{path}/{NOBODY}");
        let answer = aws::send(&developer(&stack), "execute-api", "POST", &url, &[], b"x").await;
        check_no_method(&answer, &format!("{path}/{NOBODY}"), "POST");
        let said = log.take();
        assert!(said.iter().any(|line| line.contains("@connections refused: rule 22")), "{said:?}");
    }
    for path in ["sign", "v1/sign", "v1", ""] {
        log.take();
        let answer = http::post(&format!("http://{http}/{path}"), "{}").await;
        check_forbidden(&answer);
        assert!(answer.header("apigw-requestid").is_some());
        let said = log.take();
        assert!(said.iter().any(|line| line.contains("request refused: rule 22")), "{said:?}");
        let answered = |line: &String| line.contains("answered") && line.contains("status=403");
        assert_eq!(said.iter().filter(|line| answered(line)).count(), 1, "{said:?}");
    }
    // The API is found, and has no such route. A base path of several levels may end within a segment.
    for path in ["v1/urls", "v1/urls/", "v1/urls/other", "v1/urlsign"] {
        let answer = http::post(&format!("http://{http}/{path}"), "{}").await;
        assert_eq!(
            (answer.status, answer.json()),
            (404, json!({"message": "Not Found"})),
            "{path}"
        );
    }
    assert_eq!((stack.invocations("SignFunction"), stack.invocations("ConnectFunction")), (0, 0));
    stack.stop().await;
}

#[tokio::test]
async fn behind_the_root_of_a_domain_there_is_no_stage() {
    let stack = Stack::start_with(with_domains("", "")).await;
    let mut socket = stack.connect(json!({})).await;
    let echo = socket.ask("hello").await;
    let id = echo["connection"]["connectionId"].as_str().unwrap();
    let post = async |path: &str| {
        let url = format!("http://{}/{path}/{id}", websocket_domain(&stack));
        aws::send(&developer(&stack), "execute-api", "POST", &url, &[], b"posted").await
    };
    let route = format!("prod/@connections/{id}");
    check_no_method(&post("prod/@connections").await, &route, "POST");
    let posted = post("@connections").await;
    assert_eq!((posted.status, socket.text().await.as_str()), (200, "posted"));
    socket.close().await;
    stack.stop().await;
}

#[tokio::test]
async fn a_domain_that_nothing_is_mapped_to_leads_nowhere_and_a_second_one_has_a_door_of_its_own() {
    let template = template::with(|tree| {
        let resources = template::at(tree, "Resources");
        for (from, to, name) in [
            ("HttpDomain", "SecondDomain", "second.example.com"),
            ("HttpDomain", "ThirdDomain", "third.example.com"),
            ("HttpMapping", "SecondMapping", ""),
        ] {
            let mut resource = template::at(resources, from).clone();
            let properties = template::at(&mut resource, "Properties").as_mapping_mut().unwrap();
            if name.is_empty() {
                let domain = yaml_serde::from_str("!Ref SecondDomain").unwrap();
                properties.insert("DomainName".into(), domain);
            } else {
                let arn = "arn:aws:acm:eu-west-1:111122223333:certificate/1";
                *template::at(&mut resource, "Properties.DomainName") = name.into();
                let configuration = "Properties.DomainNameConfigurations.0.CertificateArn";
                *template::at(&mut resource, configuration) = arn.into();
            }
            resources.as_mapping_mut().unwrap().insert(to.into(), resource);
        }
    });
    let stack = Stack::start_with(with_domains("v1", "").template(template)).await;
    let doors: Vec<_> =
        stack.running.http_domains.iter().map(|door| (&*door.logical_id, door.address)).collect();
    let [("HttpDomain", first), ("SecondDomain", second), ("ThirdDomain", third)] = doors[..]
    else {
        panic!("{doors:?}")
    };
    let sign = async |address| http::post(&format!("http://{address}/v1/sign"), "{}").await;
    assert_eq!((sign(first).await.status, sign(second).await.status), (201, 201));
    check_forbidden(&sign(third).await);
    check_forbidden(&refused(&third.to_string(), "/").await);
    stack.stop().await;
}

#[tokio::test]
async fn a_throttle_is_the_stages_whichever_door_is_asked() {
    let options: Options =
        ["SignRateLimit", "SignBurstLimit", "ConnectRateLimit", "ConnectBurstLimit"]
            .into_iter()
            .fold(with_domains("v1", "chat"), |options, name| options.parameter(name, "1"));
    let stack = Stack::start_with(options).await;
    let url = stack.sign(json!({})).await;
    let own = format!("http://{}/sign", stack.running.http_apis[0].address);
    assert_eq!(http::post(&own, "{}").await.status, 429);
    let socket = websocket::open(&url).await.unwrap();
    let own = stack.signed_url(&signer(&stack).await, "prod", "q83vEjRWeJCrze8SNFZ4kA");
    assert_eq!(websocket::open(&own).await.expect_err("one too many").status, 429);
    stack.pass(std::time::Duration::from_secs(1)).await;
    websocket::open(&own).await.unwrap().close().await;
    socket.close().await;
    stack.stop().await;
}
