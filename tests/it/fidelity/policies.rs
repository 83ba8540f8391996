//! IAM's decisions as a client meets them: what a policy must name, what a session policy takes away, and
//! when any of it is asked.

use std::time::Duration;

use aws_credential_types::Credentials;
use serde_json::{Value, json};
use tests::aws;
use tests::http::Reply;
use tests::stack::{ACCOUNT_ID, Options, REGION, Stack};
use tests::{template, websocket};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use yaml_serde::Value as Yaml;

/// 128 bits in base64url; each is good once in a stack.
const NONCES: [&str; 2] = ["AAAAAAAAAAAAAAAAAAAAAA", "q83vEjRWeJCrze8SNFZ4kA"];

/// The one statement of the SignerRole's policy.
const STATEMENT: &str = "Resources.SignerRole.Properties.Policies.0.PolicyDocument.Statement.0";

/// An ARN of the WebSocket API as a `!Sub` of the template: `/prod/$connect` behind its id.
fn of_api(path: &str) -> Yaml {
    let arn = format!("arn:aws:execute-api:{REGION}:{ACCOUNT_ID}:${{WebSocketApi}}{path}");
    yaml_serde::from_str(&format!("!Sub {}", json!(arn))).unwrap()
}

async fn stack_with(change: impl FnOnce(&mut Yaml)) -> Stack {
    Stack::start_with(Options::default().template(template::with(change))).await
}

/// A session of the SignerRole, by the way that the template leaves open.
async fn signer_session(stack: &Stack, policy: Option<Value>) -> Credentials {
    let function = stack.function_credentials("SignFunctionRole");
    let (arn, policy) = (&stack.role("SignerRole").arn, policy.map(|policy| policy.to_string()));
    let mut parameters = vec![("RoleArn", arn.as_str()), ("RoleSessionName", "test")];
    parameters.extend(policy.as_deref().map(|policy| ("Policy", policy)));
    let answer = aws::sts(&stack.aws_url(), &function, "AssumeRole", &parameters).await;
    aws::session(&answer)
}

/// API Gateway's sentence to that session, `ending` behind it.
#[track_caller]
fn check_refused(stack: &Stack, reply: &Reply, action: &str, path: &str, ending: &str) {
    let role = &stack.role("SignerRole").name;
    let api = &stack.template.websocket_apis[0].id;
    let message = format!(
        "User: arn:aws:sts::{ACCOUNT_ID}:assumed-role/{role}/test is not authorized to perform: \
         execute-api:{action} on resource: arn:aws:execute-api:{REGION}:********{}:{api}/{path}{ending}",
        &ACCOUNT_ID[8..]
    );
    assert_eq!((reply.status, reply.json()), (403, json!({"Message": message})));
    assert_eq!(reply.header("x-amzn-errortype"), Some("AccessDeniedException"));
}

#[tokio::test]
async fn a_resource_of_two_parts_opens_the_api_and_one_of_three_does_not() {
    for (resource, opens) in [
        ("/prod/$connect", true),
        ("/prod/*", true),
        ("/*", true),
        ("/*/$connect", true),
        ("/prod/*/*", false),
        ("/prod/GET/*", false),
        ("/other/$connect", false),
        ("/prod/$default", false),
    ] {
        let stack = stack_with(|tree| {
            *template::at(tree, &format!("{STATEMENT}.Resource")) = of_api(resource);
        })
        .await;
        let session = signer_session(&stack, None).await;
        match websocket::open(&stack.signed_url(&session, "prod", NONCES[0])).await {
            Ok(socket) => {
                assert!(opens, "{resource} opens it");
                socket.close().await;
            }
            Err(reply) => {
                assert!(!opens, "{resource} does not open it: {}", reply.text());
                check_refused(&stack, &reply, "Invoke", "prod/$connect", "");
            }
        }
        stack.stop().await;
    }
}

