//! What a role may do, and nothing beside it: every role tries every call that `local` plays, and
//! each call that no statement allows is refused with AWS's error. One short list says what is allowed.

use aws_credential_types::Credentials;
use serde_json::{Value, json};
use tests::aws::{self, element};
use tests::http::Reply;
use tests::stack::{ACCOUNT_ID, Options, REGION, Stack};
use tests::template;
use tests::websocket::{self, Socket};
use yaml_serde::Value as Yaml;

/// The template's roles. `the_roles_are_those_of_the_template` keeps the list whole.
const ROLES: [&str; 5] = [
    "ConnectFunctionRole",
    "DefaultFunctionRole",
    "DisconnectFunctionRole",
    "SignFunctionRole",
    "SignerRole",
];

const TABLES: [(&str, &str); 2] = [("ConnectionsTable", "connectionId"), ("NoncesTable", "nonce")];

/// The stage of the template, and the one that these tests add to the same API.
const STAGES: [&str; 2] = ["prod", "other"];

const DYNAMODB: [(&str, &str, &str); 5] = [
    ("ConnectFunctionRole", "PutItem", "ConnectionsTable"),
    ("ConnectFunctionRole", "PutItem", "NoncesTable"),
    ("DefaultFunctionRole", "DeleteItem", "ConnectionsTable"),
    ("DefaultFunctionRole", "GetItem", "ConnectionsTable"),
    ("DisconnectFunctionRole", "DeleteItem", "ConnectionsTable"),
];
const CONNECTIONS: [(&str, &str, &str); 1] = [("DefaultFunctionRole", "POST", "prod")];
const ASSUME_ROLE: [(&str, &str); 1] = [("SignFunctionRole", "SignerRole")];
const INVOKE: [(&str, &str); 1] = [("SignerRole", "prod")];

#[tokio::test]
async fn the_roles_are_those_of_the_template() {
    let stack = Stack::start().await;
    let roles: Vec<_> = stack.template.roles.iter().map(|role| &role.logical_id).collect();
    assert_eq!(roles, ROLES);
    let tables: Vec<_> = stack.template.tables.iter().map(|table| &table.logical_id).collect();
    assert_eq!(tables, TABLES.map(|(table, _)| table));
    stack.stop().await;
}

#[tokio::test]
async fn a_role_reaches_its_tables_by_its_actions_only() {
    let stack = Stack::start().await;
    for role in ROLES {
        let session = Session::of(&stack, role).await;
        for (table, key) in TABLES {
            let name = &stack.table_name(table);
            for (operation, action, request) in operations(name, key) {
                let answer = session.dynamodb(operation, &request).await;
                let what = format!("{role} {operation} {action} {table}");
                // A transaction needs what its elements need.
                if DYNAMODB.contains(&(role, action, table)) {
                    assert_eq!(answer.status, 200, "{what}: {}", answer.text());
                } else {
                    session.check_dynamodb_refusal(&what, &answer, action, name);
                }
            }
        }
        let answer = session.dynamodb("ListTables", &json!({})).await;
        session.check_dynamodb_refusal(role, &answer, "ListTables", "*");
    }
    stack.stop().await;
}

#[tokio::test]
async fn one_element_that_is_not_allowed_refuses_a_transaction() {
    let stack = Stack::start().await;
    let session = Session::of(&stack, "ConnectFunctionRole").await;
    let connections = stack.table_name("ConnectionsTable");
    let nonces = stack.table_name("NoncesTable");
    let put = json!({"Put": {"TableName": connections, "Item": {"connectionId": {"S": "put"}}}});
    let key = json!({"nonce": {"S": "n"}});
    let condition = "attribute_not_exists(nonce)";
    let elements = [
        ("Delete", "DeleteItem", json!({"TableName": nonces, "Key": key})),
        (
            "ConditionCheck",
            "ConditionCheckItem",
            json!({"TableName": nonces, "Key": key, "ConditionExpression": condition}),
        ),
        (
            "Update",
            "UpdateItem",
            json!({"TableName": nonces, "Key": key, "UpdateExpression": "REMOVE a"}),
        ),
    ];
    for (element, action, request) in elements {
        let transaction = json!({"TransactItems": [put, {element: request}]});
        let answer = session.dynamodb("TransactWriteItems", &transaction).await;
        session.check_dynamodb_refusal(element, &answer, action, &nonces);
    }
    assert_eq!(stack.rows("ConnectionsTable"), Vec::<Value>::new());
    stack.stop().await;
}