#[tokio::test]
async fn the_stage_default_stands_literally_in_the_resource() {
    let stack = stack_with(|tree| {
        *template::at(tree, "Resources.WebSocketStage.Properties.StageName") = "$default".into();
        *template::at(tree, "Resources.ConnectPermission.Properties.SourceArn") = of_api("/*");
        *template::at(tree, &format!("{STATEMENT}.Resource")) = of_api("/$default/$connect");
    })
    .await;
    let session = signer_session(&stack, None).await;
    let socket = websocket::open(&stack.signed_url(&session, "$default", NONCES[0])).await.unwrap();
    socket.close().await;
    let closed = policy_for("nothing", "$default/$connect");
    let session = signer_session(&stack, Some(closed)).await;
    let refused = websocket::open(&stack.signed_url(&session, "$default", NONCES[1])).await;
    check_refused(&stack, &refused.expect_err("no way in"), "Invoke", "$default/$connect", "");
    stack.stop().await;
}

/// A policy that allows `execute-api:Invoke` on a path of one API, or of any.
fn policy_for(api: &str, path: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow",
        "Action": "execute-api:Invoke",
        "Resource": format!("arn:aws:execute-api:{REGION}:{ACCOUNT_ID}:{api}/{path}"),
    }})
}

#[tokio::test]
async fn a_url_may_what_role_and_session_policy_both_allow() {
    let stack = Stack::start().await;
    let api = &stack.template.websocket_apis[0].id;
    let open = async |policy: Value, nonce: &str| {
        let session = signer_session(&stack, Some(policy)).await;
        websocket::open(&stack.signed_url(&session, "prod", nonce)).await
    };
    let other = open(policy_for(api, "other/$connect"), NONCES[0]).await.expect_err("no way in");
    check_refused(&stack, &other, "Invoke", "prod/$connect", "");
    open(policy_for(api, "prod/$connect"), NONCES[0]).await.unwrap().close().await;

    // A session policy gives nothing that the role does not have.
    let everything = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "*", "Resource": "*",
    }});
    open(everything.clone(), NONCES[1]).await.unwrap().close().await;
    let session = signer_session(&stack, Some(everything)).await;
    let callback = stack.websocket_url().replacen("ws://", "http://", 1) + "/@connections/Nobody=";
    let reply = aws::send(&session, "execute-api", "POST", &callback, &[], b"x").await;
    let path = "prod/POST/@connections/{connectionId}";
    check_refused(&stack, &reply, "ManageConnections", path, "");
    stack.stop().await;
}

#[tokio::test]
async fn an_explicit_deny_says_that_it_is_one() {
    let stack = stack_with(|tree| {
        let mut deny = template::at(tree, STATEMENT).clone();
        *template::at(&mut deny, "Effect") = "Deny".into();
        let statements = STATEMENT.strip_suffix(".0").unwrap();
        template::at(tree, statements).as_sequence_mut().unwrap().push(deny);
    })
    .await;
    let session = signer_session(&stack, None).await;
    let refused = websocket::open(&stack.signed_url(&session, "prod", NONCES[0])).await;
    let refused = refused.expect_err("no way in");
    check_refused(&stack, &refused, "Invoke", "prod/$connect", " with an explicit deny");
    stack.stop().await;
}

/// The role's policy grants this action on everything, until a minute from now.
fn until_a_minute_from_now(tree: &mut Yaml, now: OffsetDateTime, action: &str) {
    let until = (now + Duration::from_secs(60)).format(&Rfc3339).unwrap();
    let statement = json!({
        "Effect": "Allow", "Action": action, "Resource": "*",
        "Condition": {"DateLessThan": {"aws:CurrentTime": until}},
    });
    *template::at(tree, STATEMENT) = yaml_serde::from_str(&statement.to_string()).unwrap();
}

/// The policy allows for a minute: what is open then stays open, and nothing more opens.
#[tokio::test]
async fn policies_are_asked_at_the_handshake_and_not_again() {
    let options = Options::default();
    let now = options.clock.now();
    let template = template::with(|tree| until_a_minute_from_now(tree, now, "execute-api:Invoke"));
    let stack = Stack::start_with(options.template(template)).await;
    let session = signer_session(&stack, None).await;
    let url = stack.signed_url(&session, "prod", NONCES[0]);
    let mut socket = websocket::open(&url).await.unwrap();
    stack.clock.advance(Duration::from_secs(61));
    let refused = websocket::open(&stack.signed_url(&session, "prod", NONCES[1])).await;
    check_refused(&stack, &refused.expect_err("no way in"), "Invoke", "prod/$connect", "");
    assert_eq!(socket.ask("hello").await["message"], "hello");
    socket.close().await;
    stack.stop().await;
}