#[tokio::test]
async fn a_role_posts_to_its_stage_only_and_neither_describes_nor_closes() {
    let stack = with_another_stage().await;
    for role in ROLES {
        let session = Session::of(&stack, role).await;
        for stage in STAGES {
            for method in ["POST", "GET", "DELETE"] {
                let address = stack.running.websocket_apis[0].address;
                let url = format!("http://{address}/{stage}/@connections/AAAAAAAAAAAAAAA=");
                let answer =
                    aws::send(&session.credentials, "execute-api", method, &url, &[], b"x").await;
                let what = format!("{role} {method} {stage}");
                if CONNECTIONS.contains(&(role, method, stage)) {
                    assert_eq!(answer.status, 410, "{what}: {}", answer.text());
                    continue;
                }
                let path = format!("{stage}/{method}/@connections/{{connectionId}}");
                session.check_api_refusal(&what, &answer, "ManageConnections", &path);
            }
        }
    }
    stack.stop().await;
}

#[tokio::test]
async fn a_role_assumes_no_role_but_that_which_trusts_it() {
    let stack = Stack::start().await;
    for role in ROLES {
        let session = Session::of(&stack, role).await;
        for assumed in ROLES {
            let arn = &stack.role(assumed).arn;
            let parameters = [("RoleArn", &**arn), ("RoleSessionName", "outside")];
            let endpoint = stack.aws_url();
            let answer = aws::sts(&endpoint, &session.credentials, "AssumeRole", &parameters).await;
            let what = format!("{role} {assumed}");
            if ASSUME_ROLE.contains(&(role, assumed)) {
                assert_eq!(answer.status, 200, "{what}");
                continue;
            }
            assert_eq!(answer.status, 403, "{what}");
            assert_eq!(answer.header("content-type"), Some("text/xml"), "{what}");
            let text = answer.text();
            assert_eq!(element(&text, "Code").as_deref(), Some("AccessDenied"), "{what}");
            let message = session.sentence("sts:AssumeRole", arn);
            assert_eq!(element(&text, "Message"), Some(message), "{what}");
        }
    }
    stack.stop().await;
}

#[tokio::test]
async fn a_role_connects_to_its_stage_only() {
    let stack = with_another_stage().await;
    for role in ROLES {
        let session = Session::of(&stack, role).await;
        for stage in STAGES {
            let what = format!("{role} {stage}");
            match session.handshake(&stack, stage).await {
                Ok(socket) => {
                    assert!(INVOKE.contains(&(role, stage)), "{what} is let in");
                    socket.close().await;
                }
                Err(answer) => {
                    let path = format!("{stage}/$connect");
                    assert!(!INVOKE.contains(&(role, stage)), "{what}: {}", answer.text());
                    session.check_api_refusal(&what, &answer, "Invoke", &path);
                }
            }
        }
    }
    stack.stop().await;
}

#[tokio::test]
async fn permission_for_another_route_does_not_connect() {
    let template = template::with(|tree| {
        let resource = "Resources.SignerRole.Properties.Policies.0.PolicyDocument.Statement.0";
        let resource = template::at(tree, &format!("{resource}.Resource"));
        let Yaml::Tagged(sub) = resource else { panic!("the resource is a !Sub") };
        let route = sub.value.as_str().unwrap().replace("/$connect", "/$default");
        assert!(route.ends_with("/$default"));
        sub.value = Yaml::from(route);
    });
    let stack = Stack::start_with(Options::default().template(template)).await;
    let session = Session::of(&stack, "SignerRole").await;
    let answer = session.handshake(&stack, "prod").await.expect_err("no way in");
    session.check_api_refusal("SignerRole", &answer, "Invoke", "prod/$connect");
    stack.stop().await;
}

#[tokio::test]
async fn no_role_may_ask_for_signed_urls_when_that_needs_permission() {
    let stack = Stack::start_with(Options::default().parameter("SignAuthorization", "IAM")).await;
    let ask = async |credentials: &Credentials| {
        aws::send(credentials, "execute-api", "POST", stack.sign_url(), &[], b"").await
    };
    for role in ROLES {
        let answer = ask(&Session::of(&stack, role).await.credentials).await;
        assert_eq!((answer.status, answer.json()), (403, json!({"message": "Forbidden"})));
    }
    let developer = aws::credentials(stack.running.iam.developer());
    assert_eq!(ask(&developer).await.status, 201);
    stack.stop().await;
}

/// A session of one of the template's roles, as the template lets it come about.
struct Session {
    credentials: Credentials,
    arn: String,
    endpoint: String,
    api_id: String,
}

impl Session {
    /// Lambda's, or for the role that no function has: one that the sign function has assumed.
    async fn of(stack: &Stack, role: &str) -> Self {
        let endpoint = stack.aws_url();
        let credentials = if role == "SignerRole" {
            let function = stack.function_credentials("SignFunctionRole");
            aws::assume_role(&endpoint, &function, &stack.role(role).arn).await
        } else {
            stack.function_credentials(role)
        };
        let name = &stack.role(role).name;
        let arn = format!("arn:aws:sts::{ACCOUNT_ID}:assumed-role/{name}/test");
        let api_id = stack.template.websocket_apis[0].id.clone();
        Self { credentials, arn, endpoint, api_id }
    }

    async fn dynamodb(&self, operation: &str, request: &Value) -> Reply {
        aws::dynamodb(&self.endpoint, &self.credentials, operation, request).await
    }

    /// Opens a URL in which all is right for the stack's ws-connect, whoever signs it.
    async fn handshake(&self, stack: &Stack, stage: &str) -> Result<Socket, Reply> {
        let url = stack.signed_url(&self.credentials, stage, "AAAAAAAAAAAAAAAAAAAAAA");
        websocket::open(&url).await
    }

    /// The beginning of all of AWS's refusals.
    fn sentence(&self, action: &str, resource: &str) -> String {
        format!("User: {} is not authorized to perform: {action} on resource: {resource}", self.arn)
    }

    fn check_dynamodb_refusal(&self, what: &str, answer: &Reply, action: &str, table: &str) {
        let action = format!("dynamodb:{action}");
        let table = format!("arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/{table}");
        let sentence = self.sentence(&action, &table);
        let expected = json!({
            "__type": "com.amazon.coral.service#AccessDeniedException",
            "Message": format!("{sentence} because no identity-based policy allows the {action} action"),
        });
        assert_eq!((answer.status, answer.json()), (400, expected), "{what}");
        assert_eq!(answer.header("content-type"), Some("application/x-amz-json-1.0"), "{what}");
    }

    /// API Gateway's refusal, of the handshake or of `@connections`: the key begins with a capital
    /// letter, and the account in the resource is masked.
    fn check_api_refusal(&self, what: &str, answer: &Reply, action: &str, path: &str) {
        let masked = format!(
            "arn:aws:execute-api:{REGION}:********{}:{}/{path}",
            &ACCOUNT_ID[8..],
            self.api_id
        );
        let message = self.sentence(&format!("execute-api:{action}"), &masked);
        assert_eq!((answer.status, answer.json()), (403, json!({"Message": message})), "{what}");
        assert_eq!(answer.header("x-amzn-errortype"), Some("AccessDeniedException"), "{what}");
        assert_eq!(answer.header("content-type"), Some("application/json"), "{what}");
    }
}

/// The operations of DynamoDB that `local` plays for one table, alone and in a transaction or
/// batch, each with the action that it needs and a request that does no harm.
fn operations(table: &str, key_name: &str) -> Vec<(&'static str, &'static str, Value)> {
    let key = json!({key_name: {"S": "k"}});
    let one = json!({"TableName": table, "Key": key});
    let with = |name: &str, value: Value| {
        let mut request = one.clone();
        request[name] = value;
        request
    };
    let put = json!({"TableName": table, "Item": key});
    let query = json!({
        "TableName": table,
        "KeyConditionExpression": "#k = :k",
        "ExpressionAttributeNames": {"#k": key_name},
        "ExpressionAttributeValues": {":k": {"S": "k"}},
    });
    let update = with("UpdateExpression", json!("REMOVE a"));
    let check = with("ConditionExpression", json!("attribute_not_exists(a)"));
    let transact = |element: &str, request: &Value| json!({"TransactItems": [{element: request}]});
    vec![
        ("DescribeTable", "DescribeTable", json!({"TableName": table})),
        ("DescribeTimeToLive", "DescribeTimeToLive", json!({"TableName": table})),
        ("Query", "Query", query),
        ("Scan", "Scan", json!({"TableName": table})),
        ("BatchGetItem", "BatchGetItem", json!({"RequestItems": {table: {"Keys": [key]}}})),
        (
            "BatchWriteItem",
            "BatchWriteItem",
            json!({"RequestItems": {table: [{"DeleteRequest": {"Key": key}}]}}),
        ),
        ("TransactGetItems", "GetItem", transact("Get", &one)),
        ("TransactWriteItems", "PutItem", transact("Put", &put)),
        ("TransactWriteItems", "UpdateItem", transact("Update", &update)),
        ("TransactWriteItems", "DeleteItem", transact("Delete", &one)),
        ("TransactWriteItems", "ConditionCheckItem", transact("ConditionCheck", &check)),
        ("PutItem", "PutItem", put),
        ("UpdateItem", "UpdateItem", update),
        ("GetItem", "GetItem", one.clone()),
        ("DeleteItem", "DeleteItem", one),
    ]
}

/// The stack, its WebSocket API with a second stage that no policy speaks of.
async fn with_another_stage() -> Stack {
    let template = template::with(|tree| template::add_stage(tree, STAGES[1]));
    Stack::start_with(Options::default().template(template)).await
}