/// The time that policies ask for is the stack's, also where signatures go by the machine's.
#[tokio::test]
async fn every_door_asks_policies_by_the_same_clock() {
    let options = Options::default();
    let now = options.clock.now();
    let template = template::with(|tree| {
        until_a_minute_from_now(tree, now, "execute-api:ManageConnections");
    });
    let stack = Stack::start_with(options.template(template)).await;
    let session = signer_session(&stack, None).await;
    let callback =
        stack.websocket_url().replacen("ws://", "http://", 1) + "/@connections/AAAAAAAAAAAAAAA=";
    let ask = async || aws::send(&session, "execute-api", "GET", &callback, &[], b"").await;
    assert_eq!(ask().await.status, 410);
    stack.clock.advance(Duration::from_secs(61));
    let path = "prod/GET/@connections/{connectionId}";
    check_refused(&stack, &ask().await, "ManageConnections", path, "");
    stack.stop().await;

    let options = Options::default();
    let now = options.clock.now();
    let template = template::with(|tree| until_a_minute_from_now(tree, now, "dynamodb:ListTables"));
    let stack = Stack::start_with(options.template(template)).await;
    let session = signer_session(&stack, None).await;
    let tables = json!({});
    let ask = async || aws::dynamodb(&stack.aws_url(), &session, "ListTables", &tables).await;
    assert_eq!(ask().await.status, 200);
    stack.clock.advance(Duration::from_secs(61));
    assert_eq!(ask().await.status, 400);
    stack.stop().await;
}

/// Messages and the end of a connection go to their functions whatever the policies say of them.
#[tokio::test]
async fn a_deny_of_another_route_than_connect_changes_nothing() {
    let stack = stack_with(|tree| {
        *template::at(tree, &format!("{STATEMENT}.Resource")) = of_api("/*");
        let mut deny = template::at(tree, STATEMENT).clone();
        *template::at(&mut deny, "Effect") = "Deny".into();
        let resources = ["/prod/$default", "/prod/$disconnect"].map(of_api);
        *template::at(&mut deny, "Resource") = Yaml::Sequence(resources.into());
        let statements = STATEMENT.strip_suffix(".0").unwrap();
        template::at(tree, statements).as_sequence_mut().unwrap().push(deny);
    })
    .await;
    let session = signer_session(&stack, None).await;
    let url = stack.signed_url(&session, "prod", NONCES[0]);
    let mut socket = websocket::open(&url).await.unwrap();
    assert_eq!(socket.ask("hello").await["message"], "hello");
    socket.close().await;
    stack.all_disconnected().await;
    assert_eq!(stack.rows("ConnectionsTable"), Vec::<Value>::new());
    stack.stop().await;
}

/// A global condition key, as in any other service.
#[tokio::test]
async fn the_address_of_the_client_may_be_asked() {
    for (address, opens) in [("127.0.0.0/8", true), ("203.0.113.0/24", false)] {
        let stack = stack_with(|tree| {
            let condition = json!({"IpAddress": {"aws:SourceIp": address}}).to_string();
            let statement = template::at(tree, STATEMENT).as_mapping_mut().unwrap();
            statement.insert("Condition".into(), yaml_serde::from_str(&condition).unwrap());
        })
        .await;
        let session = signer_session(&stack, None).await;
        let opened = websocket::open(&stack.signed_url(&session, "prod", NONCES[0])).await;
        assert_eq!(opened.is_ok(), opens, "{address}");
        drop(opened);
        stack.stop().await;
    }
}

/// TTL is in whole seconds: an item whose second has come may go, one whose second has not may not.
#[tokio::test]
async fn an_item_goes_after_its_time_and_stays_until_then() {
    let stack = Stack::start().await;
    let end = stack.clock.now().unix_timestamp() + 60;
    stack
        .put_row("NoncesTable", &json!({"nonce": {"S": "n"}, "expiresAt": {"N": end.to_string()}}));
    let left_after = |seconds| {
        stack.clock.advance(Duration::from_secs(seconds));
        stack.running.tables.sweep_expired().unwrap();
        stack.rows("NoncesTable").len()
    };
    assert_eq!((left_after(58), left_after(3)), (1, 0));
    stack.stop().await;
}
